import GateModel
import Orders
import Testing

/// Format version 2 as it is on gates in the field. If a test here fails, do not change the test: make a new version.
@Suite struct OrderBookGoldenTests {
    private let orders = [
        (
            SubjectToken(rawValue: 0x1122_3344_5566_7788),
            sampleOrder(
                .isolation, reason: .confirmedCase, ends: 86_400, household: 0xAAAA_0000_0000_0001, reference: 1_000)
        ),
        (
            SubjectToken(rawValue: 0xFFEE_DDCC_BBAA_9988),
            sampleOrder(
                .exposure(.four), reason: .awaitingResult, ends: 90_000, household: 0x0000_0000_0000_0002,
                reference: 1_003)
        ),
        (
            SubjectToken(rawValue: 0x1122_3344_5566_7799),
            sampleOrder(
                .exposure(.one), reason: .householdContact, ends: 86_460, household: 0xAAAA_0000_0000_0001,
                reference: 1_001)
        ),
    ]

    /// In words of 8 bytes: the fixed header, a line for each entry of the section table, and a line for each section.
    private let golden = """
        47484f5244455253 0200000006000000 5801000000000000 0700000000000000
        25b9556900000000 0300000000000000 efcdab8967452301
        0300000000000000 0200000000000000 0300000000000000
        0100000000000000 0000000000000000 1001000000000000 0000000000000000
        0200000008000000 0000000000000000 1001000000000000 0800000000000000
        0300000042000000 e803000000000000 1801000000000000 2000000000000000
        0400000010000000 0000000000000000 3801000000000000 0800000000000000
        0500000020000000 0000000000000000 4001000000000000 0800000000000000
        060000003f000000 010000040000aaa6 4801000000000000 1000000000000000

        1111ff0000000000
        8877665544332280 64de995511cd889c 8698a9bacbdced8e 3500000000000000
        a005a105dc050000
        00000000ffffffff
        010000fcffff5559 0000000000000000
        """

    private var goldenBytes: [UInt8] {
        let digits = golden.filter(\.isHexDigit).map { UInt8($0.hexDigitValue ?? 0) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func `version 2 is written as it always was`() throws {
        #expect(try builder.build(orders) == goldenBytes)
    }

    @Test func `version 2 is read as it always was`() throws {
        let book = try openBook(goldenBytes)
        #expect(book.count == 3)
        for (subject, order) in orders { #expect(book.order(for: subject) == order) }
    }

    @Test func `an empty list is a header alone`() throws {
        let bytes = try builder.build([])
        #expect(bytes.count == 272)
        #expect(try openBook(bytes).order(for: SubjectToken(rawValue: 0)) == nil)
    }
}
