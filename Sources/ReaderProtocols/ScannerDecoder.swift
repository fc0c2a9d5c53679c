public import GateModel

/// Reads a serial scanner that sends lines of text and answers commands on the same wire.
///
/// Holds what ``ScannerReplyFilter`` and ``TextLineDecoder`` hold, and wipes it as they do.
public struct ScannerDecoder: Sendable {
    private var filter = ScannerReplyFilter()
    private var lines: TextLineDecoder

    public init(settings: TextLineDecoder.Settings = TextLineDecoder.Settings()) {
        lines = TextLineDecoder(settings: settings)
    }

    public var counters: ScanCounters { lines.counters }
    public var replies: ScannerReplyFilter.Counters { filter.counters }

    /// When ``timerFired(at:scan:)`` is due; `nil` while nothing has begun.
    public var nextDeadline: MonotonicTime? {
        guard let reply = filter.nextDeadline, let scan = lines.nextDeadline else {
            return filter.nextDeadline ?? lines.nextDeadline
        }
        return min(reply, scan)
    }

    /// As ``ScannerReplyFilter/expectReply(to:at:)``.
    public mutating func expectReply(to command: [UInt8], at now: MonotonicTime) {
        filter.expectReply(to: command, at: now)
    }

    /// Takes the next bytes of the line and hands over each scan and each reply that they complete.
    public mutating func feed(
        _ bytes: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void,
        reply: (ScannerReply) -> Void
    ) {
        Self.pass(bytes, at: now, through: &filter, to: &lines, scan: scan, reply: reply)
    }

    /// Hands on what the line left unfinished, if it has been silent for long enough.
    public mutating func timerFired(at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        Self.passHeld(at: now, from: &filter, to: &lines, scan: scan)
        lines.timerFired(at: now, scan: scan)
    }

    // The two halves are handed over one by one, because a closure that changes `self` cannot run inside one of them.

    private static func pass(
        _ bytes: Span<UInt8>, at now: MonotonicTime, through filter: inout ScannerReplyFilter,
        to lines: inout TextLineDecoder, scan: (ScanKind, Span<UInt8>) -> Void, reply: (ScannerReply) -> Void
    ) {
        filter.feed(bytes, at: now, text: { lines.feed($0, at: now, scan: scan) }, reply: reply)
    }

    private static func passHeld(
        at now: MonotonicTime, from filter: inout ScannerReplyFilter, to lines: inout TextLineDecoder,
        scan: (ScanKind, Span<UInt8>) -> Void
    ) {
        filter.timerFired(at: now) { lines.feed($0, at: now, scan: scan) }
    }
}
