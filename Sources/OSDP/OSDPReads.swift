/// What a reader read from a card (RAW).
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | reader |
/// | 1 | 1 | format: 0 unspecified, 1 Wiegand |
/// | 2 | 2 | number of bits, little-endian |
/// | 4 | n | the bits, first bit first, most significant bit first |
public struct OSDPCardRead: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    static let headerLength = 4

    /// Counted from 0.
    public let reader: UInt8
    public let format: UInt8
    public let bitCount: Int
    /// ⌈bitCount ÷ 8⌉ bytes, the first bit leftmost; what is left over in the last byte is zero.
    public let bits: [UInt8]

    /// - Parameter bits: what is beyond `bitCount` is left out; missing bytes count as zero.
    public init(reader: UInt8, format: UInt8, bitCount: UInt16, bits: [UInt8]) {
        self.reader = reader
        self.format = format
        self.bitCount = Int(bitCount)
        let length = (Int(bitCount) + 7) / 8
        var kept = Array(bits.prefix(length))
        kept += [UInt8](repeating: 0, count: length - kept.count)
        let surplus = length * 8 - Int(bitCount)
        if let last = kept.indices.last { kept[last] &= 0xFF << UInt8(surplus) }
        self.bits = kept
    }

    init?(_ data: Span<UInt8>) {
        guard data.count >= Self.headerLength else { return nil }
        let bitCount = UInt16(data[2]) | UInt16(data[3]) << 8
        guard bitCount > 0, (Int(bitCount) + 7) / 8 <= data.count - Self.headerLength else { return nil }
        self.init(reader: data[0], format: data[1], bitCount: bitCount, bits: data.bytes(from: Self.headerLength))
    }

    func append(to out: inout [UInt8]) {
        out.append(reader)
        out.append(format)
        out.append(littleEndian: UInt32(bitCount), bytes: 2)
        out.append(contentsOf: bits)
    }

    /// Leaves the bits out: they are a card's number.
    public var description: String { "OSDPCardRead(reader \(reader), \(bitCount) bits withheld)" }

    /// Without the bits, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: ["reader": reader, "bitCount": bitCount]) }
}

/// Keys pressed on a reader (KEYPAD): reader, count, ASCII; 0D is `#`, 7F is `*`.
public struct OSDPKeypad: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    static let headerLength = 2

    /// Counted from 0.
    public let reader: UInt8
    /// As the reader sends them, with 0D for `#` and 7F for `*`; at most 255.
    public let keys: [UInt8]

    /// The keys with `#` and `*` as they are printed on them.
    public var characters: String {
        let printed = keys.map { key in key == 0x0D ? 0x23 : key == 0x7F ? 0x2A : key }
        return String(decoding: printed, as: UTF8.self)
    }

    public init(reader: UInt8, keys: [UInt8]) {
        self.reader = reader
        self.keys = Array(keys.prefix(255))
    }

    init?(_ data: Span<UInt8>) {
        guard data.count >= Self.headerLength, data.count == Self.headerLength + Int(data[1]) else { return nil }
        self.init(reader: data[0], keys: data.bytes(from: Self.headerLength))
    }

    func append(to out: inout [UInt8]) {
        out.append(reader)
        out.append(UInt8(keys.count))
        out.append(contentsOf: keys)
    }

    /// Leaves the keys out: they may be a number that somebody has to keep secret.
    public var description: String { "OSDPKeypad(reader \(reader), \(keys.count) keys withheld)" }

    /// Without the keys, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: ["reader": reader, "count": keys.count]) }
}
