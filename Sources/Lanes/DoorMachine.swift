public import GateModel

/// The state machine of a door with one lock: inputs and times in, actions out.
///
/// The exit button and fire release the lane whatever else goes on, and nothing in here can refuse them (principles 1, 2).
///
/// How a passage is matched: a contact sees the door open, not who goes through it. The first opening after a grant is
/// the passage of the oldest grant that still waits for one; an opening that no grant waits for belongs to the exit button
/// and has no crossing. Grants that overlap share one release, which lasts until the latest of them is over. A grant that
/// ends without an opening of its own is `notPassed` if the door stayed closed, and `unobserved` if the door stood open
/// at some time, because then the person may have walked through behind another.
public struct DoorMachine: LaneMachine {
    /// Grants that can wait for a passage at the same time. One more ends the oldest.
    static let mostWaiting = 16

    public let settings: DoorSettings
    private var latest = MonotonicTime(nanoseconds: 0)
    private var contact: Debouncer
    private var button: Debouncer
    private var fire = FireInput()
    private var alarm = LaneState.Alarm.normal
    private var mode = LaneMode.controlled
    private var tamper: Debouncer
    private var lockState: Debouncer
    /// Whether the lock does not do what it was asked to.
    private var isLockFaulty = false
    /// When a lock that has not followed yet is faulty.
    private var lockFollowsBy: MonotonicTime?
    private var grantRelease: DoorRelease?
    private var buttonRelease: DoorRelease?
    private var waiting: [DoorWaiting] = []
    /// When the open door becomes a warning, and then an alarm.
    private var heldOpenAt: MonotonicTime?
    /// Whether the button is held, but releases nothing: the other door of an interlock was released after the press.
    private var buttonGaveWay = false
    /// Until when a door may open whose release ended before its time.
    private var forgivenUntil: MonotonicTime?
    /// What was asked of the lock last.
    private var driven = false
    private var stopped = false

    public init(settings: DoorSettings) {
        self.settings = settings
        contact = Debouncer(window: settings.debounce)
        button = Debouncer(window: settings.debounce, believesActiveAtOnce: true, value: false)
        tamper = Debouncer(window: settings.debounce)
        lockState = Debouncer(window: settings.debounce)
    }

    /// What the lock should be right now. It may be asserted again at any time before ``LaneInput/stop``.
    public var isReleased: Bool {
        fire.isOn || isReleasedForSomebody || standsUnlocked
    }

    /// Whether a grant or the exit button releases the lock.
    var isReleasedForSomebody: Bool {
        button.value == true && !buttonGaveWay || grantRelease != nil || buttonRelease != nil
    }

    /// Whether the button would release the lock again. Not one that is about to be believed let go.
    var canResumeButton: Bool { buttonGaveWay && button.deadline == nil }

    /// Whether the door is seen closed, and the lock locked as far as it can be seen.
    var isSecured: Bool { !isReleased && contact.value == false && contact.deadline == nil && lockState.value != false }

    /// Whether the door stands open or may be about to.
    var mayStandOpen: Bool { contact.value == true || contact.deadline != nil }

    /// After the stop nobody watches over an unlocked door.
    private var standsUnlocked: Bool { mode == .unlocked && !stopped }

    public var outputs: [LaneOutput: Bool] { [.lock: isReleased] }

    public var state: LaneState {
        let contact: LaneState.Contact =
            switch self.contact.value {
            case true?: .open
            case false?: .closed
            case nil: .unknown
            }
        let tamper: LaneState.Tamper = self.tamper.value.map { $0 ? .tampered : .normal } ?? .unknown
        return LaneState(
            mode: mode, lock: isLockFaulty ? .fault : isReleased ? .released : .locked, contact: contact, alarm: alarm,
            tamper: tamper, fire: fire.state)
    }

    public var nextDeadline: MonotonicTime? {
        [
            contact.deadline, button.deadline, tamper.deadline, lockState.deadline, end(of: grantRelease),
            end(of: buttonRelease), heldOpenAt, lockFollowsBy,
        ].compactMap(\.self).min()
    }

    /// Takes an input.
    ///
    /// A release is the first action returned; a re-lock is the last.
    /// After ``LaneInput/stop`` a grant is not heeded and nothing is an alarm, but the exit button and fire still release;
    /// the lock is driven safe as soon as neither holds it.
    /// - Parameter time: when it happened. A time before the latest one counts as the latest: the kernel stamps an edge
    ///   earlier than it is read.
    public mutating func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        latest = max(latest, time)
        var actions: [LaneAction] = []
        // The input comes before what is overdue: with a late timer the lane was still released when the door opened.
        apply(input, at: latest, &actions)
        drive(&actions)
        while let due = nextDeadline, due <= latest { meet(due, &actions) }
        drive(&actions)
        return actions
    }

    /// Gives up waiting for passages and returns the grants that waited: their crossings are interrupted.
    public mutating func abandon() -> [Grant] {
        defer { waiting = [] }
        return waiting.map(\.grant)
    }

    // MARK: In an interlock

    /// Ends what releases the lock, but for fire, because the other door is released. A button that is held releases
    /// again with ``resumeButton(at:)``, or when it is pressed anew.
    mutating func giveWay(at time: MonotonicTime) -> [LaneAction] {
        guard isReleasedForSomebody else { return [] }
        // Who is about to be seen opening the door has come in time.
        let mayBeOpen = mayStandOpen
        for index in waiting.indices where mayBeOpen { waiting[index].doorStoodOpen = true }
        var actions: [LaneAction] = []
        endGrants(&actions)
        buttonRelease = nil
        buttonGaveWay = button.value == true
        forgivenUntil = max(latest, time).advanced(by: DoorSettings.releaseMinimum)
        return actions + handle(.timer, at: time)
    }

    /// The other door is no longer released: a button that is still held releases this one again.
    mutating func resumeButton(at time: MonotonicTime) -> [LaneAction] {
        buttonGaveWay = false
        return handle(.timer, at: time)
    }

    /// Releases as for a press of the exit button that nobody need do.
    mutating func letOut(at time: MonotonicTime) -> [LaneAction] {
        extendButtonRelease(at: max(latest, time))
        return handle(.timer, at: time)
    }

    private mutating func apply(_ input: LaneInput, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        switch input {
        case .grant(let grant):
            release(for: grant, at: now, &actions)
        case .exitButton(let pressed):
            settleButton(at: now)
            guard button.sample(pressed, at: now) else { return }
            buttonChanged(at: now)
            if pressed { actions.append(.countExitButton) }
        case .sensor(.contact, let open):
            guard settings.hasContact else { return }
            settleContact(at: now, &actions)
            let before = contact.value
            if contact.sample(open, at: now) { contactChanged(from: before, at: now, &actions) }
        case .fire(let active):
            guard fire.signal(active) else { return }
            endAlarm(&actions)
            actions.append(.changed(.fire))
        case .fireReset:
            guard fire.reset() else { return }
            actions.append(.changed(.fireReset))
            if contact.value == true { watchHeldOpen(from: now) }
        case .sensor(.tamper, let active):
            settleTamper(at: now, &actions)
            let before = tamper.value
            if tamper.sample(active, at: now) { tamperChanged(from: before, &actions) }
        case .sensor(.lockState, let locked):
            guard settings.hasLockState else { return }
            settleLockState(at: now, &actions)
            if lockState.sample(locked, at: now) { lockMoved(at: now, &actions) }
        case .sensorLost(let sensor):
            lost(sensor, &actions)
        case .mode(let new):
            change(to: new, at: now, &actions)
        case .sensor, .airlockButton, .timer:
            break
        case .stop:
            stop(&actions)
        }
    }

    /// Does what was to be done at `due`, as if the timer had been punctual.
    private mutating func meet(_ due: MonotonicTime, _ actions: inout [LaneAction]) {
        // The contact first: a door that opened in the last moment of its release was opened with leave.
        settleContact(at: due, &actions)
        settleButton(at: due)
        settleTamper(at: due, &actions)
        settleLockState(at: due, &actions)
        if let lockFollowsBy, lockFollowsBy <= due {
            self.lockFollowsBy = nil
            isLockFaulty = true
            actions.append(.changed(.fault))
        }
        if let end = end(of: grantRelease), end <= due { endGrants(&actions) }
        if let end = end(of: buttonRelease), end <= due { buttonRelease = nil }
        if let heldOpenAt, heldOpenAt <= due { standsOpenTooLong(at: heldOpenAt, &actions) }
    }

    /// When a release is over. An opening that is about to be believed began while the lane was released, so the release
    /// lasts until it is, or until it proves a bounce.
    private func end(of release: DoorRelease?) -> MonotonicTime? {
        guard let release else { return nil }
        guard contact.value == false, let believed = contact.deadline else { return release.ends }
        return max(release.ends, believed)
    }

    private mutating func drive(_ actions: inout [LaneAction]) {
        guard isReleased != driven else { return }
        driven = isReleased
        watchLock(from: latest)
        if driven {
            actions.insert(.drive(.lock, active: true), at: 0)
        } else {
            actions.append(stopped ? .driveSafe : .drive(.lock, active: false))
        }
    }

    // MARK: Releases

    private mutating func release(for grant: Grant, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard !stopped else { return }
        guard mode != .entryLocked || grant.passesLockedEntry else {
            actions.append(.step(.notPassed(grant)))
            return
        }
        let range = DoorSettings.releaseTimeRange
        let time = min(max(grant.releaseTime ?? settings.releaseTime, range.lowerBound), range.upperBound)
        grantRelease = DoorRelease(extending: grantRelease, at: now, for: time)
        if heldOpenAt != nil { watchHeldOpen(from: now) }
        actions.append(.step(.released(grant)))
        guard let isOpen = contact.value else {
            actions.append(.step(.unobserved(grant)))
            return
        }
        waiting.append(DoorWaiting(grant: grant, doorStoodOpen: isOpen))
        if waiting.count > Self.mostWaiting { actions.append(waiting.removeFirst().ending) }
    }

    private mutating func endGrants(_ actions: inout [LaneAction]) {
        grantRelease = nil
        for unmatched in waiting { actions.append(unmatched.ending) }
        waiting = []
    }

    private mutating func settleButton(at now: MonotonicTime) {
        if let since = button.settle(at: now) { buttonChanged(at: since) }
    }

    /// The button was pressed or let go: either starts the release time anew, unless it released nothing any more.
    private mutating func buttonChanged(at now: MonotonicTime) {
        let releasedNothing = buttonGaveWay && button.value == false
        buttonGaveWay = false
        if !releasedNothing { extendButtonRelease(at: now) }
    }

    private mutating func extendButtonRelease(at now: MonotonicTime) {
        buttonRelease = DoorRelease(extending: buttonRelease, at: now, for: settings.releaseTime)
        if heldOpenAt != nil { watchHeldOpen(from: now) }
    }

    /// Nobody who leaves and no fire is locked in by a stop: the lock is driven safe once they no longer hold it.
    private mutating func stop(_ actions: inout [LaneAction]) {
        guard !stopped else { return }
        stopped = true
        grantRelease = nil
        buttonRelease = nil
        heldOpenAt = nil
        lockFollowsBy = nil
        guard !isReleased else { return }
        driven = false
        actions.append(.driveSafe)
    }

    // MARK: The contact

    private mutating func settleContact(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        let before = contact.value
        if let since = contact.settle(at: now) { contactChanged(from: before, at: since, &actions) }
    }

    private mutating func contactChanged(from before: Bool?, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        switch (before, contact.value) {
        case (false, true): opened(at: now, &actions)
        // Found open at start: nobody knows why, so it is given its time.
        case (_, true): watchHeldOpen(from: now)
        default:
            endAlarm(&actions)
            closed(at: now)
            watchLock(from: now)
        }
    }

    private mutating func opened(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard isReleased || stopped || isForgiven(at: now) else {
            alarm = .forcedOpen
            actions.append(.changed(.forcedOpen))
            return
        }
        watchHeldOpen(from: now)
        if waiting.isEmpty {
            if settings.relock == .onOpen {
                grantRelease?.shorten(at: now)
                buttonRelease?.shorten(at: now)
            }
            return
        }
        actions.append(.step(.passed(waiting.removeFirst().grant)))
        for index in waiting.indices { waiting[index].doorStoodOpen = true }
        // A release by the button goes on: this opening was matched to the grant.
        if settings.relock == .onOpen && waiting.isEmpty { grantRelease?.shorten(at: now) }
    }

    /// Whether a door that is believed open now began to open just after its release had ended before its time.
    private func isForgiven(at now: MonotonicTime) -> Bool {
        forgivenUntil.map { now <= $0.advanced(by: settings.debounce) } ?? false
    }

    /// Whoever passed has closed the door; a grant that still waits for its passage keeps its time.
    private mutating func closed(at now: MonotonicTime) {
        guard settings.relock == .onClose else { return }
        if waiting.isEmpty { grantRelease?.shorten(at: now) }
        buttonRelease?.shorten(at: now)
    }

    /// In fire, in unlocked hours and after the stop a door may stand open as long as it likes.
    private mutating func watchHeldOpen(from now: MonotonicTime) {
        let isWatched = !fire.isOn && !stopped && mode != .unlocked
        let warning = settings.heldOpenWarning
        let hasWarning = warning > .zero && warning < settings.heldOpenAfter && alarm == .normal
        heldOpenAt = isWatched ? now.advanced(by: settings.heldOpenAfter - (hasWarning ? warning : .zero)) : nil
    }

    private mutating func standsOpenTooLong(at due: MonotonicTime, _ actions: inout [LaneAction]) {
        let warning = settings.heldOpenWarning
        if alarm == .normal, warning > .zero, warning < settings.heldOpenAfter {
            alarm = .heldOpenSoon
            heldOpenAt = due.advanced(by: warning)
            actions.append(.changed(.heldOpenSoon))
        } else {
            alarm = .heldOpen
            heldOpenAt = nil
            actions.append(.changed(.heldOpen))
        }
    }

    private mutating func endAlarm(_ actions: inout [LaneAction]) {
        heldOpenAt = nil
        switch alarm {
        // The warning is for those who stand there; nothing need be told when it was heeded.
        case .normal, .heldOpenSoon: break
        case .heldOpen: actions.append(.changed(.heldOpenEnded))
        case .forcedOpen: actions.append(.changed(.forcedOpenEnded))
        }
        alarm = .normal
    }

    // MARK: Modes

    private mutating func change(to new: LaneMode, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard new != mode else { return }
        let wasUnlocked = mode == .unlocked
        mode = new
        // The grants given keep their time; whoever stands in the open door when the hours end has the usual time.
        if new == .unlocked { endAlarm(&actions) }
        if wasUnlocked, contact.value == true { watchHeldOpen(from: now) }
    }

    // MARK: The other sensors

    private mutating func settleTamper(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        let before = tamper.value
        if tamper.settle(at: now) != nil { tamperChanged(from: before, &actions) }
    }

    private mutating func tamperChanged(from before: Bool?, _ actions: inout [LaneAction]) {
        guard !stopped, tamper.value == true || before == true else { return }
        actions.append(.changed(tamper.value == true ? .tamper : .tamperEnded))
    }

    private mutating func settleLockState(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        if let since = lockState.settle(at: now) { lockMoved(at: since, &actions) }
    }

    private mutating func lockMoved(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        watchLock(from: now)
        guard isLockFaulty, lockFollows else { return }
        isLockFaulty = false
        actions.append(.changed(.faultEnded))
    }

    private var lockFollows: Bool { lockState.value.map { $0 != driven } ?? true }

    /// Expects the lock to show what it was asked for. A bolt cannot lock a door that stands open.
    private mutating func watchLock(from now: MonotonicTime) {
        let cannot = !driven && contact.value == true
        lockFollowsBy = lockFollows || cannot || stopped || isLockFaulty ? nil : now.advanced(by: DoorSettings.lockTime)
    }

    /// Nobody knows what a sensor would say: nothing is an alarm for that, and nothing moves (principle 4).
    private mutating func lost(_ sensor: LaneSensor, _ actions: inout [LaneAction]) {
        switch sensor {
        case .contact:
            guard contact.value != nil else { return }
            contact = Debouncer(window: settings.debounce)
            endAlarm(&actions)
            for index in waiting.indices { waiting[index].doorStoodOpen = true }
        case .lockState:
            lockState = Debouncer(window: settings.debounce)
            lockFollowsBy = nil
            if isLockFaulty { actions.append(.changed(.faultEnded)) }
            isLockFaulty = false
        case .tamper:
            if tamper.value == true, !stopped { actions.append(.changed(.tamperEnded)) }
            tamper = Debouncer(window: settings.debounce)
        default: break
        }
    }
}
