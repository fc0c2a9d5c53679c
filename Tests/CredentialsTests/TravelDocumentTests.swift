import Credentials
import GateModel
import TestSupport
import Testing

struct TravelDocumentTests {
    /// The specimens of ICAO 9303, parts 4 to 6 and 11; all expired in 2012 or before.
    static let specimens: [(lines: [String], canonical: String)] = [
        (
            ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"],
            "MRZ/UTO/D23145890"
        ),
        (
            ["I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"],
            "MRZ/UTO/D23145890734"
        ),
        (["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"], "MRZ/UTO/D23145890"),
        (["I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8"], "MRZ/UTO/D23145890734"),
        (
            ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"],
            "MRZ/UTO/L898902C3"
        ),
        (
            ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<14"],
            "MRZ/UTO/L898902C"
        ),
    ]

    static func read(
        _ text: String, on day: CalendarDate? = nil, rules: DocumentNumber.Rules = placeholders
    ) -> Result<TravelDocument, UnreadableReason> {
        Result { () throws(UnreadableReason) in try TravelDocument(mrz: text, today: day, rules: rules) }
    }

    static func typed(_ text: String, rules: DocumentNumber.Rules = placeholders) -> Result<
        TravelDocument, UnreadableReason
    > {
        Result { () throws(UnreadableReason) in try TravelDocument(canonical: text, rules: rules) }
    }

    @Test(arguments: specimens)
    func `the specimens are read, however their lines are joined`(lines: [String], canonical: String) throws {
        for separator in ["", "\r", "\n", "\r\n", " \r\n ", "\r\r\n\n"] {
            for blanks in ["", " ", "\r\n", "\t \n"] {
                let document = try Self.read(blanks + lines.joined(separator: separator) + blanks).get()
                #expect(document.canonical == canonical)
                #expect(document.canonical == "MRZ/\(document.issuingState)/\(document.number)")
            }
        }
        #expect(try Self.read(lines.joined().lowercased()).get().canonical == canonical)
    }

    @Test(arguments: specimens)
    func `a line that is too long or too short, or is missing, is no zone`(lines: [String], canonical: String) {
        let text = lines.joined()
        var wrongs = [String(text.dropLast()), text + "<", lines[0], lines.dropLast().joined(separator: "\r")]
        wrongs.append(lines.joined(separator: String(repeating: "\n", count: 60)))
        for (place, inserted) in [(10, "\n"), (40, " ")] {
            wrongs.append("\(text.prefix(place))\(inserted)\(text.dropFirst(place))")
        }
        for code in ["X", "V", "<", text.hasPrefix("P") ? "I" : "P"] { wrongs.append("\(code)\(text.dropFirst())") }
        for last in ["-", "é", " "] { wrongs.append("\(text.dropLast())\(last)") }
        for wrong in wrongs {
            #expect(Self.read(wrong).reason == .notADocument)
        }
    }

    /// The fields that are summed up: all of a zone's data but name, nationality and sex.
    @Test(arguments: specimens)
    func `a single wrong character is noticed`(lines: [String], canonical: String) throws {
        let text = Array(lines.joined().utf8)
        let fields: [Range<Int>] =
            switch text.count {
            case 90: [5..<37, 38..<45, 48..<60]
            case 72: [36..<46, 49..<56, 57..<72]
            default: [44..<54, 57..<64, 65..<88]
            }
        for index in fields.joined() {
            for character in Array("0123456789<AZ".utf8) {
                // The sums are taken modulo 10, in which K is as good as 0.
                if Self.value(character) % 10 == Self.value(text[index]) % 10 { continue }
                var wrong = text
                wrong[index] = character
                let result = Self.read(String(decoding: wrong, as: UTF8.self))
                #expect(result.reason == .wrongCheckDigit, "\(index)")
            }
        }
    }

    @Test func `placeholder issuers are refused where they are not asked for`() throws {
        for (lines, canonical) in Self.specimens {
            #expect(Self.read(lines.joined(), rules: .init()).reason == .impossibleDocument)
            #expect(Self.typed(canonical, rules: .init()).reason == .impossibleDocument)
        }
        let unspecified = Self.passport(state: "XXX")
        #expect(Self.read(unspecified, rules: .init()).reason == .impossibleDocument)
        #expect(try Self.read(unspecified).get().issuingState == "XXX")
    }

    @Test func `an issuing state has one to three letters`() throws {
        for state in ["UTO", "UT", "D"] {
            #expect(try Self.read(Self.passport(state: state)).get().issuingState == state)
        }
        for state in ["", "<UT", "U<O", "UT1", "1"] {
            #expect(Self.read(Self.passport(state: state)).reason == .impossibleDocument)
        }
    }

    @Test func `a number may hold a filler inside, and nothing else is one`() throws {
        #expect(try Self.read(Self.passport(number: "AB<12")).get().number == "AB<12")
        #expect(Self.read(Self.passport(number: "")).reason == .impossibleDocument)
        #expect(Self.read(Self.passport(number: "<AB12")).reason == .impossibleDocument)
    }

    @Test(arguments: ["D231458907", "D23145890734ABCD", "D23145890734ABCDEFGHIJ"])
    func `long numbers go on in the optional data of a card`(number: String) throws {
        #expect(try Self.read(Self.card(number: number)).get().number == number)
        // A wrong digit for the whole number, behind which the composite is right.
        let digit = Self.digit(number)
        let wrong = digit == "9" ? "0" : "9"
        #expect(Self.read(Self.card(number: number, check: wrong)).reason == .wrongCheckDigit)
    }

    @Test func `a long number without its rest, its digit or the filler behind it is refused`() {
        for optional in ["", "7", "12345678901234" + Self.digit("D2314589012345678901234")] {
            #expect(Self.read(Self.card(field: "D23145890", check: "<", optional: optional)).reason == .wrongCheckDigit)
        }
        let short = "1" + Self.digit("D2314589<1")
        #expect(Self.read(Self.card(field: "D2314589", check: "<", optional: short)).reason == .wrongCheckDigit)
        // Passports have no room for one.
        let passport = Self.passport(number: "L898902C3", check: "<", personal: "42")
        #expect(Self.read(passport).reason == .wrongCheckDigit)
    }

    @Test func `the check digit of an empty personal number may be left out`() throws {
        for check in ["0", "<"] {
            let passport = Self.passport(personal: "", personalCheck: check)
            #expect(try Self.read(passport).get().number == "L898902C3")
        }
        #expect(Self.read(Self.passport(personal: "ZE184226B", personalCheck: "<")).reason == .wrongCheckDigit)
        #expect(Self.read(Self.passport(personal: "", personalCheck: "1")).reason == .wrongCheckDigit)
    }

    // MARK: Validity

    @Test(arguments: [
        ("20120415", nil), ("20120416", UnreadableReason.expiredDocument), ("20260101", .expiredDocument),
    ])
    func `a document is valid to its last day`(day: String, reason: UnreadableReason?) throws {
        let day = try #require(CalendarDate(yyyymmdd: day))
        #expect(Self.read(Self.specimens[0].lines.joined(), on: day).reason == reason)
        #expect(Self.read(Self.specimens[4].lines.joined(), on: day).reason == reason)
    }

    @Test func `the century of an expiry is the one from 20 years ago to 79 ahead`() throws {
        for year in stride(from: 1990, through: 2120, by: 13) {
            let today = try #require(CalendarDate(year: year, month: 6, day: 30))
            for offset in -20...79 {
                let digits = String(String(10_000 + year + offset).suffix(2))
                let passport = Self.passport(expiry: digits + "0630")
                #expect(Self.read(passport, on: today).reason == (offset < 0 ? .expiredDocument : nil))
            }
        }
    }

    @Test(arguments: ["120431", "121301", "120001", "120100", "230229", "<<<<<<", "12041A"])
    func `an expiry that is no day is refused, whether or not today is known`(expiry: String) {
        #expect(Self.read(Self.passport(expiry: expiry)).reason == .impossibleDocument)
        #expect(Self.read(Self.passport(expiry: expiry), on: today).reason == .impossibleDocument)
    }

    @Test func `a birth date may be unknown`() throws {
        #expect(try Self.read(Self.passport(birth: "<<<<<<")).get().number == "L898902C3")
        #expect(try Self.read(Self.passport(birth: "74<<<<")).get().number == "L898902C3")
    }

    // MARK: Typed

    @Test(arguments: specimens)
    func `the canonical text gives the same document`(lines: [String], canonical: String) throws {
        let document = try Self.read(lines.joined()).get()
        #expect(try Self.typed(canonical).get() == document)
        #expect(try Self.typed(" " + canonical.lowercased().map { "\($0) " }.joined()).get() == document)
    }

    @Test(arguments: [
        "", "MRZ", "MRZ/", "MRZ/UTO", "MRZ/UTO/", "MRZ//L898902C3", "MRZ/UTO/L898902C3/", "MRZ/UTO/L898902C3/1",
        "MRZ/UTOP/L898902C3", "MRZ/U1O/L898902C3", "MRZ/UTO/L898902C3<", "MRZ/UTO/<L898902C3", "MRZ/UTO/L-1",
        "MRZ/UTO/L898902C3\n", "ＭRZ/UTO/L898902C3", "CARD/UTO/L898902C3", "MRZ/UTO/12345678901234567890123",
        "MRZ/UTO/" + String(repeating: " ", count: 60) + "1",
    ])
    func `other texts are not canonical`(text: String) {
        #expect(Self.typed(text).reason == .notADocument)
    }

    // MARK: Principle 6

    @Test(arguments: specimens)
    func `principle 6: a document holds state and number only, and does not print them`(
        lines: [String], canonical: String
    ) throws {
        let document = try Self.read(lines.joined(separator: "\n")).get()
        let fields = Mirror(reflecting: document).children.compactMap(\.label)
        #expect(fields == ["issuingState", "number"])
        #expect(!"\(document) \(String(reflecting: document))".contains("L8989"))
        #expect(!"\(document) \(String(reflecting: document))".contains("D2314"))
    }

    @Test func `random texts never crash`() {
        var random = SeededGenerator(seed: 20)
        let alphabet = Array("0123456789<<<<ABCIPUTOX/ é\n\r\u{0}")
        var read = 0
        for _ in 0..<10_000 {
            var text = Array(Self.specimens[Int.random(in: 0..<6, using: &random)].lines.joined(separator: "\n"))
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                text[Int.random(in: text.indices, using: &random)] =
                    alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            text.removeLast(Int.random(in: 0..<8, using: &random) == 0 ? Int.random(in: 0...70, using: &random) : 0)
            if case .success(let document) = Self.read(String(text), on: nil) {
                read += 1
                #expect((1...22).contains(document.number.utf8.count))
            }
            _ = Self.typed(String(text))
        }
        #expect(read > 1000)
    }

    // MARK: Zones made for a test

    static func padded(_ text: String, _ count: Int) -> String {
        text + String(repeating: "<", count: count - text.count)
    }

    /// By the table of ICAO 9303 part 3.
    static func value(_ character: UInt8) -> Int {
        Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8).firstIndex(of: character) ?? 0
    }

    static func digit(_ text: String) -> String {
        let weights = [7, 3, 1]
        return String(text.utf8.enumerated().reduce(0) { $0 + value($1.element) * weights[$1.offset % 3] } % 10)
    }

    static func passport(
        state: String = "UTO", number: String = "L898902C3", check: String? = nil, birth: String = "740812",
        expiry: String = "300415", personal: String = "ZE184226B", personalCheck: String? = nil
    ) -> String {
        let number = padded(number, 9) + (check ?? digit(padded(number, 9)))
        let personal = padded(personal, 14)
        let data = expiry + digit(expiry) + personal + (personalCheck ?? digit(personal))
        let composite = digit(number + birth + digit(birth) + data)
        return padded("P<" + padded(state, 3) + "ERIKSSON<<ANNA", 44) + number + "UTO" + birth + digit(birth) + "F"
            + data
            + composite
    }

    /// A TD1 card.
    static func card(field: String, check: String, optional: String) -> String {
        let first = padded(field, 9) + check + padded(optional, 15)
        let birth = "740812" + digit("740812")
        let expiry = "300415" + digit("300415")
        let rest = String(repeating: "<", count: 11)
        return "I<UTO" + first + birth + "F" + expiry + "UTO" + rest + digit(first + birth + expiry + rest)
            + padded("ERIKSSON<<ANNA", 30)
    }

    /// A TD1 card with a number of more than nine characters.
    static func card(number: String, check: String? = nil) -> String {
        card(
            field: String(number.prefix(9)), check: "<",
            optional: String(number.dropFirst(9)) + (check ?? digit(number)))
    }
}
