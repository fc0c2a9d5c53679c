import GateModel
import ReaderProtocols
import TestSupport
import Testing

private let ack = bytes("04 D0 04 00 FF 28")
private let resend = bytes("05 D1 04 00 01 FF 25")

/// A packet from the scanner.
private func packet(_ opcode: UInt8, status: UInt8 = 0, _ data: [UInt8] = []) -> [UInt8] {
    let checked = [UInt8(4 + data.count), opcode, 0, status] + data
    let checksum = 0 &- checked.reduce(into: 0 as UInt16) { $0 &+= UInt16($1) }
    return checked + [UInt8(checksum >> 8), UInt8(checksum & 255)]
}

private func scanned(_ text: String, type: UInt8 = 0x1C, status: UInt8 = 0) -> [UInt8] {
    packet(0xF3, status: status, [type] + Array(text.utf8))
}

private func text(_ text: String, _ aim: String? = "Q1") -> ScanOutput {
    .text(ScannedText(text: text, aim: aim.flatMap { AIMIdentifier($0) }))
}

private enum Output: Hashable {
    case scan(ScanOutput)
    case sent([UInt8])
    case reply(ScannerReply.Result)
}

extension SSIDecoder {
    fileprivate mutating func run(_ bytes: [UInt8], at now: MonotonicTime = ms(0)) -> [Output] {
        var outputs: [Output] = []
        feed(
            bytes.span, at: now, scan: { outputs.append(.scan(ScanOutput($0, $1))) },
            send: { outputs.append(.sent($0)) },
            reply: { outputs.append(.reply($0.result)) })
        return outputs
    }

    fileprivate mutating func fire(at now: MonotonicTime) -> [Output] {
        var outputs: [Output] = []
        timerFired(
            at: now, scan: { outputs.append(.scan(ScanOutput($0, $1))) },
            send: { outputs.append(.sent($0)) },
            reply: { outputs.append(.reply($0.result)) })
        return outputs
    }
}

struct SSIDecoderTests {
    @Test func `a scan is handed over and acknowledged in the same call`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("PLACEHOLDER")) == [.scan(text("PLACEHOLDER")), .sent(ack)])
        #expect(decoder.counters.scans == 1)
        #expect(decoder.lineCounters.packets == 1)
        #expect(decoder.lineCounters.noiseBytes == 0)
        #expect(decoder.nextDeadline == nil)
    }

    @Test func `scans come out once each, whatever the cuts, with noise between them`() {
        var random = SeededGenerator(seed: 21)
        let texts = ["A", "000000190001010017", String(repeating: "Z", count: SSIDecoder.longestScan)]
        let noise = bytes("00 00 04 FF 20 F3 05 41 0D 0A")
        let stream = texts.flatMap { noise + scanned($0) } + noise
        let expected = texts.flatMap { [Output.scan(text($0)), .sent(ack)] }
        func check(_ chunks: [[UInt8]]) {
            var decoder = SSIDecoder()
            #expect(chunks.flatMap { decoder.run($0) } + decoder.fire(at: ms(200)) == expected)
            #expect(decoder.lineCounters.noiseBytes == UInt64(noise.count * 4))
            #expect(decoder.nextDeadline == nil)
        }
        check([stream])
        check(stream.map { [$0] })
        for cut in 0...stream.count { check([Array(stream[..<cut]), Array(stream[cut...])]) }
        for _ in 0..<50 { check(random.chunks(of: stream)) }
    }

    @Test func `a damaged scan is asked for again, but not for ever`() {
        for position in scanned("AB").indices where position > 2 {
            var decoder = SSIDecoder()
            var damaged = scanned("AB")
            damaged[position] ^= 0x40
            for round in 0..<5 { #expect(decoder.run(damaged) == (round < 3 ? [.sent(resend)] : [])) }
            #expect(decoder.counters.broken == 5)
            #expect(decoder.counters.scans == 0)
            #expect(decoder.lineCounters.badChecksums == 5)
            #expect(decoder.run(scanned("AB", status: 1)) == [.scan(text("AB")), .sent(ack)])
            #expect(decoder.run(damaged) == [.sent(resend)])
        }
    }

    @Test func `how often a damaged scan is asked for again can be set`() {
        var decoder = SSIDecoder(settings: .init(resends: 0))
        var damaged = scanned("AB")
        damaged[5] ^= 1
        #expect(decoder.run(damaged).isEmpty)
        #expect(decoder.counters.broken == 1)
    }

    @Test func `a good packet inside a broken one is found`() {
        var decoder = SSIDecoder()
        // The header promises more than comes, so the packet behind it is swallowed first.
        let stream = bytes("20 F3 00 00 1C 41") + scanned("PLACEHOLDER-PLACEHOLDER")
        #expect(decoder.run(stream) == [.sent(resend), .scan(text("PLACEHOLDER-PLACEHOLDER")), .sent(ack)])
    }

    @Test func `a packet that does not end is given up after the gap, with what stands behind its beginning kept`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(Array(scanned("AB").dropLast()), at: ms(0)).isEmpty)
        #expect(decoder.nextDeadline == ms(200))
        #expect(decoder.fire(at: ms(199)).isEmpty)
        #expect(decoder.fire(at: ms(200)).isEmpty)
        #expect(decoder.counters.broken == 1)
        #expect(decoder.nextDeadline == nil)

        #expect(decoder.run(bytes("F0 F3 00") + scanned("CD"), at: ms(300)).isEmpty)
        #expect(decoder.fire(at: ms(500)) == [.scan(text("CD")), .sent(ack)])
        #expect(decoder.run(Array(scanned("EF").dropLast()), at: ms(600)).isEmpty)
        #expect(decoder.run(scanned("GH"), at: ms(900)) == [.scan(text("GH")), .sent(ack)])
    }

    @Test func `a repeated scan is acknowledged again and is no second scan`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("AB"), at: ms(0)) == [.scan(text("AB")), .sent(ack)])
        for second in 1...4 {
            #expect(decoder.run(scanned("AB", status: 1), at: ms(UInt64(second) * 2000)) == [.sent(ack)])
        }
        #expect(decoder.lineCounters.repetitions == 4)
        #expect(decoder.counters.scans == 1)
    }

    @Test func `a scan is no repetition if it is another, or does not say so, or comes much later`() {
        var decoder = SSIDecoder()
        for _ in 0..<2 { #expect(decoder.run(scanned("AB"), at: ms(0)) == [.scan(text("AB")), .sent(ack)]) }
        #expect(decoder.run(scanned("AC", status: 1), at: ms(0)) == [.scan(text("AC")), .sent(ack)])
        #expect(decoder.run(scanned("AC", type: 0x1B, status: 1), at: ms(0)) == [.scan(text("AC", "d1")), .sent(ack)])
        #expect(decoder.run(scanned("AC", type: 0x1B, status: 1), at: ms(9_999)) == [.sent(ack)])
        #expect(
            decoder.run(scanned("AC", type: 0x1B, status: 1), at: ms(19_999)) == [.scan(text("AC", "d1")), .sent(ack)])
    }

    @Test func `a repetition of a scan that arrived damaged is a scan`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("AB")) == [.scan(text("AB")), .sent(ack)])
        var damaged = scanned("AB")
        damaged[6] ^= 1
        #expect(decoder.run(damaged) == [.sent(resend)])
        #expect(decoder.run(scanned("AB", status: 1)) == [.scan(text("AB")), .sent(ack)])
    }

    @Test(
        arguments: [
            (0x1C, "Q1"), (0x1B, "d1"), (0x2D, "z0"), (0x03, "C0"), (0x0F, "C1"), (0x0B, "E0"), (0x08, "E0"),
            (0x0A, "E4"),
            (0x11, nil), (0x00, nil), (0xFF, nil),
        ] as [(UInt8, String?)])
    func `the code type becomes an AIM identifier where it is certain`(type: UInt8, aim: String?) {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("AB", type: type)) == [.scan(text("AB", aim)), .sent(ack)])
        var plain = SSIDecoder(settings: .init(aim: .none))
        #expect(plain.run(scanned("AB", type: type)) == [.scan(text("AB", nil)), .sent(ack)])
    }

    @Test func `an AIM identifier in front of the text goes before the code type`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("]Q3AB")) == [.scan(text("AB", "Q3")), .sent(ack)])
        #expect(decoder.run(scanned("]?3AB")) == [.scan(text("]?3AB", "Q1")), .sent(ack)])
        #expect(decoder.run(scanned("]Q")) == [.scan(text("]Q", "Q1")), .sent(ack)])
    }

    @Test func `other codes than the required ones are acknowledged, ignored and counted`() throws {
        var decoder = SSIDecoder(settings: .init(aim: .required([try #require(AIMIdentifier("Q1"))])))
        #expect(decoder.run(scanned("AB", type: 0x0B)) == [.sent(ack)])
        #expect(decoder.run(scanned("AB", type: 0x11)) == [.sent(ack)])
        #expect(decoder.run(scanned("AB")) == [.scan(text("AB")), .sent(ack)])
        #expect(decoder.counters.otherSymbologies == 2)
    }

    @Test func `the suffix of the scanner is no part of the scan, and what is no text is unreadable`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(scanned("AB\r\n")) == [.scan(text("AB")), .sent(ack)])
        #expect(decoder.run(scanned("A\rB")) == [.scan(.unreadable), .sent(ack)])
        #expect(decoder.run(scanned("\r\n")) == [.sent(ack)])
        #expect(decoder.run(scanned("")) == [.sent(ack)])
        #expect(decoder.run(packet(0xF3)) == [.sent(ack)])
    }

    @Test func `answers to commands are told and not answered, other packets are acknowledged`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(bytes("04 D0 00 00 FF 2C")) == [.reply(.done)])
        #expect(decoder.run(packet(0xD1, [0x01])) == [.reply(.damagedCommand)])
        #expect(decoder.run(packet(0xD1, [0x02])) == [.reply(.denied)])
        #expect(decoder.run(packet(0xD1, [0x06])) == [.reply(.denied)])
        #expect(decoder.run(packet(0xD1, [0x77])) == [.reply(.unknownCommand)])
        #expect(decoder.run(packet(0xD1)) == [.reply(.unknownCommand)])
        #expect(decoder.run(packet(0xA4, Array("PLACEHOLDER".utf8))).isEmpty)
        #expect(decoder.run(packet(0xF6, [0x01])) == [.sent(ack)])
        #expect(decoder.lineCounters.packets == 8)
    }

    @Test func `its own echo is no packet`() {
        var decoder = SSIDecoder()
        let commands: [SSICommand] = [.startSession, .acknowledge, .refuse(.resend), .enable]
        #expect(commands.flatMap { decoder.run($0.bytes) }.isEmpty)
        #expect(decoder.lineCounters.packets == 0)
    }

    @Test func `a reset drops what has begun`() {
        var decoder = SSIDecoder()
        #expect(decoder.run(Array(scanned("AB").dropLast())).isEmpty)
        decoder.reset()
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.run(scanned("CD")) == [.scan(text("CD")), .sent(ack)])
    }

    @Test func `nothing of a scan stays behind`() throws {
        var decoder = SSIDecoder()
        _ = decoder.run(scanned("000000190001010017"))
        _ = decoder.run(Array(scanned("000000190001010017").dropLast()), at: ms(100))
        _ = decoder.fire(at: ms(300))
        var damaged = scanned("000000190001010017")
        damaged[10] ^= 1
        _ = decoder.run(damaged, at: ms(400))
        _ = decoder.fire(at: ms(600))
        let parts = Array(Mirror(reflecting: decoder).children)
        let assembler = try #require(parts.first { $0.label == "assembler" }?.value)
        let buffers = (parts + Array(Mirror(reflecting: assembler).children)).compactMap { $0.value as? [UInt8] }
        #expect(buffers.map(\.count).sorted() == [SSIDecoder.longestScan, SSIDecoder.capacity])
        #expect(buffers.allSatisfy { $0.allSatisfy { $0 == 0 } })
        var dumped = ""
        dump(decoder, to: &dumped)
        #expect(!dumped.contains("0017"))
    }

    @Test func `random bytes never crash, and every byte is accounted for`() {
        var random = SeededGenerator(seed: 22)
        var decoder = SSIDecoder()
        var now = ms(0)
        var fed = 0
        var scans = 0
        for _ in 0..<5000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...90, using: &random)))
            var chunk = random.bytes(Int.random(in: 1...40, using: &random)).map { $0 % 3 == 0 ? $0 & 0x0F : $0 }
            if Bool.random(using: &random) { chunk += bytes("30 F3 00") }
            if Int.random(in: 0..<4, using: &random) == 0 {
                chunk += scanned(String(repeating: "A", count: Int.random(in: 0...60, using: &random)))
            }
            fed += chunk.count
            decoder.feed(
                chunk.span, at: now, scan: { _, text in scans += text.count <= SSIDecoder.longestScan ? 1 : 0 },
                send: { #expect($0.count <= 7) })
            if let deadline = decoder.nextDeadline { #expect(deadline == now.advanced(by: .milliseconds(200))) }
        }
        _ = decoder.fire(at: now.advanced(by: .seconds(1)))
        #expect(scans > 500)
        #expect(decoder.counters.broken > 100)
        #expect(decoder.lineCounters.badChecksums > 100)
        #expect(decoder.lineCounters.noiseBytes < UInt64(fed))
    }
}
