extension CBORValue {
    /// How an item has to be written.
    public enum Form: Sendable {
        /// As RFC 8949 allows: for tokens that others make. Maps with a key twice and texts that are not UTF-8 are
        /// refused in any form.
        case any
        /// As ``CBORValue/encoded`` writes it, so that one value has one form: for what this program makes.
        case deterministic
    }

    /// More bytes are not read. Tokens in QR codes, unpacked, have a few thousand at most.
    public static let mostBytes = 16_384
    /// An item that holds items that hold items, and so on, more often than this is not read.
    public static let mostLevels = 16

    /// Reads one item that fills `bytes`.
    public init(decoding bytes: [UInt8], form: Form = .any) throws(CBORError) {
        guard bytes.count <= Self.mostBytes else { throw .tooLong(byteCount: bytes.count) }
        var reader = CBORReader(bytes: bytes)
        self = try reader.item(levels: Self.mostLevels)
        guard reader.next == bytes.count else { throw .trailingBytes(count: bytes.count - reader.next) }
        if form == .deterministic, encoded != bytes { throw .notDeterministic }
    }
}

private struct CBORReader {
    let bytes: [UInt8]
    /// Where the next byte stands.
    var next = 0

    private static let stop: UInt8 = 0xFF

    /// What an item begins with.
    private struct Head {
        let major: UInt8
        /// The low five bits.
        let information: UInt8
        /// `nil` where the length is told by a stop behind the item.
        let number: UInt64?
    }

    /// - Parameter levels: how many more there may be, this one included.
    mutating func item(levels: Int) throws(CBORError) -> CBORValue {
        guard levels > 0 else { throw .tooDeep(offset: next) }
        let start = next
        let head = try head()
        switch (head.major, head.number) {
        case (0, let number?): return .unsigned(number)
        case (1, let number?): return .negative(number)
        case (2, let number?): return .bytes(Array(try take(number)))
        case (2, nil): return .bytes(try pieces(of: 2))
        case (3, let number?): return .text(try text(Array(try take(number)), at: start))
        case (3, nil): return .text(try text(try textPieces(), at: start))
        case (4, let number): return .array(try items(number, levels: levels - 1))
        case (5, let number): return .map(try map(number, levels: levels - 1))
        case (6, let tag?): return .tagged(tag, try item(levels: levels - 1))
        case (7, let number?): return try simple(head.information, number, at: start)
        default: throw .malformed(offset: start)
        }
    }

    private mutating func head() throws(CBORError) -> Head {
        let start = next
        let first = try byte()
        let (major, information) = (first >> 5, first & 31)
        switch information {
        case 0..<24: return Head(major: major, information: information, number: UInt64(information))
        case 24...27:
            let number = try take(1 << UInt64(information - 24)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Head(major: major, information: information, number: number)
        case 31 where (2...5).contains(major): return Head(major: major, information: information, number: nil)
        default: throw .malformed(offset: start)
        }
    }

    private mutating func byte() throws(CBORError) -> UInt8 {
        guard next < bytes.count else { throw .truncated }
        defer { next += 1 }
        return bytes[next]
    }

    private mutating func take(_ count: UInt64) throws(CBORError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - next) else { throw .truncated }
        defer { next += Int(count) }
        return bytes[next..<next + Int(count)]
    }

    /// Whether a stop comes next; then it is taken.
    private mutating func stops() throws(CBORError) -> Bool {
        guard next < bytes.count else { throw .truncated }
        guard bytes[next] == Self.stop else { return false }
        next += 1
        return true
    }

    /// The next piece of a string without a length ahead; `nil` at its end.
    private mutating func piece(of major: UInt8) throws(CBORError) -> [UInt8]? {
        guard try !stops() else { return nil }
        let start = next
        let head = try head()
        guard head.major == major, let count = head.number else { throw .malformed(offset: start) }
        return Array(try take(count))
    }

    private mutating func pieces(of major: UInt8) throws(CBORError) -> [UInt8] {
        var joined: [UInt8] = []
        while let piece = try piece(of: major) { joined += piece }
        return joined
    }

    /// No character may be cut in two (RFC 8949, 3.2.3).
    private mutating func textPieces() throws(CBORError) -> [UInt8] {
        var joined: [UInt8] = []
        while true {
            let start = next
            guard let piece = try piece(of: 3) else { return joined }
            joined += try text(piece, at: start).utf8
        }
    }

    private func text(_ content: [UInt8], at offset: Int) throws(CBORError) -> String {
        guard let text = String(validating: content, as: UTF8.self) else { throw .notUTF8(offset: offset) }
        return text
    }

    private mutating func items(_ count: UInt64?, levels: Int) throws(CBORError) -> [CBORValue] {
        // Each item has a byte at least, so a count that cannot be true ends at the last byte.
        var items: [CBORValue] = []
        var left = count
        while try continues(&left) { items.append(try item(levels: levels)) }
        return items
    }

    private mutating func map(_ count: UInt64?, levels: Int) throws(CBORError) -> CBORMap {
        var entries: [CBORMap.Entry] = []
        var keys: Set<[UInt8]> = []
        var left = count
        while try continues(&left) {
            let start = next
            let key = try item(levels: levels)
            // The one form of the key, however it was written.
            guard keys.insert(key.encoded).inserted else { throw .duplicateKey(offset: start) }
            entries.append(CBORMap.Entry(key: key, value: try item(levels: levels)))
        }
        return CBORMap(entries)
    }

    /// Whether one more comes: counted down, or until the stop.
    private mutating func continues(_ left: inout UInt64?) throws(CBORError) -> Bool {
        guard let count = left else { return try !stops() }
        guard count > 0 else { return false }
        left = count - 1
        return true
    }

    private func simple(_ information: UInt8, _ number: UInt64, at offset: Int) throws(CBORError) -> CBORValue {
        switch information {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22: return .null
        case 23: return .undefined
        case 25: return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: number))))
        case 26: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: number))))
        case 27: return .float(Double(bitPattern: number))
        default: throw .malformed(offset: offset)
        }
    }
}

/// Why bytes are not an item of CBOR that this program reads. Offsets count bytes from 0.
public enum CBORError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated
    case trailingBytes(count: Int)
    case tooLong(byteCount: Int)
    case tooDeep(offset: Int)
    /// A head that RFC 8949 does not define, or an item where none of its kind may stand.
    case malformed(offset: Int)
    case notUTF8(offset: Int)
    case duplicateKey(offset: Int)
    case notDeterministic

    public var description: String {
        switch self {
        case .truncated: "the CBOR ends within an item"
        case .trailingBytes(let count): "\(count) bytes follow the CBOR item"
        case .tooLong(let count): "the CBOR has \(count) bytes; at most \(CBORValue.mostBytes) are read"
        case .tooDeep(let offset): "the CBOR is nested more than \(CBORValue.mostLevels) deep at byte \(offset)"
        case .malformed(let offset): "there is no CBOR item at byte \(offset)"
        case .notUTF8(let offset): "the CBOR text at byte \(offset) is not UTF-8"
        case .duplicateKey(let offset): "the CBOR map has the key at byte \(offset) twice"
        case .notDeterministic: "the CBOR is not in its shortest, sorted form"
        }
    }
}
