import GateModel
import OSDP
import TestSupport
import Testing

struct OSDPFrameDecoderTests {
    static let frames = replyVectors.map(\.bytes)

    /// What stands in a stream: code and data of each frame.
    private func bodies(_ stream: [[UInt8]], gap: UInt64 = 0) -> ([[UInt8]], OSDPFrameDecoder.Counters) {
        var decoder = OSDPFrameDecoder()
        var bodies: [[UInt8]] = []
        for (index, chunk) in stream.enumerated() {
            decoder.feed(chunk.span, at: ms(gap * UInt64(index))) { frame, bytes in
                bodies.append((frame.data.lowerBound - 1..<frame.data.upperBound).map { bytes[$0] })
            }
        }
        return (bodies, decoder.counters)
    }

    private static let expected = frames.map { Array($0[5..<$0.count - 2]) }

    @Test func `frames fed whole, in one piece and byte by byte are the same`() {
        let stream: [UInt8] = Self.frames.flatMap { frame -> [UInt8] in [0xFF] + frame }
        let (whole, counters) = bodies([stream])
        #expect(whole == Self.expected)
        let (dripped, drippedCounters) = bodies(stream.map { [$0] }, gap: 20)
        #expect(dripped == Self.expected)
        #expect(counters == drippedCounters)
        #expect(counters.frames == UInt64(Self.frames.count))
        #expect(counters.noiseBytes == 0)
    }

    @Test func `a frame may be cut in two anywhere`() {
        let frame = Self.frames[7]
        for cut in 0...frame.count {
            #expect(bodies([Array(frame[..<cut]), Array(frame[cut...])]).0 == [Self.expected[7]])
        }
    }

    @Test func `the header tells address, number and check`() {
        var decoder = OSDPFrameDecoder()
        let busy = OSDPReply.busy.frame(address: 5, sequence: 0)
        let ack = OSDPReply.ack.frame(address: 0x7E, sequence: 3, check: .checksum)
        let frames = decoder.feed(bytes("53 80 08 00 04 79 23 0B") + busy + ack, at: ms(0))
        #expect(frames.map(\.address) == [0, 5, 0x7E])
        #expect(frames.map(\.sequence) == [0, 0, 3])
        #expect(frames.map(\.check) == [.crc, .crc, .checksum])
        #expect(frames.map(\.code) == [0x79, 0x79, 0x40])
        #expect(frames.allSatisfy { $0.block == nil && $0.mac == nil && $0.data.isEmpty && $0.isReply })
    }

    @Test func `a checksum is the complement of the sum`() {
        #expect(
            OSDPCommand.identify.frame(address: 0, sequence: 0, check: .checksum)
                == bytes("FF 53 00 08 00 00 61 00 44"))
    }

    @Test func `the CRC of a command to the configuration address`() {
        let comset = OSDPCommand.communication(OSDPCommunication(address: 0, rate: 9600))
        #expect(
            comset.frame(address: 0x7F, sequence: 0) == bytes("FF 53 7F 0D 00 04 6E 00 80 25 00 00 6E 38"))
    }

    @Test func `noise between frames is skipped and counted, whatever the cuts`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            var stream: [UInt8] = []
            var noise = 0
            for frame in Self.frames {
                // Without 53 no frame begins in it.
                let between = random.bytes(Int.random(in: 0...30, using: &random)).map { $0 == 0x53 ? 0xFF : $0 }
                noise += between.count { $0 != 0xFF }
                stream += between + frame
            }
            let (bodies, counters) = bodies(random.chunks(of: stream, upTo: 12))
            #expect(bodies == Self.expected)
            #expect(counters.noiseBytes == UInt64(noise))
        }
    }

    @Test func `SOM in the noise before a frame hides it no longer than the gap`() {
        var decoder = OSDPFrameDecoder()
        // A header that promises 80 bytes more than come.
        let stream = bytes("53 80 60 00 05") + Self.frames[0]
        #expect(decoder.feed(stream, at: ms(100)).isEmpty)
        #expect(decoder.nextDeadline == ms(140))
        var found: [UInt8] = []
        decoder.timerFired(at: ms(139)) { frame, _ in found.append(frame.code) }
        #expect(found.isEmpty)
        decoder.timerFired(at: ms(140)) { frame, _ in found.append(frame.code) }
        #expect(found == [0x40])
        #expect(decoder.counters.truncated == 1)
        #expect(decoder.nextDeadline == nil)
    }

    @Test func `the panel's own command, heard again, is ignored and counted`() {
        let echo: [UInt8] = commandVectors.flatMap { vector -> [UInt8] in [0xFF] + vector.bytes }
        let (bodies, counters) = bodies([echo + Self.frames[0]])
        #expect(bodies == [Self.expected[0]])
        #expect(counters.echoes == UInt64(commandVectors.count))
        #expect(counters.noiseBytes == 0)
    }

    @Test func `a wrong bit anywhere is noticed`() {
        for frame in [Self.frames[7], OSDPReply.card(cardRead).frame(address: 0, sequence: 1, check: .checksum)] {
            for index in frame.indices where frame[index] != 0xFF {
                for bit in 0..<8 {
                    var broken = frame
                    broken[index] ^= 1 << bit
                    let found = bodies([broken, []]).0
                    #expect(!found.contains(Self.expected[7]) || index < 2, "byte \(index), bit \(bit)")
                }
            }
        }
    }

    @Test func `a frame behind a broken one is found`() {
        var broken = Self.frames[7]
        broken[12] ^= 1
        let (bodies, counters) = bodies([broken + Self.frames[0]])
        #expect(bodies == [Self.expected[0]])
        #expect(counters.badChecks == 1)
        #expect(counters.noiseBytes == UInt64(broken.count))
    }

    @Test(arguments: [0, 1, 5, 6, 1441, 0x5353, 0xFFFF])
    func `an absurd length is dropped without waiting for it`(length: Int) {
        let header: [UInt8] = [0x53, 0x80, UInt8(length & 255), UInt8(length >> 8), 0x05]
        let (bodies, counters) = bodies([header + Self.frames[0]])
        #expect(bodies == [Self.expected[0]])
        #expect(counters.absurdLengths >= 1)
        #expect(counters.noiseBytes == UInt64(header.count { $0 != 0xFF }))
    }

    @Test(arguments: ["0C", "01", "00", "FF"])
    func `a security block that does not fit is refused`(blockLength: String) {
        var frame = bytes("53 80 0E 00 08 \(blockLength) 16 40 00 00 00 00 00")
        frame.append(0 &- frame.reduce(0, &+))
        let (bodies, counters) = bodies([frame + Self.frames[0]])
        #expect(bodies == [Self.expected[0]])
        #expect(counters.malformed == 1)
    }

    @Test func `a secured frame too short for its MAC is refused`() {
        var frame = bytes("53 80 0B 00 08 02 16 40 00 00")
        frame.append(0 &- frame.reduce(0, &+))
        #expect(bodies([frame]).1.malformed == 1)
    }

    @Test func `the longest frame fits, and the line goes on after it`() {
        let longest = OSDPReply.outputs([Bool](repeating: true, count: 1440 - 8)).frame(address: 0, sequence: 1)
        #expect(longest.count == OSDPFrameDecoder.capacity + 1)
        let (bodies, counters) = bodies([longest + longest + Self.frames[0]])
        #expect(bodies.map(\.count) == [1433, 1433, 1])
        #expect(counters.frames == 3)
    }

    @Test func `after a reset a frame that had begun is forgotten`() {
        var decoder = OSDPFrameDecoder()
        #expect(decoder.feed(Array(Self.frames[7].prefix(9)), at: ms(0)).isEmpty)
        decoder.reset()
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.counters.noiseBytes == 9)
        #expect(decoder.feed(Self.frames[0], at: ms(1)).count == 1)
    }

    @Test func `for a simulated reader commands are found instead of replies`() {
        var decoder = OSDPFrameDecoder(.commands)
        let frames = decoder.feed(commandVectors.flatMap(\.bytes) + Self.frames[0], at: ms(0))
        #expect(frames.map(\.code) == commandVectors.map(\.command.code))
        #expect(decoder.counters.echoes == 1)
    }

    @Test func `random bytes never crash, and good frames among them are found once the line is quiet`() {
        var random = SeededGenerator(seed: 2)
        var decoder = OSDPFrameDecoder()
        var now = ms(0)
        for _ in 0..<3000 {
            var piece = random.bytes(Int.random(in: 0...200, using: &random))
            // Plain random bytes hold hardly a header.
            if random.happens(50) { piece = [0x53, 0x80, UInt8.random(in: 0...60, using: &random), 0] + piece }
            now = now.advanced(by: .milliseconds(Int.random(in: 0...50, using: &random)))
            _ = decoder.feed(piece, at: now)
        }
        let before = decoder.counters.frames
        now = now.advanced(by: .seconds(1))
        #expect(decoder.feed(Self.frames[7], at: now).last?.code == 0x50)
        #expect(decoder.counters.frames > before)
        #expect(decoder.counters.badChecks > 0)
        #expect(decoder.counters.truncated > 0)
    }
}
