import GateModel

/// One reason for which the lane is released for a time.
struct DoorRelease: Hashable, Sendable {
    private var since: MonotonicTime
    private(set) var ends: MonotonicTime

    /// A release of `time` from now on, or what is left of `current` if that is longer.
    init(extending current: DoorRelease?, at now: MonotonicTime, for time: Duration) {
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
struct DoorWaiting: Hashable, Sendable {
    var grant: Grant
    /// Whether the door stood open at some time of the release.
    var doorStoodOpen: Bool

    /// How the grant ends without an opening of its own.
    var ending: LaneAction { .step(doorStoodOpen ? .unobserved(grant) : .notPassed(grant)) }
}
