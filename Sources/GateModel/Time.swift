/// A point on the monotonic clock (`CLOCK_MONOTONIC`), in nanoseconds since boot.
///
/// Every timer and every measured interval uses it (principle 18): it never jumps, and means nothing after a reboot.
public struct MonotonicTime: Hashable, Sendable, Comparable, Codable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Saturates at both ends: bad input must not trap a timer.
    public func advanced(by duration: Duration) -> MonotonicTime {
        let delta = duration.clampedNanoseconds
        if delta >= 0 {
            let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(delta))
            return MonotonicTime(nanoseconds: overflow ? .max : sum)
        }
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(delta.magnitude)
        return MonotonicTime(nanoseconds: overflow ? 0 : difference)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    public func since(_ earlier: MonotonicTime) -> Duration {
        guard nanoseconds > earlier.nanoseconds else { return .zero }
        return .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds))
    }

    public static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(UInt64.self)
    }
}

/// A point on the wall clock, in whole seconds since 1970-01-01T00:00:00Z.
public struct WallTime: Hashable, Sendable, Comparable, Codable {
    public var secondsSince1970: Int64

    public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    /// 2025-01-01. A wall clock that shows an earlier time is certainly wrong.
    public static let earliestPlausible = WallTime(secondsSince1970: 1_735_689_600)

    /// Saturates at both ends.
    public func advanced(bySeconds seconds: Int64) -> WallTime {
        let (sum, overflow) = secondsSince1970.addingReportingOverflow(seconds)
        return WallTime(secondsSince1970: overflow ? (seconds > 0 ? .max : .min) : sum)
    }

    /// Seconds from `earlier` to this, negative if `earlier` is later. Saturates.
    public func seconds(since earlier: WallTime) -> Int64 {
        let (difference, overflow) = secondsSince1970.subtractingReportingOverflow(earlier.secondsSince1970)
        return overflow ? (secondsSince1970 > 0 ? .max : .min) : difference
    }

    /// The start of the quarter of an hour that holds this time. Counts have no finer time (principle 9).
    public var startOfQuarter: WallTime {
        let remainder = secondsSince1970 % 900
        return WallTime(secondsSince1970: secondsSince1970 - (remainder < 0 ? remainder + 900 : remainder))
    }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.secondsSince1970 < b.secondsSince1970 }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(secondsSince1970)
    }

    public init(from decoder: any Decoder) throws {
        secondsSince1970 = try decoder.singleValueContainer().decode(Int64.self)
    }
}

/// What the clocks said when something happened (principle 18).
public struct TimeStamp: Hashable, Sendable, Codable {
    public var monotonic: MonotonicTime
    public var wall: WallTime
    /// Whether the kernel held the wall clock to be synchronised (`adjtimex` without `STA_UNSYNC`).
    public var synchronised: Bool

    public init(monotonic: MonotonicTime, wall: WallTime, synchronised: Bool) {
        self.monotonic = monotonic
        self.wall = wall
        self.synchronised = synchronised
    }
}

/// Where the programs read time. Pure code takes values instead.
public protocol TimeSource: Sendable {
    func now() -> TimeStamp
    /// The monotonic part alone, for those who need no more: cheaper on a real machine.
    var monotonic: MonotonicTime { get }
}

extension TimeSource {
    public var monotonic: MonotonicTime { now().monotonic }
}

extension Duration {
    /// Nanoseconds, clamped to what an `Int64` holds (± 292 years).
    public var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds > 0 ? .max : .min) : sum
    }

    /// Whole milliseconds, rounded towards zero.
    public var clampedMilliseconds: Int64 { clampedNanoseconds / 1_000_000 }
}
