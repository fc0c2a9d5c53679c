public import GateModel

/// The state machine of an interlock, an airlock or a mantrap: two doors, and never both released, but in a fire.
///
/// Whoever leaves is released at once, and the latest wins: a press of the exit button inside releases the inner door,
/// a press of the airlock button between the doors the outer one, and a grant to leave the inner one. What released
/// the other door ends at the same instant, and the re-lock comes before the release. A button that is held then gets
/// its door back when the other one is over. Only for somebody who is just being let out of the outer door, by a grant
/// or after a press inside, a grant to leave waits, for no longer than that release lasts.
///
/// A press inside is enough: once the inner door is closed and locked behind somebody, or after
/// ``InterlockSettings/transferTime``, the outer door is released by itself.
///
/// A grant is `released` at the first door. Once that was opened, closed and locked, the second door is released, and
/// its passage is that of the crossing. Where the first door is not seen closed in time an exit gets the second door
/// all the same; an entry is `notPassed`. An entry begins only when the lane is at rest, and waits its turn until then.
///
/// In a fire both doors are released, beside what goes on: grants to leave and buttons are heeded as ever, and entries
/// wait. Nothing of that can release both doors after the reset.
public struct InterlockMachine: LaneMachine {
    /// Entries that can wait for their turn. One more is refused.
    static let mostWaiting = 8
    /// Exits that can wait, and crossings that can be under way. One more exit ends the release that it waits for, and
    /// one more crossing ends the oldest.
    static let mostLeaving = DoorMachine.mostWaiting

    /// An entry that waits for its turn.
    private struct WaitingEntry: Hashable, Sendable {
        var grant: Grant
        var until: MonotonicTime
    }

    public let settings: InterlockSettings
    private var latest = MonotonicTime(nanoseconds: 0)
    private var mode = LaneMode.controlled
    private var doors: InterlockDoors
    /// Oldest first.
    private var crossings: [InterlockCrossing] = []
    private var lastNumber: UInt64 = 0
    private var entries: [WaitingEntry] = []
    private var exits: [Grant] = []
    private var leaver: InterlockLeaver?
    /// Where a button was pressed last.
    private var pressedLast = InterlockDoor.outer
    private var stopped = false
    /// Grants that had not ended when the lane was stopped.
    private var interrupted: [Grant] = []

    public init(settings: InterlockSettings) {
        self.settings = settings
        doors = InterlockDoors(settings: settings)
    }

    public var isReleased: Bool { doors.outer.isReleased || doors.inner.isReleased }

    public var outputs: [LaneOutput: Bool] { doors.outputs }

    public var state: LaneState { doors.state(mode: mode) }

    public var nextDeadline: MonotonicTime? {
        var earliest = earlier(leaver?.deadline, earlier(doors.outer.nextDeadline, doors.inner.nextDeadline))
        for crossing in crossings { earliest = earlier(earliest, crossing.deadline) }
        // All wait equally long.
        return earlier(earliest, entries.first?.until)
    }

    public mutating func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        latest = max(latest, time)
        var actions: [LaneAction] = []
        switch input {
        // Before what is overdue: with a late timer a door that opens was still released, and nothing more begins by a
        // contact that is lost or against the mode.
        case .sensor, .sensorLost, .mode: break
        default: meetDue(&actions)
        }
        apply(input, &actions)
        advance(&actions)
        meetDue(&actions)
        doors.drive(isStopped: stopped, &actions)
        return actions
    }

    public mutating func abandon() -> [Grant] {
        defer {
            // Who was released has left alone: the second door is still released for them.
            let left = crossings.first { $0.isExit && $0.stage != .second }
            if let left, leaver == nil { leaver = left.stage == .first ? .called : .between(until: left.deadline) }
            interrupted = []
            crossings = []
            exits = []
            entries = []
            doors.abandon()
        }
        return interrupted + crossings.map(\.grant) + exits + entries.map(\.grant)
    }

    private mutating func apply(_ input: LaneInput, _ actions: inout [LaneAction]) {
        switch input {
        case .grant(let grant): granted(grant, &actions)
        case .exitButton(let pressed): button(.inner, pressed, &actions)
        case .airlockButton(let pressed): button(.outer, pressed, &actions)
        case .sensor(let sensor, let active):
            guard let (door, own) = Self.place(of: sensor) else { return }
            tell(door, .sensor(own, active: active), at: latest, &actions)
        case .sensorLost(let sensor):
            guard let (door, own) = Self.place(of: sensor) else { return }
            tell(door, .sensorLost(own), at: latest, &actions)
        case .fire(let active):
            for index in crossings.indices where active { crossings[index].sawFire = true }
            tellBoth(input, &actions)
        case .fireReset: tellBoth(input, &actions)
        case .mode(let new): change(to: new, &actions)
        case .timer: break
        case .stop: stop(&actions)
        }
    }

    /// Does what is due, in the order in which it was due. What follows from it begins now.
    private mutating func meetDue(_ actions: inout [LaneAction]) {
        while let due = nextDeadline, due <= latest {
            for door in InterlockDoor.allCases { tell(door, .timer, at: due, &actions) }
            advance(&actions)
            endWaiting(at: due, &actions)
            advance(&actions)
        }
    }

    // MARK: Inputs

    /// The door that a line belongs to, and what it is there. The tamper line is the lane's; one door has to watch it.
    private static func place(of sensor: LaneSensor) -> (InterlockDoor, LaneSensor)? {
        switch sensor {
        case .outerContact: (.outer, .contact)
        case .innerContact: (.inner, .contact)
        case .outerLockState: (.outer, .lockState)
        case .innerLockState: (.inner, .lockState)
        case .tamper: (.outer, .tamper)
        default: nil
        }
    }

    private mutating func tell(
        _ door: InterlockDoor, _ input: LaneInput, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) {
        heed(doors.tell(door, input, at: now, &actions), at: now, &actions)
    }

    private mutating func heed(_ steps: [LaneAction.Step], at now: MonotonicTime, _ actions: inout [LaneAction]) {
        for step in steps { legEnded(step, at: now, &actions) }
    }

    /// The outer door last: it is the one that tells of the fire, after every alarm has ended.
    private mutating func tellBoth(_ input: LaneInput, _ actions: inout [LaneAction]) {
        tell(.inner, input, at: latest, &actions)
        tell(.outer, input, at: latest, &actions)
    }

    private mutating func button(_ door: InterlockDoor, _ pressed: Bool, _ actions: inout [LaneAction]) {
        let before = actions.count
        tell(door, .exitButton(pressed: pressed), at: latest, &actions)
        guard pressed, actions[before...].contains(.countExitButton) else { return }
        pressedLast = door
        giveWay(door.other, &actions)
        // Who is between the doors already is let out with whoever comes now.
        if door == .inner && leaver?.isBetween != true { leaver = .called }
    }

    private mutating func giveWay(_ door: InterlockDoor, _ actions: inout [LaneAction]) {
        // Who is just being let out may still be between the doors, and has pressed no button there: later, then.
        if door == .outer && letsOut { leaver = .between(until: latest.advanced(by: settings.transferTime)) }
        heed(doors.giveWay(door, at: latest, &actions), at: latest, &actions)
    }

    private mutating func granted(_ grant: Grant, _ actions: inout [LaneAction]) {
        guard !stopped else { return }
        guard grant.direction == .entry else {
            exits.append(grant)
            return
        }
        guard mode != .entryLocked || grant.passesLockedEntry, entries.count < Self.mostWaiting else {
            actions.append(.step(.notPassed(grant)))
            return
        }
        entries.append(WaitingEntry(grant: grant, until: latest.advanced(by: settings.waitTime)))
    }

    private mutating func change(to new: LaneMode, _ actions: inout [LaneAction]) {
        guard InterlockSettings.possibleModes.contains(new) else { return }
        mode = new
        guard mode == .entryLocked else { return }
        for entry in entries where !entry.grant.passesLockedEntry { actions.append(.step(.notPassed(entry.grant))) }
        entries.removeAll { !$0.grant.passesLockedEntry }
    }

    /// Nobody who leaves by a button and no fire is locked in by a stop.
    private mutating func stop(_ actions: inout [LaneAction]) {
        guard !stopped else { return }
        interrupted = abandon()
        stopped = true
        tellBoth(.stop, &actions)
    }

    // MARK: Crossings

    private mutating func begin(_ grant: Grant, _ actions: inout [LaneAction]) {
        lastNumber += 1
        let crossing = InterlockCrossing(
            grant: grant, number: CrossingID(rawValue: lastNumber), sawFire: doors.inFire)
        crossings.append(crossing)
        actions.append(.step(.released(grant)))
        tell(crossing.firstDoor, .grant(crossing.leg), at: latest, &actions)
        guard crossings.count > Self.mostLeaving else { return }
        actions.append(.step(.unobserved(crossings.removeFirst().grant)))
    }

    /// A door says what became of its part of a crossing.
    private mutating func legEnded(_ step: LaneAction.Step, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard let index = crossings.firstIndex(where: { $0.number == step.grant.crossing }) else { return }
        let crossing = crossings[index]
        switch (step, crossing.stage) {
        case (.passed, .first): transfer(index, from: now)
        // An exit that nobody saw may be between the doors.
        case (.unobserved, .first) where crossing.isExit: transfer(index, from: now)
        case (.passed, _): finish(index, .passed(crossing.grant), &actions)
        case (.unobserved, _): finish(index, .unobserved(crossing.grant), &actions)
        case (.notPassed, _): finish(index, .notPassed(crossing.grant), &actions)
        case (.released, _): break
        }
    }

    /// Who was given more time at a door has it between the doors, too.
    private mutating func transfer(_ index: Int, from now: MonotonicTime) {
        let time = max(settings.transferTime, min(crossings[index].grant.releaseTime ?? .zero, .seconds(60)))
        crossings[index].stage = .transfer(until: now.advanced(by: time), isDue: false)
    }

    private mutating func finish(_ index: Int, _ step: LaneAction.Step, _ actions: inout [LaneAction]) {
        let crossing = crossings.remove(at: index)
        let isUnseen = crossing.sawFire && crossing.stage != .first && step == .notPassed(crossing.grant)
        actions.append(.step(isUnseen ? .unobserved(crossing.grant) : step))
    }

    private mutating func endWaiting(at due: MonotonicTime, _ actions: inout [LaneAction]) {
        while let first = entries.first, first.until <= due {
            actions.append(.step(.notPassed(entries.removeFirst().grant)))
        }
        while let index = crossings.firstIndex(where: { $0.deadline.map { $0 <= due } ?? false }) {
            if crossings[index].isExit, case .transfer(let until, isDue: false) = crossings[index].stage {
                // The first door is still released for others. Not for ever: a button may be stuck.
                crossings[index].stage = .transfer(until: until.advanced(by: settings.waitTime), isDue: true)
            } else {
                finish(index, .notPassed(crossings[index].grant), &actions)
            }
        }
        if let end = leaver?.deadline, end <= due { leaver = leaver?.isBetween == true ? .between(until: nil) : nil }
    }

    // MARK: What goes on

    /// Does what can be done now. Whoever leaves comes first.
    private mutating func advance(_ actions: inout [LaneAction]) {
        letOut(&actions)
        beginExits(&actions)
        if resumeButton(&actions) { letOut(&actions) }
        beginSecondDoor(ofExits: false, &actions)
        beginEntry(&actions)
    }

    /// Whether the outer door is released for somebody who comes from inside.
    private var letsOut: Bool {
        if case .leaving = leaver { true } else { crossings.contains(where: \.isLeaving) }
    }

    private mutating func letOut(_ actions: inout [LaneAction]) {
        beginSecondDoor(ofExits: true, &actions)
        // Whoever else is between the doors goes with the one who is let out.
        if letOutLeaver(&actions) { beginSecondDoor(ofExits: true, &actions) }
    }

    /// Whether the outer door can be released for somebody who is between the doors.
    private func canLetOut(isDue: Bool) -> Bool {
        guard !doors.inner.isReleasedForSomebody else { return false }
        return isDue || doors.inFire || doors.inner.isSecured || doors.inner.state.contact == .unknown
            || doors.outer.isReleasedForSomebody
    }

    private func canBeginSecondDoor(_ crossing: InterlockCrossing) -> Bool {
        guard case .transfer(_, let isDue) = crossing.stage else { return false }
        guard !crossing.isExit else { return canLetOut(isDue: isDue) }
        return !doors.outer.isReleasedForSomebody && (doors.inFire || doors.outer.isSecured)
    }

    private mutating func beginSecondDoor(ofExits: Bool, _ actions: inout [LaneAction]) {
        while let index = crossings.firstIndex(where: { $0.isExit == ofExits && canBeginSecondDoor($0) }) {
            crossings[index].stage = .second
            let crossing = crossings[index]
            tell(crossing.firstDoor.other, .grant(crossing.leg), at: latest, &actions)
        }
    }

    /// Returns whether the outer door is released for somebody who has left by the exit button inside.
    private mutating func letOutLeaver(_ actions: inout [LaneAction]) -> Bool {
        if leaver == .called {
            let contact = doors.inner.state.contact
            if contact == .open {
                leaver = .between(until: latest.advanced(by: settings.transferTime))
            } else if !doors.inner.isReleasedForSomebody {
                leaver = contact == .unknown ? .between(until: nil) : nil
            }
        }
        if case .leaving = leaver, !doors.outer.isReleasedForSomebody { leaver = nil }
        guard case .between(let until) = leaver, canLetOut(isDue: until == nil) else { return false }
        leaver = .leaving(until: latest.advanced(by: settings.outer.releaseTime))
        heed(doors.letOut(at: latest, &actions), at: latest, &actions)
        return true
    }

    private mutating func beginExits(_ actions: inout [LaneAction]) {
        guard !exits.isEmpty, !letsOut || exits.count > Self.mostLeaving else { return }
        giveWay(.outer, &actions)
        let waited = exits
        exits = []
        for grant in waited { begin(grant, &actions) }
    }

    /// A button that is still held gets its door back once the other one is not released any more; of two buttons the
    /// one that was pressed last. Returns whether one did.
    private mutating func resumeButton(_ actions: inout [LaneAction]) -> Bool {
        let door = doors[pressedLast].canResumeButton ? pressedLast : pressedLast.other
        guard doors[door].canResumeButton, !doors[door.other].isReleasedForSomebody else { return false }
        heed(doors.resumeButton(door, at: latest, &actions), at: latest, &actions)
        if door == .inner && leaver == nil { leaver = .called }
        return true
    }

    private mutating func beginEntry(_ actions: inout [LaneAction]) {
        let isAtRest = crossings.isEmpty && exits.isEmpty && leaver == nil && !isReleased
        guard isAtRest, !entries.isEmpty, !doors.outer.mayStandOpen, !doors.inner.mayStandOpen else { return }
        begin(entries.removeFirst().grant, &actions)
    }
}
