public import GateModel

/// Reads a serial scanner that sends lines of text and answers commands on the same wire.
///
/// Holds what ``ZoneReplyFilter`` and ``TextLineDecoder`` hold, and wipes it as they do.
public struct ScannerDecoder: Sendable {
    private var filter = ZoneReplyFilter()
    private var lines: TextLineDecoder

    public init(settings: TextLineDecoder.Settings = TextLineDecoder.Settings()) {
        lines = TextLineDecoder(settings: settings)
    }

    public var counters: ScanCounters { lines.counters }
    public var replies: ZoneReplyFilter.Counters { filter.counters }

    /// When ``timerFired(at:scan:)`` is due; `nil` while nothing has begun.
    public var nextDeadline: MonotonicTime? {
        guard let reply = filter.nextDeadline, let scan = lines.nextDeadline else {
            return filter.nextDeadline ?? lines.nextDeadline
        }
        return min(reply, scan)
    }

    /// Takes the next bytes of the line and hands over each scan and each reply that they complete.
    public mutating func feed(
        _ bytes: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void,
        reply: (ScannerReply) -> Void
    ) {
        // What is overdue comes first, or a late call would join a scan to the one before it.
        timerFired(at: now, scan: scan)
        Self.pass(bytes, at: now, through: &filter, to: &lines, scan: scan, reply: reply)
    }

    /// Hands on what the line left unfinished, if it has been silent for long enough.
    public mutating func timerFired(at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        Self.passHeld(at: now, from: &filter, to: &lines, scan: scan)
        lines.timerFired(at: now, scan: scan)
    }

    // The two halves are handed over one by one, because a closure that changes `self` cannot run inside one of them.

    private static func pass(
        _ bytes: Span<UInt8>, at now: MonotonicTime, through filter: inout ZoneReplyFilter,
        to lines: inout TextLineDecoder, scan: (ScanKind, Span<UInt8>) -> Void, reply: (ScannerReply) -> Void
    ) {
        filter.feed(bytes, at: now, text: { lines.feed($0, at: now, scan: scan) }, reply: reply)
    }

    private static func passHeld(
        at now: MonotonicTime, from filter: inout ZoneReplyFilter, to lines: inout TextLineDecoder,
        scan: (ScanKind, Span<UInt8>) -> Void
    ) {
        filter.timerFired(at: now) { lines.feed($0, at: now, scan: scan) }
    }
}
