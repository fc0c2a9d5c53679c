public import GateModel

/// Takes the replies to commands out of what a scanner sends, and leaves the scans.
///
/// Zone-protocol and Newland scanners answer a trigger on the wire that the scan follows on. The filter stands in front of
/// ``TextLineDecoder``; ``ScannerDecoder`` is both in one. Chunks may be cut anywhere. What begins like a reply and turns
/// out to be none is handed on unchanged and in order.
///
/// Holds at most ``capacity`` bytes, for ``replyGap`` after the last of them, and overwrites them with zero when they are
/// handed on or were a reply (principle 6). Other bytes are handed on without a copy.
public struct ZoneReplyFilter: Sendable {
    /// The most bytes that are ever held.
    public static let capacity = ScannerReplyFrame.longest
    /// A reply comes in one piece; after a silence this long, what has begun is text.
    public static let replyGap = Duration.milliseconds(50)

    public struct Counters: Hashable, Sendable {
        public var replies: UInt64 = 0
        /// Those of them that say the scanner did not obey.
        public var refusals: UInt64 = 0
    }

    public private(set) var counters = Counters()
    /// The bytes held stand at its beginning, all others are zero. The first one held begins a reply, it seems.
    private var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0
    private var lastByteAt: MonotonicTime?

    public init() {}

    /// When ``timerFired(at:text:)`` is due; `nil` while nothing is held.
    public var nextDeadline: MonotonicTime? { held > 0 ? lastByteAt?.advanced(by: Self.replyGap) : nil }

    /// Takes the next bytes of the line and hands on the text among them, and each reply that they complete.
    public mutating func feed(
        _ bytes: Span<UInt8>, at now: MonotonicTime, text: (Span<UInt8>) -> Void, reply: (ScannerReply) -> Void
    ) {
        guard bytes.count > 0 else { return }
        timerFired(at: now, text: text)
        lastByteAt = now
        var next = 0
        while next < bytes.count {
            if held == 0 {
                let start = next
                while next < bytes.count, bytes[next] != ScannerReplyFrame.firstByte { next += 1 }
                if next > start { text(bytes.extracting(start..<next)) }
                guard next < bytes.count else { return }
            }
            // `drain` leaves less than the longest reply, so there is always room for one byte.
            buffer[held] = bytes[next]
            held += 1
            next += 1
            drain(text: text, reply: reply)
        }
    }

    /// Hands on what is held, if the line has been silent for long enough.
    public mutating func timerFired(at now: MonotonicTime, text: (Span<UInt8>) -> Void) {
        guard let nextDeadline, now >= nextDeadline else { return }
        text(buffer.span.extracting(0..<held))
        keep(from: held)
    }

    private mutating func drain(text: (Span<UInt8>) -> Void, reply: (ScannerReply) -> Void) {
        var start = 0
        search: while start < held {
            switch ScannerReplyFrame.judge(buffer.span.extracting(start..<held)) {
            case .incomplete: break search
            case .reply(let found, let length):
                counters.replies &+= 1
                if found.result != .done { counters.refusals &+= 1 }
                reply(found)
                start += length
            case .somethingElse:
                var end = start + 1
                while end < held, buffer[end] != ScannerReplyFrame.firstByte { end += 1 }
                text(buffer.span.extracting(start..<end))
                start = end
            }
        }
        keep(from: start)
    }

    /// Moves the bytes from `start` on to the front and wipes all others.
    private mutating func keep(from start: Int) {
        guard start > 0 else { return }
        let kept = held - start
        for index in 0..<kept { buffer[index] = buffer[start + index] }
        for index in kept..<held { buffer[index] = 0 }
        held = kept
    }
}
