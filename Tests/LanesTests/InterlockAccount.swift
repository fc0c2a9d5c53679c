import GateModel
import Lanes

/// A plain account of what must be true of an interlock, which knows nothing of the machine's insides.
struct InterlockAccount {
    /// What has to have been seen.
    enum Event: CaseIterable {
        case entryPassed, exitPassed, entryWaited, entryGivenUp, entryCutShort, exitWaited, exitsTogether, unobserved
        /// A door was re-locked because the other one was released.
        case toInner, toOuter
        /// The outer door was released for somebody who has pressed inside.
        case letOut
        case buttonGaveWay, buttonCameBack
        case fire, heldOpen, forcedOpen, tamper, refusedByMode, fullQueue, stoppedAndPressed
        /// Somebody came from inside to the outside after a single press.
        case onePress
    }

    /// What is known of one door and its button.
    private struct Door {
        let settings: DoorSettings
        var driven = false
        var isPressed = false
        var letGoAt = MonotonicTime(nanoseconds: 0)
        /// The raw level of the contact; `nil` if nobody knows it.
        var isOpen: Bool?
        /// How often the raw contact opened, was found open or was lost.
        var openings = 0
        var movedAt = MonotonicTime(nanoseconds: 0)

        /// Whether it is certain to be believed closed.
        func isShut(at now: MonotonicTime) -> Bool {
            isOpen == false && movedAt.advanced(by: settings.debounce) <= now
        }
    }

    private struct Crossing {
        var grant: Grant
        var since: MonotonicTime
        /// How often the first door had opened when it was released.
        var openings = 0
    }

    private(set) var machine: InterlockMachine
    private(set) var failure: String?
    private(set) var seen: Set<Event> = []
    private let isPunctual: Bool
    private let onlyEntries: Bool
    private var now = MonotonicTime(nanoseconds: 0)
    private var outer: Door
    private var inner: Door
    /// Grants that were given and have neither been released nor ended.
    private var pending: [CrossingID: Crossing] = [:]
    /// Grants that were released and have not ended.
    private var open: [CrossingID: Crossing] = [:]
    private var mode = LaneMode.controlled
    private var fireSignal = false
    private var fireLatched = false
    private var fireBegan = MonotonicTime(nanoseconds: 0)
    private var alarms: Set<LaneChange> = []
    private var calledInside = false
    private var stopped = false
    private var stoppedAt = MonotonicTime(nanoseconds: 0)
    private var isSafe = false

    init(machine: InterlockMachine, isPunctual: Bool, onlyEntries: Bool) {
        self.machine = machine
        self.isPunctual = isPunctual
        self.onlyEntries = onlyEntries
        outer = Door(settings: machine.settings.outer)
        inner = Door(settings: machine.settings.inner)
    }

    private subscript(door: InterlockDoor) -> Door {
        get { door == .outer ? outer : inner }
        set { if door == .outer { outer = newValue } else { inner = newValue } }
    }

    private var exits: [Crossing] { pending.values.filter { $0.grant.direction == .exit } }

    /// With a late timer, what was due before is told with the stop.
    private var isStoppedBefore: Bool { stopped && stoppedAt < now }

    var released: Set<InterlockDoor> { Set(InterlockDoor.allCases.filter { self[$0].driven }) }

    mutating func see(_ event: Event) { seen.insert(event) }

    // MARK: Inputs

    mutating func tell(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        // A time before the latest counts as the latest.
        now = max(now, time)
        let pressedDoor = newPress(input)
        let before = (outer.driven, inner.driven)
        account(for: input)
        let actions = machine.handle(input, at: time)
        checkOrder(actions)
        for action in actions { check(action, after: input, pressedDoor) }
        check(actions.count { $0 == .countExitButton } == (pressedDoor == nil ? 0 : 1), "a press was counted wrongly")
        if let pressedDoor {
            check(self[pressedDoor].driven, "principle 1: a press released nothing")
            if stopped { see(.stoppedAndPressed) }
        }
        if case .grant(let grant) = input { checkAnswer(to: grant, actions) }
        if before.0 && inner.driven && !outer.driven { see(.toInner) }
        if before.1 && outer.driven && !inner.driven { see(.toOuter) }
        checkState()
        checkTimes()
        return actions
    }

    /// The door whose button is pressed now, and was not before.
    private func newPress(_ input: LaneInput) -> InterlockDoor? {
        let door: InterlockDoor
        switch input {
        case .exitButton(pressed: true): door = .inner
        case .airlockButton(pressed: true): door = .outer
        default: return nil
        }
        // A bounce of the button is still the press before.
        let rests = now >= self[door].letGoAt.advanced(by: self[door].settings.debounce)
        return !self[door].isPressed && rests ? door : nil
    }

    private mutating func account(for input: LaneInput) {
        switch input {
        case .grant(let grant):
            if !stopped, let id = grant.crossing { pending[id] = Crossing(grant: grant, since: now) }
            // One exit too many cuts short who is being let out, and they are let out afterwards.
            if exits.count > 16 { calledInside = true }
        case .exitButton(let pressed):
            if pressed { calledInside = true }
            press(.inner, pressed)
        case .airlockButton(let pressed): press(.outer, pressed)
        case .sensor(.outerContact, let level): move(.outer, level)
        case .sensor(.innerContact, let level): move(.inner, level)
        case .sensorLost(.outerContact): lose(.outer)
        case .sensorLost(.innerContact): lose(.inner)
        case .fire(let active):
            if active && !fireLatched { fireBegan = now }
            fireSignal = active
            fireLatched = fireLatched || active
        case .fireReset: fireLatched = fireLatched && fireSignal
        case .mode(let new): if new != .unlocked { mode = new }
        case .stop:
            stopped = true
            stoppedAt = now
            // Whoever is between the doors is still let out.
            if open.values.contains(where: { $0.grant.direction == .exit }) { calledInside = true }
        case .sensor, .sensorLost, .timer: break
        }
    }

    private mutating func press(_ door: InterlockDoor, _ pressed: Bool) {
        if self[door].isPressed && !pressed { self[door].letGoAt = now }
        self[door].isPressed = pressed
    }

    private mutating func move(_ door: InterlockDoor, _ level: Bool) {
        if level && self[door].isOpen != true { self[door].openings += 1 }
        if self[door].isOpen != level { self[door].movedAt = now }
        self[door].isOpen = level
    }

    private mutating func lose(_ door: InterlockDoor) {
        self[door].isOpen = nil
        self[door].openings += 1
    }

    // MARK: Actions

    /// Re-locks that make room, releases, all else, re-locks.
    private mutating func checkOrder(_ actions: [LaneAction]) {
        let kinds = actions.map { action in
            switch action {
            case .drive(_, let active): active ? 1 : 3
            case .driveSafe: 3
            default: 2
            }
        }
        guard kinds.contains(1) else { return check(kinds == kinds.sorted(), "a re-lock was not last") }
        let rest = Array(kinds.drop { $0 == 3 })
        check(rest == rest.sorted() && rest.last != 3, "a release was not first, or its re-lock not before it")
    }

    private mutating func check(_ action: LaneAction, after input: LaneInput, _ pressedDoor: InterlockDoor?) {
        switch action {
        case .drive(let output, let active):
            check(output == .outerLock || output == .innerLock, "an interlock has two locks")
            let door: InterlockDoor = output == .outerLock ? .outer : .inner
            check(self[door].driven != active, "a lock was driven twice alike")
            self[door].driven = active
            check(fireLatched || !outer.driven || !inner.driven, "both locks were released")
            if active { checkReason(door, input, pressedDoor) }
            isSafe = false
        case .driveSafe:
            check(stopped && !isSafe, "driven safe without a stop, or twice")
            outer.driven = false
            inner.driven = false
            isSafe = true
        case .step(let step):
            check(!isStoppedBefore, "a fact of a grant after the stop")
            check(step)
        case .changed(let change): check(change)
        case .countExitButton: break
        }
    }

    /// Nothing is released without a reason.
    private mutating func checkReason(_ door: InterlockDoor, _ input: LaneInput, _ pressedDoor: InterlockDoor?) {
        guard !fireLatched else { return see(.fire) }
        if pressedDoor == door { return }
        // One that is let go just now was held when the other door's release ended.
        if self[door].isPressed || self[door].letGoAt == now {
            if input != Interlock.button(door, pressed: true) { see(.buttonCameBack) }
            return
        }
        // The facts of a grant follow the release, so what waits now may be what it is for.
        let waits = pending.values.contains { $0.grant.direction == (door == .outer ? .entry : .exit) }
        guard !waits else { return }
        let second: Direction = door == .outer ? .exit : .entry
        let first = self[door == .outer ? .inner : .outer]
        let isForSecond = open.values.contains { crossing in
            crossing.grant.direction == second && first.openings > crossing.openings
                && (second == .exit || first.isOpen == false)
        }
        if door == .outer && !isForSecond && calledInside { return see(.letOut) }
        check(isForSecond, "the \(door) lock was released for nobody")
    }

    private mutating func check(_ step: LaneAction.Step) {
        switch step {
        case .released(let grant): released(grant)
        case .passed(let grant):
            ended(grant)
            let second = grant.direction == .entry ? inner : outer
            check(second.openings > 0, "passed through a door that never opened")
            see(grant.direction == .entry ? .entryPassed : .exitPassed)
        case .unobserved(let grant):
            ended(grant)
            see(.unobserved)
        case .notPassed(let grant):
            guard let id = grant.crossing, let waited = pending.removeValue(forKey: id) else {
                ended(grant)
                if grant.direction == .entry && inner.driven { see(.entryCutShort) }
                return
            }
            if waited.since < now { see(.entryGivenUp) }
            check(grant.direction == .entry, "principle 1: an exit was refused")
        }
    }

    private mutating func released(_ grant: Grant) {
        guard let id = grant.crossing else { return }
        let waited = pending.removeValue(forKey: id) != nil
        check(waited, "released, but not granted, or twice")
        let isEntry = grant.direction == .entry
        if isEntry {
            check(open.isEmpty, "an entry began beside another crossing")
            // With a late timer it may have begun before.
            check(!fireLatched || fireBegan == now, "an entry began in a fire")
            check(mode != .entryLocked || grant.isByPerson, "an entry began against the mode")
            check(outer.isOpen != true && inner.isOpen != true || !isPunctual, "an entry began at an open door")
        } else if !open.isEmpty {
            see(.exitsTogether)
        }
        let first = isEntry ? outer : inner
        // One that may stand open need not open for it.
        open[id] = Crossing(grant: grant, since: now, openings: first.isShut(at: now) ? first.openings : -1)
    }

    private mutating func ended(_ grant: Grant) {
        let wasOpen = grant.crossing.map { open.removeValue(forKey: $0) != nil } ?? false
        check(wasOpen, "ended, but not open")
    }

    private mutating func checkAnswer(to grant: Grant, _ actions: [LaneAction]) {
        guard !stopped else { return }
        if grant.direction == .exit {
            check(outer.driven || inner.driven, "principle 1: an exit grant released nothing")
            let isReleased = actions.contains(.step(.released(grant)))
            check(isReleased || outer.driven, "principle 1: an exit waits for nobody who leaves")
            if !isReleased { see(.exitWaited) }
        } else if actions.contains(.step(.notPassed(grant))) && !actions.contains(.step(.released(grant))) {
            let isLocked = mode == .entryLocked && !grant.isByPerson
            check(isLocked || pending.count >= 8, "an entry was refused that could wait")
            see(isLocked ? .refusedByMode : .fullQueue)
        } else if !actions.contains(.step(.released(grant))) {
            see(.entryWaited)
        }
    }

    private mutating func check(_ change: LaneChange) {
        switch change {
        case .heldOpen, .forcedOpen, .tamper, .fault:
            check(!isStoppedBefore, "an alarm after the stop")
            let isNew = alarms.insert(change).inserted
            check(isNew, "\(change) was told twice")
            if change == .heldOpen { see(.heldOpen) }
            if change == .forcedOpen { see(.forcedOpen) }
            if change == .tamper { see(.tamper) }
        case .heldOpenEnded: ended(.heldOpen)
        case .forcedOpenEnded: ended(.forcedOpen)
        case .tamperEnded: ended(.tamper)
        case .faultEnded: ended(.fault)
        case .fire, .fireReset:
            check(alarms.isDisjoint(with: [.heldOpen, .forcedOpen]), "an alarm lasts through a fire")
        case .heldOpenSoon:
            check(!fireLatched || fireBegan == now, "a warning in a fire")
            check(!isStoppedBefore, "a warning after the stop")
        case .passageWithoutGrant, .passageInFire: check(false, "an interlock does not count passages")
        }
    }

    private mutating func ended(_ alarm: LaneChange) {
        let lasted = alarms.remove(alarm) != nil
        check(lasted, "the end of \(alarm), which had not begun")
    }

    // MARK: After each step

    private mutating func checkState() {
        let isAsDriven = machine.outputs == [.outerLock: outer.driven, .innerLock: inner.driven]
        check(isAsDriven, "driven otherwise than it should be")
        let state = machine.state
        check(fireLatched || !outer.driven || !inner.driven, "both locks are released")
        check(!fireLatched || outer.driven && inner.driven, "principle 2: locked in a fire")
        check(fireLatched == (state.fire != .none), "the fire state is wrong")
        check((state.lock == .fault) == alarms.contains(.fault) || stopped, "the state shows another fault")
        check(state.lock == .fault || (state.lock == .released) == machine.isReleased, "the state shows another lock")
        check(machine.isReleased == (outer.driven || inner.driven), "released otherwise than it is driven")
        check(state.mode == mode && mode != .unlocked, "the state shows another mode")
        let isAlarm = !alarms.isDisjoint(with: [.heldOpen, .forcedOpen])
        check([.heldOpen, .forcedOpen].contains(state.alarm) == isAlarm, "the state shows another alarm")
        if onlyEntries && !stopped { check(outer.isOpen != true || inner.isOpen != true, "both doors stand open") }
        let deadline = machine.nextDeadline
        if let deadline { check(deadline > now, "a deadline was left in the past") }
        check(deadline != nil || stopped || open.isEmpty && pending.isEmpty, "a grant waits without an end")
        check(isSafe || !stopped || outer.driven || inner.driven, "a stop leaves an output undriven")
        let (outerWaits, innerWaits) = (outer.isPressed && !outer.driven, inner.isPressed && !inner.driven)
        check(!outerWaits || inner.driven, "a held button has no door, and nothing else has")
        check(!innerWaits || outer.driven, "a held button has no door, and nothing else has")
        if outerWaits || innerWaits { see(.buttonGaveWay) }
    }

    private mutating func checkTimes() {
        check(exits.isEmpty || outer.driven, "principle 1: an exit waits for nobody who leaves")
        check(exits.count <= 16 && pending.count <= 24 && open.count <= 16, "too many are under way")
        guard isPunctual else { return }
        for crossing in pending.values {
            let isEntry = crossing.grant.direction == .entry
            // An exit waits for those who are let out, each of whom has one release.
            let limit: Duration = isEntry ? machine.settings.waitTime : .seconds(121)
            check(now < crossing.since.advanced(by: limit), "a grant waits for too long")
        }
        for crossing in open.values {
            // Both releases, the time between and, for an exit, the wait for others who keep the inner door released.
            let most: Duration = .seconds(60 * 17 * 2) + machine.settings.transferTime + machine.settings.waitTime
            check(now < crossing.since.advanced(by: most), "a released grant never ends")
        }
    }

    /// Everything was let go and shut, and all times are over.
    mutating func checkCalm() {
        check(!outer.driven && !inner.driven && !machine.isReleased, "a lock stays released for nobody")
        check(pending.isEmpty && open.isEmpty, "a grant never ended")
        calledInside = false
    }

    mutating func checkAbandoned() {
        let left = machine.abandon().compactMap(\.crossing)
        let waited = Set(open.keys).union(pending.keys)
        check(left.count == waited.count && Set(left) == waited, "not every grant was given back once")
        open = [:]
        pending = [:]
    }

    mutating func checkStopped() {
        check(isSafe, "a stop never drives safe")
        check(machine.abandon() == [], "a grant was heeded after the stop")
    }

    private mutating func check(_ holds: Bool, _ claim: String) {
        if !holds && failure == nil { failure = claim }
    }
}
