import Credentials
import GateModel
import TestSupport
import Testing

struct CardNumberTests {
    static func typed(_ text: String) -> Result<CardNumber, UnreadableReason> {
        Result { () throws(UnreadableReason) in try CardNumber(canonical: text) }
    }

    @Test(arguments: [
        (24, 0x7BB26E, "CARD/24/7BB26E"), (24, 0, "CARD/24/000000"), (28, 0x7FFF, "CARD/28/0007FFF"),
        (30, 0x1C000, "CARD/30/0001C000"), (35, 0x7_FFFF_FFFF, "CARD/35/7FFFFFFFF"),
        (40, 0x62_E308_6CED, "CARD/40/62E3086CED"), (1, 1, "CARD/1/1"), (64, UInt64.max, "CARD/64/FFFFFFFFFFFFFFFF"),
    ])
    func `a card has one text, and that text gives the card`(bits: Int, value: UInt64, canonical: String) throws {
        let card = try CardNumber(bits: bits, value: value)
        #expect(card.canonical == canonical)
        #expect(try Self.typed(canonical).get() == card)
        #expect(try Self.typed(" " + canonical.lowercased().map { "\($0) " }.joined()).get() == card)
        #expect(try Self.typed("card/\(bits)/\(String(value, radix: 16))").get() == card)
    }

    @Test func `every card survives its own text`() throws {
        var random = SeededGenerator(seed: 21)
        for bits in CardNumber.bitRange {
            for _ in 0..<50 {
                let card = try CardNumber(bits: bits, value: random.next() >> UInt64(64 - bits))
                #expect(try Self.typed(card.canonical).get() == card)
            }
        }
    }

    static let impossible: [(bits: Int, value: UInt64)] = [
        (0, 0), (65, 1), (-1, 0), (.max, 0), (.min, 0), (24, 1 << 24), (1, 2), (63, .max),
    ]

    @Test(arguments: impossible)
    func `a value that needs more bits than there are is impossible`(bits: Int, value: UInt64) {
        #expect(throws: UnreadableReason.impossibleDocument) { try CardNumber(bits: bits, value: value) }
    }

    @Test(arguments: [
        "", "CARD", "CARD/", "CARD/24", "CARD/24/", "CARD//1", "CARD/24/1/", "CARD/24/1/2", "CARD/+4/1", "CARD/24/+1",
        "CARD/24/-1", "CARD/24/1G", "CARD/2A/1", "CARD/024/1", "CARD/64/00000000000000001", "MRZ/24/1", "CARD/24/１",
        "CARD/24/1" + String(repeating: " ", count: 60),
    ])
    func `other texts are not cards`(text: String) {
        #expect(Self.typed(text).reason == .notADocument)
    }

    @Test func `a typed value that does not fit its bits is impossible`() {
        for text in ["CARD/24/1000000", "CARD/0/0", "CARD/65/1", "CARD/99/0"] {
            #expect(Self.typed(text).reason == .impossibleDocument)
        }
    }

    @Test func `a card does not print itself`() throws {
        let card = try CardNumber(bits: 24, value: 0x7BB26E)
        let text = "\(card) \(String(reflecting: card))"
        #expect(!text.contains("7BB26E"))
        #expect(!text.contains("8106606"))
    }
}
