public import GateModel

/// The line that readers share.
public struct OSDPBusSettings: Hashable, Sendable {
    /// Bits per second, 8 data bits, no parity, 1 stop bit.
    public var rate: Int
    /// How long a reader may take to begin its answer; 200 ms by the standard.
    public var responseTime: Duration
    /// What the panel's own side adds: USB adapters hold bytes back up to 16 ms, a busy machine schedules late.
    public var latencyAllowance: Duration
    /// How long a reader may be silent inside a frame; 20 ms by the standard.
    public var gap: Duration

    public init(
        rate: Int = 9600, responseTime: Duration = .milliseconds(200), latencyAllowance: Duration = .milliseconds(20),
        gap: Duration = .milliseconds(20)
    ) {
        self.rate = max(rate, 300)
        self.responseTime = responseTime
        self.latencyAllowance = latencyAllowance
        self.gap = gap
    }

    /// How long so many bytes take on the line: 10 bits each.
    public func time(forBytes count: Int) -> Duration {
        .nanoseconds(Int64(clamping: count).multipliedReportingOverflow(by: 10_000_000_000).partialValue / Int64(rate))
    }

    /// Two characters of silence before the panel takes the line.
    var turnaround: Duration { time(forBytes: 2) }
}

/// What the driver of the line has to do, in the order in which it comes.
public enum OSDPAction: Sendable {
    /// The mark byte FF and a frame.
    case send([UInt8])
    /// Throw away what the line holds: it answers no question still open.
    case flushInput
    /// Call ``OSDPBus/timerFired(at:emit:)`` then. Replaces the time before it.
    case wake(at: MonotonicTime)
    case event(address: UInt8, OSDPEvent)
}
