import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct TextLineDecoderTests {
    typealias Settings = TextLineDecoder.Settings

    static func line(_ text: String) -> ScanOutput { .text(ScannedText(text: text, aim: nil)) }

    @Test(arguments: [
        (TextLineDecoder.Suffix.cr, "\r"), (.crlf, "\r\n"), (.lf, "\n"), (.tab, "\t"), (.etx, "\u{3}"),
    ])
    func `scans end with the configured suffix, whatever the cuts`(suffix: TextLineDecoder.Suffix, end: String) {
        var random = SeededGenerator(seed: 5)
        let texts = ["000000190001010017", "A", "90000019000101001X", "a b ~!"]
        let stream = texts.flatMap { Array(($0 + end).utf8) }
        var whole = TextLineDecoder(settings: Settings(suffix: suffix))
        #expect(whole.feed(stream, at: ms(0)) == texts.map(Self.line))
        var dripped = TextLineDecoder(settings: Settings(suffix: suffix))
        #expect(stream.flatMap { dripped.feed([$0], at: ms(0)) } == texts.map(Self.line))
        for _ in 0..<20 {
            var decoder = TextLineDecoder(settings: Settings(suffix: suffix))
            #expect(random.chunks(of: stream).flatMap { decoder.feed($0, at: ms(0)) } == texts.map(Self.line))
            #expect(decoder.nextDeadline == nil)
            #expect(decoder.counters.scans == UInt64(texts.count))
        }
    }

    @Test func `CR LF works where CR or LF is configured`() {
        for suffix in [TextLineDecoder.Suffix.cr, .lf] {
            var decoder = TextLineDecoder(settings: Settings(suffix: suffix))
            let outputs = decoder.feed(Array("\r\nAB\r\nCD\r\n".utf8), at: ms(0))
            #expect(outputs == (suffix == .cr ? [Self.line("AB"), Self.line("CD")] : [.unreadable, .unreadable]))
        }
    }

    @Test func `an idle line ends a scan without a suffix`() {
        var decoder = TextLineDecoder()
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.feed(Array("AB".utf8), at: ms(0)).isEmpty)
        #expect(decoder.nextDeadline == ms(80))
        #expect(decoder.feed(Array("CD".utf8), at: ms(50)).isEmpty)
        #expect(decoder.nextDeadline == ms(130))
        #expect(decoder.timerFired(at: ms(129)) == nil)
        #expect(decoder.timerFired(at: ms(130)) == Self.line("ABCD"))
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.timerFired(at: ms(500)) == nil)
    }

    @Test func `a late timer does not join two scans`() {
        var decoder = TextLineDecoder()
        #expect(decoder.feed(Array("AB".utf8), at: ms(0)).isEmpty)
        #expect(decoder.feed(Array("CD\r".utf8), at: ms(80)) == [Self.line("AB"), Self.line("CD")])
    }

    @Test func `a lost LF of CR LF costs nothing`() {
        var decoder = TextLineDecoder(settings: Settings(suffix: .crlf))
        #expect(decoder.feed(Array("AB\r".utf8), at: ms(0)).isEmpty)
        #expect(decoder.timerFired(at: ms(80)) == Self.line("AB"))
    }

    @Test func `a scan that is too long is dropped to its end`() {
        for suffix in [TextLineDecoder.Suffix.cr, .crlf] {
            var decoder = TextLineDecoder(settings: Settings(suffix: suffix, maximumLength: 10))
            let end = suffix == .cr ? "\r" : "\r\n"
            let text = "0123456789" + end + "0123456789A" + end + "012345678901234567890123456789" + end + "B" + end
            #expect(decoder.feed(Array(text.utf8), at: ms(0)) == [Self.line("0123456789"), Self.line("B")])
            #expect(decoder.counters.overlong == 2)
            #expect(decoder.feed(Array("01234567890123".utf8), at: ms(100)).isEmpty)
            #expect(decoder.nextDeadline == ms(180))
            #expect(decoder.timerFired(at: ms(180)) == nil)
            #expect(decoder.counters.overlong == 3)
            #expect(decoder.feed(Array(("C" + end).utf8), at: ms(300)) == [Self.line("C")])
        }
    }

    @Test func `the maximum length is clamped`() {
        #expect(Settings(maximumLength: -5).maximumLength == 1)
        #expect(Settings(maximumLength: .max).maximumLength == 4096)
    }

    @Test func `an AIM identifier is taken off if there is one`() {
        var decoder = TextLineDecoder()
        let outputs = decoder.feed(Array("]Q1AB\rAB\r]?1AB\r]\r]Q\r".utf8), at: ms(0))
        #expect(
            outputs == [
                .text(ScannedText(text: "AB", aim: AIMIdentifier("Q1"))), Self.line("AB"), Self.line("]?1AB"),
                Self.line("]"),
                Self.line("]Q"),
            ])
    }

    @Test func `without an AIM policy the text is taken as it is`() {
        var decoder = TextLineDecoder(settings: Settings(aim: .none))
        #expect(decoder.feed(Array("]Q1AB\r".utf8), at: ms(0)) == [Self.line("]Q1AB")])
    }

    @Test func `other codes than the required ones are ignored and counted`() throws {
        let accepted = Set(try ["Q1", "d1"].map { try #require(AIMIdentifier($0)) })
        var decoder = TextLineDecoder(settings: Settings(aim: .required(accepted)))
        let outputs = decoder.feed(Array("]Q1AB\r]E0123\rAB\r]d1CD\r]Q2EF\r".utf8), at: ms(0))
        #expect(
            outputs == [
                .text(ScannedText(text: "AB", aim: AIMIdentifier("Q1"))),
                .text(ScannedText(text: "CD", aim: AIMIdentifier("d1"))),
            ])
        #expect(decoder.counters.otherSymbologies == 3)
    }

    @Test func `an AIM identifier is a letter and a letter or digit`() {
        #expect(AIMIdentifier("Q1")?.description == "]Q1")
        for text in ["", "Q", "Q12", "1Q", "Q-", "é1", "@1", "[1", "{1"] { #expect(AIMIdentifier(text) == nil) }
    }

    @Test func `the words of a scanner that saw nothing are no scan`() throws {
        let accepted: Set = [try #require(AIMIdentifier("Q1"))]
        for policy in [AIMPolicy.none, .optional, .required(accepted)] {
            var decoder = TextLineDecoder(settings: Settings(aim: policy))
            #expect(decoder.feed(bytes("25 25 4E 6F 52 65 61 64 0D"), at: ms(0)).isEmpty)
            #expect(decoder.counters.noReads == 1)
        }
    }

    @Test(arguments: ["41 00 42 0D", "E4 BD A0 0D", "41 1D 42 0D", "7F 0D", "FF 0D", "5D 51 31 0D"])
    func `other bytes than printable ASCII make a scan unreadable`(hex: String) {
        var decoder = TextLineDecoder()
        #expect(decoder.feed(bytes(hex), at: ms(0)) == [.unreadable])
        #expect(decoder.counters.unreadable == 1)
        #expect(decoder.feed(bytes("41 0D"), at: ms(0)) == [Self.line("A")])
    }

    @Test func `nothing of a scan stays behind, and a scan does not print itself`() throws {
        var decoder = TextLineDecoder(settings: Settings(maximumLength: 20))
        let outputs = decoder.feed(Array("000000190001010017\r".utf8), at: ms(0))
        _ = decoder.feed(Array("000000190001010017".utf8), at: ms(10))
        _ = decoder.timerFired(at: ms(500))
        _ = decoder.feed(Array("00000019000101001700000019".utf8), at: ms(600))
        let assembler = try #require(Mirror(reflecting: decoder).children.first { $0.label == "assembler" }?.value)
        let buffers = Mirror(reflecting: assembler).children.compactMap { $0.value as? [UInt8] }
        #expect(buffers == [[UInt8](repeating: 0, count: 21)])
        #expect(!"\(outputs)".contains("0017"))
    }

    @Test(arguments: [
        (TextLineDecoder.Suffix.cr, 0x0D as UInt8), (.crlf, 0x0D), (.lf, 0x0A), (.tab, 0x09), (.etx, 0x03),
    ])
    func `random bytes never crash and scans never grow`(suffix: TextLineDecoder.Suffix, end: UInt8) {
        var random = SeededGenerator(seed: 6)
        var decoder = TextLineDecoder(settings: Settings(suffix: suffix, maximumLength: 50))
        var now = ms(0)
        for _ in 0..<2000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...90, using: &random)))
            let chunk = random.bytes(Int.random(in: 1...40, using: &random)).flatMap { byte -> [UInt8] in
                switch byte {
                case 0x20...0x7E: [byte]
                case 0x80...0x8F: [byte & 0x1F]
                case 0x90...0x9F: [end, 0x0A]
                case 0xA0...0xA1: [0x5D, byte & 0x7F, 0x31]
                case 0xA2: [byte]
                default: [0x30 + byte & 7]
                }
            }
            decoder.feed(chunk.span, at: now) { kind, text in
                if case .text = kind { #expect((1...50).contains(text.count)) }
            }
            if let deadline = decoder.nextDeadline { #expect(deadline == now.advanced(by: .milliseconds(80))) }
        }
        #expect(decoder.counters.scans > 0)
        #expect(decoder.counters.unreadable > 0)
        #expect(decoder.counters.overlong > 0)
    }
}
