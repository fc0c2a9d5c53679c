import GateModel
import OSDP

extension FuzzTarget {
    static let osdp = [
        FuzzTarget("osdp-frames", longestInput: 2048) { input in
            input.deliver(to: OSDPFrameDecoder(input.choice & 1 == 0 ? .replies : .commands))
        },
        FuzzTarget("osdp-replies", longestInput: 256) { input in
            var reader = ByteReader(input.payload)
            guard let reply = OSDPReply(code: reader.byte(), data: reader.rest().span) else { return }
            var written: [UInt8] = []
            reply.append(to: &written)
            expect(written.first == reply.code, "a reply begins with its code")
            written.removeFirst()
            let again = OSDPReply(code: reply.code, data: written.span)
            expect(again == reply, "a reply is read from what it is written as")
        },
        FuzzTarget("osdp-commands", longestInput: 256) { input in
            var reader = ByteReader(input.payload)
            guard let command = OSDPCommand(code: reader.byte(), data: reader.rest().span) else { return }
            var written: [UInt8] = []
            command.append(to: &written)
            expect(written.first == command.code, "a command begins with its code")
            // Of a text that is too long, or is none before it is made one, only the beginning is sent.
            if case .text(let text) = command, text.text.utf8.count > 255 { return }
            written.removeFirst()
            let again = OSDPCommand(code: command.code, data: written.span)
            expect(again == command, "a command is read from what it is written as")
        },
        FuzzTarget("osdp-bus-clear", longestInput: 1024) { input in
            osdpBus(input, [.clear])
        },
        FuzzTarget("osdp-bus-secure", longestInput: 1024) { input in
            guard let key = OSDPKey((1...16).map { $0 }) else { return }
            osdpBus(input, [input.choice & 1 == 0 ? .secure(key) : .install(key)])
        },
        FuzzTarget("osdp-bus-mixed", longestInput: 1024) { input in
            guard let key = OSDPKey((1...16).map { $0 }) else { return }
            osdpBus(input, [.secure(key), .clear, .install(key)])
        },
    ]

    private static func osdpBus(_ input: FuzzInput, _ securities: [OSDPSecurity]) {
        guard var line = FuzzedOSDPLine(securities: securities, choice: input.choice) else {
            return expect(false, "the settings are good")
        }
        line.play(input.payload)
    }
}

extension OSDPFrameDecoder: StreamDecoder {
    struct Heard: Equatable {
        let frame: OSDPFrame
        let bytes: [UInt8]
    }

    var tally: Counters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [Heard] {
        var frames: [Heard] = []
        feed(bytes.span, at: now) { frames.append(Self.heard($0, $1)) }
        return frames
    }
    mutating func expire(at now: MonotonicTime) -> [Heard] {
        var frames: [Heard] = []
        timerFired(at: now) { frames.append(Self.heard($0, $1)) }
        return frames
    }
    private static func heard(_ frame: OSDPFrame, _ bytes: Span<UInt8>) -> Heard {
        expect(frame.length == bytes.count, "a frame comes with its bytes")
        expect(frame.data.upperBound <= bytes.count, "the data lies in the frame")
        return Heard(frame: frame, bytes: bytes.indices.map { bytes[$0] })
    }
}
