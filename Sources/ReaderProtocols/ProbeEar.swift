import GateModel

/// Recognises a device by what it sends, whether it was asked or not.
///
/// Holds at most ``capacity`` bytes of one burst, besides what an SDT and an SSI decoder hold; a longer burst loses its
/// beginning. They are overwritten with zero at the end of the burst, those of the decoders at the latest when the line is
/// opened at another rate (principle 6).
struct ProbeEar: Sendable {
    static let capacity = 256
    /// A device sends its message in one piece; a silence this long ends it.
    static let burstGap = Duration.milliseconds(100)
    /// Fewer printable characters may be noise.
    private static let shortestText = 4

    /// What a burst was, once it has ended.
    struct Text {
        let characters: Int
        let suffix: TextLineDecoder.Suffix?
        let hasAIMIdentifier: Bool
    }

    private(set) var hasHeard = false
    private var sdt = SDTFrameDecoder()
    /// A damaged packet is more likely another protocol, so it is not asked for again.
    private var ssi = SSIDecoder(settings: SSIDecoder.Settings(resends: 0))
    private var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0
    private var isCut = false
    private var lastByteAt: MonotonicTime?

    /// When ``endBurst(at:)`` is due; `nil` while the line is silent.
    var nextDeadline: MonotonicTime? { held > 0 ? lastByteAt?.advanced(by: Self.burstGap) : nil }

    /// Forgets all, as when the line is opened at another rate.
    mutating func reset() {
        hasHeard = false
        sdt.reset()
        ssi.reset()
        forget()
    }

    /// - Parameters:
    ///   - asked: whether the Honeywell question was asked at this rate: its answer has no other mark than its words.
    ///   - send: answers that the device waits for.
    mutating func hear(
        _ bytes: Span<UInt8>, at now: MonotonicTime, rate: Int, asked: Bool, send: ([UInt8]) -> Void
    ) -> ProbeFinding? {
        guard bytes.count > 0 else { return nil }
        hasHeard = true
        lastByteAt = now
        var finding = idCardReader(bytes, rate: rate) ?? ssiScanner(bytes, at: now, rate: rate, send: send)
        var next = 0
        while finding == nil, next < bytes.count {
            if held == buffer.count { dropHalf() }
            let count = min(bytes.count - next, buffer.count - held)
            for offset in 0..<count { buffer[held + offset] = bytes[next + offset] }
            held += count
            next += count
            finding = frame(rate: rate) ?? (asked ? honeywellScanner(rate: rate) : nil)
        }
        return finding
    }

    /// The line has been silent: what was the burst?
    ///
    /// - Returns: `nil` unless all of it is printable text, as of a scanner.
    mutating func endBurst(at now: MonotonicTime) -> Text? {
        guard let nextDeadline, now >= nextDeadline else { return nil }
        defer { forget() }
        guard !isCut else { return nil }
        var end = held
        while end > 0, [0x0D, 0x0A, 0x09, 0x03].contains(buffer[end - 1]) { end -= 1 }
        let start = buffer[0] == 0x02 ? 1 : 0
        guard end - start >= Self.shortestText, buffer[start..<end].allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
        let suffix = suffix(from: end)
        let hasAIM = AIMIdentifier(prefixOf: buffer.span.extracting(start..<end)) != nil
        return Text(characters: end - start, suffix: suffix, hasAIMIdentifier: hasAIM)
    }

    /// What the terminators are that the burst ends with.
    private func suffix(from end: Int) -> TextLineDecoder.Suffix? {
        guard end < held else { return nil }
        return switch buffer[end] {
        case 0x0D: held - end > 1 && buffer[end + 1] == 0x0A ? .crlf : .cr
        case 0x0A: .lf
        case 0x09: .tab
        default: .etx
        }
    }

    private mutating func idCardReader(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        var finding: ProbeFinding?
        sdt.feed(bytes) { reply in
            let health = reply.status == .success ? "" : " It says: \(reply.status)."
            finding = ProbeFinding(
                .sdt, rate: rate,
                evidence: "An ID-card reader (SDT) answered with status \(reply.statusBytes) at \(rate) baud.\(health)")
        }
        return finding
    }

    private mutating func ssiScanner(
        _ bytes: Span<UInt8>, at now: MonotonicTime, rate: Int, send: ([UInt8]) -> Void
    ) -> ProbeFinding? {
        ssi.feed(bytes, at: now, scan: { _, _ in }, send: send)
        guard ssi.lineCounters.packets > 0 else { return nil }
        return ProbeFinding(
            .qrSerial, rate: rate, make: .ssi,
            evidence: "A Zebra or Symbol scanner in SSI mode (scans come in packets) sent one at \(rate) baud.")
    }

    /// What stands in the buffer and has a checksum of its own.
    private func frame(rate: Int) -> ProbeFinding? {
        for start in 0..<held {
            if let finding = ProbeFrame.recognise(buffer.span.extracting(start..<held), rate: rate) { return finding }
        }
        return nil
    }

    /// The tag that was asked for, printable text, and a status byte.
    private func honeywellScanner(rate: Int) -> ProbeFinding? {
        let tag = Array(ProbeQuestion.honeywellTag.utf8)
        for start in 0..<held {
            var next = start
            while next < held, next - start < tag.count, buffer[next] & 0xDF == tag[next - start] { next += 1 }
            guard next - start == tag.count else { continue }
            while next < held, (0x20...0x7E).contains(buffer[next]) { next += 1 }
            guard next < held, ScannerReply.Result(status: buffer[next]) != nil else { continue }
            return ProbeFinding(
                .qrSerial, rate: rate, make: .honeywell,
                evidence: "A scanner that understands Honeywell's commands answered one at \(rate) baud.")
        }
        return nil
    }

    private mutating func dropHalf() {
        held = buffer.keep(from: held - held / 2, of: held)
        isCut = true
    }

    private mutating func forget() {
        held = buffer.keep(from: held, of: held)
        isCut = false
    }
}
