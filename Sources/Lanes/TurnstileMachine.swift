public import GateModel

/// The state machine of a turnstile or speed gate: inputs and times in, actions out.
///
/// One grant at a time is commanded in a direction: a board may store pulses, and a stored one would let somebody pass
/// whom nobody knows of. The next waits for the passage or for the end of its time, and is `released` only when it is
/// commanded. An entry that has waited for longer than its own time ends as `notPassed`. An exit is never given up
/// (principle 1): it waits for the exits before it, for as long as one passage takes each, and for nothing else.
///
/// Both directions are never commanded together, except in fire and in the mode `unlocked`. Whoever leaves goes first:
/// an entry's command is taken back at once. The release comes before the re-lock even then, so both outputs may be
/// active for the moment between the two actions, which is far shorter than a pulse that a board sees.
///
/// How a passage is matched: the contact of a direction is active while somebody passes. Its start uses up the oldest
/// leave of the direction and its end is the passage. A grant that ends without one is `notPassed`, or `unobserved`
/// where the passage could have gone unseen: no contact, a lost line, a lane that stood open.
///
/// READY holds up an entry while it is known to be inactive. A line that was lost holds up nobody.
public struct TurnstileMachine: LaneMachine {
    public let settings: TurnstileSettings
    private var latest = MonotonicTime(nanoseconds: 0)
    private var mode = LaneMode.controlled
    private var fire = FireInput()
    private var entry: TurnstileWay
    private var exit: TurnstileWay
    private var button: Debouncer
    /// The exit button was pressed and the board was not told yet: its input has to rest before it sees another pulse.
    private var pressWaits = false
    private var ready: Debouncer
    private var tamper: Debouncer
    private var toldTamper = false
    private var toldFault = false
    private var stopped = false
    /// After the stop: every output was given its safe value and none was driven since.
    private var isSafe = false
    /// Grants that had not ended when the lane was stopped.
    private var interrupted: [Grant] = []

    public init(settings: TurnstileSettings) {
        self.settings = settings
        entry = TurnstileWay(hasContact: settings.sensors.contains(.passageIn), debounce: settings.debounce)
        exit = TurnstileWay(hasContact: settings.sensors.contains(.passageOut), debounce: settings.debounce)
        button = Debouncer(window: settings.debounce, believesActiveAtOnce: true, value: false)
        ready = Debouncer(window: settings.debounce)
        tamper = Debouncer(window: settings.debounce)
    }

    /// Both outputs are held.
    private var isFree: Bool { fire.isOn || mode == .unlocked && !stopped }

    public var isReleased: Bool { isFree || entry.isOpen || exit.isOpen }

    public var outputs: [LaneOutput: Bool] {
        [.unlockIn: isFree || entry.isCommanded, .unlockOut: isFree || exit.isCommanded]
    }

    public var state: LaneState {
        let tamper: LaneState.Tamper =
            switch self.tamper.value {
            case true?: .tampered
            case false?: .normal
            case nil: .unknown
            }
        return LaneState(
            mode: mode, lock: isReleased ? .released : .locked, contact: contactState, alarm: .normal, tamper: tamper,
            fire: fire.state)
    }

    /// Open: somebody passes.
    private var contactState: LaneState.Contact {
        let sees = settings.sensors.contains(.passageIn) || settings.sensors.contains(.passageOut)
        let knowsReady = !settings.sensors.contains(.ready) || ready.value != nil
        if isStuck { return .fault }
        guard sees, knowsReady, entry.isKnown, exit.isKnown else { return .unknown }
        return entry.passage != nil || exit.passage != nil ? .open : .closed
    }

    private var isStuck: Bool { entry.passage?.isStuck == true || exit.passage?.isStuck == true }

    public var nextDeadline: MonotonicTime? {
        let lines = earlier(button.deadline, earlier(ready.deadline, tamper.deadline))
        return earlier(lines, earlier(entry.deadline, exit.deadline))
    }

    private var conditions: TurnstileWay.Conditions {
        TurnstileWay.Conditions(
            settings: settings, now: latest, isFree: isFree, inFire: fire.isOn, isStopped: stopped)
    }

    public mutating func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        latest = max(latest, time)
        var actions: [LaneAction] = []
        if case .sensor(let sensor, let active) = input, sensor == .passageIn || sensor == .passageOut {
            // Before what is overdue: with a late timer there was still leave when the passage began.
            passageSampled(sensor, active, &actions)
            meetDue(&actions)
        } else {
            meetDue(&actions)
            apply(input, &actions)
            meetDue(&actions)
        }
        advance(&actions)
        tellAlarms(&actions)
        drive(&actions)
        return actions
    }

    public mutating func abandon() -> [Grant] {
        defer { interrupted = [] }
        return interrupted + entry.abandon() + exit.abandon()
    }

    private mutating func apply(_ input: LaneInput, _ actions: inout [LaneAction]) {
        let wasFree = isFree
        switch input {
        case .grant(let grant): granted(grant, &actions)
        case .exitButton(let pressed):
            guard button.sample(pressed, at: latest), pressed else { return }
            actions.append(.countExitButton)
            if isFree { exit.releaseForButton(conditions) } else { pressWaits = true }
        case .sensor(let sensor, let active):
            guard settings.sensors.contains(sensor) else { return }
            if sensor == .ready { _ = ready.sample(active, at: latest) }
            if sensor == .tamper { _ = tamper.sample(active, at: latest) }
        case .sensorLost(let sensor): lost(sensor, &actions)
        case .fire(let active):
            if fire.signal(active) { actions.append(.changed(.fire)) }
        case .fireReset:
            if fire.reset() { actions.append(.changed(.fireReset)) }
        case .mode(let mode):
            self.mode = mode
            if mode == .entryLocked && !isFree { refuseEntries(&actions) }
        case .stop: stop()
        case .airlockButton, .timer: break
        }
        if isFree != wasFree { freedomChanged(&actions) }
    }

    // MARK: Inputs

    private mutating func granted(_ grant: Grant, _ actions: inout [LaneAction]) {
        guard !stopped else { return }
        switch grant.direction {
        case .exit where isFree: exit.release(grant, conditions, &actions)
        case .entry where isFree: entry.release(grant, conditions, &actions)
        case .exit: exit.waiting.append(TurnstileWay.Waiting(grant: grant))
        case .entry where mode == .entryLocked && !grant.passesLockedEntry: actions.append(.step(.notPassed(grant)))
        case .entry:
            let until = latest.advanced(by: grant.passageTime(settings))
            entry.waiting.append(TurnstileWay.Waiting(grant: grant, until: until))
        }
    }

    private mutating func refuseEntries(_ actions: inout [LaneAction]) {
        entry.takeBack(conditions, &actions)
        for refused in entry.waiting { actions.append(.step(.notPassed(refused.grant))) }
        entry.waiting = []
    }

    private mutating func passageSampled(_ sensor: LaneSensor, _ active: Bool, _ actions: inout [LaneAction]) {
        guard settings.sensors.contains(sensor) else { return }
        if sensor == .passageIn {
            entry.sample(active, conditions, &actions)
        } else {
            exit.sample(active, conditions, &actions)
        }
    }

    private mutating func lost(_ sensor: LaneSensor, _ actions: inout [LaneAction]) {
        guard settings.sensors.contains(sensor) else { return }
        switch sensor {
        case .passageIn: entry.loseContact(conditions, &actions)
        case .passageOut: exit.loseContact(conditions, &actions)
        case .ready: ready = Debouncer(window: settings.debounce)
        case .tamper: tamper = Debouncer(window: settings.debounce)
        default: break
        }
    }

    private mutating func freedomChanged(_ actions: inout [LaneAction]) {
        guard isFree else {
            entry.ceasedFree(conditions, &actions)
            exit.ceasedFree(conditions, &actions)
            return
        }
        entry.becameFree(conditions, &actions)
        exit.becameFree(conditions, &actions)
        if pressWaits { exit.releaseForButton(conditions) }
        pressWaits = false
    }

    /// Nobody who pressed the exit button and no fire is locked in by a stop: the outputs are driven safe once neither
    /// holds them.
    private mutating func stop() {
        guard !stopped else { return }
        stopped = true
        interrupted = entry.abandon() + exit.abandon()
        entry.stop(conditions)
        exit.stop(conditions)
    }

    // MARK: What follows

    /// Does what is due, in the order in which it was due.
    private mutating func meetDue(_ actions: inout [LaneAction]) {
        while let due = nextDeadline, due <= latest {
            let conditions = conditions
            entry.meet(due, conditions, &actions)
            exit.meet(due, conditions, &actions)
            _ = button.settle(at: due)
            _ = ready.settle(at: due)
            _ = tamper.settle(at: due)
            tellAlarms(&actions)
        }
    }

    /// Commands what can be commanded now. Exits first, and an entry only while nobody leaves.
    private mutating func advance(_ actions: inout [LaneAction]) {
        guard !isFree else { return }
        let conditions = conditions
        let pressed = button.value == true
        if pressWaits && exit.advancePress(conditions) { pressWaits = false }
        if !pressWaits { exit.advance(button: pressed, conditions, &actions) }
        while exit.waiting.count > TurnstileWay.mostWaiting { exit.displace(conditions, &actions) }

        if exit.isBusy || pressWaits || pressed || !exit.waiting.isEmpty {
            if entry.isOpen { entry.takeBack(conditions, &actions) }
        } else if ready.value != false {
            entry.advance(conditions, &actions)
        }
        while entry.waiting.count > TurnstileWay.mostWaiting {
            actions.append(.step(.notPassed(entry.waiting.removeFirst().grant)))
        }
    }

    /// Tells each alarm once and its end once. In a fire nothing is an alarm, and what lasts is told after the reset.
    private mutating func tellAlarms(_ actions: inout [LaneAction]) {
        guard !fire.isOn, !stopped else { return }
        // A line that was lost says nothing of what was told: an alarm ends when the line is read again.
        if let tampered = tamper.value, tampered != toldTamper {
            toldTamper = tampered
            actions.append(.changed(tampered ? .tamper : .tamperEnded))
        }
        if isStuck != toldFault {
            toldFault = isStuck
            actions.append(.changed(isStuck ? .fault : .faultEnded))
        }
    }

    private mutating func drive(_ actions: inout [LaneAction]) {
        let wantsEntry = isFree || entry.isCommanded
        let wantsExit = isFree || exit.isCommanded
        if wantsEntry && !entry.isDriven { actions.insert(.drive(.unlockIn, active: true), at: 0) }
        // Whoever leaves comes first.
        if wantsExit && !exit.isDriven { actions.insert(.drive(.unlockOut, active: true), at: 0) }
        if wantsEntry || wantsExit { isSafe = false }
        if stopped && !wantsEntry && !wantsExit && !pressWaits && !exit.buttonWaits {
            if !isSafe { actions.append(.driveSafe) }
            isSafe = true
        } else {
            if !wantsEntry && entry.isDriven { actions.append(.drive(.unlockIn, active: false)) }
            if !wantsExit && exit.isDriven { actions.append(.drive(.unlockOut, active: false)) }
        }
        entry.isDriven = wantsEntry
        exit.isDriven = wantsExit
    }
}
