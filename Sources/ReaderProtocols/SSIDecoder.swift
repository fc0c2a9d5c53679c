public import GateModel

/// Reads a scanner that sends its scans as SSI packets, and answers them: a scanner without an answer repeats itself.
///
/// Chunks may be cut anywhere and noise may stand between packets. When a packet turns out to be broken, the search goes on
/// at its second byte, so a good packet that begins inside it is still found. A scan is one packet.
///
/// Holds at most ``capacity`` bytes and a scan of at most ``longestScan``, and overwrites both with zero when they are
/// handed over or dropped (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct SSIDecoder: Sendable {
    /// The longest packet, 255 bytes and the checksum, and so the most that is ever held.
    public static let capacity = 255 + SSIPacket.checksumLength
    /// In bytes.
    public static let longestScan = 255 - SSIPacket.headerLength - 1

    public struct Settings: Hashable, Sendable {
        public var aim: AIMPolicy
        /// The bytes of a packet follow each other faster than this.
        public var byteGap: Duration
        /// How often in a row a damaged packet is asked for again. After that the scanner repeats it when it likes.
        public var resends: Int

        public init(aim: AIMPolicy = .optional, byteGap: Duration = .milliseconds(200), resends: Int = 3) {
            self.aim = aim
            self.byteGap = byteGap
            self.resends = resends
        }
    }

    /// What the line did so far. Every byte fed is either noise, part of a good packet, or still held.
    public struct LineCounters: Hashable, Sendable {
        public var packets: UInt64 = 0
        /// Bytes that belong to no good packet, those of broken packets and of waking up included.
        public var noiseBytes: UInt64 = 0
        public var badChecksums: UInt64 = 0
        /// Scans that had arrived already, and were sent again because the answer was lost.
        public var repetitions: UInt64 = 0
    }

    /// A scanner repeats a scan about 2 s after it, and not often; later it is another scan of the same code.
    private static let repetitionWindow = Duration.seconds(10)
    private static let acknowledgement = SSICommand.acknowledge.bytes
    private static let resendRequest = SSICommand.refuse(.resend).bytes

    public let settings: Settings
    public private(set) var lineCounters = LineCounters()
    private var assembler: ScanAssembler
    /// The bytes held stand at its beginning, all others are zero.
    private var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0
    private var lastByteAt: MonotonicTime?
    private var resendsInARow = 0
    /// Tells a repetition without keeping the scan: a hash keyed with a random number of this process.
    private var lastScan: (hash: Int, at: MonotonicTime)?

    public init(settings: Settings = Settings()) {
        self.settings = settings
        assembler = ScanAssembler(maximumLength: Self.longestScan, aim: settings.aim)
    }

    public var counters: ScanCounters { assembler.counters }

    /// When ``timerFired(at:scan:send:reply:)`` is due; `nil` while no packet has begun.
    public var nextDeadline: MonotonicTime? { held > 0 ? lastByteAt?.advanced(by: settings.byteGap) : nil }

    /// Takes the next bytes of the line.
    ///
    /// - Parameters:
    ///   - scan: each scan that they complete.
    ///   - send: what to send to the scanner at once, after the scan it answers.
    ///   - reply: what the scanner answered to a command.
    public mutating func feed(
        _ bytes: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void,
        send: ([UInt8]) -> Void, reply: (ScannerReply) -> Void = { _ in }
    ) {
        guard bytes.count > 0 else { return }
        timerFired(at: now, scan: scan, send: send, reply: reply)
        lastByteAt = now
        var next = 0
        while next < bytes.count {
            // `drain` leaves less than one whole packet, so there is always room for one byte or more.
            let count = min(bytes.count - next, buffer.count - held)
            for offset in 0..<count { buffer[held + offset] = bytes[next + offset] }
            held += count
            next += count
            drain(isLast: false, at: now, scan, send, reply)
        }
    }

    /// Gives up the packet that has begun, if the line has been silent for long enough.
    public mutating func timerFired(
        at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void, send: ([UInt8]) -> Void,
        reply: (ScannerReply) -> Void = { _ in }
    ) {
        guard let nextDeadline, now >= nextDeadline else { return }
        drain(isLast: true, at: now, scan, send, reply)
    }

    /// Drops a packet that has begun, as after flushing the line. Its bytes count as noise.
    public mutating func reset() {
        lineCounters.noiseBytes &+= UInt64(held)
        held = buffer.keep(from: held, of: held)
    }

    /// - Parameter isLast: nothing follows, so a packet that has only begun is none.
    private mutating func drain(
        isLast: Bool, at now: MonotonicTime, _ scan: (ScanKind, Span<UInt8>) -> Void, _ send: ([UInt8]) -> Void,
        _ reply: (ScannerReply) -> Void
    ) {
        var start = 0
        while start < held {
            guard isHeader(at: start) else {
                lineCounters.noiseBytes &+= 1
                start += 1
                continue
            }
            let length = Int(buffer[start])
            let end = start + length + SSIPacket.checksumLength
            guard held >= end else {
                guard isLast else { break }
                countBroken(at: start)
                start += 1
                continue
            }
            guard isSumRight(start..<end) else {
                lineCounters.badChecksums &+= 1
                countBroken(at: start)
                if resendsInARow < settings.resends {
                    resendsInARow += 1
                    send(Self.resendRequest)
                }
                start += 1
                continue
            }
            lineCounters.packets &+= 1
            resendsInARow = 0
            take(start..<start + length, at: now, scan, send, reply)
            start = end
        }
        held = buffer.keep(from: start, of: held)
    }

    /// Whether the bytes from `start` on can begin a packet: 4 or more bytes long, an opcode above 7F, from the scanner.
    /// All opcodes of scanners are so, and no text looks like it.
    private func isHeader(at start: Int) -> Bool {
        let known = held - start
        return buffer[start] >= SSIPacket.headerLength && (known < 2 || buffer[start + 1] >= 0x80)
            && (known < 3 || buffer[start + 2] == SSIPacket.fromScanner)
    }

    private func isSumRight(_ packet: Range<Int>) -> Bool {
        var sum: UInt16 = 0
        for index in packet.lowerBound..<packet.upperBound - 2 { sum &+= UInt16(buffer[index]) }
        let checksum = UInt16(buffer[packet.upperBound - 2]) << 8 | UInt16(buffer[packet.upperBound - 1])
        return sum &+ checksum == 0
    }

    /// A damaged scan was not handed over, so what comes next is no repetition of it.
    private mutating func countBroken(at start: Int) {
        lineCounters.noiseBytes &+= 1
        guard held - start >= 2, buffer[start + 1] == SSIPacket.decodedData else { return }
        assembler.counters.broken &+= 1
        lastScan = nil
    }

    // MARK: Packets

    /// - Parameter packet: without the checksum.
    private mutating func take(
        _ packet: Range<Int>, at now: MonotonicTime, _ scan: (ScanKind, Span<UInt8>) -> Void,
        _ send: ([UInt8]) -> Void, _ reply: (ScannerReply) -> Void
    ) {
        let data = packet.lowerBound + SSIPacket.headerLength..<packet.upperBound
        switch buffer[packet.lowerBound + 1] {
        case SSIPacket.decodedData:
            let status = buffer[packet.lowerBound + 3]
            takeScan(data, isRepeated: status & SSIPacket.retransmission != 0, at: now, scan)
            send(Self.acknowledgement)
        case SSIPacket.acknowledge: reply(ScannerReply(make: .ssi, result: .done))
        case SSIPacket.refuse: reply(ScannerReply(make: .ssi, result: refusal(data)))
        case SSIPacket.revision:
            // An answer to the host, and answered no more.
            break
        default: send(Self.acknowledgement)
        }
    }

    private func refusal(_ data: Range<Int>) -> ScannerReply.Result {
        guard let first = data.first else { return .unknownCommand }
        return switch SSICommand.Refusal(rawValue: buffer[first]) {
        case .resend: .damagedCommand
        case .badContext, .denied: .denied
        case nil: .unknownCommand
        }
    }

    /// - Parameter data: the code type and the text.
    private mutating func takeScan(
        _ data: Range<Int>, isRepeated: Bool, at now: MonotonicTime, _ scan: (ScanKind, Span<UInt8>) -> Void
    ) {
        guard let type = data.first else { return }
        var hasher = Hasher()
        for index in data { hasher.combine(buffer[index]) }
        let hash = hasher.finalize()
        if isRepeated, let lastScan, lastScan.hash == hash, now.since(lastScan.at) < Self.repetitionWindow {
            lineCounters.repetitions &+= 1
            self.lastScan = (hash, now)
            return
        }
        lastScan = (hash, now)
        // The suffix that the scanner is set to send stands in the packet, too.
        var end = data.upperBound
        while end > type + 1, buffer[end - 1] == 0x0D || buffer[end - 1] == 0x0A { end -= 1 }
        for index in type + 1..<end { assembler.append(buffer[index]) }
        // An identifier in front of the text tells more than the code type.
        let isInText = AIMIdentifier(prefixOf: buffer.span.extracting(type + 1..<end)) != nil
        assembler.end(identifier: isInText ? nil : SSICodeType.identifier(buffer[type]), scan: scan)
    }
}
