/// When to try again: exponential growth with full jitter, so that a thousand gates do not come back at the same moment.
///
/// The wait is drawn evenly from zero to the ceiling; the ceiling doubles from `base` to `cap` with each failure.
public struct Backoff: Sendable {
    public var base: Duration
    public var cap: Duration
    public private(set) var failures = 0

    public init(base: Duration = .milliseconds(500), cap: Duration = .seconds(60)) {
        self.base = base
        self.cap = cap
    }

    /// The longest that the next wait may be.
    public var ceiling: Duration {
        var ceiling = base
        for _ in 0..<failures where ceiling < cap { ceiling *= 2 }
        return min(ceiling, cap)
    }

    /// Notes a failure and returns how long to wait.
    public mutating func fail(using generator: inout some RandomNumberGenerator) -> Duration {
        let nanoseconds = max(1, (ceiling / Duration.nanoseconds(1)).rounded())
        failures += 1
        return .nanoseconds(Int64(Double.random(in: 0...nanoseconds, using: &generator)))
    }

    public mutating func succeed() { failures = 0 }
}
