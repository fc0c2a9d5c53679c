import GateModel

/// Who is let through a barrier and has not passed yet, and what stands on its safety loop.
struct BarrierTraffic: Hashable, Sendable {
    /// Grants that can wait for a vehicle at the same time. One more ends the oldest.
    static let mostWaiting = 16

    private(set) var grantRelease: Release?
    private(set) var buttonRelease: Release?
    private(set) var vehicle: Vehicle?
    private var waiting: [Waiting] = []
    /// Whether the loop can be read.
    private var isSeen = false

    /// Whether the boom stands open for a vehicle that is to come.
    var isExpected: Bool { grantRelease != nil || buttonRelease != nil }

    // MARK: Leave

    mutating func expect(
        _ grant: Grant, for time: Duration, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) {
        if vehicle?.waitsForLeave == true {
            vehicle?.leave = .granted(grant)
            return
        }
        grantRelease = Release(extending: grantRelease, at: now, for: time)
        waiting.append(Waiting(grant: grant, wasUnseen: !isSeen))
        if waiting.count > Self.mostWaiting { actions.append(ending(of: waiting.removeFirst())) }
    }

    /// The exit button was pressed or let go: either starts the entry time anew.
    mutating func expectLeaver(for time: Duration, at now: MonotonicTime, isPressed: Bool) {
        // Who pressed it is on the loop already, and keeps the boom open.
        if !isPressed, buttonRelease == nil, vehicle?.leave == .free { return }
        if vehicle?.waitsForLeave == true {
            vehicle?.leave = .free
        } else {
            buttonRelease = Release(extending: buttonRelease, at: now, for: time)
        }
    }

    /// Whoever stands there without leave has it from now on.
    mutating func give(_ leave: Vehicle.Leave) {
        if vehicle?.leave == .nobody { vehicle?.leave = leave }
    }

    mutating func endGrants(_ actions: inout [LaneAction]) {
        grantRelease = nil
        for unmatched in waiting { actions.append(ending(of: unmatched)) }
        waiting = []
    }

    /// How a grant ends without a vehicle of its own. Behind one that still stands on the loop another may pass unseen.
    private func ending(of waiting: Waiting) -> LaneAction {
        .step(waiting.wasUnseen || !isSeen || vehicle != nil ? .unobserved(waiting.grant) : .notPassed(waiting.grant))
    }

    mutating func endButton() { buttonRelease = nil }

    /// The boom is kept open for nobody any more; the grants wait to be given back.
    mutating func stop() {
        grantRelease = nil
        buttonRelease = nil
    }

    mutating func abandon() -> [Grant] {
        var grants = waiting.map(\.grant)
        if case .granted(let grant)? = vehicle?.leave {
            grants.insert(grant, at: 0)
            vehicle?.leave = .free
        }
        waiting = []
        return grants
    }

    /// Only from now on can the next vehicle drive in.
    mutating func restartReleases(at now: MonotonicTime) {
        grantRelease?.restart(at: now)
        buttonRelease?.restart(at: now)
    }

    // MARK: Vehicles

    /// A vehicle comes on the loop: by the oldest grant that waits, or else by what gives it leave `otherwise`, or else by
    /// the exit button.
    mutating func came(_ vehicle: Vehicle, at now: MonotonicTime, otherwise leave: Vehicle.Leave?) {
        isSeen = true
        self.vehicle = vehicle
        if let grant = waiting.first?.grant {
            waiting.removeFirst()
            if waiting.isEmpty { grantRelease = nil }
            restartReleases(at: now)
            self.vehicle?.leave = .granted(grant)
        } else if let leave {
            self.vehicle?.leave = leave
        } else if buttonRelease != nil {
            buttonRelease = nil
            self.vehicle?.leave = .free
        }
    }

    /// A vehicle is found on the loop. It came while nobody could see it, so it takes nobody's grant.
    mutating func found(_ vehicle: Vehicle) {
        isSeen = true
        self.vehicle = vehicle
        self.vehicle?.leave = .free
    }

    /// The loop is clear. Returns the vehicle that was on it.
    mutating func left(at now: MonotonicTime) -> Vehicle? {
        isSeen = true
        if case .granted? = vehicle?.leave { restartReleases(at: now) }
        defer { vehicle = nil }
        return vehicle
    }

    /// The boom is not closed, or nobody knows: what stands on the loop could pass.
    mutating func isPassable() { vehicle?.couldPass = true }

    /// A vehicle that waited has left without having been under the boom: that was the one of the oldest grant to enter.
    mutating func backedOut(_ actions: inout [LaneAction]) {
        guard let index = waiting.firstIndex(where: { $0.grant.direction == .entry }) else { return }
        actions.append(ending(of: waiting.remove(at: index)))
        if waiting.isEmpty { grantRelease = nil }
    }

    /// Nobody sees the loop any more.
    mutating func loopIsLost(_ actions: inout [LaneAction]) {
        if case .granted(let grant)? = vehicle?.leave { actions.append(.step(.unobserved(grant))) }
        isSeen = false
        vehicle = nil
        for index in waiting.indices { waiting[index].wasUnseen = true }
    }
}

extension BarrierTraffic {
    /// The time for which the boom is kept open for a vehicle that is to come.
    struct Release: Hashable, Sendable {
        private let time: Duration
        private(set) var ends: MonotonicTime

        /// A release of `time` from now on, or what is left of `current` if that is longer.
        init(extending current: Release?, at now: MonotonicTime, for time: Duration) {
            self.time = current.map { max($0.time, time) } ?? time
            ends = now.advanced(by: time)
            if let current { ends = max(ends, current.ends) }
        }

        mutating func restart(at now: MonotonicTime) { ends = max(ends, now.advanced(by: time)) }
    }

    /// What stands on the safety loop.
    struct Vehicle: Hashable, Sendable {
        enum Leave: Hashable, Sendable {
            case granted(Grant)
            /// The exit button, an unlocked lane, or it was there before anything could be seen.
            case free
            case fire
            case nobody
        }

        fileprivate(set) var leave = Leave.nobody
        let since: MonotonicTime
        /// Whether the boom was not known to be closed at some time since it came.
        fileprivate(set) var couldPass: Bool
        /// Whether the boom was not open when it came.
        private let cameToClosedBoom: Bool

        init(since: MonotonicTime, couldPass: Bool, cameToClosedBoom: Bool) {
            self.since = since
            self.couldPass = couldPass
            self.cameToClosedBoom = cameToClosedBoom
        }

        /// Whether the next grant is for this one: it stands before a closed boom, and nobody let it through.
        fileprivate var waitsForLeave: Bool { leave == .nobody && cameToClosedBoom }
    }

    /// A grant that waits for its vehicle.
    private struct Waiting: Hashable, Sendable {
        var grant: Grant
        /// Whether a vehicle could have passed unseen since.
        var wasUnseen: Bool
    }
}
