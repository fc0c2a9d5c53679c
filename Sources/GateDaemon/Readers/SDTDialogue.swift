import GateModel
import NIOCore
import ReaderProtocols

/// An ID-card reader that speaks SDT, on a serial line or over USB.
struct SDTDialogue: ReaderDialogue {
    private var decoder = SDTFrameDecoder()
    private var session = SDTSession()

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder.reset()
        return translate(session.start(at: now))
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var replies: [SDTReply] = []
        decoder.feed(bytes.readableBytesUInt8Span) { replies.append($0) }
        var actions: [DialogueAction] = []
        for reply in replies {
            actions.append(.note("\(reply.status)"))
            actions += translate(session.reply(reply, at: now))
        }
        return actions
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] { translate(session.timerFired(at: now)) }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] {
        if signal == .retry { session.expectAgain() }
        return []
    }

    var isQuietAtRest: Bool { false }

    var counters: [String: UInt64] {
        [
            "frames": decoder.counters.frames, "noise-bytes": decoder.counters.noiseBytes,
            "bad-checksums": decoder.counters.badChecksums, "absurd-lengths": decoder.counters.absurdLengths,
        ]
    }

    private mutating func translate(_ actions: [SDTSession.Action]) -> [DialogueAction] {
        actions.map { action in
            switch action {
            case .send(let bytes): return .send(bytes)
            case .flushInput:
                decoder.reset()
                return .flushInput
            case .wake(let time): return .wake(at: time)
            case .document(let document): return .event(.document(document))
            case .unreadable: return .event(.unreadable(.idCard))
            case .health(let state, let reason): return .event(.health(state, reason))
            }
        }
    }
}
