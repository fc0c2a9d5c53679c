public import GateModel

/// What a gate takes the time to be, for orders, mandates and ages (principles 7, 8 and 15).
///
/// A wall clock may be unsynchronised, jump, or be years off after a flat battery. So the time runs on the monotonic clock
/// from a beginning: the wall clock at the start, or the last time that the authority signed, whichever is later. A wall
/// clock that the kernel holds to be synchronised moves it to what it shows, but never before the last signed time and
/// what has passed since. Only if that is far ahead of a synchronised clock, the publisher's clock was wrong: then what it
/// signed says nothing of the time.
public struct TrustedTime: Hashable, Sendable {
    /// The time at ``since``.
    private var wall: WallTime
    private var since: MonotonicTime
    /// No time before this one, counted on from ``signedSince``, is accepted.
    private var signed: WallTime?
    private var signedSince: MonotonicTime

    /// By how much, in seconds, a signed time may be ahead of a synchronised clock.
    public static let longestLead: Int64 = 3600

    /// - Parameter start: what the clocks say at the start.
    public init(start: TimeStamp) {
        wall = start.wall
        since = start.monotonic
        signedSince = start.monotonic
    }

    /// The authority signed something at `time`, and it was seen at `now`. An earlier time than the last is ignored.
    public mutating func learn(signedAt time: WallTime, seenAt now: TimeStamp) {
        if let earliest = earliest(at: now.monotonic), time <= earliest { return }
        if now.synchronised, time.seconds(since: now.wall) > Self.longestLead { return }
        signed = time
        signedSince = now.monotonic
    }

    /// The time at `now`.
    public mutating func time(at now: TimeStamp) -> WallTime {
        if now.synchronised {
            wall = now.wall
            since = now.monotonic
            // Learnt while the clock was not synchronised.
            if let earliest = earliest(at: now.monotonic), earliest.seconds(since: wall) > Self.longestLead {
                signed = nil
            }
        }
        let counted = wall.advanced(bySeconds: now.monotonic.since(since).wholeSeconds)
        guard let earliest = earliest(at: now.monotonic) else { return counted }
        return max(counted, earliest)
    }

    private func earliest(at now: MonotonicTime) -> WallTime? {
        signed?.advanced(bySeconds: now.since(signedSince).wholeSeconds)
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int64 { clampedMilliseconds / 1000 }
}
