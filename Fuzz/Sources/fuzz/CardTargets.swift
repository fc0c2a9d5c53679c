import GateModel
import ReaderProtocols

extension FuzzTarget {
    static let cards = [
        FuzzTarget("wiegand", run: wiegand),
        FuzzTarget("wiegand-raw") { input in
            var reader = ByteReader(input.payload)
            var decoder = WiegandDecoder(settings: wiegandSettings(input.choice))
            while !reader.isAtEnd {
                let bits = Int(Int16(bitPattern: UInt16(reader.byte()) << 8 | UInt16(reader.byte())))
                _ = decoder.raw(reader.counted(), bits: bits, at: FuzzInput.start)
            }
        },
        FuzzTarget("keypad", run: keypad),
        FuzzTarget("rdm6300") { $0.deliver(to: RDM6300Decoder()) },
    ]

    /// A line and the time since the pulse before in each byte. Stamps may come out of order, the clock may not.
    private static func wiegand(_ input: FuzzInput) {
        let steps: [Duration] = [
            .microseconds(0), .microseconds(40), .microseconds(200), .milliseconds(1), .milliseconds(2),
            .milliseconds(9), .milliseconds(26), .milliseconds(61), .milliseconds(300), .seconds(2),
            .microseconds(-10), .microseconds(-300), .milliseconds(-3), .milliseconds(-30), .seconds(-2),
        ]
        var decoder = WiegandDecoder(settings: wiegandSettings(input.choice))
        var stamp = FuzzInput.start
        var now = stamp
        for byte in input.payload {
            stamp = stamp.advanced(by: steps[Int(byte >> 1) % steps.count])
            now = max(now, stamp)
            if byte == 0xFF {
                decoder.pulsesLost(between: stamp, and: now)
            } else if byte & 0x80 != 0 {
                check(decoder.timerFired(at: now))
                expect(decoder.nextDeadline.map { $0 > now } ?? true, "a timer that has fired is not due at once again")
            } else {
                check(decoder.pulse(on: byte & 1 == 0 ? .d0 : .d1, at: stamp))
            }
        }
        check(decoder.timerFired(at: now.advanced(by: .seconds(60))))
        expect(decoder.nextDeadline == nil, "nothing is held for a minute")

        func check(_ output: WiegandOutput?) {
            guard case .card(let card) = output else { return }
            expect(card.bits < 64 && card.value >> UInt64(card.bits) == 0, "a card has no more bits than it says")
        }
    }

    private static func wiegandSettings(_ choice: UInt8) -> WiegandDecoder.Settings {
        WiegandDecoder.Settings(
            endOfMessage: .milliseconds(choice & 1 == 0 ? 25 : 60), hasParityAt32: choice & 2 == 0,
            reversesBytes: choice & 4 != 0)
    }

    private static func keypad(_ input: FuzzInput) {
        var entry = KeypadEntry(settings: KeypadEntry.Settings(swapsStarAndHash: input.choice & 1 != 0))
        var now = FuzzInput.start
        for byte in input.payload {
            now = now.advanced(by: FuzzInput.pause(byte >> 4))
            guard let key = KeypadKey(rawValue: byte & 15) else { continue }
            if case .text(let scan) = entry.press(key, at: now) {
                expect(scan.text.utf8.count <= KeypadEntry.longest, "no entry is longer than allowed")
            }
        }
        entry.timerFired(at: now.advanced(by: .seconds(60)))
        expect(entry.nextDeadline == nil, "nothing is held for a minute")
    }
}

extension RDM6300Decoder: StreamDecoder {
    var tally: Counters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [RFIDOutput] {
        let outputs = feed(bytes)
        for case .card(let card) in outputs {
            expect(card.bits == 40 && card.value >> 40 == 0, "a card has no more bits than it says")
        }
        return outputs
    }
}
