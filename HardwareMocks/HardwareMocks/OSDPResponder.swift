/// What an OSDP reader at one address answers, in clear text. A value: bytes in, replies out.
///
/// Frame: `53`, address (bit 7 set in replies), length (2 bytes, little-endian), control, code, data, CRC (2 bytes,
/// little-endian; polynomial 1021, beginning with 1D0F).
public struct OSDPResponder: Sendable {
    public private(set) var address: UInt8
    private var held: [UInt8] = []
    /// Given once, as the answer to the next POLL.
    private var waiting: [UInt8]?
    private var last: (sequence: UInt8, reply: [UInt8])?

    public init(address: UInt8) { self.address = address }

    /// Holds a card of Wiegand 26 bits against the reader.
    ///
    /// - Parameter data: 24 bits, without parity.
    public mutating func present(data: UInt32) {
        let data = data & 0xFF_FFFF
        let even = UInt32((data >> 12).nonzeroBitCount & 1)
        let odd = UInt32(((data & 0xFFF).nonzeroBitCount & 1) ^ 1)
        // Left-justified in four bytes.
        let bits = (even << 25 | data << 1 | odd) << 6
        waiting = [0x50, 0, 1, 26, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
    }

    /// Presses keys: digits, DEL for `*`, CR for `#`.
    public mutating func press(_ keys: String) {
        waiting = [0x53, 0, UInt8(clamping: keys.utf8.count)] + keys.utf8
    }

    /// Takes the next bytes of the line and gives a reply for each command to this reader that they complete.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var replies: [[UInt8]] = []
        for byte in bytes {
            held.append(byte)
            if let reply = answerIfComplete() { replies.append(reply) }
        }
        return replies
    }

    private mutating func answerIfComplete() -> [UInt8]? {
        while let first = held.first, first != 0x53 { held.removeFirst() }
        guard held.count >= 5 else { return nil }
        let length = Int(held[2]) | Int(held[3]) << 8
        guard (8...1440).contains(length) else {
            held.removeFirst()
            return nil
        }
        guard held.count >= length else { return nil }
        let frame = Array(held.prefix(length))
        held.removeFirst(length)
        let check = UInt16(frame[length - 2]) | UInt16(frame[length - 1]) << 8
        // Every reader hears what is sent to 7F.
        guard frame[1] == address || frame[1] == 0x7F, frame[4] & 0x0C == 0x04, Self.crc(frame.dropLast(2)) == check
        else { return nil }
        return answer(code: frame[5], data: frame[6..<length - 2], sequence: frame[4] & 3)
    }

    private mutating func answer(code: UInt8, data: ArraySlice<UInt8>, sequence: UInt8) -> [UInt8] {
        // A repeated command gets the same answer, and is not carried out twice.
        if sequence != 0, let last, last.sequence == sequence { return last.reply }
        let content: [UInt8]
        switch code {
        case 0x60:
            content = waiting ?? [0x40]
            waiting = nil
        case 0x61: content = [0x45, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0]
        // A light, a buzzer, a CRC.
        case 0x62: content = [0x46, 4, 1, 1, 5, 1, 1, 8, 1, 0]
        case 0x64: content = [0x48, 0, 0]
        case 0x69, 0x6A, 0x6B, 0x68, 0x7B: content = [0x40]
        // COMSET: the answer still comes from the old address. The rate is that of the pseudo-terminal: none.
        case 0x6E where data.count == 5: content = [0x54] + data
        default: content = [0x41, 3]
        }
        let length = content.count + 7
        defer { if content[0] == 0x54 { address = content[1] } }
        var reply: [UInt8] = [0x53, address | 0x80, UInt8(length), 0, 0x04 | sequence] + content
        let check = Self.crc(reply[...])
        reply += [UInt8(check & 0xFF), UInt8(check >> 8)]
        last = (sequence, reply)
        return reply
    }

    private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0x1D0F) { crc, byte in
            (0..<8).reduce(crc ^ UInt16(byte) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
    }
}
