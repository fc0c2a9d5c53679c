public import GateModel

/// All that the gate takes from an identity card: its type, number and validity.
///
/// Name, sex, ethnic group, birth date, address, photo and fingerprint are never decoded (principle 6).
public struct SDTDocument: Hashable, Sendable, CustomStringConvertible {
    /// ASCII letters and digits as they stand on the chip; neither the arithmetic nor the meaning is checked here.
    public let number: InlineText
    public let type: DocumentType
    public let validity: DocumentValidity

    public init(number: InlineText, type: DocumentType, validity: DocumentValidity) {
        self.number = number
        self.type = type
        self.validity = validity
    }

    /// Leaves the number out, so that it does not get into a log.
    public var description: String { "SDTDocument(\(type), number withheld)" }
}

/// Why the data of a successful read is not a document. Tells where, never what was found there.
public enum SDTDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    case badLengths
    case unknownCardType
    case badNumber
    case badValidity

    public var description: String {
        switch self {
        case .badLengths:
            "the lengths of text, photo and fingerprint do not add up to the reply; check the reader's firmware"
        case .unknownCardType:
            "the card type at byte 248 of the text is none of the four known; the gate may need an update for a new card"
        case .badNumber:
            "the document number in the text has other characters than letters and digits, or none; read the card again"
        case .badValidity:
            "the validity in the text is not a pair of dates in order; read the card again"
        }
    }
}

extension SDTDocument {
    /// Bytes of the text block, UTF-16LE. A longer one is accepted, its end is ignored.
    private static let textLength = 256
    /// Text length, photo length, a text block and no photo.
    static let shortestReadReply = 4 + textLength

    /// Decodes the data of a reply to READ.
    ///
    /// With text and photo (30 01): text length (2 bytes, big-endian), photo length (2), text, photo. With fingerprint
    /// (30 10): the fingerprint length (2) stands between the photo length and the text, the fingerprint at the end.
    ///
    /// - Parameter data: what follows the status bytes; ``shortestReadReply`` bytes or more.
    init(readReply data: Span<UInt8>) throws(SDTDocumentError) {
        let textLength = data.word(at: 0)
        let lengths = textLength + data.word(at: 2)
        guard textLength >= Self.textLength, textLength.isMultiple(of: 2) else { throw .badLengths }
        let start: Int
        if 4 + lengths == data.count {
            start = 4
        } else if 6 + lengths + data.word(at: 4) == data.count {
            start = 6
        } else {
            throw .badLengths
        }
        let text = data.extracting(start..<start + textLength)

        // The type decides where the number stands, so nothing is read before it.
        let number: InlineText?
        switch text.character(at: 248) {
        case 0x20, 0:
            type = .resident
            number = text.number(at: 122, bytes: 36)
        case 0x4A:
            type = .hongKongMacaoTaiwan
            number = text.number(at: 122, bytes: 36)
        case 0x49:
            type = .foreign2017
            number = text.number(at: 122, bytes: 30)
        case 0x59:
            type = .foreign2023
            number = text.number(at: 122, bytes: 36)
        default:
            throw .unknownCardType
        }
        guard let number else { throw .badNumber }
        self.number = number
        guard let validity = text.validity(from: 188, until: 204) else { throw .badValidity }
        self.validity = validity
    }
}

extension Span<UInt8> {
    fileprivate func word(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }

    /// A UTF-16LE code unit of the text block.
    fileprivate func character(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

    /// A field of ASCII letters and digits, without the spaces or NULs around it; `nil` for any other content.
    fileprivate func number(at offset: Int, bytes: Int) -> InlineText? {
        var first = offset
        var end = offset + bytes
        while first < end, character(at: first).isPadding { first += 2 }
        while first < end, character(at: end - 2).isPadding { end -= 2 }
        var text = InlineText()
        for position in stride(from: first, to: end, by: 2) {
            guard let byte = UInt8(exactly: character(at: position)), byte.isASCIIAlphanumeric, text.append(byte) else {
                return nil
            }
        }
        return text.isEmpty ? nil : text
    }

    /// `YYYYMMDD`.
    private func date(at offset: Int) -> CalendarDate? {
        // Eight characters stand inside the string itself.
        number(at: offset, bytes: 16).flatMap { CalendarDate(yyyymmdd: $0.text) }
    }

    /// Two dates `YYYYMMDD`, of which the second may be 长期 (no end).
    fileprivate func validity(from first: Int, until second: Int) -> DocumentValidity? {
        guard let from = date(at: first) else { return nil }
        if character(at: second) == 0x957F, character(at: second + 2) == 0x671F {
            return DocumentValidity(from: from, until: nil)
        }
        guard let until = date(at: second), from <= until else { return nil }
        return DocumentValidity(from: from, until: until)
    }
}

extension UInt16 {
    fileprivate var isPadding: Bool { self == 0x20 || self == 0 }
}

extension UInt8 {
    fileprivate var isASCIIAlphanumeric: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
