/// Bytes from hexadecimal text; blanks are ignored, and `#` begins a comment that ends with its line.
public func bytes(_ hex: String) -> [UInt8] {
    let lines = hex.split(whereSeparator: \.isNewline).map { $0.prefix { $0 != "#" } }
    let digits = lines.joined().compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

extension SeededGenerator {
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// `bytes` cut into chunks, some of them empty.
    public mutating func chunks(of bytes: [UInt8], upTo longest: Int = 40) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 0...longest, using: &self))
            chunks.append(Array(bytes[start..<end]))
            start = end
        }
        return chunks
    }
}
