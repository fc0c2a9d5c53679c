public import GateModel

/// A passport or other travel document, by its machine-readable zone (ICAO 9303, sizes TD1, TD2 and TD3), checked.
///
/// Issuing state and document number are all that is taken from it. Its validity is looked at once and not kept; name,
/// nationality, birth date and sex are never decoded (principle 6).
public struct TravelDocument: Hashable, Sendable, CustomStringConvertible {
    /// One to three letters: ISO 3166-1 alpha-3 or a code of ICAO 9303 part 3 (`D` for Germany).
    public let issuingState: String
    /// Digits, capitals, and `<` for what they cannot express inside the number: 1 to 22 characters.
    public let number: String

    /// The one text form of the document, from whose UTF-8 bytes the subject token is made:
    /// `MRZ/<issuing state>/<document number>`.
    public var canonical: String { "\(Self.prefix)\(issuingState)/\(number)" }

    static let prefix = "MRZ/"
    /// Nine in their field and 13 where a TD1 number goes on.
    private static let longestNumber = 22
    /// Of ICAO's specimens, and of nobody.
    private static let placeholderStates: Set = ["UTO", "XXX"]

    /// Whether `text` has the lines and letters of a machine-readable zone; nothing is checked.
    public static func isMachineReadableZone(_ text: String) -> Bool { MachineReadableZone(text) != nil }

    /// Reads a machine-readable zone: two or three lines, joined by CR, LF, both or nothing. Blanks around it are
    /// ignored.
    ///
    /// The century of the expiry date is not written: it is taken to lie between 20 years before `today` and 79 after.
    /// Documents that do not run out bear dates as far ahead as they can, and none that ran out so long ago is still
    /// read.
    ///
    /// - Parameter today: `nil` if it does not matter whether the document has expired.
    /// - Throws: `notADocument` for another form, `wrongCheckDigit`, `impossibleDocument` for a state, number or expiry
    ///   that no document can have, `expiredDocument` if `today` is known and after the expiry.
    public init(
        mrz text: String, today: CalendarDate?, rules: DocumentNumber.Rules = DocumentNumber.Rules()
    ) throws(UnreadableReason) {
        guard let zone = MachineReadableZone(text) else { throw .notADocument }
        try self.init(zone, today: today, rules: rules)
    }

    init(
        _ zone: MachineReadableZone, today: CalendarDate?, rules: DocumentNumber.Rules
    ) throws(UnreadableReason) {
        guard let number = zone.checkedNumber else { throw .wrongCheckDigit }
        guard let checked = Self(state: zone.issuingState, number: number[...]),
            let expiry = Self.expiry(zone.expiry, today: today)
        else { throw .impossibleDocument }
        self = try checked.obeying(rules)
        if let today, today > expiry { throw .expiredDocument }
    }

    /// Reads the ``canonical`` form. Spaces are ignored, small letters taken as capitals.
    ///
    /// - Throws: `notADocument` for another form, `impossibleDocument` for a placeholder that `rules` do not accept.
    public init(
        canonical text: String, rules: DocumentNumber.Rules = DocumentNumber.Rules()
    ) throws(UnreadableReason) {
        let parts = try CanonicalText(text, prefix: Self.prefix).parts
        guard parts.count == 2, let document = Self(state: parts[0], number: parts[1]) else { throw .notADocument }
        self = try document.obeying(rules)
    }

    private init?(state: ArraySlice<UInt8>, number: ArraySlice<UInt8>) {
        guard (1...3).contains(state.count), state.allSatisfy({ (0x41...0x5A).contains($0) }),
            (1...Self.longestNumber).contains(number.count),
            number.allSatisfy({ MachineReadableZone.isAlphanumeric($0) || $0 == MachineReadableZone.filler }),
            number.first != MachineReadableZone.filler, number.last != MachineReadableZone.filler
        else { return nil }
        issuingState = String(decoding: state, as: UTF8.self)
        self.number = String(decoding: number, as: UTF8.self)
    }

    private func obeying(_ rules: DocumentNumber.Rules) throws(UnreadableReason) -> TravelDocument {
        guard rules.acceptPlaceholders || !Self.placeholderStates.contains(issuingState) else {
            throw .impossibleDocument
        }
        return self
    }

    /// The last day of validity; `nil` if there is no such day.
    private static func expiry(_ digits: ArraySlice<UInt8>, today: CalendarDate?) -> CalendarDate? {
        // Without a date nothing expires, and what is left is whether the day exists.
        let first = today.map { $0.year - 20 } ?? 2000
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let numbers = digits.map { Int($0) - 0x30 }
        let year = numbers[0] * 10 + numbers[1]
        return CalendarDate(
            year: first + (year - first % 100 + 100) % 100, month: numbers[2] * 10 + numbers[3],
            day: numbers[4] * 10 + numbers[5])
    }

    /// Leaves state and number out, so that they do not get into a log.
    public var description: String { "TravelDocument(withheld)" }
}
