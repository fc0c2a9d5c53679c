import GateModel
import HardwareParts
import ReaderProtocols

extension FuzzTarget {
    static let idCards = [
        FuzzTarget("sdt-frames", longestInput: 4096) { $0.deliver(to: SDTFrameDecoder()) },
        FuzzTarget("sdt-reply", longestInput: 2048) { input in
            // Framed as it should be, so that the reply itself is what is tried.
            let body = input.payload.prefix(4095)
            let replies = SDTFrameDecoder.replies(body: Array(body))
            expect(replies.count == (body.count >= 3 ? 1 : 0), "a good frame is a reply")
            for reply in replies { expect(reply.status == SDTStatus(sw3: body[2]), "the status is SW3") }
        },
        FuzzTarget("sdt-session", run: sdtSession),
        FuzzTarget("sdt-usb-joiner", longestInput: 1024) { input in
            var joiner = SDTReplyJoiner()
            var fed = 0
            var joined = 0
            for (number, piece) in input.pieces.enumerated() {
                let isHeader = number.isMultiple(of: 2) != (input.choice & 1 != 0)
                let emit: (Span<UInt8>) -> Void = { reply in
                    expect(reply.count <= SDTReplyJoiner.capacity, "no reply is longer than the capacity")
                    joined += reply.count
                }
                fed += piece.bytes.count
                if isHeader {
                    joiner.header(piece.bytes.span, emit: emit)
                } else {
                    joiner.body(piece.bytes.span, emit: emit)
                }
                let held = fed - joined - Int(joiner.bytesDropped)
                expect((0...SDTReplyJoiner.capacity).contains(held), "every byte is handed over, dropped or held")
            }
        },
    ]

    /// Replies that are framed well, at all times, to all questions.
    private static func sdtSession(_ input: FuzzInput) {
        var reader = ByteReader(input.payload)
        var session = SDTSession()
        var now = FuzzInput.start
        var wake: MonotonicTime?
        func note(_ actions: [SDTSession.Action]) {
            for case .wake(let time) in actions { wake = time }
            expect(wake.map { $0 > now } ?? false, "the session always waits for something")
        }
        note(session.start(at: now))
        while !reader.isAtEnd {
            let pause = reader.byte()
            let then = now.advanced(by: FuzzInput.pause(pause))
            while let due = wake, due <= then {
                now = due
                note(session.timerFired(at: now))
            }
            now = then
            for reply in SDTFrameDecoder.replies(body: reader.counted()) {
                let actions = session.reply(reply, at: now)
                // A late answer changes nothing, and then the old time still holds.
                if !actions.isEmpty { note(actions) }
            }
        }
    }
}

extension SDTFrameDecoder: StreamDecoder {
    var tally: Counters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [SDTReply] { feed(bytes) }

    /// What the body of a reply, status bytes first, says once preamble, length and check byte are put round it.
    fileprivate static func replies(body: [UInt8]) -> [SDTReply] {
        let length = body.count + 1
        let checked = [UInt8(length >> 8), UInt8(length & 0xFF)] + body
        var decoder = SDTFrameDecoder()
        return decoder.feed([0xAA, 0xAA, 0xAA, 0x96, 0x69] + checked + [checked.reduce(0, ^)])
    }
}
