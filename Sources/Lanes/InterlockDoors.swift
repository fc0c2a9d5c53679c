import GateModel

/// The two doors of an interlock as one lane: what they tell and drive is put together here.
///
/// Each is a ``DoorMachine`` in the mode `controlled`. It knows a crossing by a number of the interlock's own, and what
/// it says of a grant is about that door alone.
struct InterlockDoors: Hashable, Sendable {
    private(set) var outer: DoorMachine
    private(set) var inner: DoorMachine
    /// What was asked of the locks last.
    private var driven: Set<InterlockDoor> = []
    /// After the stop: the outputs were given their safe values and none was driven since.
    private var isSafe = false

    init(settings: InterlockSettings) {
        outer = DoorMachine(settings: settings.outer)
        inner = DoorMachine(settings: settings.inner)
    }

    subscript(door: InterlockDoor) -> DoorMachine { door == .outer ? outer : inner }

    var inFire: Bool { outer.state.fire != .none }

    var outputs: [LaneOutput: Bool] { [.outerLock: outer.isReleased, .innerLock: inner.isReleased] }

    func state(mode: LaneMode) -> LaneState {
        let (outer, inner) = (outer.state, inner.state)
        func worse<Value: Equatable>(_ values: [Value], _ a: Value, _ b: Value) -> Value {
            values.first { $0 == a || $0 == b } ?? a
        }
        return LaneState(
            mode: mode, lock: worse([.fault, .released], outer.lock, inner.lock),
            contact: worse([.open, .fault, .unknown], outer.contact, inner.contact),
            alarm: worse([.forcedOpen, .heldOpen, .heldOpenSoon], outer.alarm, inner.alarm),
            tamper: outer.tamper, fire: outer.fire)
    }

    // MARK: Inputs

    /// Has a door take an input. Returns what it says of grants.
    mutating func tell(
        _ door: InterlockDoor, _ input: LaneInput, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) -> [LaneAction.Step] {
        let told = door == .outer ? outer.handle(input, at: now) : inner.handle(input, at: now)
        return heed(told, of: door, &actions)
    }

    /// Ends what releases a door, but for fire. Returns what it says of grants.
    mutating func giveWay(
        _ door: InterlockDoor, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) -> [LaneAction.Step] {
        heed(door == .outer ? outer.giveWay(at: now) : inner.giveWay(at: now), of: door, &actions)
    }

    mutating func resumeButton(
        _ door: InterlockDoor, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) -> [LaneAction.Step] {
        heed(door == .outer ? outer.resumeButton(at: now) : inner.resumeButton(at: now), of: door, &actions)
    }

    /// Releases the outer door for somebody who has left by the exit button inside.
    mutating func letOut(at now: MonotonicTime, _ actions: inout [LaneAction]) -> [LaneAction.Step] {
        heed(outer.letOut(at: now), of: .outer, &actions)
    }

    /// The doors give up waiting for passages.
    mutating func abandon() {
        _ = outer.abandon()
        _ = inner.abandon()
    }

    /// Takes over what concerns the lane. What a door drives is found out in ``drive(isStopped:_:)``.
    private func heed(
        _ told: [LaneAction], of door: InterlockDoor, _ actions: inout [LaneAction]
    ) -> [LaneAction.Step] {
        var steps: [LaneAction.Step] = []
        for action in told {
            switch action {
            case .drive, .driveSafe: break
            case .step(.released): break
            case .step(let step): steps.append(step)
            case .changed(let change): if isOfLane(change, at: door) { actions.append(action) }
            case .countExitButton: actions.append(action)
            }
        }
        return steps
    }

    /// Whether a change at a door is one of the lane: the first door that has an alarm begins it, the last one ends it.
    private func isOfLane(_ change: LaneChange, at door: InterlockDoor) -> Bool {
        let other = self[door.other].state
        return switch change {
        case .heldOpenSoon: other.alarm != .heldOpenSoon
        case .heldOpen, .heldOpenEnded: other.alarm != .heldOpen
        case .forcedOpen, .forcedOpenEnded: other.alarm != .forcedOpen
        case .fault, .faultEnded: other.lock != .fault
        // Both doors are told of a fire, and only the outer one of tampering.
        case .fire, .fireReset: door == .outer
        case .tamper, .tamperEnded, .passageWithoutGrant, .passageInFire: true
        }
    }

    // MARK: Outputs

    /// Drives what has to change. The re-lock of one door comes before the release of the other.
    mutating func drive(isStopped: Bool, _ actions: inout [LaneAction]) {
        var releases: [LaneAction] = []
        var relocks: [LaneAction] = []
        for door in InterlockDoor.allCases {
            let isReleased = self[door].isReleased
            guard driven.contains(door) != isReleased else { continue }
            let action = LaneAction.drive(door == .outer ? .outerLock : .innerLock, active: isReleased)
            if isReleased {
                driven.insert(door)
                releases.append(action)
            } else {
                driven.remove(door)
                relocks.append(action)
            }
        }
        if !releases.isEmpty {
            actions.insert(contentsOf: relocks + releases, at: 0)
        } else if !isStopped || !driven.isEmpty {
            actions += relocks
        } else if !isSafe {
            actions.append(.driveSafe)
        }
        isSafe = isStopped && driven.isEmpty
    }
}
