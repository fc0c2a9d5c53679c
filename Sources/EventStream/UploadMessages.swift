/// `POST /v1/gates/{gate}/events`: a run of events without gaps.
public struct EventBatch: Hashable, Sendable, Codable {
    /// A batch holds at most this many events.
    public static let largestCount = 500

    public var epoch: StreamEpoch
    public var events: [ChainedEvent]

    public init(epoch: StreamEpoch, events: [ChainedEvent]) {
        self.epoch = epoch
        self.events = events
    }
}

/// The answer to a batch, and to `GET /v1/gates/{gate}/position`.
public struct StreamPosition: Hashable, Sendable, Codable {
    public enum Verdict: String, Hashable, Sendable, Codable {
        /// All that was sent and not yet known is now durable.
        case accepted
        /// Events before the batch are missing; send again from `next`.
        case gap
        /// The events do not follow what the service holds; it raised an alarm and waits for a new epoch.
        case fork
    }

    public var verdict: Verdict
    public var epoch: StreamEpoch?
    /// The sequence number that the service wants next: everything below is durable there.
    public var next: UInt64

    public init(verdict: Verdict, epoch: StreamEpoch?, next: UInt64) {
        self.verdict = verdict
        self.epoch = epoch
        self.next = next
    }
}

/// `POST /v1/gates/{gate}/alerts`: a household exit, sent at once beside the stream.
///
/// It is a copy: the same event also comes in its place in the stream, and its crossing makes the two one.
public struct EventAlert: Hashable, Sendable, Codable {
    public var epoch: StreamEpoch
    public var event: ChainedEvent

    public init(epoch: StreamEpoch, event: ChainedEvent) {
        self.epoch = epoch
        self.event = event
    }
}

/// `POST /v1/gates/{gate}/alerts/unrecorded`: a household exit that the gate's disk has not taken in time, so that it has
/// no place in the stream yet. The report must not depend on the disk.
///
/// Once it is recorded it comes again as ``EventAlert`` and in the stream; its crossing makes them one.
public struct UnrecordedAlert: Hashable, Sendable, Codable {
    /// As of ``GateEvent/body()``.
    public var body: String

    public init(body: String) { self.body = body }
}

/// The answer to an alert: it is durable at the central service.
public struct AlertReceipt: Hashable, Sendable, Codable {
    public var accepted: Bool

    public init() { accepted = true }
}
