import GateModel
import Lanes
import TestSupport
import Testing

/// Random barriers in random use: what must hold after every single step.
@Suite struct BarrierSimulationTests {
    @Test func `principles 1, 2, 4, 16: random steps with a boom that moves, and with pure noise`() throws {
        let start = ContinuousClock.now
        var steps = 0
        var seed: UInt64 = 0
        var seen: Set<String> = []
        while steps < SimulationSteps.wanted {
            seed += 1
            var use = try RandomUse(seed: seed)
            while use.steps < 1000, use.failure == nil { use.step() }
            use.finish()
            #expect(use.failure == nil, "seed \(seed), after step \(use.steps)")
            steps += use.steps
            seen.formUnion(use.seen)
            guard use.failure == nil else { return }
        }
        // A simulation in which nothing happens proves nothing.
        #expect(seen.isSuperset(of: RandomUse.everything), "\(RandomUse.everything.subtracting(seen))")
        SimulationSteps.report("vehicle barrier", steps, since: start)
    }
}

/// One barrier under random inputs, with a plain account beside it of what must be true.
private struct RandomUse {
    static let everything: Set<String> = [
        "passed", "not passed", "unobserved", "reversed", "closed", "closing ended for the loop", "forced-open",
        "fault", "fault-ended", "passage-without-grant", "passage-in-fire", "tamper", "tamper-ended",
        "passed in the world",
    ]

    private(set) var failure: String?
    private(set) var steps = 0
    private(set) var seen: Set<String> = []
    private var random: SeededGenerator
    private var machine: BarrierMachine
    /// A boom and vehicles, or `nil` for noise on every line.
    private var world: BarrierWorld?
    /// Whether a hand may lift the boom of the world.
    private let hasHand: Bool
    private var isLifted = false
    /// Whether the timer is called at each deadline, or only when it happens to be.
    private let isPunctual: Bool
    private var now = MonotonicTime(nanoseconds: 5_000_000_000)

    /// Grants that were released and have not ended.
    private var open: Set<CrossingID> = []
    private var granted: UInt64 = 0
    private var driven: [LaneOutput: Bool] = [.open: false, .close: false]
    private var begun: [LaneOutput: MonotonicTime] = [:]
    private var lastEnd: MonotonicTime?
    private var isSafe = false
    private var stopped = false
    /// When somebody was let through last.
    private var asked = MonotonicTime(nanoseconds: 0)
    private var pressed = false
    private var pressEnds = MonotonicTime(nanoseconds: 0)
    private var fireSignal = false
    private var fireLatched = false
    private var mode = LaneMode.controlled
    private var isForced = false
    private var isFaulty = false
    private var isTampered = false
    /// The raw level of each wired line, and since when; none if nobody knows it.
    private var lines: [LaneSensor: (level: Bool, since: MonotonicTime)] = [:]
    /// How often a vehicle came on the loop, and how many passages were told.
    private var occupations = 0
    private var passed = 0
    private var passedWithoutGrant = 0

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        let isNoise = seed.isMultiple(of: 2)
        isPunctual = .random(using: &random)
        hasHand = Int.random(in: 0..<4, using: &random) == 0
        var sensors: Set<LaneSensor> = []
        for sensor in LaneSensor.allCases where BarrierSettings.possibleSensors.contains(sensor) {
            if Int.random(in: 0..<5, using: &random) > 0 { sensors.insert(sensor) }
        }
        let settings = try BarrierSettings(
            pulse: .milliseconds(Int.random(in: 100...(.random(using: &random) ? 1000 : 5000), using: &random)),
            gap: .milliseconds(Int.random(in: 500...2000, using: &random)),
            openingTime: .milliseconds(Int.random(in: (isNoise ? 3000 : 6000)...30_000, using: &random)),
            entryTime: .milliseconds(Int.random(in: 5000...30_000, using: &random)),
            closingTime: .milliseconds(Int.random(in: (isNoise ? 3000 : 6000)...30_000, using: &random)),
            clearDelay: .milliseconds(Int.random(in: 1000...3000, using: &random)),
            presenceLimit: isNoise ? .seconds(60) : nil,
            debounce: .milliseconds(Int.random(in: 0...60, using: &random)), closes: .random(using: &random),
            sensors: sensors)
        machine = BarrierMachine(settings: settings)
        guard !isNoise else { return }
        world = BarrierWorld(
            travel: Int64.random(in: 1_000_000_000...5_000_000_000, using: &random),
            closesAfter: settings.closes ? nil : Int64.random(in: 1_000_000_000...30_000_000_000, using: &random),
            isStuck: Int.random(in: 0..<20, using: &random) == 0, now: now)
        tellTheWorld()
        tell(.sensor(.ready, active: true))
    }

    mutating func step() {
        steps += 1
        letTimePass()
        if let input = randomCommand() {
            tell(input)
        } else if world == nil {
            tell(randomNoise())
        } else {
            happen()
        }
    }

    /// Everything calms down; and then the daemon stops in the midst of it.
    mutating func finish() {
        guard failure == nil else { return }
        var calm = self
        calm.calmDown()
        failure = calm.failure
        tell(.stop)
        for _ in 1...30 {
            letTimePass()
            if let input = randomCommand() { tell(input) }
        }
        for grant in machine.abandon() {
            let wasOpen = end(grant)
            require(wasOpen, "a grant was given back that was not open")
        }
        require(open.isEmpty, "a grant never ended")
    }

    /// When nobody wants anything any more, nothing stays as it was.
    private mutating func calmDown() {
        let calming: [LaneInput] = [
            .exitButton(pressed: false), .fire(active: false), .fireReset, .mode(.controlled),
            .sensor(.ready, active: true),
        ]
        for input in calming { tell(input) }
        world?.occupy(false)
        world?.isOnArmingLoop = false
        tellTheWorld()
        if world == nil {
            // Twice over the loop within the presence limit, so that its clearing is believed.
            for active in [true, false, true, false] {
                tell(.sensor(.safetyLoop, active: active))
                pass(.seconds(1))
            }
        }
        pass(.seconds(600))
        require(open.isEmpty, "a grant waits for ever")
        require(driven.values.allSatisfy { !$0 }, "an output stays driven")
        require(!machine.isReleased, "the boom stays open")
        if let world, isHealthy { require(world.closedLimit, "the boom was never closed") }
        // A board that closes by itself and a hand may still move the boom; the machine itself waits for nothing.
        require(machine.nextDeadline == nil, "the machine waits for something")
    }

    /// Lets time pass with a punctual timer.
    private mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while failure == nil,
            let next = [machine.nextDeadline, world?.nextEvent].compactMap(\.self).min(), next <= end
        {
            now = next
            world?.advance(to: now)
            tellTheWorld()
            tell(.timer)
        }
        now = end
        world?.advance(to: now)
    }

    private mutating func letTimePass() {
        var then = now
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1...4: then = now.advanced(by: .milliseconds(Int.random(in: 0...60, using: &random)))
        case 5...7: then = now.advanced(by: .milliseconds(Int.random(in: 0...3000, using: &random)))
        case 8: then = now.advanced(by: .milliseconds(Int.random(in: 0...30_000, using: &random)))
        default: if let deadline = machine.nextDeadline { then = deadline }
        }
        while failure == nil {
            let deadline = isPunctual ? machine.nextDeadline : nil
            guard let next = [deadline, world?.nextEvent].compactMap(\.self).min(), next < then else { break }
            now = next
            world?.advance(to: now)
            tellTheWorld()
            if let deadline, deadline <= now { tell(.timer) }
        }
        now = then
        world?.advance(to: now)
        tellTheWorld()
    }

    // MARK: Inputs

    /// What people and the daemon do.
    private mutating func randomCommand() -> LaneInput? {
        switch Int.random(in: 0..<60, using: &random) {
        case 0...5:
            granted += 1
            let own = Int.random(in: 0..<4, using: &random) == 0
            return .grant(
                Grant(
                    crossing: CrossingID(rawValue: granted), direction: .random(using: &random) ? .entry : .exit,
                    releaseTime: own ? .milliseconds(Int.random(in: 0...150_000, using: &random)) : nil))
        case 6...7: return .exitButton(pressed: true)
        case 8...11: return .exitButton(pressed: false)
        case 12: return Int.random(in: 0..<4, using: &random) == 0 ? .fire(active: true) : .timer
        case 13...14: return .fire(active: false)
        case 15...17: return .fireReset
        case 18:
            let modes: [LaneMode] = [.controlled, .controlled, .unlocked, .entryLocked]
            return .mode(modes.randomElement(using: &random) ?? .controlled)
        case 19...29: return .timer
        default: return nil
        }
    }

    private mutating func randomNoise() -> LaneInput {
        let sensor: LaneSensor =
            switch Int.random(in: 0..<20, using: &random) {
            case 0...7: .safetyLoop
            case 8...10: .closedLimit
            case 11...13: .openLimit
            case 14...15: .armingLoop
            default: LaneSensor.allCases.randomElement(using: &random) ?? .tamper
            }
        if Int.random(in: 0..<12, using: &random) == 0 { return .sensorLost(sensor) }
        return .sensor(sensor, active: .random(using: &random))
    }

    /// Something happens before the boom.
    private mutating func happen() {
        guard var world else { return }
        switch Int.random(in: 0..<40, using: &random) {
        case 0...7: world.isOnArmingLoop.toggle()
        case 8...25:
            // Nobody drives into a closed boom, but some come near.
            let comes = world.isPassable || Int.random(in: 0..<8, using: &random) == 0
            if world.isOnSafetyLoop || comes { world.occupy(!world.isOnSafetyLoop) }
        case 26: return tell(.sensor(.tamper, active: .random(using: &random)))
        case 27: return tell(.sensor(.ready, active: Int.random(in: 0..<4, using: &random) > 0))
        case 28: return tell(.sensorLost(LaneSensor.allCases.randomElement(using: &random) ?? .tamper))
        case 29 where hasHand:
            isLifted.toggle()
            world.lift(isLifted)
        default: break
        }
        self.world = world
        tellTheWorld()
    }

    /// Tells each level that has changed, or that nobody knew.
    private mutating func tellTheWorld() {
        // What is told may move the boom.
        while let world, failure == nil {
            let levels: [(LaneSensor, Bool)] = [
                (.safetyLoop, world.isOnSafetyLoop), (.armingLoop, world.isOnArmingLoop),
                (.closedLimit, world.closedLimit), (.openLimit, world.openLimit),
            ]
            guard
                let (sensor, level) = levels.first(where: {
                    machine.settings.sensors.contains($0.0) && lines[$0.0]?.level != $0.1
                })
            else { return }
            tell(.sensor(sensor, active: level))
        }
    }

    private mutating func tell(_ input: LaneInput) {
        guard failure == nil else { return }
        account(for: input)
        let wasDue = machine.nextDeadline.map { $0 <= now } ?? false
        let actions = machine.handle(input, at: now)
        check(actions, after: input, wasDue: wasDue)
        for action in actions {
            if case .drive(.open, let active) = action { world?.drive(open: active) }
            if action == .startClosing { world?.close() }
            if action == .driveSafe { world?.drive(open: false) }
        }
    }

    // MARK: The account

    private mutating func account(for input: LaneInput) {
        if pressed { pressEnds = now.advanced(by: machine.settings.debounce) }
        switch input {
        case .exitButton(let isPressed):
            pressed = isPressed
            if pressed { asked = now }
            pressEnds = now.advanced(by: machine.settings.debounce)
        case .fire(let active):
            fireSignal = active
            fireLatched = fireLatched || active
            if active { asked = now }
        case .fireReset: fireLatched = fireLatched && fireSignal
        case .mode(let new):
            mode = new
            asked = now
        case .stop: stopped = true
        case .sensor(let sensor, let level) where machine.settings.sensors.contains(sensor):
            guard lines[sensor]?.level != level else { return }
            if sensor == .safetyLoop && level { occupations += 1 }
            lines[sensor] = (level, now)
        case .sensorLost(let sensor): lines[sensor] = nil
        case .grant: asked = now
        case .airlockButton, .sensor, .timer: break
        }
    }

    /// Whether the boom of the world goes where it is commanded to, and its board does nothing that cannot be seen.
    private var isHealthy: Bool {
        let sees = machine.settings.sensors.contains(.safetyLoop)
        return world?.isStuck == false && !hasHand && machine.settings.closes && sees
    }

    private var unlocked: Bool { mode == .unlocked && !stopped }

    private mutating func check(_ actions: [LaneAction], after input: LaneInput, wasDue: Bool) {
        for (index, action) in actions.enumerated() {
            switch action {
            case .drive(let output, let active):
                check(output, active, at: index, of: actions, after: input, wasDue: wasDue)
            case .driveSafe:
                require(stopped && !pressed && !fireLatched, "driven safe before its time")
                require(index == actions.count - 1, "something came after driving safe")
                if driven.values.contains(true) { lastEnd = now }
                driven = [.open: false, .close: false]
                isSafe = true
            case .step(let step): check(step, after: input)
            case .changed(let change): check(change)
            case .countExitButton: require(input == .exitButton(pressed: true), "a press was counted that was none")
            }
        }
        checkOutputs(after: input)
        require((machine.state.alarm == .forcedOpen) == isForced, "the state shows another alarm")
        require((machine.state.lock == .fault) == isFaulty, "the state shows another fault")
        require(stopped || (machine.state.tamper == .tampered) == isTampered, "the state shows other tampering")
        require((machine.state.fire != .none) == fireLatched, "the fire state is wrong")
        require(machine.state.mode == mode, "the mode is wrong")
        if let deadline = machine.nextDeadline { require(deadline > now, "a deadline was left in the past") }
        require(open.count <= 17, "too many grants wait")
        if case .grant(let grant) = input {
            let isRefused = mode == .entryLocked && grant.direction == .entry
            let wasReleased = actions.contains(.step(.released(grant)))
            require(wasReleased == !(stopped || isRefused), "a grant released nothing, or a refused one did")
        }
    }

    private mutating func checkOutputs(after input: LaneInput) {
        let settings = machine.settings
        require(machine.outputs == driven, "the outputs are driven otherwise than they should be")
        require(driven[.open] == false || driven[.close] == false, "both outputs are driven")
        if driven[.open] == true {
            require(machine.isReleased, "opening is commanded, and the lane does not say so")
            let isHeld = pressed || now < pressEnds || fireLatched || unlocked
            let begun = max(begun[.open] ?? now, asked)
            let isInTime = now < begun.advanced(by: settings.pulse)
            require(isHeld || isInTime || !isPunctual, "opening is driven beyond its time")
        }
        if driven[.close] == true {
            let begun = begun[.close] ?? now
            require(now < begun.advanced(by: settings.pulse), "closing is driven beyond its time")
            require(!pressed && !fireLatched && !unlocked && !stopped, "closing against somebody who passes")
            if settings.sensors.contains(.safetyLoop) {
                require(lines[.safetyLoop]?.level == false, "closing while the loop is occupied or unknown")
            }
        }
        if fireLatched { require(driven[.open] == true, "fire does not open") }
        let isExit =
            switch input {
            case .exitButton(pressed: true): true
            case .grant(let grant): !stopped && (grant.direction == .exit || mode != .entryLocked)
            default: false
            }
        if isExit || pressed || unlocked {
            require(machine.isReleased, "the exit button or a grant was refused")
            require(driven[.open] == true || opensWithinGap(), "opening is neither commanded nor due within the gap")
        }
        if stopped && driven[.open] == false {
            require(isSafe || opensWithinGap(), "a stop leaves the outputs undriven")
            require(!machine.isReleased || opensWithinGap(), "released after the stop by nobody")
        }
    }

    private func opensWithinGap() -> Bool {
        var later = machine
        let end = now.advanced(by: machine.settings.gap)
        while let deadline = later.nextDeadline, deadline <= end {
            _ = later.handle(.timer, at: deadline)
            if later.outputs[.open] == true { return true }
        }
        return false
    }

    private mutating func check(
        _ output: LaneOutput, _ active: Bool, at index: Int, of actions: [LaneAction], after input: LaneInput,
        wasDue: Bool
    ) {
        let settings = machine.settings
        require(output == .open || output == .close, "a barrier has two outputs")
        require(driven[output] != active, "an output was driven twice alike")
        driven[output] = active
        guard active else {
            lastEnd = now
            if output == .open { require(index == actions.count - 1, "something came after the end of opening") }
            if output == .close {
                require(index == 0, "something came before the end of closing")
                if input == .sensor(.safetyLoop, active: true) { seen.insert("closing ended for the loop") }
            }
            return
        }
        let other: LaneOutput = output == .open ? .close : .open
        require(driven[other] == false, "the outputs overlap")
        begun[output] = now
        isSafe = false
        if let lastEnd, !fireLatched { require(now.since(lastEnd) >= settings.gap, "the gap was not kept") }
        if case .sensorLost = input { require(wasDue, "a lost sensor moved the boom") }
        if output == .open {
            require(index == 0 || index == 1 && actions[0] == .endClosing, "something came before opening")
            if let closed = begun[.close], now.since(closed) < settings.pulse + settings.gap {
                seen.insert("reversed")
            }
            return
        }
        seen.insert("closed")
        require(index == actions.count - 1, "something came after the begin of closing")
        require(settings.closes && !stopped, "closing was not ours to command")
        require(open.isEmpty || lines[.safetyLoop] == nil, "closing while a grant waits")
        if settings.sensors.contains(.safetyLoop) {
            let clear = lines[.safetyLoop].map { $0.level ? .zero : now.since($0.since) } ?? .zero
            require(clear >= settings.clearDelay, "closing before the clear delay is over")
        }
        if settings.sensors.contains(.ready) {
            require(lines[.ready]?.level == true, "closing while the board is not ready")
        }
    }

    private mutating func check(_ step: LaneAction.Step, after input: LaneInput) {
        switch step {
        case .released(let grant):
            let isNew = grant.crossing.map { open.insert($0).inserted } ?? false
            require(isNew && input == .grant(grant), "released twice, or by nothing")
            return
        case .passed(let grant):
            seen.insert("passed")
            if world != nil { seen.insert("passed in the world") }
            passed += 1
            require(passed <= occupations, "more passages than vehicles")
            let isClear = lines[.safetyLoop].map { !$0.level || $0.since == now } ?? false
            require(isClear || !isPunctual, "passed with the loop occupied")
            let wasOpen = end(grant)
            require(wasOpen, "passed, but not open")
        case .notPassed(let grant):
            seen.insert("not passed")
            let wasOpen = end(grant)
            let isRefused = input == .grant(grant) && mode == .entryLocked && grant.direction == .entry
            require(wasOpen != isRefused, "ended, but not open")
            require(machine.settings.sensors.contains(.safetyLoop) || isRefused, "not passed, says nobody")
        case .unobserved(let grant):
            seen.insert("unobserved")
            let wasOpen = end(grant)
            require(wasOpen, "ended, but not open")
        }
    }

    private mutating func check(_ change: LaneChange) {
        seen.insert(change.rawValue)
        switch change {
        case .forcedOpen:
            let mayBe = !isForced && !fireLatched && !stopped && !unlocked
            require(mayBe, "an alarm in an alarm, a fire, unlocked hours or after the stop")
            require(world == nil || hasHand, "nobody has forced the boom")
            isForced = true
        case .forcedOpenEnded:
            require(isForced, "an end without an alarm")
            isForced = false
        case .fault:
            require(!isFaulty && !stopped, "a fault in a fault or after the stop")
            require(!isHealthy, "a healthy boom is called faulty")
            isFaulty = true
        case .faultEnded:
            require(isFaulty, "an end without a fault")
            isFaulty = false
        case .tamper:
            require(!isTampered && !stopped, "tampering told twice or after the stop")
            isTampered = true
        case .tamperEnded:
            require(isTampered, "an end without tampering")
            isTampered = false
        case .passageWithoutGrant, .passageInFire:
            passedWithoutGrant += 1
            require(passedWithoutGrant <= occupations, "more passages than vehicles")
            require(change == .passageInFire || !stopped, "an alarm after the stop")
            // A late timer tells of a vehicle that left before the fire, or of one that left in it.
            require(change == .passageInFire || !fireLatched || !isPunctual, "an alarm in a fire")
        case .fire, .fireReset: require(!isForced, "an alarm lasts through a fire")
        default: require(false, "a change that a barrier cannot have")
        }
    }

    /// Whether the grant was open until now.
    private mutating func end(_ grant: Grant) -> Bool { grant.crossing.map { open.remove($0) != nil } ?? false }

    private mutating func require(_ holds: Bool, _ claim: String) {
        if !holds && failure == nil { failure = claim }
    }
}
