import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct WiegandDecoderTests {
    typealias Pulse = (line: WiegandDecoder.Line, at: MonotonicTime)

    static let messages: [(bits: String, output: WiegandOutput)] = [
        // Facility 123, card 45678.
        ("10111101110110010011011101", card(24, 0x7BB26E)),
        // CDVI and Civintec manuals.
        ("10001011001101010001101110", card(24, 0x166A37)),
        ("11101010000011011100000010", card(24, 0xD41B81)),
        ("1100010011101010000011011100000011", card(32, 0x89D4_1B81)),
        ("0000000011010101111001101111011111", card(32, 0x01AB_CDEF)),
        // 28, 30 and 35 bits of data.
        ("1" + "00000000000001" + "11111111111111" + "1", card(28, 0x7FFF)),
        ("0" + "000000000000011" + "100000000000000" + "0", card(30, 0x1_C000)),
        ("1" + "00000000000000000" + "1" + "00000000000000001" + "1", card(35, 0x2_0001)),
    ]

    static func card(_ bits: Int, _ value: UInt64) -> WiegandOutput { .card(CardRead(bits: bits, value: value)) }

    /// The pulses of a message, `gap` apart, the first at `start`.
    static func pulses(_ bits: String, from start: MonotonicTime, gap: Duration = .milliseconds(2)) -> [Pulse] {
        bits.enumerated().map { ($1 == "1" ? .d1 : .d0, start.advanced(by: gap * $0)) }
    }

    /// What `decoder` makes of a message, when its end is noticed by the timer.
    static func outputs(_ decoder: inout WiegandDecoder, _ pulses: [Pulse]) -> [WiegandOutput] {
        var outputs = pulses.compactMap { decoder.pulse(on: $0.line, at: $0.at) }
        if let deadline = decoder.nextDeadline, let last = decoder.timerFired(at: deadline) { outputs.append(last) }
        return outputs
    }

    static func read(_ bits: String, _ settings: WiegandDecoder.Settings = .init()) -> WiegandOutput? {
        var decoder = WiegandDecoder(settings: settings)
        return outputs(&decoder, pulses(bits, from: ms(1000))).first
    }

    static func counters(_ change: (inout WiegandDecoder.Counters) -> Void) -> WiegandDecoder.Counters {
        var counters = WiegandDecoder().counters
        change(&counters)
        return counters
    }

    // MARK: Formats

    @Test(arguments: messages)
    func `cards of every length are read`(bits: String, output: WiegandOutput) {
        for gap in [Duration.microseconds(200), .milliseconds(1), .milliseconds(20)] {
            var decoder = WiegandDecoder()
            #expect(Self.outputs(&decoder, Self.pulses(bits, from: ms(1000), gap: gap)) == [output])
            #expect(decoder.counters == Self.counters { $0.cards = 1 })
        }
    }

    @Test(arguments: messages)
    func `a bit read wrongly is noticed`(bits: String, output: WiegandOutput) {
        for index in bits.indices {
            var wrong = bits
            wrong.replaceSubrange(index...index, with: bits[index] == "1" ? "0" : "1")
            // The bit that both halves of 37 share makes both wrong.
            #expect(Self.read(wrong) == .unreadable)
        }
    }

    @Test(arguments: messages)
    func `a lost or surplus pulse is noticed`(bits: String, output: WiegandOutput) {
        #expect(Self.read(String(bits.dropLast())) == .unreadable)
        #expect(Self.read("0" + bits) == .unreadable)
        #expect(Self.read(String(repeating: bits, count: 2)) == .unreadable)
    }

    @Test(arguments: messages)
    func `a message of which the driver may have lost pulses is no card, even if what is left looks like one`(
        bits: String, output: WiegandOutput
    ) {
        let pulses = Self.pulses(bits, from: ms(1000))
        let last = pulses[pulses.count - 1].at
        let lost: [(from: MonotonicTime, to: MonotonicTime)] = [
            (ms(0), ms(976)), (ms(1010), ms(1010)), (last.advanced(by: .milliseconds(24)), ms(9000)), (ms(0), ms(9000)),
        ]
        for (from, to) in lost {
            var decoder = WiegandDecoder()
            decoder.pulsesLost(between: from, and: to)
            #expect(Self.outputs(&decoder, pulses) == [.unreadable])
            #expect(decoder.counters == Self.counters { $0.lostPulses = 1 })
        }
        var decoder = WiegandDecoder()
        decoder.pulsesLost(between: ms(0), and: ms(975))
        #expect(Self.outputs(&decoder, pulses) == [output], "the lines were silent in between")
        for pulse in Self.pulses(bits, from: ms(2000)) { #expect(decoder.pulse(on: pulse.line, at: pulse.at) == nil) }
        decoder.pulsesLost(between: ms(2000), and: ms(2010))
        #expect(decoder.timerFired(at: ms(2200)) == .unreadable, "it is known when the message is judged")
        #expect(Self.outputs(&decoder, Self.pulses(bits, from: ms(3000))) == [output], "it is over")
        #expect(decoder.counters == Self.counters { ($0.cards, $0.lostPulses) = (2, 1) })
    }

    @Test func `of two messages that come at once, the one is unreadable that pulses were lost of`() {
        let first = Self.pulses(Self.messages[0].bits, from: ms(2000))
        let second = Self.pulses(Self.messages[1].bits, from: ms(2500))
        for (lostAt, outputs) in [
            (ms(2010), [.unreadable, Self.messages[1].output]), (ms(2490), [Self.messages[0].output, .unreadable]),
        ] {
            var decoder = WiegandDecoder()
            decoder.pulsesLost(between: lostAt, and: lostAt)
            #expect(Self.outputs(&decoder, first + second) == outputs)
        }
    }

    @Test func `keys of 4, 6 and 8 bits are read, with their checks`() {
        for key in KeypadKey.allCases {
            let nibble = key.rawValue
            let four = Self.binary(nibble, 4)
            #expect(Self.read(four) == .key(key))
            let first = (nibble >> 2).nonzeroBitCount & 1
            let last = 1 - (nibble & 3).nonzeroBitCount & 1
            #expect(Self.read("\(first)\(four)\(last)") == .key(key))
            #expect(Self.read("\(1 - first)\(four)\(last)") == .unreadable)
            #expect(Self.read("\(first)\(four)\(1 - last)") == .unreadable)
            #expect(Self.read(Self.binary(~nibble & 15, 4) + four) == .key(key))
            #expect(Self.read(four + four) == .unreadable)
        }
        for nibble in UInt8(12)...15 { #expect(Self.read(Self.binary(nibble, 4)) == .unreadable) }
    }

    @Test(arguments: [
        ("000010", KeypadKey.digit1), ("101010", .digit5), ("110100", .star), ("110111", .hash),
        ("11110000", .digit0), ("11100001", .digit1), ("11010010", .digit2), ("11000011", .digit3),
        ("10110100", .digit4), ("10100101", .digit5), ("10010110", .digit6), ("10000111", .digit7),
        ("01111000", .digit8), ("01101001", .digit9), ("01011010", .star), ("01001011", .hash),
    ])
    func `the published keys are read`(bits: String, key: KeypadKey) {
        #expect(Self.read(bits) == .key(key))
    }

    @Test func `only the formats that are expected are read`() {
        let settings = WiegandDecoder.Settings(formats: [.card34, .key4])
        for (bits, output) in Self.messages {
            #expect(Self.read(bits, settings) == (bits.count == 34 ? output : .unreadable))
        }
        #expect(Self.read("0001", settings) == .key(.digit1))
        #expect(Self.read("11100001", settings) == .unreadable)
    }

    @Test func `32 bits may come without parity`() {
        let bits = "10001001110101000001101110000001"
        #expect(Self.read(bits) == .unreadable)
        #expect(Self.read(bits, .init(hasParityAt32: false)) == Self.card(32, 0x89D4_1B81))
    }

    @Test func `bytes are put in reverse order where a reader is said to send them so`() {
        let settings = WiegandDecoder.Settings(reversesBytes: true)
        #expect(Self.read(Self.messages[0].bits, settings) == Self.card(24, 0x6EB27B))
        #expect(Self.read(Self.messages[4].bits, settings) == Self.card(32, 0xEFCD_AB01))
        #expect(Self.read(Self.messages[7].bits, settings) == Self.messages[7].output)
    }

    // MARK: Time

    @Test func `a message ends after the gap, by timer or by the next pulse`() {
        var decoder = WiegandDecoder(settings: .init(endOfMessage: .milliseconds(40)))
        #expect(decoder.nextDeadline == nil)
        let first = Self.pulses(Self.messages[0].bits, from: ms(1000))
        for pulse in first { #expect(decoder.pulse(on: pulse.line, at: pulse.at) == nil) }
        #expect(decoder.nextDeadline == ms(1090))
        #expect(decoder.timerFired(at: ms(1089)) == nil)
        #expect(decoder.timerFired(at: ms(1090)) == Self.messages[0].output)
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.timerFired(at: ms(9999)) == nil)
        // The loop stood still: two messages arrive at once.
        let second = Self.pulses(Self.messages[1].bits, from: ms(2000))
        let third = Self.pulses(Self.messages[2].bits, from: ms(2500))
        #expect(Self.outputs(&decoder, second + third) == [Self.messages[1].output, Self.messages[2].output])
    }

    @Test func `the gap is clamped, and so is the time between cards`() {
        typealias Settings = WiegandDecoder.Settings
        #expect(Settings(endOfMessage: .zero).endOfMessage == .milliseconds(10))
        #expect(Settings(endOfMessage: .seconds(9)).endOfMessage == .milliseconds(60))
        #expect(Settings().endOfMessage == .milliseconds(25))
        #expect(Settings(cardInterval: .zero).cardInterval == .milliseconds(300))
        #expect(Settings(cardInterval: .seconds(1)).cardInterval == .seconds(1))
    }

    @Test func `pulses of the two lines may arrive in any order within a message`() {
        var random = SeededGenerator(seed: 7)
        for (bits, output) in Self.messages {
            let pulses = Self.pulses(bits, from: ms(1000), gap: .microseconds(300))
            var decoder = WiegandDecoder()
            #expect(Self.outputs(&decoder, pulses.shuffled(using: &random)) == [output])
            var batches = WiegandDecoder()
            let byLine = pulses.filter { $0.line == .d1 } + pulses.filter { $0.line == .d0 }
            #expect(Self.outputs(&batches, byLine) == [output])
        }
    }

    @Test func `cards that follow too soon are dropped, keys are not`() {
        var decoder = WiegandDecoder()
        func card(at time: UInt64) -> [WiegandOutput] {
            Self.outputs(&decoder, Self.pulses(Self.messages[0].bits, from: ms(time)))
        }
        #expect(card(at: 1000).count == 1)
        #expect(card(at: 1150).isEmpty)
        #expect(card(at: 1299).isEmpty)
        #expect(card(at: 1450).count == 1)
        #expect(decoder.counters.tooSoon == 2)
        #expect(decoder.counters.cards == 2)
        #expect(Self.outputs(&decoder, Self.pulses("0001", from: ms(1550))) == [.key(.digit1)])
        #expect(Self.outputs(&decoder, Self.pulses("0010", from: ms(1600))) == [.key(.digit2)])
    }

    // MARK: Faults

    @Test func `both lines at once are a fault`() {
        let bits = Self.messages[0].bits
        for place in 0..<25 where Array(bits)[place] != Array(bits)[place + 1] {
            var pulses = Self.pulses(bits, from: ms(1000))
            pulses[place + 1].at = pulses[place].at.advanced(by: .microseconds(49))
            var decoder = WiegandDecoder()
            #expect(Self.outputs(&decoder, pulses) == [.unreadable])
            #expect(decoder.counters == Self.counters { $0.bothLines = 1 })
        }
        var pair = WiegandDecoder()
        #expect(Self.outputs(&pair, [(.d0, ms(1)), (.d1, ms(1))]).isEmpty)
        #expect(
            pair.counters
                == Self.counters {
                    $0.bothLines = 1; $0.strayPulses = 2
                })
    }

    @Test func `a pulse or two are interference, and no message`() {
        var decoder = WiegandDecoder()
        for count in 1...3 {
            #expect(Self.outputs(&decoder, Self.pulses("111".suffix(count).description, from: ms(1000))).isEmpty)
            decoder = WiegandDecoder()
        }
        #expect(Self.outputs(&decoder, Self.pulses("111", from: ms(1000))).isEmpty)
        #expect(decoder.counters == Self.counters { $0.strayPulses = 3 })
        #expect(Self.outputs(&decoder, Self.pulses(Self.messages[0].bits, from: ms(2000))) == [Self.messages[0].output])
    }

    @Test func `a pulse that comes after its message has ended is no beginning of the next`() {
        var decoder = WiegandDecoder()
        var pulses = Self.pulses(Self.messages[0].bits, from: ms(1000))
        let late = pulses.remove(at: 10)
        #expect(Self.outputs(&decoder, pulses) == [.unreadable])
        #expect(decoder.pulse(on: late.line, at: late.at) == nil)
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.counters.latePulses == 1)
        #expect(Self.outputs(&decoder, Self.pulses(Self.messages[1].bits, from: ms(1400))) == [Self.messages[1].output])
    }

    @Test func `a clock that begins anew does not make the decoder deaf`() {
        for begun in [0, 5, 26, 70] {
            var decoder = WiegandDecoder()
            for pulse in Self.pulses(String(repeating: "1", count: begun), from: MonotonicTime(nanoseconds: .max)) {
                _ = decoder.pulse(on: pulse.line, at: pulse.at)
            }
            _ = decoder.timerFired(at: MonotonicTime(nanoseconds: .max))
            let pulses = Self.pulses(Self.messages[0].bits, from: ms(1000))
            #expect(Self.outputs(&decoder, pulses) == [Self.messages[0].output])
        }
        var broken = WiegandDecoder()
        _ = broken.pulse(on: .d0, at: ms(50_000))
        #expect(Self.outputs(&broken, Self.pulses(Self.messages[0].bits, from: ms(0))) == [Self.messages[0].output])
        #expect(
            broken.counters
                == Self.counters {
                    $0.cards = 1; $0.broken = 1
                })
    }

    @Test func `an endless stream of pulses is reported once and never grows`() {
        var decoder = WiegandDecoder()
        let stream = Self.pulses(String(repeating: "01", count: 5000), from: ms(1000))
        #expect(Self.outputs(&decoder, stream) == [.unreadable])
        #expect(decoder.counters == Self.counters { $0.wrongLengths = 1 })
        let next = Self.pulses(Self.messages[0].bits, from: ms(60_000))
        #expect(Self.outputs(&decoder, next) == [Self.messages[0].output])
    }

    @Test func `nothing of a card stays behind, and a card does not print itself`() throws {
        var decoder = WiegandDecoder()
        let outputs = Self.outputs(&decoder, Self.pulses(Self.messages[0].bits, from: ms(1000)))
        let held = try #require(Mirror(reflecting: decoder).children.first { $0.label == "pulses" }?.value)
        let pulses = Mirror(reflecting: held).children.map { "\($0.value)" }
        #expect(pulses.count == WiegandDecoder.capacity)
        #expect(Set(pulses).count == 1)
        #expect(!"\(outputs)".contains("8106606"))
        #expect(!"\(outputs)".lowercased().contains("7bb26e"))
    }

    @Test func `random pulses never crash`() {
        var random = SeededGenerator(seed: 8)
        var decoder = WiegandDecoder(settings: .init(hasParityAt32: false))
        var now = ms(1_000_000)
        for _ in 0..<30_000 {
            switch Int.random(in: 0..<200, using: &random) {
            case 0: now = MonotonicTime(nanoseconds: random.next())
            case 1...6: now = now.advanced(by: .milliseconds(Int.random(in: 20...400, using: &random)))
            case 7...20: now = now.advanced(by: .microseconds(-Int.random(in: 0...40_000, using: &random)))
            default: now = now.advanced(by: .microseconds(Int.random(in: 0...3000, using: &random)))
            }
            let line = WiegandDecoder.Line.allCases[Int.random(in: 0...1, using: &random)]
            decoder.pulse(on: line, at: now) { output in
                if case .card(let card) = output { #expect(card.value >> UInt64(card.bits) == 0) }
            }
        }
        #expect(decoder.counters.cards > 0)
        #expect(decoder.counters.keys > 0)
        #expect(decoder.counters.bothLines > 0)
        #expect(decoder.counters.wrongLengths > 0)
        #expect(decoder.counters.latePulses > 0)
    }

    // MARK: OSDP RAW

    @Test func `the bits of an OSDP reader are read in the same way`() {
        var decoder = WiegandDecoder()
        #expect(decoder.raw(bytes("BD D9 37 40"), bits: 26, at: ms(0)) == Self.messages[0].output)
        #expect(decoder.raw(bytes("BD D9 37 40"), bits: 26, at: ms(299)) == nil)
        #expect(decoder.counters.tooSoon == 1)
        #expect(decoder.raw(bytes("BD D9 37 7F"), bits: 26, at: ms(300)) == Self.messages[0].output)
        #expect(decoder.raw(bytes("BD D9 37 00"), bits: 26, at: ms(400)) == .unreadable)
        #expect(decoder.raw(bytes("E1"), bits: 8, at: ms(400)) == .key(.digit1))
        #expect(decoder.raw(bytes("10"), bits: 4, at: ms(400)) == .key(.digit1))
        for (place, (bits, output)) in Self.messages.enumerated() {
            let packed = stride(from: 0, to: bits.count, by: 8).map { start in
                UInt8(bits.dropFirst(start).prefix(8).padded(8), radix: 2) ?? 0
            }
            #expect(decoder.raw(packed, bits: bits.count, at: ms(1000 * UInt64(place + 1))) == output)
        }
    }

    @Test(arguments: [(0, 0), (0, 4), (26, 3), (64, 7), (65, 9), (-1, 1), (Int.max, 4), (Int.min, 4), (25, 4), (1, 1)])
    func `a count of bits that does not fit is unreadable`(bits: Int, count: Int) {
        var decoder = WiegandDecoder()
        #expect(decoder.raw([UInt8](repeating: 0xFF, count: count), bits: bits, at: ms(0)) == .unreadable)
        #expect(decoder.counters == Self.counters { $0.wrongLengths = 1 })
    }

    private static func binary(_ value: UInt8, _ count: Int) -> String {
        let digits = String(value, radix: 2)
        return String(repeating: "0", count: count - digits.count) + digits
    }
}

extension Substring {
    /// With zeros behind it.
    fileprivate func padded(_ count: Int) -> String { self + String(repeating: "0", count: count - self.count) }
}
