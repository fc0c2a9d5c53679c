import GateModel
import Orders
import Testing

/// Format version 1 as it is on gates in the field. If a test here fails, do not change the test: make a new version.
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

    /// In words of 8 bytes: three lines of fixed header, one for each entry of the section table, one for each section.
    private let golden = """
        47484f5244455253 010000000b000000 1802000000000000
        0700000000000000 25b9556900000000 0300000000000000
        efcdab8967452301 0300000000000000 0200000000000000
        010000003e000000 0000000000000000 a801000000000000 1800000000000000
        0200000001000000 0000000000000000 c001000000000000 0800000000000000
        0300000020000000 0000000000000000 c801000000000000 0800000000000000
        0400000003000000 0000000000000000 d001000000000000 0800000000000000
        0500000003000000 0000000000000000 d801000000000000 0800000000000000
        0600000006000000 a005000000000000 e001000000000000 0800000000000000
        0700000001000000 0000000000000000 e801000000000000 0800000000000000
        080000003f000000 0000000000000000 f001000000000000 1000000000000000
        0900000001000000 0000000000000000 0002000000000000 0800000000000000
        0a00000020000000 0000000000000000 0802000000000000 0800000000000000
        0b00000002000000 e803000000000000 1002000000000000 0800000000000000
        8877665544332251 e69d5915d18c4884 98a9bacbdcedfe03
        2300000000000000
        0000000000000000
        0801000000000000
        1001000000000000
        40c0030000000000
        0300000000000000
        0200000000000080 0000000000005515
        0500000000000000
        0000000000000000
        3400000000000000
        """

    private var goldenBytes: [UInt8] {
        let digits = golden.filter(\.isHexDigit).map { UInt8($0.hexDigitValue ?? 0) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func `version 1 is written as it always was`() throws {
        #expect(try builder.build(orders) == goldenBytes)
    }

    @Test func `version 1 is read as it always was`() throws {
        let book = try openBook(goldenBytes)
        #expect(book.count == 3)
        for (subject, order) in orders { #expect(book.order(for: subject) == order) }
    }

    @Test func `an empty list is a header alone`() throws {
        let bytes = try builder.build([])
        #expect(bytes.count == 424)
        #expect(try openBook(bytes).order(for: SubjectToken(rawValue: 0)) == nil)
    }
}
