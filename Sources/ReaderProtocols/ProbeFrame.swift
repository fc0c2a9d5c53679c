/// Recognises a device by one frame with a checksum, without taking anything from it but its kind.
enum ProbeFrame {
    /// - Parameter bytes: from where the frame would begin; 1 byte or more.
    static func recognise(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        switch bytes[0] {
        case ScannerReplyFrame.firstByte: scanner(bytes, rate: rate) ?? cardReader(bytes, rate: rate)
        case 0x53: osdpReader(bytes, rate: rate)
        case 0x5A: irThermometer(bytes, rate: rate)
        case 0xA4: registerThermometer(bytes, rate: rate)
        default: nil
        }
    }

    private static func scanner(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        guard case .reply(let reply, _) = ScannerReplyFrame.judge(bytes, echo: []) else { return nil }
        let words = reply.make == .newland ? "Newland's unified commands" : "the zone protocol (Grow, Newland, Hamlet)"
        return ProbeFinding(
            .qrSerial, rate: rate, make: reply.make,
            evidence: "A scanner that understands \(words) answered at \(rate) baud.")
    }

    private static func cardReader(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        guard bytes.count >= RDM6300Decoder.frameLength else { return nil }
        var decoder = RDM6300Decoder()
        decoder.feed(bytes.extracting(0..<RDM6300Decoder.frameLength)) { _ in }
        guard decoder.counters.cards == 1 else { return nil }
        return ProbeFinding(
            .serialRFID, rate: rate, evidence: "A card reader of the RDM6300 kind sent a card number at \(rate) baud.")
    }

    /// A reply: 53, address with bit 7 set, length (2 bytes, little-endian, of all), control, and CRC or checksum.
    private static func osdpReader(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        guard bytes.count >= 7, bytes[1] & 0x80 != 0 else { return nil }
        let length = Int(bytes[2]) | Int(bytes[3]) << 8
        let hasCRC = bytes[4] & 0x04 != 0
        guard length >= (hasCRC ? 8 : 7), length <= bytes.count else { return nil }
        if hasCRC {
            let crc = CRC16.checksum(bytes.extracting(0..<length - 2), initial: 0x1D0F)
            guard bytes[length - 2] == UInt8(truncatingIfNeeded: crc), bytes[length - 1] == UInt8(crc >> 8) else {
                return nil
            }
        } else {
            guard sum(bytes, to: length) == 0 else { return nil }
        }
        let address = bytes[1] & 0x7F
        let whose =
            address == 0x7F
            ? "It did not tell its own address: see its label or its manual."
            : "Its address is \(address)."
        return ProbeFinding(.osdp, rate: rate, evidence: "An OSDP reader answered at \(rate) baud. \(whose)")
    }

    /// GY-MCU90614: 5A 5A 45, count 4 to 8, data, and the low byte of the sum.
    private static func irThermometer(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        guard bytes.count >= 9, bytes[1] == 0x5A, bytes[2] == 0x45, (4...8).contains(bytes[3]) else { return nil }
        let length = 5 + Int(bytes[3])
        guard bytes.count >= length, sum(bytes, to: length - 1) == bytes[length - 1] else { return nil }
        return ProbeFinding(
            .mcu90614, rate: rate,
            evidence: "A thermometer of the GY-MCU90614 kind sent a reading at \(rate) baud.")
    }

    /// GY-614V: A4 03, first register, count, data, and the low byte of the sum; the registers end at 0F.
    private static func registerThermometer(_ bytes: Span<UInt8>, rate: Int) -> ProbeFinding? {
        guard bytes.count >= 6, bytes[1] == 0x03, bytes[3] > 0, Int(bytes[2]) + Int(bytes[3]) <= 0x10 else {
            return nil
        }
        let length = 5 + Int(bytes[3])
        guard bytes.count >= length, sum(bytes, to: length - 1) == bytes[length - 1] else { return nil }
        return ProbeFinding(
            .gy614v, rate: rate, evidence: "A thermometer of the GY-614V kind sent a reading at \(rate) baud.")
    }

    private static func sum(_ bytes: Span<UInt8>, to end: Int) -> UInt8 {
        var sum: UInt8 = 0
        for index in 0..<end { sum &+= bytes[index] }
        return sum
    }
}
