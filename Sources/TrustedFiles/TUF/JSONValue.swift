/// A JSON value as TUF uses it: numbers are whole.
///
/// Names of members are compared as Unicode does, and written as they came.
public enum JSONValue: Hashable, Sendable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case null

    /// OLPC canonical JSON, as UTF-8: members sorted by code point, no white space, and only `"` and `\` escaped.
    ///
    /// What is signed and what key ids are made of. Other readers need not take it for JSON, as line feeds stand bare.
    public var canonical: [UInt8] { written(escaping: Self.appendCanonical) }

    /// JSON that everybody reads, as UTF-8: members sorted by code point, no white space, control characters escaped.
    public var json: [UInt8] { written(escaping: Self.appendEscaped) }

    private func written(escaping append: (String, inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, append)
        return bytes
    }

    private func write(to bytes: inout [UInt8], _ append: (String, inout [UInt8]) -> Void) {
        switch self {
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            // The order of UTF-8 bytes is that of code points.
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(member.key, &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes, append)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes, append)
            }
            bytes.append(UInt8(ascii: "]"))
        case .string(let text): append(text, &bytes)
        case .integer(let number): bytes += String(number).utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .null: bytes += "null".utf8
        }
    }

    private static func appendCanonical(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += "\\n".utf8
            case ..<0x20: bytes += "\\u00\(Hex.text([byte]))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
