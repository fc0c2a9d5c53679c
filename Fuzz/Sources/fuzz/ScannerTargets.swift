import GateModel
import ReaderProtocols

extension FuzzTarget {
    static let scanners = [
        FuzzTarget("text-lines", longestInput: 1024) {
            $0.deliver(to: TextLineDecoder(settings: lineSettings($0.choice)))
        },
        FuzzTarget("scanner", longestInput: 1024) { input in
            var decoder = ScannerDecoder(settings: lineSettings(input.choice))
            expectHoneywellReply(input.choice) { decoder.expectReply(to: $0, at: FuzzInput.start) }
            input.deliver(to: decoder)
        },
        FuzzTarget("scanner-replies") { input in
            var filter = ScannerReplyFilter()
            expectHoneywellReply(input.choice) { filter.expectReply(to: $0, at: FuzzInput.start) }
            input.deliver(to: filter)
        },
        FuzzTarget("ssi", longestInput: 1024) { input in
            input.deliver(to: SSIDecoder(settings: SSIDecoder.Settings(aim: aimPolicy(input.choice))))
        },
        FuzzTarget("ssi-packets", longestInput: 1024) { input in
            // With the right lengths and sums, so that the packets themselves are what is tried.
            var reader = ByteReader(input.payload)
            var stream: [UInt8] = []
            while !reader.isAtEnd {
                let body = reader.counted().prefix(254)
                let packet = [UInt8(body.count + 1)] + body
                let sum = packet.reduce(UInt16(0)) { $0 &+ UInt16($1) }
                let checksum = ~sum &+ 1
                stream += packet + [UInt8(checksum >> 8), UInt8(checksum & 0xFF)]
            }
            input.replacingPayload(stream)
                .deliver(to: SSIDecoder(settings: SSIDecoder.Settings(aim: aimPolicy(input.choice))))
        },
        FuzzTarget("mrz-lines", run: mrzLines),
        FuzzTarget("reader-probe", longestInput: 1024, run: readerProbe),
    ]

    /// Lines of text from a scanner: nothing is lost, and nothing is held for long.
    private static func mrzLines(_ input: FuzzInput) {
        var joiner = MRZLineJoiner()
        var given: [ScannedText] = []
        var taken: [ScannedText] = []
        var now = FuzzInput.start
        var reader = ByteReader(input.payload)
        while !reader.isAtEnd {
            now = now.advanced(by: FuzzInput.pause(reader.byte()))
            // Bit 7 gives a line of just the right length, which is hard to hit.
            let shape = reader.byte()
            var text = String(decoding: reader.bytes(Int(shape & 0x3F)).map { $0 & 0x7F }, as: UTF8.self)
            if shape & 0x80 != 0 { text = "I" + String(repeating: "<", count: [29, 35, 43][Int(shape) % 3]) }
            let scan = ScannedText(text: text, aim: nil)
            taken.append(scan)
            given += joiner.take(scan, at: now)
        }
        given += joiner.timerFired(at: now.advanced(by: MRZLineJoiner.gap))
        expect(joiner.nextDeadline == nil, "what did not go on is handed over")
        let joined = given.flatMap { $0.text.utf8.filter { $0 != 0x0A } }
        expect(joined == taken.flatMap { $0.text.utf8.filter { $0 != 0x0A } }, "no line is lost, doubled or overtaken")
    }

    private static func readerProbe(_ input: FuzzInput) {
        var probe = ReaderProbe()
        var now = FuzzInput.start
        var wake: MonotonicTime?
        var findings = 0
        func note(_ actions: [ReaderProbe.Action]) {
            for action in actions {
                switch action {
                case .wake(let time):
                    expect(time > now, "the probe waits for a time to come")
                    wake = time
                case .finished: wake = nil
                case .found: findings += 1
                case .open, .send, .tell: break
                }
            }
        }
        func wait(until then: MonotonicTime) {
            while let due = wake, due <= then {
                now = due
                note(probe.timerFired(at: now))
            }
            now = max(now, then)
        }
        note(probe.start(at: now))
        for (number, piece) in input.pieces.enumerated() {
            wait(until: piece.at)
            if input.choice & 1 != 0, number.isMultiple(of: 5) { note(probe.openFailed(at: now)) }
            note(probe.received(piece.bytes.span, at: now))
        }
        wait(until: now.advanced(by: .seconds(120)))
        expect(wake == nil, "the probe comes to an end")
        expect(findings <= 1, "the probe stops at the first device")
    }

    // MARK: Settings

    private static func lineSettings(_ choice: UInt8) -> TextLineDecoder.Settings {
        let suffixes = TextLineDecoder.Suffix.allCases
        return TextLineDecoder.Settings(
            suffix: suffixes[Int(choice & 7) % suffixes.count], maximumLength: choice & 8 == 0 ? 4096 : 9,
            aim: aimPolicy(choice))
    }

    static func aimPolicy(_ choice: UInt8) -> AIMPolicy {
        switch choice >> 4 & 3 {
        case 0, 1: .optional
        case 2: .none
        default: .required(Set(["Q1", "C0"].compactMap { AIMIdentifier($0) }))
        }
    }

    private static func expectHoneywellReply(_ choice: UInt8, _ body: ([UInt8]) -> Void) {
        guard choice & 0x40 != 0, let command = HoneywellCommand.menu("CBRENA?", lasting: false) else { return }
        body(command)
    }
}

extension TextLineDecoder: StreamDecoder {
    var tally: ScanCounters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [ScanOutput] {
        let outputs = feed(bytes, at: now)
        for case .text(let scan) in outputs {
            expect(scan.text.utf8.count <= settings.maximumLength, "no scan is longer than allowed")
        }
        return outputs
    }
    mutating func expire(at now: MonotonicTime) -> [ScanOutput] { timerFired(at: now).map { [$0] } ?? [] }
}

/// What a scanner on a serial line may give.
enum LineOutput: Equatable {
    case scan(ScanOutput)
    case reply(ScannerReply)
    case send([UInt8])
    case text(UInt8)
}

extension ScannerDecoder: StreamDecoder {
    struct Tally: Equatable {
        let scans: ScanCounters
        let replies: ScannerReplyFilter.Counters
    }

    var tally: Tally { Tally(scans: counters, replies: replies) }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        feed(
            bytes.span, at: now, scan: { outputs.append(.scan(ScanOutput($0, $1))) },
            reply: { outputs.append(.reply($0)) })
        return outputs
    }
    mutating func expire(at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        timerFired(at: now) { outputs.append(.scan(ScanOutput($0, $1))) }
        return outputs
    }
}

extension ScannerReplyFilter: StreamDecoder {
    var tally: Counters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        feed(
            bytes.span, at: now, text: { text in for index in text.indices { outputs.append(.text(text[index])) } },
            reply: { outputs.append(.reply($0)) })
        return outputs
    }
    mutating func expire(at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        timerFired(at: now) { text in for index in text.indices { outputs.append(.text(text[index])) } }
        return outputs
    }
}

extension SSIDecoder: StreamDecoder {
    struct Tally: Equatable {
        let scans: ScanCounters
        let line: LineCounters
    }

    var tally: Tally { Tally(scans: counters, line: lineCounters) }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        feed(
            bytes.span, at: now, scan: { outputs.append(.scan(ScanOutput($0, $1))) },
            send: { outputs.append(.send($0)) },
            reply: { outputs.append(.reply($0)) })
        return outputs
    }
    mutating func expire(at now: MonotonicTime) -> [LineOutput] {
        var outputs: [LineOutput] = []
        timerFired(
            at: now, scan: { outputs.append(.scan(ScanOutput($0, $1))) },
            send: { outputs.append(.send($0)) },
            reply: { outputs.append(.reply($0)) })
        return outputs
    }
}
