import Credentials
import GateModel
import Testing

struct ChipDocumentTests {
    static let numbers: [(DocumentType, String)] = [
        (.resident, "000000190001010017"),
        (.hongKongMacaoTaiwan, "810000180001010019"),
        (.foreign2017, "XXX000000010103"),
        (.foreign2023, "90000019000101001X"),
    ]

    static func read(
        _ number: String, _ type: DocumentType, on day: CalendarDate? = today
    ) throws -> Result<DocumentNumber, UnreadableReason> {
        let from = try #require(CalendarDate(year: 2020, month: 1, day: 1))
        let validity = DocumentValidity(from: from, until: CalendarDate(year: 2030, month: 1, day: 1))
        return Result { () throws(UnreadableReason) in
            try DocumentNumber(chip: number, type: type, validity: validity, today: day, rules: placeholders)
        }
    }

    @Test func `the number has to be of the kind that the card says`() throws {
        for (type, _) in Self.numbers {
            for (other, number) in Self.numbers {
                #expect(try Self.read(number, type).reason == (type == other ? nil : .contradiction))
            }
        }
    }

    @Test func `chip, scan and keyboard give the same number`() throws {
        for (type, number) in Self.numbers {
            #expect(try Self.read(number, type).get() == parse(number).get())
        }
    }

    @Test func `a wrong check digit on a chip is told as such`() throws {
        #expect(try Self.read("000000190001010018", .resident).reason == .wrongCheckDigit)
    }

    @Test(arguments: [
        ("20191231", UnreadableReason.expiredDocument), ("20200101", nil), ("20250601", nil), ("20300101", nil),
        ("20300102", .expiredDocument),
    ])
    func `a document is valid from its first to its last day`(day: String, reason: UnreadableReason?) throws {
        let day = try #require(CalendarDate(yyyymmdd: day))
        #expect(try Self.read("000000190001010017", .resident, on: day).reason == reason)
    }

    @Test func `a document without an end stays valid`() throws {
        let validity = DocumentValidity(from: try #require(CalendarDate(year: 2000, month: 1, day: 1)), until: nil)
        #expect(validity.isValid(on: try #require(CalendarDate(year: 9999, month: 12, day: 31))))
        #expect(!validity.isValid(on: try #require(CalendarDate(year: 1999, month: 12, day: 31))))
    }

    @Test func `while the date is not known, no document counts as expired`() throws {
        #expect(try Self.read("000000190001010017", .resident, on: nil).reason == nil)
    }
}
