import ReaderProtocols
import TestSupport
import Testing

struct ThermometerTests {
    /// Both decoders behind one face.
    struct Model: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var frames: [[UInt8]]
        var readings: [TemperatureReading]
        var decode: @Sendable ([[UInt8]]) -> ([TemperatureReading], ThermometerCounters)
    }

    static let models = [
        Model(
            testDescription: "MCU90614",
            frames: [
                "5A 5A 45 04 0C 78 0D 19 A7", "5A 5A 45 04 0E 44 09 6A C2", "5A 5A 45 04 0E 44 FE C0 0D",
                // A forehead edition, with a third value.
                "5A 5A 45 06 0E 44 09 6A 0E 47 19",
            ].map(bytes),
            readings: [(3192, 3353), (3652, 2410), (3652, -320), (3652, 2410)].map(TemperatureReading.init),
            decode: { chunks in
                var decoder = MCU90614Decoder()
                return (chunks.flatMap { decoder.feed($0) }, decoder.counters)
            }),
        Model(
            testDescription: "GY-614V",
            frames: [
                "A4 03 07 07 61 0D 5C 09 6A 0E 47 47", "A4 03 08 06 0D 5C 09 6A 0E 47 E6", "A4 03 08 04 FE C0 FE C0 2F",
                "A4 03 00 10 A4 02 03 00 00 00 64 61 0E 44 09 6A 0E 47 01 02 42",
            ].map(bytes),
            readings: [(3420, 2410), (3420, 2410), (-320, -320), (3652, 2410)].map(TemperatureReading.init),
            decode: { chunks in
                var decoder = GY614VDecoder()
                return (chunks.flatMap { decoder.feed($0) }, decoder.counters)
            }),
    ]

    @Test(arguments: models)
    func `frames fed whole, byte by byte and cut anywhere give the same readings`(model: Model) {
        var random = SeededGenerator(seed: 13)
        let stream = model.frames.flatMap(\.self)
        for (frame, reading) in zip(model.frames, model.readings) { #expect(model.decode([frame]).0 == [reading]) }
        var cuts = [[stream], stream.map { [$0] }]
        for _ in 0..<20 { cuts.append(random.chunks(of: stream)) }
        for cut in 0...stream.count { cuts.append([Array(stream[..<cut]), Array(stream[cut...])]) }
        for chunks in cuts {
            let (readings, counters) = model.decode(chunks)
            #expect(readings == model.readings)
            #expect(counters.readings == 4)
            #expect(counters.noiseBytes == 0)
        }
    }

    @Test(arguments: models)
    func `noise between frames is skipped and counted`(model: Model) {
        var random = SeededGenerator(seed: 14)
        var stream: [UInt8] = []
        var noise = 0
        for frame in model.frames {
            // Without the second byte to synchronise on no frame begins in it, though it may end with the first one.
            let between = random.bytes(40).map { $0 == frame[1] ? 0 : $0 }
            let last: [UInt8] = frame[0] == frame[1] ? [] : [frame[0]]
            noise += between.count + last.count
            stream += between + last + frame
        }
        let (readings, counters) = model.decode([stream])
        #expect(readings == model.readings)
        #expect(counters.noiseBytes == UInt64(noise))
    }

    @Test(arguments: models)
    func `surplus bytes to synchronise on do not hide a frame`(model: Model) {
        for surplus in 1...5 {
            let start = [UInt8](repeating: model.frames[0][0], count: surplus)
            #expect(model.decode([start + model.frames[0]]).0 == [model.readings[0]])
        }
        #expect(model.decode([Array(model.frames[0][..<2]) + model.frames[0]]).0 == [model.readings[0]])
    }

    @Test(arguments: models)
    func `a wrong bit is noticed, and the next frame found`(model: Model) {
        let frame = model.frames[0]
        for index in frame.indices {
            for bit in 0..<8 {
                let broken = frame.replacing(at: index, with: [frame[index] ^ 1 << bit])
                // Behind a wrong count the next frames may be taken for data, but not for longer than one frame.
                let (readings, counters) = model.decode([broken] + [[UInt8](repeating: 0, count: 21), frame])
                #expect(readings == [model.readings[0]])
                #expect(counters.noiseBytes == UInt64(frame.count + 21))
            }
        }
        let (readings, counters) = model.decode([frame.dropLast() + [frame[frame.count - 1] &+ 1], frame])
        #expect(readings == [model.readings[0]])
        #expect(counters.badChecksums == 1)
    }

    @Test(arguments: models)
    func `an absurd count is dropped without waiting for it`(model: Model) {
        let frame = model.frames[0]
        for count in [0, 17, 255] as [UInt8] {
            let (readings, counters) = model.decode([Array(frame[..<3]) + [count] + frame])
            #expect(readings == [model.readings[0]])
            #expect(counters.absurdLengths == 1)
            #expect(counters.noiseBytes == 4)
        }
    }

    @Test func `the count of a MCU90614 is 4 to 8`() {
        for count in UInt8(0)...20 {
            let start = bytes("5A 5A 45") + [count] + [UInt8](repeating: 1, count: Int(count))
            var decoder = MCU90614Decoder()
            let readings = decoder.feed(start + [start.reduce(0, &+)])
            #expect(readings == ((4...8).contains(count) ? [TemperatureReading(object: 257, ambient: 257)] : []))
        }
    }

    @Test func `registers of a GY-614V without both temperatures give no reading`() {
        for register in UInt8(0)...15 {
            for count in UInt8(1)...16 {
                let start = bytes("A4 03") + [register, count] + [UInt8](repeating: 1, count: Int(count))
                var decoder = GY614VDecoder()
                let readings = decoder.feed(start + [start.reduce(0, &+)])
                let isReading = register <= 8 && register + count >= 12
                #expect(readings == (isReading ? [TemperatureReading(object: 257, ambient: 257)] : []))
                #expect(decoder.counters.otherFrames == (isReading ? 0 : 1))
                #expect(decoder.counters.noiseBytes == 0)
            }
        }
    }

    @Test func `after a reset a frame that had begun is forgotten`() {
        var mcu = MCU90614Decoder()
        #expect(mcu.feed(Array(Self.models[0].frames[0][..<5])).isEmpty)
        mcu.reset()
        #expect(mcu.counters.noiseBytes == 5)
        #expect(mcu.feed(Self.models[0].frames[1]) == [Self.models[0].readings[1]])
        var gy = GY614VDecoder()
        #expect(gy.feed(Array(Self.models[1].frames[0][..<5])).isEmpty)
        gy.reset()
        #expect(gy.counters.noiseBytes == 5)
        #expect(gy.feed(Self.models[1].frames[1]) == [Self.models[1].readings[1]])
    }

    @Test(arguments: models)
    func `random bytes never crash, and every byte is accounted for`(model: Model) {
        var random = SeededGenerator(seed: 15)
        var chunks: [[UInt8]] = []
        for _ in 0..<4000 {
            var piece = model.frames[Int.random(in: 0..<4, using: &random)]
            switch Int.random(in: 0..<3, using: &random) {
            case 0: piece = random.bytes(Int.random(in: 0...30, using: &random))
            case 1: piece[Int.random(in: 0..<piece.count, using: &random)] = random.bytes(1)[0]
            default: break
            }
            chunks.append(piece)
        }
        let (readings, counters) = model.decode(chunks)
        #expect(readings.count > 1000)
        #expect(counters.readings == UInt64(readings.count))
        #expect(counters.noiseBytes > 0)
        #expect(counters.noiseBytes < UInt64(chunks.reduce(0) { $0 + $1.count }))
        #expect(counters.badChecksums > 0)
    }

    // MARK: Commands

    @Test func `commands are encoded as the modules expect them`() {
        #expect(
            MCU90614Command.allCases.map(\.bytes)
                == ["A5 45 EA", "A5 15 BA", "A5 AE 53", "A5 AF 54", "A5 51 F6", "A5 52 F7"].map(bytes))
        #expect(
            GY614VCommand.allCases.map(\.bytes)
                == [
                    "A4 03 07 07 B5", "A4 03 08 06 B5", "A4 06 03 01 AE", "A4 06 01 02 AD", "A4 06 01 06 B1",
                    "A4 06 02 03 AF", "A4 06 05 55 04",
                ].map(bytes))
    }
}
