import GateModel
import Lanes
import TestSupport
import Testing

/// Random turnstiles in random use: what must hold after every single step.
@Suite struct TurnstileSimulationTests {
    @Test func `principles 1, 2, 3, 16: random steps`() throws {
        var steps = 0
        var seed = UInt64(0)
        let start = ContinuousClock.now
        while steps < SimulationSteps.wanted {
            seed += 1
            let use = try TurnstileUse.run(seed: seed, keepsHistory: false)
            steps += use.steps
            guard let failure = use.failure else { continue }
            // The same numbers again, this time with what led to it.
            let again = try TurnstileUse.run(seed: seed, keepsHistory: true)
            let history = again.history.suffix(25).joined(separator: "\n")
            Issue.record("\(failure): seed \(seed), step \(use.steps), \(use.machine.settings)\n\(history)")
            return
        }
        SimulationSteps.report("turnstile", steps, since: start)
    }
}

/// One turnstile under random inputs, with a plain account beside it of what must be true.
private struct TurnstileUse {
    /// What is known of one direction without asking the machine.
    private struct Side {
        let isWired: Bool
        /// Grants that were given and have neither been released nor ended, with the time until when they may wait.
        var pending: [CrossingID: MonotonicTime] = [:]
        /// Grants that were released and have not ended, with the time until when they may wait for their passage.
        var open: [CrossingID: MonotonicTime] = [:]
        var driven = false
        var fell = MonotonicTime(nanoseconds: 0)
        /// The latest time for which there is a reason to drive the output.
        var reasonEnds = MonotonicTime(nanoseconds: 0)
        var released = MonotonicTime(nanoseconds: 0)
        /// The raw level of the contact; `nil` if nobody knows it.
        var level: Bool?
        var levelSince = MonotonicTime(nanoseconds: 0)
        /// When the raw contact, known to be inactive, became active after a rest.
        var passageStart = MonotonicTime(nanoseconds: 0)
        var startBefore = MonotonicTime(nanoseconds: 0)
        /// How often the raw contact let go.
        var letGo = 0
        var passed = 0
        var lostAt = MonotonicTime(nanoseconds: 0)

        func latestStart(before now: MonotonicTime) -> MonotonicTime { passageStart < now ? passageStart : startBefore }

        mutating func lose(at now: MonotonicTime) {
            level = nil
            lostAt = now
        }
    }

    private(set) var failure: String?
    private(set) var steps = 0
    private(set) var machine: TurnstileMachine
    private var random: SeededGenerator
    /// Whether the timer is called at each deadline, or only when it happens to be.
    private let isPunctual: Bool
    private let keepsHistory: Bool
    private(set) var history: [String] = []
    private var now = MonotonicTime(nanoseconds: 5_000_000_000)
    private var entry: Side
    private var exit: Side
    private var granted: UInt64 = 0
    private var longestTime: Duration
    private var mode = LaneMode.controlled
    private var pressed = false
    private var letGoAt = MonotonicTime(nanoseconds: 0)
    /// A press that has not been followed by an edge of the exit output yet.
    private var pressedAt: MonotonicTime?
    private var followedAt = MonotonicTime(nanoseconds: 0)
    private var fireSignal = false
    private var fireLatched = false
    private var freeEnded = MonotonicTime(nanoseconds: 0)
    private var freeBegan = MonotonicTime(nanoseconds: 0)
    private var fireBegan = MonotonicTime(nanoseconds: 0)
    private var fireEnded = MonotonicTime(nanoseconds: 0)
    private var ready: Bool?
    private var readySince = MonotonicTime(nanoseconds: 0)
    private var tampered = false
    private var faulty = false
    private var stopped = false
    private var wasSafe = false
    private var freePassages = 0

    private static let slack = TurnstileSettings.passageLevel + .milliseconds(50)

    static func run(seed: UInt64, keepsHistory: Bool) throws -> TurnstileUse {
        var use = try TurnstileUse(seed: seed, keepsHistory: keepsHistory)
        while use.steps < 1000, use.failure == nil { use.step() }
        use.finish()
        return use
    }

    private init(seed: UInt64, keepsHistory: Bool) throws {
        self.keepsHistory = keepsHistory
        random = SeededGenerator(seed: seed)
        isPunctual = Int.random(in: 0..<3, using: &random) > 0
        var sensors: Set<LaneSensor> = []
        for sensor in [LaneSensor.passageIn, .passageOut, .ready, .tamper]
        where Int.random(in: 0..<5, using: &random) > 0 {
            sensors.insert(sensor)
        }
        let pulse = Int.random(in: 100...(Bool.random(using: &random) ? 500 : 5000), using: &random)
        let settings = try TurnstileSettings(
            command: Int.random(in: 0..<3, using: &random) > 0 ? .pulse(.milliseconds(pulse)) : .level,
            passageTime: .milliseconds(Int.random(in: 1000...10_000, using: &random)), sensors: sensors,
            debounce: .milliseconds(Int.random(in: 0...50, using: &random)))
        machine = TurnstileMachine(settings: settings)
        longestTime = settings.passageTime
        entry = Side(isWired: sensors.contains(.passageIn))
        exit = Side(isWired: sensors.contains(.passageOut))
    }

    private var isFree: Bool { fireLatched || mode == .unlocked && !stopped }

    private var pulse: Duration? {
        if case .pulse(let pulse) = machine.settings.command { pulse } else { nil }
    }

    private subscript(direction: Direction) -> Side {
        get { direction == .entry ? entry : exit }
        set { if direction == .entry { entry = newValue } else { exit = newValue } }
    }

    private mutating func step() {
        steps += 1
        letTimePass()
        if Int.random(in: 0..<150, using: &random) == 0 {
            // More than can wait.
            let direction: Direction = .random(in: &random)
            for _ in 1...20 { tell(randomGrant(direction)) }
        } else {
            tell(randomInput())
        }
    }

    /// Stops the lane: what was open is given back, and what holds an output still does.
    private mutating func finish() {
        guard failure == nil else { return }
        tell(.stop)
        let left = machine.abandon().compactMap(\.crossing)
        let waited = [entry, exit].flatMap { Array($0.open.keys) + Array($0.pending.keys) }
        check(left.count == waited.count && Set(left) == Set(waited), "not every open grant was given back once")
        for direction in Direction.allCases {
            self[direction].open = [:]
            self[direction].pending = [:]
        }
        for _ in 1...30 where failure == nil {
            letTimePass()
            tell(randomInput())
        }
        for input in [LaneInput.exitButton(pressed: false), .fire(active: false), .fireReset] { tell(input) }
        let end = now.advanced(by: .seconds(120))
        while let deadline = machine.nextDeadline, deadline <= end, failure == nil {
            now = deadline
            tell(.timer)
        }
        check(!entry.driven && !exit.driven && !machine.isReleased, "a stop leaves an output driven")
        check(wasSafe, "a stop never drives safe")
        check(machine.abandon() == [], "a grant was heeded after the stop")
    }

    // MARK: What happens

    private mutating func letTimePass() {
        var then = now
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1...4: then = now.advanced(by: .milliseconds(Int.random(in: 0...60, using: &random)))
        case 5...7: then = now.advanced(by: .milliseconds(Int.random(in: 0...3000, using: &random)))
        case 8:
            let long = Int.random(in: 0..<10, using: &random) == 0
            then = now.advanced(by: .milliseconds(Int.random(in: 0...(long ? 40_000 : 8000), using: &random)))
        default: if let deadline = machine.nextDeadline { then = deadline }
        }
        while isPunctual, let deadline = machine.nextDeadline, deadline < then, failure == nil {
            now = deadline
            tell(.timer)
        }
        now = then
    }

    private mutating func randomGrant(_ direction: Direction) -> LaneInput {
        granted += 1
        let own = Int.random(in: 0..<6, using: &random) == 0 ? Int.random(in: 0...70_000, using: &random) : nil
        return .grant(
            Grant(
                crossing: CrossingID(rawValue: granted), direction: direction,
                releaseTime: own.map { .milliseconds($0) }))
    }

    private mutating func randomInput() -> LaneInput {
        switch Int.random(in: 0..<100, using: &random) {
        case 0...12: return randomGrant(.entry)
        case 13...20: return randomGrant(.exit)
        case 21...23: return .exitButton(pressed: true)
        case 24...28: return .exitButton(pressed: false)
        case 29...45: return .sensor(.passageIn, active: .random(using: &random))
        case 46...58: return .sensor(.passageOut, active: .random(using: &random))
        case 59...64: return .sensor(.ready, active: Int.random(in: 0..<3, using: &random) > 0)
        case 65...67: return .sensor(.tamper, active: .random(using: &random))
        case 68: return .sensor(.contact, active: .random(using: &random))
        case 69...70:
            return .sensorLost([.passageIn, .passageOut, .ready, .tamper].randomElement(using: &random) ?? .ready)
        case 71: return .fire(active: true)
        case 72...73: return .fire(active: false)
        case 74...75: return .fireReset
        case 76...79:
            let mode: LaneMode =
                [.controlled, .controlled, .unlocked, .entryLocked].randomElement(using: &random) ?? .controlled
            return .mode(mode)
        default: return .timer
        }
    }

    private mutating func tell(_ input: LaneInput) {
        guard failure == nil else { return }
        let mustRelease = mustReleaseAtOnce(input)
        let wasPressed = pressed
        let counts =
            input == .exitButton(pressed: true) && !wasPressed
            && now >= letGoAt.advanced(by: machine.settings.debounce)
        account(for: input, counts: counts)
        let actions = machine.handle(input, at: now)
        if keepsHistory { history.append("\(now.nanoseconds / 1_000_000) \(input) -> \(actions)") }
        checkOrder(actions)
        for action in actions { check(action, after: input) }
        check(actions.filter { $0 == .countExitButton }.count == (counts ? 1 : 0), "a press was counted wrongly")
        if let grant = mustRelease {
            check(actions.contains(.step(.released(grant))), "a grant at a lane at rest was not released at once")
            check(self[grant.direction].driven, "a grant at a lane at rest drove nothing")
        }
        checkState()
        checkEgress()
        checkTimes()
    }

    // MARK: The account

    /// When the latest leave by the exit button was given or renewed at the latest.
    private var buttonGave: MonotonicTime {
        pressed ? now : max(followedAt, letGoAt.advanced(by: machine.settings.debounce))
    }

    /// Whether nobody is in this direction and nothing was commanded there.
    private func isAtRest(_ direction: Direction) -> Bool {
        let side = self[direction]
        let buttonEnds = buttonGave.advanced(by: machine.settings.passageTime)
        let contactRests =
            !side.isWired || side.level == nil
            || side.level == false && side.levelSince.advanced(by: machine.settings.debounce) <= now
        return side.open.isEmpty && side.pending.isEmpty && !side.driven && contactRests
            && side.fell.advanced(by: TurnstileSettings.rest) <= now
            && (direction == .entry || !pressed && pressedAt == nil && buttonEnds <= now)
    }

    /// The grant, if there is no reason at all to let it wait.
    private func mustReleaseAtOnce(_ input: LaneInput) -> Grant? {
        guard case .grant(let grant) = input, !stopped, isPunctual else { return nil }
        if isFree { return grant }
        guard isAtRest(.exit) else { return nil }
        guard grant.direction == .entry else { return grant }
        let readyRests =
            !machine.settings.sensors.contains(.ready) || ready == nil
            || ready == true && readySince.advanced(by: machine.settings.debounce) <= now
        return mode == .controlled && readyRests && isAtRest(.entry) ? grant : nil
    }

    private func time(of grant: Grant) -> Duration {
        min(max(grant.releaseTime ?? machine.settings.passageTime, .seconds(1)), .seconds(60))
    }

    private mutating func account(for input: LaneInput, counts: Bool) {
        let wasFree = isFree
        let wasInFire = fireLatched
        switch input {
        case .grant(let grant):
            longestTime = max(longestTime, time(of: grant))
            if !stopped, let crossing = grant.crossing {
                self[grant.direction].pending[crossing] = now.advanced(by: time(of: grant))
            }
        case .exitButton(let isPressed):
            if pressed && !isPressed { letGoAt = now }
            // A bounce of the button is still the press before.
            pressed = isPressed
            if counts { pressedAt = now }
        case .sensor(let sensor, let active): read(sensor, active)
        case .sensorLost(.ready): ready = nil
        case .sensorLost(.passageIn): entry.lose(at: now)
        case .sensorLost(.passageOut): exit.lose(at: now)
        case .fire(let active):
            fireSignal = active
            fireLatched = fireLatched || active
        case .fireReset: fireLatched = fireLatched && fireSignal
        case .mode(let mode): self.mode = mode
        case .stop:
            stopped = true
            entry.reasonEnds = MonotonicTime(nanoseconds: 0)
            exit.reasonEnds = MonotonicTime(nanoseconds: 0)
        case .airlockButton, .sensorLost, .timer: break
        }
        if wasFree && !isFree { freeEnded = now }
        // Who presses in a lane that stands open needs no edge.
        if isFree { followPress() }
        if wasInFire && !fireLatched { fireEnded = now }
        // What was due before is told as it was due.
        if !wasFree && isFree { freeBegan = now }
        if !wasInFire && fireLatched { fireBegan = now }
        if isFree || pressed { exit.reasonEnds = max(exit.reasonEnds, now) }
    }

    private mutating func followPress() {
        if pressedAt != nil { followedAt = now }
        pressedAt = nil
    }

    private mutating func read(_ sensor: LaneSensor, _ active: Bool) {
        guard machine.settings.sensors.contains(sensor) else { return }
        switch sensor {
        case .ready:
            if ready != active { readySince = now }
            ready = active
        case .passageIn, .passageOut:
            let direction: Direction = sensor == .passageIn ? .entry : .exit
            var side = self[direction]
            if side.level == true && !active { side.letGo += 1 }
            if side.level != active {
                if active && side.level == false && side.levelSince.advanced(by: machine.settings.debounce) <= now {
                    (side.startBefore, side.passageStart) = (side.passageStart, now)
                }
                side.levelSince = now
            }
            side.level = active
            self[direction] = side
        default: break
        }
    }

    // MARK: Actions

    private mutating func checkOrder(_ actions: [LaneAction]) {
        let kinds = actions.map { action -> Int in
            switch action {
            case .drive(_, let active): active ? 0 : 2
            case .driveSafe: 2
            default: 1
            }
        }
        check(kinds == kinds.sorted(), "a release was not first or a re-lock not last")
    }

    private mutating func check(_ action: LaneAction, after input: LaneInput) {
        switch action {
        case .drive(let output, let active):
            check(output == .unlockIn || output == .unlockOut, "a turnstile has two outputs")
            let direction: Direction = output == .unlockIn ? .entry : .exit
            check(self[direction].driven != active, "an output was driven twice alike")
            // One exit more than can wait is commanded at once, whatever the board makes of it.
            if active && !isFree && pulse != nil && self[direction].pending.count <= 16 {
                check(self[direction].fell.advanced(by: TurnstileSettings.rest) <= now, "no rest between two pulses")
            }
            self[direction].driven = active
            if !active { self[direction].fell = now }
            if direction == .exit && active { followPress() }
        case .driveSafe:
            check(stopped, "driven safe without a stop")
            wasSafe = true
            for direction in Direction.allCases where self[direction].driven {
                self[direction].driven = false
                self[direction].fell = now
            }
        case .step(let step): check(step, after: input)
        case .changed(let change): check(change)
        case .countExitButton: break
        }
    }

    private mutating func check(_ step: LaneAction.Step, after input: LaneInput) {
        check(!stopped || input == .stop, "a fact of a grant after the stop")
        switch step {
        case .released(let grant):
            guard let crossing = grant.crossing else { return }
            var side = self[grant.direction]
            let waited = side.pending.removeValue(forKey: crossing) != nil
            check(waited, "released, but not granted, or twice")
            side.open[crossing] = now.advanced(by: time(of: grant))
            side.reasonEnds = max(side.reasonEnds, now.advanced(by: pulse ?? time(of: grant)))
            side.released = now
            self[grant.direction] = side
            let isHeldUp = ready == false && readySince.advanced(by: machine.settings.debounce) <= now
            check(isFree || grant.direction == .exit || !isHeldUp, "an entry was released while not ready")
            check(isFree || grant.direction == .exit || mode == .controlled, "an entry was released against the mode")
        case .passed(let grant):
            let wasOpen = end(grant)
            check(wasOpen, "passed, but not open")
            self[grant.direction].passed += 1
            let side = self[grant.direction]
            check(side.isWired && (side.level != nil || side.lostAt == now), "a passage was seen without a contact")
            check(side.passed <= side.letGo, "more passages than releases of the contact")
        case .notPassed(let grant):
            guard let crossing = grant.crossing else { return }
            if self[grant.direction].pending.removeValue(forKey: crossing) != nil {
                check(grant.direction == .entry, "principle 1: an exit was refused")
                return
            }
            let wasOpen = end(grant)
            check(wasOpen, "ended, but not open")
            check((!isFree || freeBegan == now) && self[grant.direction].isWired, "nobody can know that nobody passed")
        case .unobserved(let grant):
            let wasOpen = end(grant)
            check(wasOpen, "ended, but not open")
        }
    }

    private mutating func check(_ change: LaneChange) {
        check(!stopped || [.fire, .fireReset, .passageInFire].contains(change), "an alarm after the stop")
        switch change {
        case .tamper, .tamperEnded:
            check(tampered != (change == .tamper), "tampering was told twice alike")
            check(!fireLatched || fireBegan == now, "an alarm in a fire")
            tampered = change == .tamper
        case .fault, .faultEnded:
            check(faulty != (change == .fault), "a fault was told twice alike")
            check(!fireLatched || fireBegan == now, "an alarm in a fire")
            faulty = change == .fault
        case .passageWithoutGrant:
            check(!isFree || freeBegan == now, "a passage in a free lane is no alarm")
            check(!fireLatched || fireBegan == now, "an alarm in a fire")
            freePassages += 1
        case .passageInFire:
            let began = Direction.allCases.contains {
                self[$0].isWired && self[$0].latestStart(before: now) <= fireEnded
            }
            check(fireLatched || began, "a passage in no fire")
            freePassages += 1
        case .fire, .fireReset: break
        default: check(false, "a change that a turnstile cannot have")
        }
        check(freePassages <= entry.letGo + exit.letGo, "more passages than releases of the contacts")
    }

    /// Whether the grant was open until now.
    private mutating func end(_ grant: Grant) -> Bool {
        grant.crossing.map { self[grant.direction].open.removeValue(forKey: $0) != nil } ?? false
    }

    // MARK: After each step

    private mutating func checkState() {
        let outputs = machine.outputs
        let isAsDriven = outputs[.unlockIn] == entry.driven && outputs[.unlockOut] == exit.driven
        check(isAsDriven && outputs.count == 2, "driven otherwise than it should be")
        check(isFree || !entry.driven || !exit.driven, "both directions at once")
        check(!isFree || entry.driven && exit.driven, "locked in a fire or unlocked lane")
        let state = machine.state
        check((state.lock == .released) == machine.isReleased, "the state shows another lock")
        check(machine.isReleased || !entry.driven && !exit.driven, "driven, and nobody can pass")
        check(fireLatched == (state.fire != .none), "the fire state is wrong")
        check(state.mode == mode, "the mode is wrong")
        let deadline = machine.nextDeadline
        if let deadline { check(deadline > now, "a deadline was left in the past") }
        for side in [entry, exit] {
            check(side.pending.count <= 16, "too many wait")
            check(side.open.count <= (isFree || stopped ? 17 : 2), "too many are released")
            check(
                deadline != nil || side.open.isEmpty && side.pending.isEmpty || isFree || stopped,
                "waits without an end")
        }
    }

    private mutating func checkEgress() {
        guard !isFree else { return }
        if pressedAt != nil && pulse == nil {
            check(exit.driven, "principle 1: a press drives nothing")
            followPress()
        }
        let wantsOut = pressed || pressedAt != nil || !exit.pending.isEmpty
        check(!wantsOut || !entry.driven, "principle 1: an exit waits for an entry")
        guard isPunctual else { return }
        // The output must have been seen inactive before it can be pulsed again; nothing else may hold up a press.
        if let pressedAt, let pulse {
            let from = max(pressedAt, max(exit.released, freeEnded))
            let limit = from.advanced(by: pulse + pulse + TurnstileSettings.rest + TurnstileSettings.rest)
            check(now < limit, "principle 1: a press was not followed by a pulse")
            check(exit.driven || exit.fell.advanced(by: TurnstileSettings.rest) > now, "a press waits for no reason")
        }
    }

    private mutating func checkTimes() {
        guard isPunctual, !isFree else { return }
        let settings = machine.settings
        let anyPress = pressed || letGoAt.nanoseconds > 0
        for direction in Direction.allCases {
            let side = self[direction]
            var reasonEnds = side.reasonEnds.advanced(by: pulse == nil ? Self.slack : .zero)
            if direction == .exit && anyPress {
                reasonEnds = max(reasonEnds, buttonGave.advanced(by: settings.passageTime + (pulse ?? Self.slack)))
                if pulse != nil { reasonEnds = reasonEnds.advanced(by: TurnstileSettings.rest) }
            }
            check(!side.driven || now < reasonEnds, "an output is driven beyond its time")
            for until in side.pending.values where direction == .entry {
                check(now < until, "an entry waits for too long")
            }
            for until in side.pending.values where direction == .exit {
                let one = longestTime + settings.passageTime + .seconds(11)
                check(now < until.advanced(by: one * (17 + 1)), "an exit waits for ever")
            }
            let rests = side.level != true && side.levelSince.advanced(by: settings.debounce) <= now
            let grace = rests ? Self.slack : Self.slack + TurnstileSettings.longestPassage
            for until in side.open.values {
                let over = max(until, freeEnded).advanced(by: grace)
                check(now < over, "a released grant never ends")
            }
            if pulse == nil, direction == .entry, side.level == true, side.released < side.passageStart {
                let began = max(side.levelSince, side.passageStart).advanced(by: Self.slack)
                check(!side.driven || now < began, "held after the passage started")
            }
        }
    }

    private mutating func check(_ holds: Bool, _ claim: String) {
        if !holds && failure == nil { failure = claim }
    }
}

extension Direction {
    fileprivate static func random(in random: inout SeededGenerator) -> Direction {
        Bool.random(using: &random) ? .entry : .exit
    }
}
