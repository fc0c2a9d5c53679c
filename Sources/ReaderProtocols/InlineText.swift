/// At most 24 ASCII characters without a place on the heap, where a copy of a document number would stay behind
/// (principle 6). Does not print itself.
public struct InlineText: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public static let capacity = 24

    public private(set) var count = 0
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0

    public init() {}

    /// `nil` if `text` is longer than ``capacity`` or not ASCII.
    public init?(_ text: String) {
        for byte in text.utf8 {
            guard byte < 0x80, append(byte) else { return nil }
        }
    }

    /// Whether there was room for the byte.
    mutating func append(_ byte: UInt8) -> Bool {
        guard count < Self.capacity else { return false }
        let bits = UInt64(byte) << UInt64(count % 8 * 8)
        switch count / 8 {
        case 0: first |= bits
        case 1: second |= bits
        default: third |= bits
        }
        count += 1
        return true
    }

    /// A copy as text.
    public var text: String {
        var text = ""
        for index in 0..<count {
            let word = index < 8 ? first : index < 16 ? second : third
            text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: word >> UInt64(index % 8 * 8))))
        }
        return text
    }

    public var isEmpty: Bool { count == 0 }

    public var description: String { "\(count) characters withheld" }

    /// What it holds, and not how.
    public var customMirror: Mirror { Mirror(self, children: ["text": text]) }
}
