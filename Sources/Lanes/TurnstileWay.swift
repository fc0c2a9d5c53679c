import GateModel

/// One direction of a turnstile: who waits, who was given leave, what the board is told and what the contact sees.
struct TurnstileWay: Hashable, Sendable {
    /// Grants that can wait at the same time for their command, or in an open lane for their passage.
    static let mostWaiting = 16

    /// What goes on around it.
    struct Conditions {
        let settings: TurnstileSettings
        /// Now. What is due may be earlier, but an output moves now.
        let now: MonotonicTime
        /// Both outputs are held: fire, or the mode `unlocked`.
        let isFree: Bool
        let inFire: Bool
        let isStopped: Bool
    }

    /// A grant that waits for its command.
    struct Waiting: Hashable, Sendable {
        var grant: Grant
        /// When it has waited for too long; `nil` for an exit, which is never given up.
        var until: MonotonicTime?
    }

    /// Leave for one passage, given and not used.
    struct Leave: Hashable, Sendable {
        /// `nil` for the exit button, and where somebody gave up waiting for it.
        var grant: Grant?
        var isButton = false
        var ends: MonotonicTime
        /// Whether a passage could have gone unseen.
        var mayHavePassed: Bool

        /// How the grant ends without a passage of its own.
        var ending: LaneAction? {
            grant.map { .step(mayHavePassed ? .unobserved($0) : .notPassed($0)) }
        }
    }

    /// A passage that goes on.
    struct Passage: Hashable, Sendable {
        var grant: Grant?
        var hadLeave = false
        var beganInFire = false
        /// Whether its end counts: not if nobody saw the start, and not after it took too long.
        var counts = true
        /// Until when the next command waits for its end.
        var holdsUntil: MonotonicTime?
        /// When it has taken too long.
        var stuckAt: MonotonicTime?
        var isStuck = false
    }

    private let hasContact: Bool
    private var contact: PassageContact
    private(set) var passage: Passage?
    var waiting: [Waiting] = []
    /// Oldest first. While the lane is not free one grant at most, and beside it one press of the exit button.
    private(set) var released: [Leave] = []
    /// Whether the output is to be active for a command. A lane that is free does not need one.
    private(set) var isCommanded = false
    private var pulseEnds: MonotonicTime?
    private var restsUntil: MonotonicTime?
    /// Whether the board was told of the leave that is there, and nobody has passed or withdrawn it since.
    private var commandStands = false
    /// What was asked of the output last.
    var isDriven = false

    init(hasContact: Bool, debounce: Duration) {
        self.hasContact = hasContact
        contact = PassageContact(debounce: debounce)
    }

    /// Whether somebody can pass here by command.
    var isOpen: Bool { isCommanded || commandStands && !released.isEmpty }

    /// Whether a passage can be seen, or there is no contact that should see one.
    var isKnown: Bool { !hasContact || contact.isKnown }

    /// Whether a command is on, or waits for its passage, or for the passage's end.
    var isBusy: Bool { isCommanded || !released.isEmpty || holds }

    /// Whether the exit button's leave was used up by somebody else's passage, so that the board has to be told again.
    var buttonWaits: Bool { !commandStands && released.contains(where: \.isButton) }

    private var holds: Bool { passage?.holdsUntil != nil }

    /// Whether the output can give an edge that the board sees.
    private var canRise: Bool { !isCommanded && restsUntil == nil }

    var deadline: MonotonicTime? {
        var earliest = earlier(contact.deadline, earlier(pulseEnds, restsUntil))
        if let passage { earliest = earlier(earliest, earlier(passage.holdsUntil, passage.stuckAt)) }
        for leave in released { earliest = earlier(earliest, end(of: leave)) }
        for next in waiting { earliest = earlier(earliest, next.until) }
        return earliest
    }

    /// When leave is over. A passage that is about to be believed began while there was leave, so the leave lasts until
    /// it is, or until it proves a bounce.
    private func end(of leave: Leave) -> MonotonicTime {
        contact.decision.map { max(leave.ends, $0) } ?? leave.ends
    }

    // MARK: Commands

    /// Commands the next grant, or again what the exit button asked for.
    /// - Parameter button: whether somebody holds the exit button of this direction.
    mutating func advance(button: Bool = false, _ conditions: Conditions, _ actions: inout [LaneAction]) {
        guard !holds, canRise || buttonWaits && conditions.settings.command == .level else { return }
        if released.isEmpty {
            if !waiting.isEmpty {
                release(waiting.removeFirst().grant, conditions, &actions)
            } else if button {
                releaseForButton(conditions)
            } else {
                return
            }
        } else if !buttonWaits {
            return
        }
        command(conditions)
    }

    /// A press of the exit button waits for no passage: who presses may stand before a board whose own time is over.
    /// Returns whether the board was told; if not, its output is active or has to rest first.
    mutating func advancePress(_ conditions: Conditions) -> Bool {
        guard canRise || conditions.settings.command == .level else { return false }
        releaseForButton(conditions)
        command(conditions)
        return true
    }

    /// Commands the oldest that waits at once, in the place of the one commanded.
    mutating func displace(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        if let index = released.firstIndex(where: { !$0.isButton }), let ending = released.remove(at: index).ending {
            actions.append(ending)
        }
        release(waiting.removeFirst().grant, conditions, &actions)
        command(conditions)
    }

    /// Gives leave for a grant. In a lane that is free any number may have it, up to ``mostWaiting``.
    mutating func release(_ grant: Grant, _ conditions: Conditions, _ actions: inout [LaneAction]) {
        let ends = conditions.now.advanced(by: grant.passageTime(conditions.settings))
        let isSeen = hasContact && contact.isKnown && passage == nil && !conditions.isFree
        released.append(Leave(grant: grant, ends: ends, mayHavePassed: !isSeen))
        actions.append(.step(.released(grant)))
        guard released.lazy.filter({ !$0.isButton }).count > Self.mostWaiting else { return }
        guard let oldest = released.firstIndex(where: { !$0.isButton }) else { return }
        if let ending = released.remove(at: oldest).ending { actions.append(ending) }
    }

    /// Gives leave to whoever pressed the exit button. It is renewed unless a grant waits: one who presses over and
    /// over does not keep the grant waiting for ever.
    mutating func releaseForButton(_ conditions: Conditions) {
        let ends = conditions.now.advanced(by: conditions.settings.passageTime)
        if let index = released.firstIndex(where: \.isButton) {
            if waiting.isEmpty { released[index].ends = ends }
        } else {
            released.append(Leave(isButton: true, ends: ends, mayHavePassed: true))
        }
    }

    private mutating func command(_ conditions: Conditions) {
        isCommanded = true
        commandStands = true
        restsUntil = nil
        if case .pulse(let pulse) = conditions.settings.command { pulseEnds = conditions.now.advanced(by: pulse) }
    }

    private mutating func endCommand(_ conditions: Conditions) {
        pulseEnds = nil
        guard isCommanded else { return }
        isCommanded = false
        rest(conditions)
    }

    /// A level needs no edge, and so no rest.
    private mutating func rest(_ conditions: Conditions) {
        guard conditions.settings.command != .level else { return }
        restsUntil = conditions.now.advanced(by: TurnstileSettings.rest)
    }

    /// Withdraws the command. A passage that has begun, or is about to be believed, keeps its leave.
    mutating func takeBack(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        for index in released.indices { released[index].ends = min(released[index].ends, conditions.now) }
        commandStands = false
        endCommand(conditions)
        endLeave(at: conditions.now, conditions, &actions)
    }

    // MARK: Both outputs held

    /// The lane is open from now on: nobody has to wait, and a passage says little about who passed.
    mutating func becameFree(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        isCommanded = false
        commandStands = false
        pulseEnds = nil
        restsUntil = nil
        passage?.holdsUntil = nil
        passage?.stuckAt = nil
        for index in released.indices { released[index].mayHavePassed = true }
        let waited = waiting
        waiting = []
        for next in waited { release(next.grant, conditions, &actions) }
    }

    /// The lane is closed again. Leave by the exit button goes on, and the board is told of it.
    mutating func ceasedFree(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        actions += released.compactMap(\.ending)
        released.removeAll { !$0.isButton }
        rest(conditions)
        guard passage?.isStuck == false, !conditions.isStopped else { return }
        passage?.stuckAt = conditions.now.advanced(by: TurnstileSettings.longestPassage)
    }

    // MARK: The contact

    mutating func sample(_ active: Bool, _ conditions: Conditions, _ actions: inout [LaneAction]) {
        let now = conditions.now
        if let event = contact.settle(at: now) { heed(event, at: now, conditions, &actions) }
        if let event = contact.sample(active, at: now) { heed(event, at: now, conditions, &actions) }
    }

    /// Nobody knows what the contact says: who passes now, passes unseen.
    mutating func loseContact(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        contact = PassageContact(debounce: conditions.settings.debounce)
        if let grant = passage?.grant { actions.append(.step(.unobserved(grant))) }
        passage = nil
        for index in released.indices { released[index].mayHavePassed = true }
    }

    private mutating func heed(
        _ event: PassageContact.Event, at time: MonotonicTime, _ conditions: Conditions, _ actions: inout [LaneAction]
    ) {
        switch event {
        case .found:
            passage = Passage(counts: false)
            watch(from: time, conditions)
        case .began:
            began(at: time, conditions)
        case .ended:
            ended(conditions, &actions)
        }
    }

    private mutating func began(at time: MonotonicTime, _ conditions: Conditions) {
        let leave = released.isEmpty ? nil : released.removeFirst()
        passage = Passage(
            grant: leave?.grant, hadLeave: leave != nil || conditions.isFree, beganInFire: conditions.inFire,
            holdsUntil: conditions.isFree ? nil : leave?.ends)
        watch(from: time, conditions)
        commandStands = false
        // A pulse has its whole length: a board may miss a shorter one.
        if conditions.settings.command == .level { endCommand(conditions) }
    }

    private mutating func ended(_ conditions: Conditions, _ actions: inout [LaneAction]) {
        defer { passage = nil }
        // Who pressed the exit button meanwhile was commanded to a board that was busy, so it is told again. A grant is
        // not: where pulses are stored, a second one would let a second person pass.
        if released.contains(where: \.isButton) { commandStands = false }
        guard let passage, passage.counts else { return }
        if let grant = passage.grant { actions.append(.step(.passed(grant))) }
        if passage.beganInFire || conditions.inFire {
            actions.append(.changed(.passageInFire))
        } else if !passage.hadLeave && !conditions.isFree && !conditions.isStopped {
            actions.append(.changed(.passageWithoutGrant))
        }
    }

    /// In a lane that is free people may walk in a stream, and the contact may be active as long as it likes.
    private mutating func watch(from time: MonotonicTime, _ conditions: Conditions) {
        guard !conditions.isFree, !conditions.isStopped else { return }
        passage?.stuckAt = time.advanced(by: TurnstileSettings.longestPassage)
    }

    // MARK: Times

    /// Does what was to be done at `due`, as if the timer had been punctual.
    mutating func meet(_ due: MonotonicTime, _ conditions: Conditions, _ actions: inout [LaneAction]) {
        // The contact first: who passed in the last moment passed with leave.
        if let event = contact.settle(at: due) { heed(event, at: due, conditions, &actions) }
        if let end = pulseEnds, end <= due { endCommand(conditions) }
        if let end = restsUntil, end <= due { restsUntil = nil }
        if let end = passage?.holdsUntil, end <= due { passage?.holdsUntil = nil }
        if let end = passage?.stuckAt, end <= due { becameStuck(&actions) }
        endLeave(at: due, conditions, &actions)
        waiting.removeAll { next in
            guard let until = next.until, until <= due else { return false }
            actions.append(.step(.notPassed(next.grant)))
            return true
        }
    }

    private mutating func becameStuck(_ actions: inout [LaneAction]) {
        if let grant = passage?.grant { actions.append(.step(.unobserved(grant))) }
        passage = Passage(counts: false, isStuck: true)
    }

    private mutating func endLeave(at due: MonotonicTime, _ conditions: Conditions, _ actions: inout [LaneAction]) {
        guard released.contains(where: { end(of: $0) <= due }) else { return }
        let over = released.filter { end(of: $0) <= due }
        released = released.filter { end(of: $0) > due }
        actions += over.compactMap(\.ending)
        guard released.isEmpty else { return }
        commandStands = false
        endCommand(conditions)
    }

    // MARK: Giving up

    /// Takes away every grant and returns them. Leave that was given stays, without a crossing.
    mutating func abandon() -> [Grant] {
        let grants = [passage?.grant].compactMap(\.self) + released.compactMap(\.grant) + waiting.map(\.grant)
        passage?.grant = nil
        for index in released.indices { released[index].grant = nil }
        waiting = []
        return grants
    }

    /// Ends all leave but that of the exit button, which keeps the command that is on.
    mutating func stop(_ conditions: Conditions) {
        released.removeAll { !$0.isButton }
        passage?.holdsUntil = nil
        passage?.stuckAt = nil
        if released.isEmpty {
            commandStands = false
            endCommand(conditions)
        }
    }
}

extension Grant {
    /// How long its command waits for the passage.
    func passageTime(_ settings: TurnstileSettings) -> Duration {
        let range = TurnstileSettings.passageTimeRange
        return min(max(releaseTime ?? settings.passageTime, range.lowerBound), range.upperBound)
    }
}

/// The earlier of two times, where there are any.
func earlier(_ a: MonotonicTime?, _ b: MonotonicTime?) -> MonotonicTime? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}
