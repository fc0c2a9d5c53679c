public import GateModel

/// Takes the replies to commands out of what a scanner sends, and leaves the scans.
///
/// Zone-protocol and Newland scanners answer a trigger on the wire that the scan follows on. Honeywell scanners answer
/// settings only, with words that look like a scan, so the filter must know that one was sent. It stands in front of
/// ``TextLineDecoder``; ``ScannerDecoder`` is both in one. Chunks may be cut anywhere. What begins like a reply and turns
/// out to be none is handed on unchanged and in order.
///
/// Holds at most ``capacity`` bytes, for ``replyGap`` after the last of them, and overwrites them with zero when they are
/// handed on or were a reply (principle 6). Other bytes are handed on without a copy.
public struct ScannerReplyFilter: Sendable {
    /// The most bytes that are ever held.
    public static let capacity = ScannerReplyFrame.longest
    /// A reply comes in one piece; after a silence this long, what has begun is text.
    public static let replyGap = Duration.milliseconds(50)

    /// How long the echo of a Honeywell setting is waited for.
    private static let echoTime = Duration.seconds(2)

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
    /// The setting that a Honeywell scanner will repeat, in upper case, and its last character; empty if none.
    private var echo: [UInt8] = []
    private var echoUntil = MonotonicTime(nanoseconds: 0)

    public init() {}

    /// A Honeywell scanner was sent a setting: its answer within 2 s is a reply, and no scan.
    ///
    /// - Parameter command: from ``HoneywellCommand/menu(_:lasting:)``; anything else is ignored.
    public mutating func expectReply(to command: [UInt8], at now: MonotonicTime) {
        guard command.starts(with: HoneywellCommand.menuPrefix), command.count < ScannerReplyFrame.longest else {
            return
        }
        echo = command.dropFirst(HoneywellCommand.menuPrefix.count).map(ScannerReplyFrame.upperCase)
        if echo.count < 2 { echo = [] }
        echoUntil = now.advanced(by: Self.echoTime)
    }

    /// When ``timerFired(at:text:)`` is due; `nil` while nothing is held.
    public var nextDeadline: MonotonicTime? { held > 0 ? lastByteAt?.advanced(by: Self.replyGap) : nil }

    /// Takes the next bytes of the line and hands on the text among them, and each reply that they complete.
    public mutating func feed(
        _ bytes: Span<UInt8>, at now: MonotonicTime, text: (Span<UInt8>) -> Void, reply: (ScannerReply) -> Void
    ) {
        guard bytes.count > 0 else { return }
        timerFired(at: now, text: text)
        if !echo.isEmpty, now >= echoUntil { echo = [] }
        lastByteAt = now
        var next = 0
        while next < bytes.count {
            if held == 0 {
                let start = next
                while next < bytes.count, !canBegin(bytes[next]) { next += 1 }
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
        held = buffer.keep(from: held, of: held)
    }

    private mutating func drain(text: (Span<UInt8>) -> Void, reply: (ScannerReply) -> Void) {
        var start = 0
        search: while start < held {
            switch ScannerReplyFrame.judge(buffer.span.extracting(start..<held), echo: echo) {
            case .incomplete: break search
            case .reply(let found, let length):
                counters.replies &+= 1
                if found.result != .done { counters.refusals &+= 1 }
                if found.make == .honeywell { echo = [] }
                reply(found)
                start += length
            case .somethingElse:
                var end = start + 1
                while end < held, !canBegin(buffer[end]) { end += 1 }
                text(buffer.span.extracting(start..<end))
                start = end
            }
        }
        held = buffer.keep(from: start, of: held)
    }

    private func canBegin(_ byte: UInt8) -> Bool {
        byte == ScannerReplyFrame.firstByte || !echo.isEmpty && ScannerReplyFrame.upperCase(byte) == echo[0]
    }
}
