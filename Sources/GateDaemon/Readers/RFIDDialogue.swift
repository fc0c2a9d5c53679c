import GateModel
import NIOCore
import ReaderProtocols

/// An RFID module that sends card numbers on a serial line.
struct RFIDDialogue: ReaderDialogue {
    private var decoder = RDM6300Decoder()

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder.reset()
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var actions: [DialogueAction] = []
        decoder.feed(bytes.readableBytesUInt8Span) { output in
            switch output {
            case .card(let card): actions += [.note("a card of \(card.bits) bits"), .event(.card(card))]
            case .unreadable: actions += [.note("a card that cannot be read"), .event(.unreadable(.cardNumber))]
            }
        }
        return actions
    }

    var counters: [String: UInt64] {
        [
            "cards": decoder.counters.cards, "bad-checksums": decoder.counters.badChecksums,
            "noise-bytes": decoder.counters.noiseBytes,
        ]
    }
}
