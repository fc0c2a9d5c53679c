import GateModel
import ReaderProtocols
import TestSupport
import Testing

/// A filter, and what came out of it.
private struct Sieve {
    var filter = ScannerReplyFilter()
    var text: [UInt8] = []
    var replies: [ScannerReply] = []

    mutating func feed(_ bytes: [UInt8], at now: MonotonicTime = ms(0)) {
        var text = self.text
        var replies = self.replies
        filter.feed(
            bytes.span, at: now, text: { span in text += (0..<span.count).map { span[$0] } },
            reply: { replies.append($0) })
        self.text = text
        self.replies = replies
    }

    mutating func timerFired(at now: MonotonicTime) {
        var text = self.text
        filter.timerFired(at: now) { span in text += (0..<span.count).map { span[$0] } }
        self.text = text
    }
}

struct ScannerReplyFilterTests {
    static let zoneOK = bytes("02 00 00 01 00 33 31")
    static let zoneCRCError = bytes("02 00 01 01 00 04 01")
    static let zoneUnknown = bytes("02 00 03 01 00 6A 61")
    static func newland(_ text: String, _ status: UInt8) -> [UInt8] {
        bytes("02 01 30 30 30 30") + Array(text.utf8) + [status, 0x3B, 0x03]
    }

    @Test(arguments: [
        (zoneOK, ScannerMake.zone, ScannerReply.Result.done), (zoneCRCError, .zone, .damagedCommand),
        (zoneUnknown, .zone, .unknownCommand), (newland("#SCNTRG1", 0x06), .newland, .done),
        (newland("#SCNTRG9", 0x15), .newland, .badValue), (newland("@XXXXXX", 0x05), .newland, .unknownCommand),
    ])
    func `a reply is taken out and told`(frame: [UInt8], make: ScannerMake, result: ScannerReply.Result) {
        var sieve = Sieve()
        sieve.feed(frame + Array("AB\r".utf8))
        #expect(sieve.replies == [ScannerReply(make: make, result: result)])
        #expect(sieve.text == Array("AB\r".utf8))
        #expect(sieve.filter.counters.replies == 1)
        #expect(sieve.filter.counters.refusals == (result == .done ? 0 : 1))
        #expect(sieve.filter.nextDeadline == nil)
        #expect(!result.description.isEmpty)
    }

    @Test func `a reply with the bytes that were asked for is a reply, too`() {
        var sieve = Sieve()
        // 9600 baud, with the CRC of 00 02 39 01.
        let checked = bytes("00 02 39 01")
        let crc = crc16(checked)
        sieve.feed([0x02, 0x00] + checked + [UInt8(crc >> 8), UInt8(crc & 255)])
        #expect(sieve.replies == [ScannerReply(make: .zone, result: .done)])
        #expect(sieve.text.isEmpty)
    }

    @Test func `replies and scans come apart, whatever the cuts`() {
        var random = SeededGenerator(seed: 11)
        let pieces: [(bytes: [UInt8], isReply: Bool)] = [
            (Self.zoneOK, true), (Array("]Q1PLACEHOLDER\r".utf8), false), (Self.zoneCRCError, true),
            (Self.zoneOK, true),
            (Array("AB\r".utf8), false), (Self.newland("#SCNTRG1", 0x06), true), (bytes("02 41 42 03"), false),
            (Self.newland("@DEVQRY;X", 0x15), true), (bytes("02 02 00 00 01 01 33 31"), false),
            (Self.zoneUnknown, true),
        ]
        let stream = pieces.flatMap(\.bytes)
        let text = pieces.filter { !$0.isReply }.flatMap(\.bytes)
        func check(_ chunks: [[UInt8]]) {
            var sieve = Sieve()
            for chunk in chunks { sieve.feed(chunk) }
            #expect(sieve.text == text)
            #expect(
                sieve.replies.map(\.result) == [
                    .done, .damagedCommand, .done, .done, .badValue, .unknownCommand,
                ])
        }
        check([stream])
        check(stream.map { [$0] })
        for cut in 0...stream.count { check([Array(stream[..<cut]), Array(stream[cut...])]) }
        for _ in 0..<50 { check(random.chunks(of: stream)) }
    }

    @Test(arguments: [(0x06 as UInt8, ScannerReply.Result.done), (0x15, .badValue), (0x05, .unknownCommand)])
    func `the answer to a Honeywell setting is a reply, whatever the cuts`(
        status: UInt8, result: ScannerReply.Result
    ) throws {
        let command = try #require(HoneywellCommand.menu("aimENA1", lasting: false))
        let stream = Array("AI\rAIMENA1\rAIM".utf8) + Array("AIMENA1".utf8) + [status, 0x21] + Array("AIM".utf8)
        for cut in 0...stream.count {
            var sieve = Sieve()
            sieve.filter.expectReply(to: command, at: ms(0))
            sieve.feed(Array(stream[..<cut]), at: ms(1900))
            sieve.feed(Array(stream[cut...]), at: ms(1910))
            #expect(sieve.replies == [ScannerReply(make: .honeywell, result: result)])
            #expect(sieve.text == Array("AI\rAIMENA1\rAIMAIM".utf8))
            #expect(sieve.filter.nextDeadline == nil, "the answer comes once")
        }
    }

    @Test func `a Honeywell answer that is not waited for, or late, is text`() throws {
        let command = try #require(HoneywellCommand.menu("AIMENA1", lasting: true))
        let answer = Array("AIMENA1\u{6}.".utf8)
        for (expected, at) in [
            (command, ms(2000)), (bytes("16 4D 0D 2E"), ms(0)), (bytes("16 54 0D"), ms(0)), ([], ms(0)),
        ] {
            var sieve = Sieve()
            sieve.filter.expectReply(to: expected, at: ms(0))
            sieve.feed(answer, at: at)
            #expect(sieve.text == answer)
            #expect(sieve.replies.isEmpty)
        }
        var other = Sieve()
        other.filter.expectReply(to: command, at: ms(0))
        for text in ["AIMENA1\u{6}!", "AIMENA1\r", "AIMENA0\u{6}."] { other.feed(Array(text.utf8)) }
        #expect(other.replies.isEmpty)
        #expect(other.text == Array("AIMENA1\u{6}!AIMENA1\rAIMENA0\u{6}.".utf8))
    }

    @Test(arguments: [
        "02 00 00 01 00 33 30", "02 00 02 01 00 33 31", "02 00 00 11 00", "02 00 01 00 33 31", "02 01 30 30 31",
        "02 01 30 30 30 30 00",
        "02 01 30 30 30 30 41 03", "02 01 30 30 30 30 41 3B 03", "02 01 30 30 30 30 06 03", "02 02 02 41", "02 41",
    ])
    func `what only looks like a reply is handed on unchanged`(hex: String) {
        let stream = bytes(hex)
        var whole = Sieve()
        whole.feed(stream)
        #expect(whole.text == stream)
        #expect(whole.replies.isEmpty)
        var dripped = Sieve()
        for byte in stream { dripped.feed([byte]) }
        #expect(dripped.text == stream)
    }

    @Test func `a reply behind a broken one is found`() {
        for cut in 1..<Self.zoneOK.count {
            var sieve = Sieve()
            let broken = Array(Self.zoneOK.prefix(cut))
            sieve.feed(broken + Self.zoneOK + Self.zoneOK + Array("A".utf8))
            #expect(sieve.replies.count == 2, "\(cut)")
            #expect(sieve.text == broken + Array("A".utf8))
        }
    }

    @Test func `a reply that does not end is text after 50 ms`() {
        var sieve = Sieve()
        sieve.feed(bytes("41 02 00 00"), at: ms(100))
        #expect(sieve.text == [0x41])
        #expect(sieve.filter.nextDeadline == ms(150))
        sieve.timerFired(at: ms(149))
        #expect(sieve.text == [0x41])
        sieve.timerFired(at: ms(150))
        #expect(sieve.text == bytes("41 02 00 00"))
        #expect(sieve.filter.nextDeadline == nil)
        // A late rest does not make it a reply.
        sieve.feed(bytes("02 00 00"), at: ms(200))
        sieve.feed(bytes("01 00 33 31"), at: ms(250))
        #expect(sieve.text == bytes("41 02 00 00 02 00 00 01 00 33 31"))
        #expect(sieve.replies.isEmpty)
    }

    @Test func `an endless reply is held no longer than the capacity`() {
        var sieve = Sieve()
        let stream = bytes("02 01 30 30 30 30") + [UInt8](repeating: 0x41, count: 10_000)
        for chunk in stride(from: 0, to: stream.count, by: 100) {
            sieve.feed(Array(stream[chunk..<min(chunk + 100, stream.count)]))
            #expect(sieve.text.count + ScannerReplyFilter.capacity > chunk)
        }
        #expect(sieve.text == stream)
    }

    @Test func `nothing of a scan stays behind`() {
        var sieve = Sieve()
        sieve.feed(bytes("02 01 30 30 30 30 30 30 31 37"), at: ms(0))
        sieve.timerFired(at: ms(50))
        sieve.feed(Self.zoneOK, at: ms(60))
        let parts = Mirror(reflecting: sieve.filter).children
        let buffers = parts.filter { $0.label == "buffer" }.compactMap { $0.value as? [UInt8] }
        #expect(buffers == [[UInt8](repeating: 0, count: ScannerReplyFilter.capacity)])
    }

    @Test func `whatever comes, cuts change nothing and no byte is lost`() {
        var random = SeededGenerator(seed: 12)
        let alphabet = bytes("02 02 00 00 01 01 03 30 30 06 3B 15 41 33 31 FF")
        var replies = 0
        for _ in 0..<300 {
            var stream: [UInt8] = []
            for _ in 0..<60 {
                if Int.random(in: 0..<8, using: &random) == 0 { stream += Self.zoneOK }
                if Int.random(in: 0..<8, using: &random) == 0 { stream += bytes("02 01 30 30 30 30 41") }
                stream += [alphabet.randomElement(using: &random) ?? 0]
            }
            var whole = Sieve()
            whole.feed(stream)
            var cut = Sieve()
            for chunk in random.chunks(of: stream) { cut.feed(chunk) }
            #expect(whole.text == cut.text)
            #expect(whole.replies == cut.replies)
            whole.timerFired(at: ms(1000))
            if whole.replies.isEmpty { #expect(whole.text == stream) }
            #expect(whole.text.count + whole.replies.count * 7 <= stream.count)
            replies += whole.replies.count
        }
        #expect(replies > 300)
    }
}

/// Bit by bit: polynomial 1021, initial 0000.
private func crc16(_ bytes: [UInt8]) -> UInt16 {
    var crc: UInt32 = 0
    for byte in bytes {
        for bit in (0..<8).reversed() {
            crc = crc << 1 ^ ((crc >> 15 & 1 ^ UInt32(byte >> bit & 1)) == 1 ? 0x1021 : 0)
            crc &= 0xFFFF
        }
    }
    return UInt16(crc)
}

struct ScannerDecoderTests {
    private static func run(_ decoder: inout ScannerDecoder, _ bytes: [UInt8], at now: MonotonicTime) -> [ScanOutput] {
        var scans: [ScanOutput] = []
        decoder.feed(bytes.span, at: now, scan: { scans.append(ScanOutput($0, $1)) }, reply: { _ in })
        return scans
    }

    private static func fire(_ decoder: inout ScannerDecoder, at now: MonotonicTime) -> [ScanOutput] {
        var scans: [ScanOutput] = []
        decoder.timerFired(at: now) { scans.append(ScanOutput($0, $1)) }
        return scans
    }

    static func line(_ text: String) -> ScanOutput { .text(ScannedText(text: text, aim: nil)) }

    @Test func `the scan behind the reply to a trigger is a scan`() {
        for cut in 0...10 {
            var decoder = ScannerDecoder()
            let stream = ScannerReplyFilterTests.zoneOK + Array("ABC\r".utf8)
            let scans =
                Self.run(&decoder, Array(stream[..<cut]), at: ms(0))
                + Self.run(&decoder, Array(stream[cut...]), at: ms(5))
            #expect(scans == [Self.line("ABC")])
            #expect(decoder.replies.replies == 1)
            #expect(decoder.counters.scans == 1)
            #expect(decoder.nextDeadline == nil)
        }
    }

    @Test func `the answer to a setting makes no scan unreadable`() throws {
        var decoder = ScannerDecoder()
        decoder.expectReply(to: try #require(HoneywellCommand.menu("AIMENA1", lasting: false)), at: ms(0))
        #expect(Self.run(&decoder, Array("AIMENA1\u{6}!AB\r".utf8), at: ms(30)) == [Self.line("AB")])
        #expect(decoder.replies.replies == 1)
    }

    @Test func `the nearer of the two deadlines is the next`() {
        var decoder = ScannerDecoder()
        #expect(decoder.nextDeadline == nil)
        #expect(Self.run(&decoder, Array("AB".utf8), at: ms(0)).isEmpty)
        #expect(decoder.nextDeadline == ms(80))
        #expect(Self.run(&decoder, [0x02], at: ms(10)).isEmpty)
        #expect(decoder.nextDeadline == ms(60))
        #expect(Self.fire(&decoder, at: ms(60)).isEmpty)
        #expect(decoder.nextDeadline == ms(140))
        #expect(Self.fire(&decoder, at: ms(140)) == [.unreadable])
        #expect(Self.run(&decoder, [0x02], at: ms(200)).isEmpty)
        #expect(decoder.nextDeadline == ms(250))
    }

    @Test func `a late timer does not join two scans`() {
        var decoder = ScannerDecoder()
        #expect(Self.run(&decoder, Array("AB".utf8), at: ms(0)).isEmpty)
        #expect(Self.run(&decoder, Array("CD\r".utf8), at: ms(500)) == [Self.line("AB"), Self.line("CD")])
    }
}
