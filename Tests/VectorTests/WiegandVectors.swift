import Credentials
import GateModel
import ReaderProtocols

extension VectorCheck {
    static let wiegand: [VectorCheck] =
        [
            VectorCheck(
                "wiegand", together: ["26 facility=123 card=45678", "26 as OSDP RAW bytes (left justified)"]
            ) { texts in
                let card = CardRead(bits: 24, value: 123 << 16 | 45_678)
                try same(WiegandLine.read(WiegandLine.bits(texts[0])), .card(card), "the card by its pulses")
                let raw = try hex(texts[1])
                var decoder = WiegandDecoder()
                try same(decoder.raw(raw, bits: 26, at: ms(0)), .card(card), "the card by its bytes")
                let padded = texts[0] + String(repeating: "0", count: 6)
                try same(raw.map { String($0, radix: 2).leftPadded(8) }.joined(), padded, "the bytes as bits")
                try same(CardNumber(bits: card.bits, value: card.value).canonical, "CARD/24/7BB26E", "the card number")
            },
            VectorCheck("wiegand", text: "34 data=01ABCDEF") { text in
                let card = CardRead(bits: 32, value: 0x01AB_CDEF)
                try same(WiegandLine.read(WiegandLine.bits(text)), .card(card), "the card by its pulses")
                try same(
                    CardNumber(bits: card.bits, value: card.value).canonical, "CARD/32/01ABCDEF", "the card number")
            },
        ]
        + zip("0123456789*#", KeypadKey.allCases).map { name, key in
            VectorCheck("wiegand", "8-bit keys/\(name)") { bytes in
                let bits = bytes.map { String($0, radix: 2).leftPadded(8) }.joined()
                try same(WiegandLine.read(WiegandLine.bits(bits)), .key(key), "the key")
            }
        }
}

enum WiegandLine {
    /// 0 and 1, and nothing else.
    static func bits(_ text: String) throws -> [WiegandDecoder.Line] {
        try text.map { digit in
            guard digit == "0" || digit == "1" else { throw Mismatch("no bits: \(text)") }
            return digit == "1" ? .d1 : .d0
        }
    }

    /// What the pulses are, 2 ms apart.
    static func read(_ pulses: [WiegandDecoder.Line]) throws -> WiegandOutput? {
        var decoder = WiegandDecoder()
        for (index, line) in pulses.enumerated() {
            try same(decoder.pulse(on: line, at: ms(1000 + 2 * UInt64(index))), nil, "a message before its end")
        }
        return decoder.timerFired(at: ms(2000))
    }
}

extension String {
    fileprivate func leftPadded(_ length: Int) -> String { String(repeating: "0", count: length - count) + self }
}
