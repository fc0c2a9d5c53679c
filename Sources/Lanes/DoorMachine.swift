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
public struct DoorMachine: Hashable, Sendable {
    /// Grants that can wait for a passage at the same time. One more ends the oldest.
    static let mostWaiting = 16

    public let settings: DoorSettings
    private var latest = MonotonicTime(nanoseconds: 0)
    private var contact: Debouncer
    private var button: Debouncer
    private var fire = DoorState.Fire.none
    private var alarm = DoorState.Alarm.normal
    private var grantRelease: Release?
    private var buttonRelease: Release?
    private var waiting: [Waiting] = []
    /// When the open door becomes an alarm.
    private var heldOpenAt: MonotonicTime?
    /// What was asked of the lock last.
    private var driven = false
    private var stopped = false

    public init(settings: DoorSettings) {
        self.settings = settings
        contact = Debouncer(window: settings.debounce)
        button = Debouncer(window: settings.debounce, believesActiveAtOnce: true, value: false)
    }

    /// What the lock should be right now. It may be asserted again at any time before ``DoorInput/stop``.
    public var isReleased: Bool {
        fire != .none || button.value == true || grantRelease != nil || buttonRelease != nil
    }

    public var state: DoorState {
        let contact: DoorState.Contact =
            switch self.contact.value {
            case true?: .open
            case false?: .closed
            case nil: .unknown
            }
        return DoorState(lock: isReleased ? .released : .locked, contact: contact, alarm: alarm, fire: fire)
    }

    /// When to call ``handle(_:at:)`` with ``DoorInput/timer`` next. Ask again after every input.
    public var nextDeadline: MonotonicTime? {
        [contact.deadline, button.deadline, end(of: grantRelease), end(of: buttonRelease), heldOpenAt]
            .compactMap(\.self).min()
    }

    /// Takes an input.
    ///
    /// A release is the first action returned; a re-lock is the last.
    /// After ``DoorInput/stop`` a grant is not heeded and nothing is an alarm, but the exit button and fire still release;
    /// the lock is driven safe as soon as neither holds it.
    /// - Parameter time: when it happened. A time before the latest one counts as the latest: the kernel stamps an edge
    ///   earlier than it is read.
    public mutating func handle(_ input: DoorInput, at time: MonotonicTime) -> [DoorAction] {
        latest = max(latest, time)
        var actions: [DoorAction] = []
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

    private mutating func apply(_ input: DoorInput, at now: MonotonicTime, _ actions: inout [DoorAction]) {
        switch input {
        case .grant(let grant):
            release(for: grant, at: now, &actions)
        case .exitButton(let pressed):
            settleButton(at: now)
            guard button.sample(pressed, at: now) else { return }
            extendButtonRelease(at: now)
            if pressed { actions.append(.countExitButton) }
        case .contact(let open):
            guard settings.hasContact else { return }
            settleContact(at: now, &actions)
            let before = contact.value
            if contact.sample(open, at: now) { contactChanged(from: before, at: now, &actions) }
        case .fire(let active):
            fireChanged(active: active, &actions)
        case .fireReset:
            guard fire == .latched else { return }
            fire = .none
            actions.append(.changed(.fireReset))
            if contact.value == true { watchHeldOpen(from: now) }
        case .timer:
            break
        case .stop:
            stop(&actions)
        }
    }

    /// Does what was to be done at `due`, as if the timer had been punctual.
    private mutating func meet(_ due: MonotonicTime, _ actions: inout [DoorAction]) {
        // The contact first: a door that opened in the last moment of its release was opened with leave.
        settleContact(at: due, &actions)
        settleButton(at: due)
        if let end = end(of: grantRelease), end <= due {
            grantRelease = nil
            for unmatched in waiting { actions.append(unmatched.ending) }
            waiting = []
        }
        if let end = end(of: buttonRelease), end <= due { buttonRelease = nil }
        if let heldOpenAt, heldOpenAt <= due {
            self.heldOpenAt = nil
            alarm = .heldOpen
            actions.append(.changed(.heldOpen))
        }
    }

    /// When a release is over. An opening that is about to be believed began while the lane was released, so the release
    /// lasts until it is, or until it proves a bounce.
    private func end(of release: Release?) -> MonotonicTime? {
        guard let release else { return nil }
        guard contact.value == false, let believed = contact.deadline else { return release.ends }
        return max(release.ends, believed)
    }

    private mutating func drive(_ actions: inout [DoorAction]) {
        guard isReleased != driven else { return }
        driven = isReleased
        if driven {
            actions.insert(.drive(released: true), at: 0)
        } else {
            actions.append(stopped ? .driveSafe : .drive(released: false))
        }
    }

    // MARK: Releases

    private mutating func release(for grant: Grant, at now: MonotonicTime, _ actions: inout [DoorAction]) {
        guard !stopped else { return }
        let range = DoorSettings.releaseTimeRange
        let time = min(max(grant.releaseTime ?? settings.releaseTime, range.lowerBound), range.upperBound)
        grantRelease = Release(extending: grantRelease, at: now, for: time)
        if heldOpenAt != nil { watchHeldOpen(from: now) }
        actions.append(.step(.released(grant)))
        guard let isOpen = contact.value else {
            actions.append(.step(.unobserved(grant)))
            return
        }
        waiting.append(Waiting(grant: grant, doorStoodOpen: isOpen))
        if waiting.count > Self.mostWaiting { actions.append(waiting.removeFirst().ending) }
    }

    private mutating func settleButton(at now: MonotonicTime) {
        if let since = button.settle(at: now) { extendButtonRelease(at: since) }
    }

    /// The button was pressed or let go: either starts the release time anew.
    private mutating func extendButtonRelease(at now: MonotonicTime) {
        buttonRelease = Release(extending: buttonRelease, at: now, for: settings.releaseTime)
        if heldOpenAt != nil { watchHeldOpen(from: now) }
    }

    private mutating func fireChanged(active: Bool, _ actions: inout [DoorAction]) {
        guard active else {
            if fire == .active { fire = .latched }
            return
        }
        if fire == .none {
            endAlarm(&actions)
            heldOpenAt = nil
            actions.append(.changed(.fire))
        }
        fire = .active
    }

    /// Nobody who leaves and no fire is locked in by a stop: the lock is driven safe once they no longer hold it.
    private mutating func stop(_ actions: inout [DoorAction]) {
        guard !stopped else { return }
        stopped = true
        grantRelease = nil
        buttonRelease = nil
        heldOpenAt = nil
        guard !isReleased else { return }
        driven = false
        actions.append(.driveSafe)
    }

    // MARK: The contact

    private mutating func settleContact(at now: MonotonicTime, _ actions: inout [DoorAction]) {
        let before = contact.value
        if let since = contact.settle(at: now) { contactChanged(from: before, at: since, &actions) }
    }

    private mutating func contactChanged(from before: Bool?, at now: MonotonicTime, _ actions: inout [DoorAction]) {
        switch (before, contact.value) {
        case (false, true): opened(at: now, &actions)
        // Found open at start: nobody knows why, so it is given its time.
        case (_, true): watchHeldOpen(from: now)
        default:
            heldOpenAt = nil
            endAlarm(&actions)
        }
    }

    private mutating func opened(at now: MonotonicTime, _ actions: inout [DoorAction]) {
        guard isReleased || stopped else {
            alarm = .forcedOpen
            actions.append(.changed(.forcedOpen))
            return
        }
        watchHeldOpen(from: now)
        if waiting.isEmpty {
            if settings.relockOnOpen {
                grantRelease?.shorten(at: now)
                buttonRelease?.shorten(at: now)
            }
            return
        }
        actions.append(.step(.passed(waiting.removeFirst().grant)))
        for index in waiting.indices { waiting[index].doorStoodOpen = true }
        // A release by the button goes on: this opening was matched to the grant.
        if settings.relockOnOpen && waiting.isEmpty { grantRelease?.shorten(at: now) }
    }

    /// In fire and after the stop a door may stand open as long as it likes.
    private mutating func watchHeldOpen(from now: MonotonicTime) {
        heldOpenAt = fire != .none || stopped ? nil : now.advanced(by: settings.heldOpenAfter)
    }

    private mutating func endAlarm(_ actions: inout [DoorAction]) {
        switch alarm {
        case .normal: return
        case .heldOpen: actions.append(.changed(.heldOpenEnded))
        case .forcedOpen: actions.append(.changed(.forcedOpenEnded))
        }
        alarm = .normal
    }
}

/// One reason for which the lane is released for a time.
private struct Release: Hashable, Sendable {
    private var since: MonotonicTime
    private(set) var ends: MonotonicTime

    /// A release of `time` from now on, or what is left of `current` if that is longer.
    init(extending current: Release?, at now: MonotonicTime, for time: Duration) {
        since = now
        ends = now.advanced(by: time)
        if let current { ends = max(ends, current.ends) }
    }

    /// The door has been opened: ends now, but not before the lock had its shortest time.
    mutating func shorten(at now: MonotonicTime) {
        ends = min(ends, max(now, since.advanced(by: DoorSettings.releaseMinimum)))
    }
}

/// A grant that waits for its passage.
private struct Waiting: Hashable, Sendable {
    var grant: Grant
    /// Whether the door stood open at some time of the release.
    var doorStoodOpen: Bool

    /// How the grant ends without an opening of its own.
    var ending: DoorAction { .step(doorStoodOpen ? .unobserved(grant) : .notPassed(grant)) }
}
