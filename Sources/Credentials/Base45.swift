/// Bytes as text of the alphanumeric mode of QR codes (RFC 9285): two bytes in three characters, a last single byte in
/// two. A space is a character like the others; none may be added or trimmed.
public enum Base45 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 2) {
            let pair = bytes[start..<min(start + 2, bytes.count)]
            var value = pair.reduce(0) { $0 << 8 | Int($1) }
            for _ in 0...pair.count {
                text.append(alphabet[value % 45])
                value /= 45
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Parameter text: in UTF-8.
    /// - Returns: `nil` for a text that ``encode(_:)`` never writes.
    public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var digits: [Int] = []
        for character in text {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            digits.append(digit)
        }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 3) {
            let group = digits[start..<min(start + 3, digits.count)]
            let value = group.reversed().reduce(0) { $0 * 45 + $1 }
            switch group.count {
            case 3 where value <= 0xFFFF: bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            case 2 where value <= 0xFF: bytes.append(UInt8(value))
            default: return nil
            }
        }
        return bytes
    }
}
