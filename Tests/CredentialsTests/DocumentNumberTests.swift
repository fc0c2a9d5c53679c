import Credentials
import GateModel
import TestSupport
import Testing

struct DocumentNumberTests {
    static let all: [(text: String, kind: DocumentNumber.Kind)] = [
        ("000000190001010017", .citizen),
        ("000000190001010025", .citizen),
        ("00000019000101005X", .citizen),
        ("810000180001010019", .hongKongMacaoTaiwanPermit),
        ("820000180001010010", .hongKongMacaoTaiwanPermit),
        ("830000180001010020", .hongKongMacaoTaiwanPermit),
        ("XXX000000010103", .foreignPermanentResident2017),
        ("90000019000101001X", .foreignPermanentResident2023),
    ]

    @Test(arguments: all)
    func `placeholder numbers are told apart by kind`(text: String, kind: DocumentNumber.Kind) throws {
        let number = try parse(text).get()
        #expect(number.kind == kind)
        #expect(number.canonical == text)
        #expect(!number.checkDigitIsDoubtful)
    }

    @Test(arguments: all)
    func `placeholder numbers are refused where they are not asked for`(text: String, kind: DocumentNumber.Kind) {
        #expect(parse(text, rules: DocumentNumber.Rules()).reason == .impossibleDocument)
    }

    @Test(arguments: all)
    func `spaces and small letters make no difference`(text: String, kind: DocumentNumber.Kind) throws {
        let spaced = " " + text.lowercased().map { "\($0) " }.joined()
        #expect(try parse(spaced).get() == parse(text).get())
    }

    @Test(arguments: all)
    func `a single wrong digit is noticed`(text: String, kind: DocumentNumber.Kind) throws {
        let digits = Array(text.utf8)
        for index in digits.indices where kind != .foreignPermanentResident2017 || index >= 3 {
            for digit in UInt8(0x30)...0x39 where digit != digits[index] {
                var wrong = digits
                wrong[index] = digit
                let result = parse(String(decoding: wrong, as: UTF8.self))
                if kind == .foreignPermanentResident2017 {
                    // Old cards are thought to bear wrong digits: no refusal, a flag. (A date may have become impossible.)
                    if case .success(let number) = result { #expect(number.checkDigitIsDoubtful) }
                } else {
                    #expect(result.reason == .wrongCheckDigit)
                }
            }
        }
    }

    @Test func `two neighbouring digits in the wrong order are noticed`() {
        for (text, kind) in Self.all where kind != .foreignPermanentResident2017 {
            let characters = Array(text)
            for index in 0..<16 where characters[index] != characters[index + 1] {
                var wrong = characters
                wrong.swapAt(index, index + 1)
                #expect(parse(String(wrong)).reason == .wrongCheckDigit)
            }
        }
    }

    @Test func `the check character is that of the table in GB 11643`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3000 {
            let sequence = String(Int.random(in: 100...999, using: &random))
            let digits = "000000" + String(Int.random(in: 1900...1999, using: &random)) + "0101" + sequence
            #expect(parse(checked(digits)).reason == nil)
        }
    }

    @Test(arguments: [
        "", " ", "0", "00000019000101001", "0000001900010100170", "00000019000101001Y", "X00000190001010017",
        "XX0000000010103",
        "XXXX00000010103", "1XX000000010103", "ＸXX000000010103", "０00000190001010017", "000000-19000101-0017",
        "000000190001010017\n", "HTTPS://EXAMPLE.ORG", String(repeating: " ", count: 65),
        String(repeating: "0", count: 100_000),
    ])
    func `other texts are not documents`(text: String) {
        #expect(parse(text).reason == .notADocument)
    }

    @Test(arguments: [
        "0000001899123100", "0000001900022900", "0000002001022900", "0000002000130100", "0000002000003000",
        "0000002000043100",
        "0000002000010000", "0000001799010100", "8100001799123100", "8100001899130100", "9000001899123100",
        "0000010000010100",
    ])
    func `impossible births are refused`(start: String) {
        #expect(parse(checked(start + "1")).reason == .impossibleDocument)
    }

    @Test(arguments: ["0000002000022900", "0000001900010100", "9000002000022900", "8100001800022800"])
    func `births at the edge of the possible are accepted`(start: String) {
        #expect(parse(checked(start + "1")).reason == nil)
    }

    @Test func `a birth in the future is refused, unless the date is not known`() throws {
        let numbers = [checked("00000020300101001"), checked("90000020300101001"), checked("81000020300101001")]
        for number in numbers where !number.hasPrefix("81") {
            #expect(parse(number).reason == .impossibleDocument)
            #expect(parse(number, on: CalendarDate(year: 2030, month: 1, day: 1)).reason == nil)
            #expect(parse(number, on: nil).reason == nil)
        }
        #expect(parse(numbers[2]).reason == .impossibleDocument)
    }

    @Test func `a region of 0 is refused even where placeholders are accepted, unless it is the placeholder`() {
        #expect(parse(checked("01000019000101001")).reason == .impossibleDocument)
        #expect(parse(checked("00000119000101001")).reason == .impossibleDocument)
    }

    @Test func `a 2017 number leaves the century open, but needs a date that was`() {
        #expect(parse("XXX000000022903").reason == nil, "2000-02-29")
        #expect(parse("XXX000001022903").reason == .impossibleDocument)
        #expect(parse("XXX000000130103").reason == .impossibleDocument)
        #expect(parse("XXX000099123103").reason == nil, "1999, as 2099 is not yet")
    }

    @Test func `a legacy number is refused as expired, or means the same person as the long one`() throws {
        #expect(parse("000000000101001").reason == .expiredDocument)
        var rules = placeholders
        rules.allowLegacy = true
        let number = try parse("000000000101001", rules: rules).get()
        #expect(number == (try parse("000000190001010017").get()))
        #expect(parse("000000001301001", rules: rules).reason == .impossibleDocument)
    }

    @Test func `a number does not print itself`() throws {
        for (text, _) in Self.all {
            let number = try parse(text).get()
            #expect(!"\(number) \(String(reflecting: number))".contains(text))
        }
    }

    @Test func `random texts never crash`() {
        var random = SeededGenerator(seed: 2)
        let alphabet = Array("0123456789X xJA0189\u{0}中é")
        for _ in 0..<10_000 {
            let count = Int.random(in: 0...20, using: &random)
            let text = String((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] })
            if case .success(let number) = parse(text) { #expect([15, 18].contains(number.canonical.utf8.count)) }
        }
    }
}
