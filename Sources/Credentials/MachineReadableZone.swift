/// The lines of ICAO 9303 that a travel document bears, and where its fields stand in them.
///
/// Lives for the time of one check: what is not document number, issuing state or expiry is only ever summed up.
struct MachineReadableZone {
    /// One text with all lines. Offsets count from its beginning.
    struct Layout {
        let lines: Int
        let lineLength: Int
        /// What the document code may begin with.
        let codes: Set<UInt8>
        /// Each is followed by its check digit.
        let number, birth, expiry: Range<Int>
        /// Where a number of more than nine characters goes on, if the size has room for one.
        let continuation: Range<Int>?
        /// Has a check digit, too, which may be left out if the field is empty.
        let personalNumber: Range<Int>?
        /// What the last check digit is the sum of, and where that stands.
        let composite: [Range<Int>]
        let compositeDigit: Int

        /// Cards: three lines of 30.
        static let td1 = Layout(
            lines: 3, lineLength: 30, codes: cards, number: 5..<14, birth: 30..<36, expiry: 38..<44,
            continuation: 15..<30, personalNumber: nil, composite: [5..<30, 30..<37, 38..<45, 48..<59],
            compositeDigit: 59)
        /// Larger cards: two lines of 36.
        static let td2 = Layout(
            lines: 2, lineLength: 36, codes: cards, number: 36..<45, birth: 49..<55, expiry: 57..<63,
            continuation: 64..<71, personalNumber: nil, composite: [36..<46, 49..<56, 57..<71], compositeDigit: 71)
        /// Passports: two lines of 44.
        static let td3 = Layout(
            lines: 2, lineLength: 44, codes: [0x50], number: 44..<53, birth: 57..<63, expiry: 65..<71,
            continuation: nil, personalNumber: 72..<86, composite: [44..<54, 57..<64, 65..<87], compositeDigit: 87)

        /// A, C and I. Visas (V) have no composite check digit, and are stuck into a passport that has one.
        private static let cards: Set<UInt8> = [0x41, 0x43, 0x49]
    }

    static let filler: UInt8 = 0x3C
    /// The longest zone has 90 characters; the rest is for line ends and blanks.
    private static let longestText = 128

    private let layout: Layout
    private let characters: [UInt8]

    /// `nil` unless `text` has the lines of a travel document: joined by CR, LF, both or nothing, with or without
    /// blanks around them. Small letters are taken as capitals.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longestText else { return nil }
        let lines = text.utf8.split { $0 == 0x0D || $0 == 0x0A }.map { line in
            let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
            let end = line.lastIndex { !isBlank($0) }.map(line.index(after:)) ?? line.startIndex
            return line[..<end].drop(while: isBlank).map(\.capital)
        }.filter { !$0.isEmpty }
        characters = lines.flatMap(\.self)
        switch characters.count {
        case 90: layout = .td1
        case 72: layout = .td2
        case 88: layout = .td3
        default: return nil
        }
        let lineLength = layout.lineLength
        guard lines.count == 1 || lines.allSatisfy({ $0.count == lineLength }),
            characters.allSatisfy({ Self.isAlphanumeric($0) || $0 == Self.filler }),
            layout.codes.contains(characters[0])
        else { return nil }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) }

    /// Up to three letters, filled up.
    var issuingState: ArraySlice<UInt8> { Self.trimmed(characters[2..<5]) }

    /// Six digits `YYMMDD`.
    var expiry: ArraySlice<UInt8> { characters[layout.expiry] }

    /// The number without what fills it up; `nil` if any check digit of the zone is wrong.
    var checkedNumber: [UInt8]? {
        let composite = layout.composite.flatMap { characters[$0] }
        guard hasCheckDigit(layout.birth), hasCheckDigit(layout.expiry),
            CheckDigit.weights731(composite) == characters[layout.compositeDigit]
        else { return nil }
        if let field = layout.personalNumber {
            let isLeftOut = characters[field.lowerBound...field.upperBound].allSatisfy { $0 == Self.filler }
            guard isLeftOut || hasCheckDigit(field) else { return nil }
        }
        let number = characters[layout.number]
        if hasCheckDigit(layout.number) { return Array(Self.trimmed(number)) }
        // A long number: a filler in place of the check digit, then the rest of the number, its digit, and a filler.
        guard let continuation = layout.continuation, characters[layout.number.upperBound] == Self.filler,
            number.last != Self.filler
        else { return nil }
        let rest = characters[continuation].prefix { $0 != Self.filler }
        guard rest.count >= 2, rest.count < continuation.count else { return nil }
        let whole = number + rest.dropLast()
        return CheckDigit.weights731(whole) == rest.last ? Array(whole) : nil
    }

    private func hasCheckDigit(_ field: Range<Int>) -> Bool {
        CheckDigit.weights731(characters[field]) == characters[field.upperBound]
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        field.lastIndex { $0 != filler }.map { field[...$0] } ?? []
    }
}
