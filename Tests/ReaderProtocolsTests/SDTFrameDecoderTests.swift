import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct SDTFrameDecoderTests {
    /// A few replies of every length that matters.
    static let frames: [[UInt8]] = [
        frame(sw3: 0x80),
        bytes("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"),
        frame(sw3: 0x90, [UInt8](repeating: 0, count: 8)),
        readFrame(TextBlocks.resident),
        readFrame(TextBlocks.foreign2023),
        frame(sw3: 0x91),
    ]
    static let replies = frames.flatMap { frame in
        var decoder = SDTFrameDecoder()
        return decoder.feed(frame)
    }

    @Test func `frames fed whole, in one piece and byte by byte give the same replies`() {
        #expect(Self.replies.count == Self.frames.count)
        var whole = SDTFrameDecoder()
        #expect(whole.feed(Self.frames.flatMap(\.self)) == Self.replies)
        var dripped = SDTFrameDecoder()
        #expect(Self.frames.flatMap(\.self).flatMap { dripped.feed([$0]) } == Self.replies)
        #expect(whole.counters == dripped.counters)
        #expect(whole.counters.frames == UInt64(Self.frames.count))
        #expect(whole.counters.noiseBytes == 0)
    }

    @Test func `a frame may be cut in two anywhere`() {
        let reply = readFrame(TextBlocks.resident)
        var decoder = SDTFrameDecoder()
        for cut in 0...reply.count {
            let replies = decoder.feed(Array(reply[..<cut])) + decoder.feed(Array(reply[cut...]))
            #expect(replies == [Self.replies[3]])
        }
    }

    @Test func `noise between frames is skipped and counted, whatever the cuts`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            var stream: [UInt8] = []
            var noise = 0
            for frame in Self.frames {
                // Without 96 there is no preamble in it, though it may end with the beginning of one.
                let between = random.bytes(Int.random(in: 0...30, using: &random)).map { $0 == 0x96 ? 0xAA : $0 }
                noise += between.count
                stream += between + frame
            }
            var decoder = SDTFrameDecoder()
            var replies: [SDTReply] = []
            for chunk in random.chunks(of: stream) { replies += decoder.feed(chunk) }
            #expect(replies == Self.replies)
            #expect(decoder.counters.noiseBytes == UInt64(noise))
        }
    }

    @Test func `surplus AA before a preamble do not hide it`() {
        for surplus in 1...6 {
            var decoder = SDTFrameDecoder()
            #expect(decoder.feed([UInt8](repeating: 0xAA, count: surplus) + frame(sw3: 0x80)).count == 1)
            #expect(decoder.counters.noiseBytes == UInt64(surplus))
        }
    }

    @Test func `a frame with a wrong checksum is dropped and the next one found`() {
        var broken = readFrame(TextBlocks.resident)
        broken[200] ^= 1
        var decoder = SDTFrameDecoder()
        #expect(decoder.feed(broken + frame(sw3: 0x80)) == [Self.replies[0]])
        #expect(decoder.counters.badChecksums == 1)
        #expect(decoder.counters.noiseBytes == UInt64(broken.count))
    }

    @Test func `a wrong check byte at any place of a short frame is noticed`() {
        let good = frame(sw3: 0x80)
        for index in good.indices where index != 5 && index != 6 {
            for bit in 0..<8 {
                var broken = good
                broken[index] ^= 1 << bit
                var decoder = SDTFrameDecoder()
                #expect(decoder.feed(broken).isEmpty)
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4097, 0xFFFF])
    func `an absurd length is dropped without waiting for it`(length: Int) {
        var decoder = SDTFrameDecoder()
        let header: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, UInt8(length >> 8), UInt8(length & 255)]
        #expect(decoder.feed(header + frame(sw3: 0x80)).count == 1)
        #expect(decoder.counters.absurdLengths == 1)
        #expect(decoder.counters.noiseBytes == 7)
    }

    @Test func `a frame that begins inside a broken one is not lost`() {
        // The outer frame was cut off by the reader: its length takes in the two frames that follow.
        let outer = bytes("AA AA AA 96 69 00 1E 00 00 90 01")
        let stream = outer + frame(sw3: 0x80) + frame(sw3: 0x91) + frame(sw3: 0x41)
        var decoder = SDTFrameDecoder()
        #expect(decoder.feed(stream).map(\.sw3) == [0x80, 0x91, 0x41])
        #expect(decoder.counters.badChecksums == 1)
        #expect(decoder.counters.noiseBytes == UInt64(outer.count))
    }

    @Test func `the length of a broken frame may be the beginning of a preamble`() {
        var decoder = SDTFrameDecoder()
        #expect(decoder.feed(bytes("AA AA AA 96 69") + frame(sw3: 0x80)).count == 1)
        #expect(decoder.counters.absurdLengths == 1)
        #expect(decoder.counters.noiseBytes == 5)
    }

    @Test func `the longest frame fits, and the line goes on after it`() {
        var decoder = SDTFrameDecoder()
        let longest = frame(sw3: 0x24, [UInt8](repeating: 0xAA, count: 4092))
        #expect(longest.count == SDTFrameDecoder.capacity)
        #expect(decoder.feed(longest + longest + frame(sw3: 0x80)).map(\.sw3) == [0x24, 0x24, 0x80])
    }

    @Test func `after a reset a frame that had begun is forgotten`() {
        var decoder = SDTFrameDecoder()
        #expect(decoder.feed(Array(readFrame(TextBlocks.resident).prefix(700))).isEmpty)
        decoder.reset()
        #expect(decoder.counters.noiseBytes == 700)
        #expect(decoder.feed(frame(sw3: 0x80)).count == 1)
    }

    @Test func `random bytes never crash, and every byte is accounted for`() {
        var random = SeededGenerator(seed: 2)
        var decoder = SDTFrameDecoder()
        var fed = 0
        var good = 0
        while fed < 100_000 {
            var piece = random.bytes(Int.random(in: 0...200, using: &random))
            // Plain random bytes hold hardly a preamble.
            if Bool.random(using: &random) { piece = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0] + piece }
            if Int.random(in: 0..<20, using: &random) == 0 { piece += Self.frames[3] }
            fed += piece.count
            decoder.feed(piece.span) { reply in
                // A frame of random bytes is possible, too; its length is not known here.
                if reply == Self.replies[3] { good += Self.frames[3].count }
            }
        }
        decoder.reset()
        #expect(good > 0)
        #expect(decoder.counters.frames >= UInt64(good / Self.frames[3].count))
        #expect(decoder.counters.noiseBytes <= UInt64(fed - good))
        #expect(decoder.feed(frame(sw3: 0x80)).count == 1)
    }

    @Test func `corrupted read replies never crash`() {
        var random = SeededGenerator(seed: 3)
        var decoder = SDTFrameDecoder()
        for round in 0..<300 {
            var data = Array(Self.frames[3][10..<1294])
            for _ in 0..<3 {
                data[Int.random(in: 0..<(round.isMultiple(of: 2) ? 6 : data.count), using: &random)] =
                    random.bytes(1)[0]
            }
            #expect(
                decoder.feed(frame(sw3: 0x90, Array(data.prefix(Int.random(in: 0...data.count, using: &random))))).count
                    == 1)
        }
    }
}
