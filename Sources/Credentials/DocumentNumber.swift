public import GateModel

/// The number of an identity document, checked.
///
/// ## Kinds
///
/// | kind | form | arithmetic |
/// |---|---|---|
/// | citizen | region (6 digits), birth date `YYYYMMDD`, sequence (3), check | ISO 7064 MOD 11-2 |
/// | Hong Kong, Macao, Taiwan permit | the same, region 81, 82 or 83 | MOD 11-2 |
/// | foreign permanent resident, 2023 | `9`, province (2), country (3), birth date, sequence (3), check | MOD 11-2 |
/// | foreign permanent resident, 2017 | country (3 letters), region (4), birth date `YYMMDD`, sequence, check | weights 7 3 1 |
///
/// Region codes are not looked up: abolished ones stay valid for life.
public struct DocumentNumber: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable, CaseIterable {
        case citizen
        case hongKongMacaoTaiwanPermit
        case foreignPermanentResident2017
        case foreignPermanentResident2023
    }

    /// What is accepted beyond numbers that real, current documents bear.
    public struct Rules: Hashable, Sendable {
        /// Numbers that no document can bear: region or province 0, country XXX, a permit with a birth in 1800 to 1899.
        /// For demonstrations and tests.
        public var acceptPlaceholders: Bool
        /// Citizen numbers of 15 digits. Cards that bear them ceased to be valid in 2013.
        public var allowLegacy: Bool

        public init(acceptPlaceholders: Bool = false, allowLegacy: Bool = false) {
            self.acceptPlaceholders = acceptPlaceholders
            self.allowLegacy = allowLegacy
        }
    }

    public let kind: Kind
    /// The one text form of the number: 18 or 15 ASCII digits and capitals, without spaces. The subject token is made
    /// from its UTF-8 bytes and nothing else, so that one number has one token however it was read or typed.
    /// A citizen number of 15 digits is turned into the one of 18 that belongs to the same person.
    ///
    /// A foreign permanent resident who changes the card of 2017 for one of 2023 gets another number, and so another
    /// token: the old number follows from fields of the new card that the gate does not decode (principle 6). Whoever
    /// files an order on such a person has to file it on both numbers.
    public let canonical: String
    /// The check digit of a 2017 card is wrong. Some old cards are thought to bear such numbers, so this is worth a
    /// warning in the log and no refusal.
    public let checkDigitIsDoubtful: Bool

    /// Reads a number that was typed or scanned. Spaces are ignored, small letters taken as capitals.
    ///
    /// - Parameter today: for births in the future; `nil` while the wall clock is not known, and they are not looked for.
    /// - Throws: `notADocument` for an unknown form, `expiredDocument` for 15 digits without `allowLegacy`,
    ///   `wrongCheckDigit`, and `impossibleDocument` for a region or birth that no document can have.
    public init(_ text: String, today: CalendarDate?, rules: Rules = Rules()) throws(UnreadableReason) {
        // No form is longer; a scan may be.
        guard text.utf8.count <= 64 else { throw .notADocument }
        let characters = Array(text.typedCharacters)
        switch NumberForm(characters) {
        case .eighteen:
            try self.init(eighteen: characters, today: today, rules: rules)
        case .foreign2017:
            try self.init(foreign2017: characters, today: today, rules: rules)
        case .legacy:
            guard rules.allowLegacy else { throw .expiredDocument }
            let long = characters[..<6] + [0x31, 0x39] + characters[6...]
            try self.init(eighteen: long + [CheckDigit.mod11(long)], today: today, rules: rules)
        case nil:
            throw .notADocument
        }
    }

    /// Reads the number of a chip document; it has to be of the kind that the card says it is.
    ///
    /// - Throws: as ``init(_:today:rules:)``, and `contradiction` if type and number do not belong together,
    ///   `expiredDocument` if `today` is known and outside `validity`.
    public init(
        chip text: String, type: DocumentType, validity: DocumentValidity, today: CalendarDate?, rules: Rules = Rules()
    ) throws(UnreadableReason) {
        try self.init(text, today: today, rules: rules)
        let expected: Kind =
            switch type {
            case .resident: .citizen
            case .hongKongMacaoTaiwan: .hongKongMacaoTaiwanPermit
            case .foreign2017: .foreignPermanentResident2017
            case .foreign2023: .foreignPermanentResident2023
            }
        guard kind == expected else { throw .contradiction }
        if let today, !validity.isValid(on: today) { throw .expiredDocument }
    }

    private init(eighteen number: [UInt8], today: CalendarDate?, rules: Rules) throws(UnreadableReason) {
        guard CheckDigit.mod11(number[..<17]) == number[17] else { throw .wrongCheckDigit }
        let region = number[..<6]
        let isPlaceholder: Bool
        var firstYear = 1900
        switch (number[0], number[1]) {
        case (0x39, let province):
            kind = .foreignPermanentResident2023
            isPlaceholder = province == 0x30
        case (0x38, 0x31...0x33):
            kind = .hongKongMacaoTaiwanPermit
            isPlaceholder = rules.acceptPlaceholders && number[6...7].elementsEqual([0x31, 0x38])
            if isPlaceholder { firstYear = 1800 }
        default:
            kind = .citizen
            isPlaceholder = region.allSatisfy { $0 == 0x30 }
            guard isPlaceholder || number[0] != 0x30 else { throw .impossibleDocument }
        }
        guard rules.acceptPlaceholders || !isPlaceholder,
            let birth = CalendarDate(yyyymmdd: String(decoding: number[6..<14], as: UTF8.self)),
            birth.year >= firstYear,
            today.map({ birth <= $0 }) ?? true
        else { throw .impossibleDocument }
        canonical = String(decoding: number, as: UTF8.self)
        checkDigitIsDoubtful = false
    }

    private init(foreign2017 number: [UInt8], today: CalendarDate?, rules: Rules) throws(UnreadableReason) {
        let isPlaceholder = number[..<3].elementsEqual("XXX".utf8) || number[3] == 0x30
        guard rules.acceptPlaceholders || !isPlaceholder else { throw .impossibleDocument }
        let digits = String(decoding: number[7..<13], as: UTF8.self)
        // The century is not written, so one of the two must be possible.
        let births = ["19", "20"].compactMap { CalendarDate(yyyymmdd: $0 + digits) }
        guard births.contains(where: { birth in today.map { birth <= $0 } ?? true }) else { throw .impossibleDocument }
        kind = .foreignPermanentResident2017
        canonical = String(decoding: number, as: UTF8.self)
        checkDigitIsDoubtful = CheckDigit.weights731(number[..<14]) != number[14]
    }

    /// Leaves the number out, so that it does not get into a log.
    public var description: String { "DocumentNumber(\(kind), number withheld)" }
}

/// What a number looks like before any arithmetic.
private enum NumberForm {
    /// 17 digits and a digit or X.
    case eighteen
    /// 3 letters and 12 digits.
    case foreign2017
    /// 15 digits.
    case legacy

    init?(_ characters: [UInt8]) {
        func areDigits(_ part: ArraySlice<UInt8>) -> Bool { part.allSatisfy { (0x30...0x39).contains($0) } }
        switch characters.count {
        case 18 where areDigits(characters[..<17]) && (areDigits(characters[17...]) || characters[17] == 0x58):
            self = .eighteen
        case 15 where areDigits(characters[...]):
            self = .legacy
        case 15 where characters[..<3].allSatisfy({ (0x41...0x5A).contains($0) }) && areDigits(characters[3...]):
            self = .foreign2017
        default:
            return nil
        }
    }
}
