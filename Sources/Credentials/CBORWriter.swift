extension CBORValue {
    /// The item in its deterministic form (RFC 8949, 4.2.1): each head and float as short as can be, lengths ahead, the
    /// entries of a map by the bytes of their keys. The same value gives the same bytes.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .unsigned(let value): Self.head(0, value, to: &bytes)
        case .negative(let value): Self.head(1, value, to: &bytes)
        case .bytes(let content):
            Self.head(2, UInt64(content.count), to: &bytes)
            bytes += content
        case .text(let content):
            Self.head(3, UInt64(content.utf8.count), to: &bytes)
            bytes += content.utf8
        case .array(let items):
            Self.head(4, UInt64(items.count), to: &bytes)
            for item in items { item.write(to: &bytes) }
        case .map(let map):
            Self.head(5, UInt64(map.entries.count), to: &bytes)
            let entries = map.entries.map { (key: $0.key.encoded, value: $0.value) }
            for entry in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                bytes += entry.key
                entry.value.write(to: &bytes)
            }
        case .tagged(let tag, let content):
            Self.head(6, tag, to: &bytes)
            content.write(to: &bytes)
        case .bool(let value): bytes.append(value ? 0xF5 : 0xF4)
        case .null: bytes.append(0xF6)
        case .undefined: bytes.append(0xF7)
        case .float(let value): Self.float(value, to: &bytes)
        }
    }

    /// The major type in the upper three bits, and the number that belongs to it.
    private static func head(_ major: UInt8, _ number: UInt64, to bytes: inout [UInt8]) {
        switch number {
        case 0..<24: bytes.append(major << 5 | UInt8(truncatingIfNeeded: number))
        case 24...0xFF: number.write(1, after: major << 5 | 24, to: &bytes)
        case 0x100...0xFFFF: number.write(2, after: major << 5 | 25, to: &bytes)
        case 0x1_0000...0xFFFF_FFFF: number.write(4, after: major << 5 | 26, to: &bytes)
        default: number.write(8, after: major << 5 | 27, to: &bytes)
        }
    }

    private static func float(_ value: Double, to bytes: inout [UInt8]) {
        if value.isNaN {
            bytes += [0xF9, 0x7E, 0]
        } else if let half = Float16(exactly: value) {
            UInt64(half.bitPattern).write(2, after: 0xF9, to: &bytes)
        } else if let single = Float(exactly: value) {
            UInt64(single.bitPattern).write(4, after: 0xFA, to: &bytes)
        } else {
            value.bitPattern.write(8, after: 0xFB, to: &bytes)
        }
    }
}

extension UInt64 {
    /// The low `count` bytes, big-endian.
    fileprivate func write(_ count: Int, after first: UInt8, to bytes: inout [UInt8]) {
        bytes.append(first)
        for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: self >> (8 * UInt64(place)))) }
    }
}
