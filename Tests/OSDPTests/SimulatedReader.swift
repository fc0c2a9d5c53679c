import GateModel
import OSDP

/// A reader that keeps to the standard, for tests.
struct SimulatedReader {
    var address: UInt8 = 0
    /// Its own key; `nil` as it leaves the factory.
    var key: OSDPKey?
    /// Whether it takes SCBK-D.
    var takesFactoryKey = false
    /// Refuses POLL and everything else outside a session.
    var insistsOnSession = false
    var isDead = false
    /// Answers BUSY so many times.
    var busy = 0
    /// Codes it does not know.
    var unknown: Set<UInt8> = []
    /// Answers everything with this in clear text, if set.
    var forged: OSDPReply?
    /// Offers SCBK-D whatever the panel asks for.
    var offersFactoryKey = false
    /// What it will report, one for each POLL.
    /// What COM names instead of the new address.
    var comAddress: UInt8?
    var events: [OSDPReply] = []
    var capabilities = OSDPCapabilities(entries: [
        .init(function: 1, compliance: 1, count: 2), .init(function: 9, compliance: 1, count: 1),
        .init(function: 10, compliance: 0, count: 2),
    ])

    /// What it carried out, and whether it came within a session.
    private(set) var done: [(command: OSDPCommand, isSecured: Bool)] = []
    private(set) var repeats = 0

    private var decoder = OSDPFrameDecoder(.commands)
    private var lastSequence: UInt8?
    private var lastReply: [UInt8] = []
    private var keys: OSDPSessionKeys?
    private var initialMAC: [UInt8] = []
    private var channel: OSDPSecureChannel?
    private static let random: [UInt8] = [9, 8, 7, 6, 5, 4, 3, 2]
    private var panelRandom: [UInt8] = []

    init(address: UInt8 = 0, key: OSDPKey? = nil) {
        self.address = address
        self.key = key
    }

    var hasSession: Bool { channel != nil }

    /// Power off and on.
    mutating func reboot() {
        lastSequence = nil
        lastReply = []
        keys = nil
        channel = nil
        events = []
    }

    /// What it answers to the bytes of the line.
    mutating func receive(_ bytes: [UInt8], at now: MonotonicTime) -> [UInt8]? {
        var found: [(OSDPFrame, [UInt8])] = []
        decoder.feed(bytes.span, at: now) { frame, span in found.append((frame, (0..<span.count).map { span[$0] })) }
        guard !isDead, let (frame, bytes) = found.last, frame.address == address || frame.address == 0x7F else {
            return nil
        }
        if let forged { return forged.frame(address: address, sequence: frame.sequence) }
        if frame.sequence == 0 {
            channel = nil
        } else if frame.sequence == lastSequence {
            repeats += 1
            return lastReply
        } else if frame.sequence != (lastSequence ?? 0) % 3 + 1 || lastSequence == nil {
            // With the number that it expects.
            return OSDPReply.nak(.wrongSequence).frame(
                address: address, sequence: lastSequence.map { $0 % 3 + 1 } ?? 0)
        }
        if busy > 0 {
            busy -= 1
            return OSDPReply.busy.frame(address: address, sequence: 0)
        }
        lastSequence = frame.sequence
        lastReply = answer(frame, bytes)
        return lastReply
    }

    private mutating func answer(_ frame: OSDPFrame, _ bytes: [UInt8]) -> [UInt8] {
        let address = address
        func clear(_ reply: OSDPReply, _ block: OSDPSecurityBlock? = nil) -> [UInt8] {
            reply.frame(address: address, sequence: frame.sequence, check: frame.check, block: block)
        }
        guard frame.block?.hasMAC == true else {
            let setUp: Set<UInt8> = [0x61, 0x62, 0x76, 0x77]
            guard channel == nil, !insistsOnSession || setUp.contains(frame.code) else {
                channel = nil
                return clear(.nak(.secureChannelRequired))
            }
            guard let command = OSDPCommand(code: frame.code, data: bytes.span.extracting(frame.data)) else {
                return clear(.nak(.badLength))
            }
            switch command {
            case .challenge(let random): return challenged(random, frame, clear)
            case .panelCryptogram(let cryptogram): return confirmed(cryptogram, frame, clear)
            default: return clear(carryOut(command, isSecured: false))
            }
        }
        guard var channel, let data = try? channel.open(frame, bytes.span),
            let command = OSDPCommand(code: frame.code, data: data.span)
        else {
            self.channel = nil
            return clear(.nak(.secureChannelRequired))
        }
        let reply = carryOut(command, isSecured: true)
        let sealed = try? channel.seal(reply, address: address, sequence: frame.sequence)
        self.channel = channel
        if case .keySet(let key) = command, takesFactoryKey {
            self.key = key
            takesFactoryKey = false
            self.channel = nil
        }
        return sealed ?? []
    }

    private typealias Clear = (OSDPReply, OSDPSecurityBlock?) -> [UInt8]

    private mutating func challenged(_ random: [UInt8], _ frame: OSDPFrame, _ clear: Clear) -> [UInt8] {
        let isFactoryKey = offersFactoryKey || (frame.block?.value == 0 && takesFactoryKey)
        let used = isFactoryKey ? OSDPKey.factoryDefault : key ?? OSDPKey([UInt8](repeating: 0, count: 16))
        guard !unknown.contains(0x76), let used, let keys = try? OSDPSessionKeys(key: used, panelRandom: random),
            let cryptogram = try? keys.readerCryptogram(panelRandom: random, readerRandom: Self.random)
        else { return clear(.nak(.secureChannelUnsupported), nil) }
        self.keys = keys
        panelRandom = random
        let answer = OSDPChallengeAnswer(
            clientID: [1, 2, 3, 4, 5, 6, 7, 8], random: Self.random, cryptogram: cryptogram)
        return clear(.challengeAnswer(answer), OSDPSecurityBlock(type: 0x12, value: isFactoryKey ? 0 : 1))
    }

    private mutating func confirmed(_ cryptogram: [UInt8], _ frame: OSDPFrame, _ clear: Clear) -> [UInt8] {
        guard let keys,
            let expected = try? keys.panelCryptogram(panelRandom: panelRandom, readerRandom: Self.random),
            expected == cryptogram, let mac = try? keys.initialMAC(panelCryptogram: cryptogram)
        else { return clear(.nak(.secureChannelUnsupported), nil) }
        channel = try? OSDPSecureChannel(keys: keys, initialMAC: mac)
        return clear(.initialMAC(mac), OSDPSecurityBlock(type: 0x14, value: 1))
    }

    private mutating func carryOut(_ command: OSDPCommand, isSecured: Bool) -> OSDPReply {
        guard !unknown.contains(command.code) else { return .nak(.unknownCommand) }
        done.append((command, isSecured))
        switch command {
        case .poll: return events.isEmpty ? .ack : events.removeFirst()
        case .identify:
            return .identification(
                OSDPIdentification(maker: [0, 6, 0x8E], model: 1, version: 2, serial: 3, firmware: [4, 5, 6]))
        case .capabilities: return .capabilities(capabilities)
        case .localStatus: return .localStatus(OSDPLocalStatus(tamper: false, powerFailure: false))
        case .inputStatus: return .inputs([false, true])
        case .output: return .outputs([true])
        case .communication(var communication):
            defer { address = communication.address }
            communication.address = comAddress ?? communication.address
            return .communication(communication)
        default: return .ack
        }
    }
}
