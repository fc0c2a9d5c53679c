import ReaderProtocols
import TestSupport
import Testing

struct RDM6300DecoderTests {
    static func card(_ value: UInt64) -> RFIDOutput { .card(CardRead(bits: 40, value: value)) }

    /// The frame of a tag, with the right checksum.
    static func frame(_ value: UInt64) -> [UInt8] {
        let number = (0..<5).map { UInt8(truncatingIfNeeded: value >> (32 - 8 * UInt64($0))) }
        let digits = (number + [number.reduce(0, ^)]).flatMap { byte -> [UInt8] in
            Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16, uppercase: true).utf8)
        }
        return [0x02] + digits + [0x03]
    }

    static let values: [UInt64] = [0x62_E308_6CED, 0, 0xFF_FFFF_FFFF, 0x01_2345_6789, 0x0A_0B0C_0D0E]
    static let stream = values.flatMap(frame)

    @Test func `a tag is read, in digits of either case`() {
        // 62 E3 08 6C ED, checksum 08.
        let frame = bytes("02 36 32 45 33 30 38 36 43 45 44 30 38 03")
        var decoder = RDM6300Decoder()
        #expect(decoder.feed(frame) == [Self.card(0x62_E308_6CED)])
        #expect(decoder.feed(frame.map { $0 >= 0x41 ? $0 | 0x20 : $0 }) == [Self.card(0x62_E308_6CED)])
        #expect(frame == Self.frame(0x62_E308_6CED))
        #expect(decoder.counters.cards == 2)
        #expect(decoder.counters.noiseBytes == 0)
    }

    @Test func `frames fed whole, byte by byte and cut anywhere give the same tags`() {
        var random = SeededGenerator(seed: 10)
        let outputs = Self.values.map(Self.card)
        var decoder = RDM6300Decoder()
        #expect(decoder.feed(Self.stream) == outputs)
        #expect(Self.stream.flatMap { decoder.feed([$0]) } == outputs)
        for _ in 0..<20 { #expect(random.chunks(of: Self.stream).flatMap { decoder.feed($0) } == outputs) }
        for cut in 0...Self.stream.count {
            #expect(decoder.feed(Array(Self.stream[..<cut])) + decoder.feed(Array(Self.stream[cut...])) == outputs)
        }
        #expect(decoder.counters.noiseBytes == 0)
    }

    @Test func `noise between frames is skipped and counted`() {
        var random = SeededGenerator(seed: 11)
        var decoder = RDM6300Decoder()
        var noise = 0
        for value in Self.values {
            let between = random.bytes(30)
            noise += between.count
            #expect(decoder.feed(between + Self.frame(value)) == [Self.card(value)])
            #expect(decoder.counters.noiseBytes == UInt64(noise))
        }
    }

    @Test func `a wrong digit makes a tag unreadable`() {
        let frame = Self.frame(0x62_E308_6CED)
        for index in 1...12 {
            for digit in UInt8(0x30)...0x39 where digit != frame[index] {
                var decoder = RDM6300Decoder()
                #expect(decoder.feed(frame.replacing(at: index, with: [digit])) == [.unreadable])
                #expect(decoder.counters.badChecksums == 1)
            }
        }
    }

    @Test func `a frame that is cut off or has other characters is noise, and the next one is found`() {
        let frame = Self.frame(0x62_E308_6CED)
        for count in 1...13 {
            var decoder = RDM6300Decoder()
            #expect(decoder.feed(Array(frame[..<count]) + frame) == [Self.card(0x62_E308_6CED)])
            #expect(decoder.counters.noiseBytes == UInt64(count))
        }
        for index in 0..<14 {
            var decoder = RDM6300Decoder()
            #expect(decoder.feed(frame.replacing(at: index, with: [0x47]) + frame) == [Self.card(0x62_E308_6CED)])
            #expect(decoder.counters.noiseBytes == 14)
        }
        var decoder = RDM6300Decoder()
        #expect(decoder.feed(Array(frame[..<13]) + [0x30, 0x03]).isEmpty)
        #expect(decoder.counters.noiseBytes == 15)
    }

    @Test func `after a reset a frame that had begun is forgotten`() throws {
        let frame = Self.frame(0x62_E308_6CED)
        var decoder = RDM6300Decoder()
        #expect(decoder.feed(Array(frame[..<8])).isEmpty)
        decoder.reset()
        #expect(decoder.feed(Array(frame[8...])).isEmpty)
        #expect(decoder.counters.noiseBytes == 14)
        #expect(Mirror(reflecting: decoder).children.compactMap { $0.value as? UInt64 } == [0])
    }

    @Test func `nothing of a tag stays behind, and a tag does not print itself`() {
        var decoder = RDM6300Decoder()
        let outputs = decoder.feed(Self.frame(0x62_E308_6CED))
        #expect(Mirror(reflecting: decoder).children.compactMap { $0.value as? UInt64 } == [0])
        #expect(outputs.count == 1)
        #expect(!"\(outputs)".contains("424731831533"))
    }

    @Test func `random bytes never crash, and every byte is accounted for`() {
        var random = SeededGenerator(seed: 12)
        var decoder = RDM6300Decoder()
        var fed = 0
        let alphabet = Array("0123456789ABCDEF".utf8)
        for _ in 0..<5000 {
            var piece = [2] + (0..<12).map { _ in alphabet[Int.random(in: 0..<16, using: &random)] } + [3]
            switch Int.random(in: 0..<4, using: &random) {
            case 0: piece = random.bytes(Int.random(in: 0...20, using: &random))
            case 1: piece = Self.frame(random.next() >> 24)
            case 2: piece[Int.random(in: 0..<14, using: &random)] = random.bytes(1)[0]
            default: break
            }
            fed += piece.count
            decoder.feed(piece.span) { output in
                if case .card(let card) = output { #expect(card.value >> 40 == 0) }
            }
        }
        decoder.reset()
        let counters = decoder.counters
        #expect(counters.cards >= 1000)
        #expect(counters.badChecksums > 0)
        #expect(counters.noiseBytes == UInt64(fed) - 14 * (counters.cards + counters.badChecksums))
    }
}
