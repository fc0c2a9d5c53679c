/// The mark `]cm` that a scanner can put before its data: what kind of code was read (ISO/IEC 15424).
public struct AIMIdentifier: Hashable, Sendable, CustomStringConvertible {
    private let letter: UInt8
    private let modifier: UInt8

    /// The letter of the symbology and its modifier, as in `Q1` for a QR code; without the bracket.
    public var text: String { String(decoding: [letter, modifier], as: UTF8.self) }

    /// `nil` unless `text` is an ASCII letter and an ASCII letter or digit.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 2 else { return nil }
        self.init(letter: bytes[0], modifier: bytes[1])
    }

    /// How long it is in front of a text: with the bracket.
    static let prefixLength = 3

    /// `nil` unless `text` begins with one, as in `]Q1`.
    init?(prefixOf text: Span<UInt8>) {
        guard text.count >= Self.prefixLength, text[0] == 0x5D else { return nil }
        self.init(letter: text[1], modifier: text[2])
    }

    init?(letter: UInt8, modifier: UInt8) {
        guard Self.isLetter(letter), Self.isLetter(modifier) || (0x30...0x39).contains(modifier) else { return nil }
        self.letter = letter
        self.modifier = modifier
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80 }

    /// With the bracket, as in `]Q1`.
    public var description: String { "]" + text }
}

/// What a reader does with AIM identifiers.
public enum AIMPolicy: Hashable, Sendable {
    /// The scanner sends none; the text is taken as it is.
    case none
    /// Taken off where there is one.
    case optional
    /// Scans without one of these are ignored and counted.
    case required(Set<AIMIdentifier>)
}
