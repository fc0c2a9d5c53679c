import GateModel
import Lanes
import TestSupport
import Testing

/// Random doors in random use: what must hold after every single step.
@Suite struct DoorSimulationTests {
    /// 300 000 by default: `SIMULATION_STEPS` asks for more.
    @Test func `principles 1, 2, 16: many random steps`() throws {
        let wanted = SimulationSteps.wanted
        let start = ContinuousClock.now
        var steps = 0
        for seed in UInt64(1)...UInt64(wanted / 1000) {
            var use = try RandomUse(seed: seed)
            while use.steps < 1000, use.failure == nil { use.step() }
            use.finish()
            #expect(use.failure == nil, "seed \(seed), after step \(use.steps)")
            steps += use.steps
        }
        #expect(steps >= wanted / 1000 * 1000)
        SimulationSteps.report("door", steps, since: start)
    }
}

/// One door under random inputs, with a plain account beside it of what must be true.
private struct RandomUse {
    private(set) var failure: String?
    private(set) var steps = 0
    private var random: SeededGenerator
    private var machine: DoorMachine
    /// Whether the timer is called at each deadline, or only when it happens to be.
    private let isPunctual: Bool
    private var now = MonotonicTime(nanoseconds: 5_000_000_000)
    /// Grants that were released and have not ended.
    private var open: Set<CrossingID> = []
    private var granted: UInt64 = 0
    private var driven = false
    private var pressed = false
    private var fireSignal = false
    private var fireLatched = false
    private var alarm: LaneChange?
    private var mode = LaneMode.controlled
    private var isFaulty = false
    private var isTampered = false
    /// The latest time for which there is a reason to release, without what still lasts.
    private var reasonEnds = MonotonicTime(nanoseconds: 0)

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        isPunctual = .random(using: &random)
        let settings = try DoorSettings(
            releaseTime: .milliseconds(Int.random(in: 500...8000, using: &random)),
            heldOpenAfter: .milliseconds(Int.random(in: 1000...20_000, using: &random)),
            heldOpenWarning: .milliseconds(Int.random(in: -1...5_000, using: &random)),
            hasContact: Int.random(in: 0..<5, using: &random) > 0, hasLockState: .random(using: &random),
            relock: DoorSettings.Relock.allCases[Int.random(in: 0..<3, using: &random)],
            debounce: .milliseconds(Int.random(in: 0...60, using: &random)))
        machine = DoorMachine(settings: settings)
    }

    mutating func step() {
        steps += 1
        letTimePass()
        tell(randomInput())
    }

    mutating func finish() {
        let fireOrButton = machine.state.fire != .none
        let actions = machine.handle(.stop, at: now)
        let isSafe = actions.contains(.driveSafe)
        require(isSafe || machine.isReleased, "a stop leaves the lock undriven")
        require(!fireOrButton || !isSafe, "a stop locks in a fire")
        for grant in machine.abandon() {
            let wasOpen = end(grant)
            require(wasOpen, "a grant was given back that was not open")
        }
        require(open.isEmpty, "a grant never ended")
    }

    private mutating func letTimePass() {
        var then = now
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1...4: then = now.advanced(by: .milliseconds(Int.random(in: 0...30, using: &random)))
        case 5...7: then = now.advanced(by: .milliseconds(Int.random(in: 0...3000, using: &random)))
        default: if let deadline = machine.nextDeadline { then = deadline }
        }
        while isPunctual, let deadline = machine.nextDeadline, deadline < then {
            now = deadline
            tell(.timer)
        }
        now = then
    }

    private mutating func tell(_ input: LaneInput) {
        account(for: input)
        check(machine.handle(input, at: now), after: input)
    }

    private mutating func randomInput() -> LaneInput {
        switch Int.random(in: 0..<50, using: &random) {
        case 0...6:
            granted += 1
            let own = Int.random(in: 0..<4, using: &random) == 0
            return .grant(
                .entry(granted, releaseTime: own ? .milliseconds(Int.random(in: 0...70_000, using: &random)) : nil))
        case 7...9: return .exitButton(pressed: true)
        case 10...13: return .exitButton(pressed: false)
        case 14...24: return .sensor(.contact, active: .random(using: &random))
        case 25: return .fire(active: true)
        case 26...27: return .fire(active: false)
        case 28...30: return .fireReset
        case 31: return .mode(LaneMode.allCases[Int.random(in: 0..<LaneMode.allCases.count, using: &random)])
        case 32: return .mode(.controlled)
        case 33...38: return .sensor(.lockState, active: .random(using: &random))
        case 39: return .sensor(.tamper, active: .random(using: &random))
        case 40: return .sensorLost([.contact, .lockState, .tamper, .ready][Int.random(in: 0..<4, using: &random)])
        case 41: return .sensor(.passageIn, active: .random(using: &random))
        default: return .timer
        }
    }

    /// Writes down what the input gives a reason for.
    private mutating func account(for input: LaneInput) {
        let settings = machine.settings
        if pressed {
            // Until the button counts as let go, and then the release time.
            reasonEnds = max(reasonEnds, now.advanced(by: settings.debounce + settings.releaseTime))
        }
        switch input {
        case .grant where mode == .entryLocked: break
        case .grant(let grant):
            let time = min(max(grant.releaseTime ?? settings.releaseTime, .milliseconds(500)), .seconds(60))
            reasonEnds = max(reasonEnds, now.advanced(by: time))
        case .exitButton(let isPressed):
            pressed = isPressed
            if isPressed { reasonEnds = max(reasonEnds, now.advanced(by: settings.releaseTime)) }
        case .fire(let active):
            fireSignal = active
            fireLatched = fireLatched || active
        case .fireReset:
            fireLatched = fireLatched && fireSignal
        case .mode(let new): mode = new
        case .airlockButton, .sensor, .sensorLost, .timer, .stop:
            break
        }
    }

    private mutating func check(_ actions: [LaneAction], after input: LaneInput) {
        for (index, action) in actions.enumerated() {
            switch action {
            case .drive(let output, let released):
                require(output == .lock, "a door has one output")
                require(released != driven, "the lock was driven twice alike")
                require(!released || index == 0, "something came before the release")
                driven = released
            case .driveSafe: require(false, "driven safe without a stop")
            case .step(.released(let grant)):
                let isNew = grant.crossing.map { open.insert($0).inserted } ?? false
                require(isNew, "released twice")
            case .step(.passed(let grant)):
                let wasOpen = end(grant)
                require(wasOpen, "passed, but not open")
                require(machine.settings.hasContact, "a passage was seen without a contact")
            case .step(.notPassed(let grant)) where input == .grant(grant) && mode == .entryLocked: break
            case .step(.notPassed(let grant)), .step(.unobserved(let grant)):
                let wasOpen = end(grant)
                require(wasOpen, "ended, but not open")
            case .changed(let change): check(change)
            case .countExitButton: require(input == .exitButton(pressed: true), "a press was counted that was none")
            }
        }
        require(driven == machine.isReleased, "the lock is driven otherwise than it should be")
        require(machine.outputs == [.lock: driven], "the output shows another lock")
        let lock: LaneState.Lock = isFaulty ? .fault : driven ? .released : .locked
        require(machine.state.lock == lock, "the state shows another lock")
        require(machine.state.mode == mode, "the state shows another mode")
        if case .exitButton(pressed: true) = input { require(machine.isReleased, "the exit button was refused") }
        require(!pressed || machine.isReleased, "locked under a pressed exit button")
        require(!fireSignal && !fireLatched || machine.isReleased, "locked in a fire")
        require(fireLatched == (machine.state.fire != .none), "the fire state is wrong")
        if case .grant(let grant) = input, mode != .entryLocked {
            require(actions.contains(.step(.released(grant))) && machine.isReleased, "a grant released nothing")
        }
        // A late timer releases for longer, and nothing in the machine could help it.
        // An opening in its last moment lengthens a release by the time that the contact must rest.
        let hasReason =
            pressed || fireLatched || mode == .unlocked || now < reasonEnds.advanced(by: machine.settings.debounce)
        require(!machine.isReleased || hasReason || !isPunctual, "released beyond its time")
        if let deadline = machine.nextDeadline { require(deadline > now, "a deadline was left in the past") }
        require(open.isEmpty || machine.nextDeadline != nil, "a grant waits without an end")
    }

    private mutating func check(_ change: LaneChange) {
        switch change {
        case .heldOpenSoon:
            require(alarm == nil && machine.settings.heldOpenWarning > .zero, "a warning that nobody asked for")
            require(!fireLatched && mode != .unlocked, "a warning in a fire or in unlocked hours")
        case .heldOpen, .forcedOpen:
            require(alarm == nil, "an alarm in an alarm")
            require(mode != .unlocked, "an alarm in unlocked hours")
            require(!fireLatched && machine.settings.hasContact, "an alarm in a fire or without a contact")
            alarm = change
        case .heldOpenEnded:
            require(alarm == .heldOpen, "an end without an alarm")
            alarm = nil
        case .forcedOpenEnded:
            require(alarm == .forcedOpen, "an end without an alarm")
            alarm = nil
        case .fire, .fireReset:
            require(alarm == nil, "an alarm lasts through a fire")
        case .fault, .faultEnded:
            require(isFaulty == (change == .faultEnded) && machine.settings.hasLockState, "a fault of nothing")
            isFaulty.toggle()
        case .tamper, .tamperEnded:
            require(isTampered == (change == .tamperEnded), "tampering told twice")
            isTampered.toggle()
        case .passageWithoutGrant, .passageInFire: require(false, "a door does not count passages")
        }
    }

    /// Whether the grant was open until now.
    private mutating func end(_ grant: Grant) -> Bool { grant.crossing.map { open.remove($0) != nil } ?? false }

    private mutating func require(_ holds: Bool, _ claim: String) {
        if !holds && failure == nil { failure = claim }
    }
}
