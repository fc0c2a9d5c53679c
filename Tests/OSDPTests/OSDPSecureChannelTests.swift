import OSDP
import TestSupport
import Testing

struct OSDPSecureChannelTests {
    static let panelRandom = bytes("B0 B1 B2 B3 B4 B5 B6 B7")
    static let readerRandom = bytes("A0 A1 A2 A3 A4 A5 A6 A7")
    static let panelCryptogram = bytes("26 D3 35 6E 07 76 2D 26 28 01 FC 8E 66 65 A8 91")
    static let initialMAC = bytes("B2 A3 00 57 EB 98 BA 22 29 EC 1F 87 56 62 B5 24")
    static let answer = OSDPChallengeAnswer(
        clientID: bytes("00 11 22 33 44 55 66 77"), random: readerRandom,
        cryptogram: bytes("FD E5 D2 F4 28 EC 16 31 24 71 EA 3C 02 BD 77 96"))

    /// The session of the fact sheet after its set-up.
    private func channel() throws -> OSDPSecureChannel {
        let keys = try OSDPSessionKeys(key: .factoryDefault, panelRandom: Self.panelRandom)
        return try OSDPSecureChannel(keys: keys, initialMAC: Self.initialMAC)
    }

    private func frame(
        _ bytes: [UInt8], _ direction: OSDPFrameDecoder.Direction = .replies
    ) throws -> OSDPFrame {
        var decoder = OSDPFrameDecoder(direction)
        return try #require(decoder.feed(bytes, at: ms(0)).first)
    }

    @Test func `session keys are those of Annex E`() throws {
        let derived = try OSDPSessionKeys(key: .factoryDefault, panelRandom: Self.panelRandom)
        let given = try OSDPSessionKeys(
            encryption: bytes("BF 8D C2 A8 32 9A CB 8C 67 C6 D0 CD 9A 45 16 82"),
            mac1: bytes("5E 86 C6 76 60 3B DE E2 D8 BE AF E1 78 63 73 32"),
            mac2: bytes("6F DA 86 E8 57 77 7E 81 13 20 35 75 82 39 17 2E"))
        #expect(derived == given)
        #expect(try derived != OSDPSessionKeys(key: key(1), panelRandom: Self.panelRandom))
        #expect(
            try derived.readerCryptogram(panelRandom: Self.panelRandom, readerRandom: Self.readerRandom)
                == Self.answer.cryptogram)
        #expect(
            try derived.panelCryptogram(panelRandom: Self.panelRandom, readerRandom: Self.readerRandom)
                == Self.panelCryptogram)
        #expect(try derived.initialMAC(panelCryptogram: Self.panelCryptogram) == Self.initialMAC)
    }

    @Test func `the set-up has the bytes of the fact sheet`() throws {
        var handshake = try OSDPHandshake(key: .factoryDefault, panelRandom: Self.panelRandom)
        #expect(
            OSDPCommand.challenge(handshake.panelRandom).frame(
                address: 0, sequence: 1, block: OSDPSecurityBlock(type: 0x11, value: 0))
                == bytes("FF 53 00 13 00 0D 03 11 00 76 B0 B1 B2 B3 B4 B5 B6 B7 31 77"))
        let challengeAnswer = bytes(
            "53 80 2B 00 0D 03 12 00 76 00 11 22 33 44 55 66 77 A0 A1 A2 A3 A4 A5 A6 A7"
                + "FD E5 D2 F4 28 EC 16 31 24 71 EA 3C 02 BD 77 96 6C 5E")
        #expect(
            OSDPReply.challengeAnswer(Self.answer).frame(
                address: 0, sequence: 1, block: OSDPSecurityBlock(type: 0x12, value: 0)) == [0xFF] + challengeAnswer)
        let header = try frame(challengeAnswer)
        #expect(header.block == OSDPSecurityBlock(type: 0x12, value: 0))
        #expect(
            OSDPReply(code: header.code, data: challengeAnswer.span.extracting(header.data))
                == .challengeAnswer(Self.answer))
        let cryptogram = try handshake.accept(Self.answer)
        #expect(
            OSDPCommand.panelCryptogram(cryptogram).frame(
                address: 0, sequence: 2, block: OSDPSecurityBlock(type: 0x13, value: 0))
                == bytes(
                    "FF 53 00 1B 00 0E 03 13 00 77 26 D3 35 6E 07 76 2D 26 28 01 FC 8E 66 65 A8 91 40 B4"))
        let confirmation = bytes(
            "53 80 1B 00 0E 03 14 01 78 B2 A3 00 57 EB 98 BA 22 29 EC 1F 87 56 62 B5 24 6E EB")
        let confirmed = try frame(confirmation)
        #expect(
            OSDPReply(code: confirmed.code, data: confirmation.span.extracting(confirmed.data))
                == .initialMAC(Self.initialMAC))
        _ = try handshake.accept(initialMAC: Self.initialMAC)
    }

    /// Each command and its answer, as the fact sheet has them.
    static let session: [(sequence: UInt8, command: OSDPCommand, sent: String, received: String, reply: OSDPReply)] = [
        (
            3, .poll, "53 00 0E 00 0F 02 15 60 69 BD C6 54 E1 36", "53 80 0E 00 0F 02 16 40 F9 BA FF 9D 78 CD", .ack
        ),
        (
            1, .poll, "53 00 0E 00 0D 02 15 60 FA BB 8E 33 80 CE",
            "53 80 1E 00 0D 02 18 50 C7 6E 98 26 96 E7 72 90 7C 0D 9B 88 38 EF C4 9E B1 9A E4 74 E3 7A",
            .card(cardRead)
        ),
        (
            2, .output([OSDPOutput(output: 0, action: .onForTime, time: 30)]),
            "53 00 1E 00 0E 02 17 68 7E 7C CE 80 62 BE 33 73 8E 2B 18 24 1F 46 95 42 47 CF 94 BA C1 EA",
            "53 80 1E 00 0E 02 18 4A A7 0B 7E 14 79 57 C1 E2 06 AA 77 EF 7E A7 58 8A D5 25 25 8F EC E1",
            .outputs([true])
        ),
    ]

    @Test func `a whole session has the bytes of the fact sheet on both sides`() throws {
        var panel = try channel()
        var reader = try channel()
        for step in Self.session {
            let sent = try panel.seal(step.command, address: 0, sequence: step.sequence)
            #expect(sent == bytes("FF" + step.sent))
            let command = bytes(step.sent)
            let commandFrame = try frame(command, .commands)
            let commandData = try reader.open(commandFrame, command.span)
            #expect(OSDPCommand(code: commandFrame.code, data: commandData.span) == step.command)

            #expect(
                try reader.seal(step.reply, address: 0, sequence: step.sequence) == bytes("FF" + step.received))
            let reply = bytes(step.received)
            let replyFrame = try frame(reply)
            let replyData = try panel.open(replyFrame, reply.span)
            #expect(OSDPReply(code: replyFrame.code, data: replyData.span) == step.reply)
        }
    }

    @Test func `frames with keys of zeros are those that another implementation computes`() throws {
        let zero = [UInt8](repeating: 0, count: 16)
        func panel() throws -> OSDPSecureChannel {
            try OSDPSecureChannel(
                keys: OSDPSessionKeys(encryption: zero, mac1: zero, mac2: zero), initialMAC: zero)
        }
        var first = try panel()
        #expect(
            try first.seal(.poll, address: 0, sequence: 2) == bytes("FF 53 00 0E 00 0E 02 15 60 4B 32 76 77 73 B6"))
        var second = try panel()
        #expect(
            try second.seal(.capabilities, address: 0, sequence: 2)
                == bytes(
                    "FF 53 00 1E 00 0E 02 17 62 D1 4E B7 AD 98 2C C5 F9 AA 25 31 8A 7E AE D6 26 0F 6A 2A A7 38 70"))
    }

    @Test func `a reader without the key is found out, whatever bit of its cryptogram is wrong`() throws {
        for bit in 0..<128 {
            var handshake = try OSDPHandshake(key: .factoryDefault, panelRandom: Self.panelRandom)
            var answer = Self.answer
            answer.cryptogram[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: OSDPSecureChannelError.cryptogramMismatch) { try handshake.accept(answer) }
            #expect(throws: OSDPSecureChannelError.cryptogramMismatch) {
                try handshake.accept(initialMAC: Self.initialMAC)
            }
        }
    }

    @Test func `a wrong initial MAC is refused`() throws {
        var handshake = try OSDPHandshake(key: .factoryDefault, panelRandom: Self.panelRandom)
        _ = try handshake.accept(Self.answer)
        var wrong = Self.initialMAC
        wrong[15] ^= 1
        #expect(throws: OSDPSecureChannelError.cryptogramMismatch) { try handshake.accept(initialMAC: wrong) }
        #expect(throws: OSDPSecureChannelError.cryptogramMismatch) { try handshake.accept(initialMAC: []) }
    }

    @Test func `a changed bit anywhere in a secured reply is refused and moves nothing`() throws {
        var panel = try channel()
        var reader = try channel()
        let poll = try panel.seal(.poll, address: 0, sequence: 3)
        _ = try reader.open(frame(poll, .commands), Array(poll.dropFirst()).span)
        let reply = Array(try reader.seal(.card(cardRead), address: 0, sequence: 3).dropFirst())
        let header = try frame(reply)
        for index in 0..<reply.count - 2 {
            for bit in 0..<8 {
                var changed = reply
                changed[index] ^= 1 << bit
                #expect(throws: OSDPSecureChannelError.macMismatch) { try panel.open(header, changed.span) }
            }
        }
        let data = try panel.open(header, reply.span)
        #expect(OSDPReply(code: header.code, data: data.span) == .card(cardRead))
        _ = try panel.seal(.poll, address: 0, sequence: 1)
        #expect(throws: OSDPSecureChannelError.macMismatch, "a reply to an earlier command") {
            try panel.open(header, reply.span)
        }
    }

    @Test func `a frame in clear text is not part of a session`() throws {
        var panel = try channel()
        let ack = replyVectors[0].bytes
        #expect(throws: OSDPSecureChannelError.notSecured) { try panel.open(frame(ack), ack.span) }
    }

    @Test func `data of every length crosses`() throws {
        var panel = try channel()
        var reader = try channel()
        for length in 0...70 {
            let command = OSDPCommand.text(OSDPText(String(repeating: "x", count: length)))
            let sent = Array(try panel.seal(command, address: 9, sequence: 1).dropFirst())
            let header = try frame(sent, .commands)
            let data = try reader.open(header, sent.span)
            #expect(OSDPCommand(code: header.code, data: data.span) == command)
            let reply = OSDPReply.inputs((0..<length).map { $0.isMultiple(of: 3) })
            let answered = Array(try reader.seal(reply, address: 9, sequence: 1).dropFirst())
            let opened = try panel.open(frame(answered), answered.span)
            #expect(OSDPReply(code: 0x49, data: opened.span) == reply)
        }
    }

    @Test func `nothing of a session is printed`() throws {
        let channel = try channel()
        let keys = try OSDPSessionKeys(key: .factoryDefault, panelRandom: Self.panelRandom)
        var dumped = "\(channel) \(keys)"
        dump(channel, to: &dumped)
        dump(keys, to: &dumped)
        #expect(dumped.contains("withheld"))
        #expect(!dumped.contains { $0.isNumber })
    }

    @Test func `lengths that do not fit are refused`() throws {
        let short = [UInt8](repeating: 0, count: 7)
        #expect(throws: OSDPSecureChannelError.wrongLength) {
            try OSDPSessionKeys(key: .factoryDefault, panelRandom: short)
        }
        let keys = try OSDPSessionKeys(key: .factoryDefault, panelRandom: Self.panelRandom)
        #expect(throws: OSDPSecureChannelError.wrongLength) {
            try keys.readerCryptogram(panelRandom: Self.panelRandom, readerRandom: short)
        }
        #expect(throws: OSDPSecureChannelError.wrongLength) {
            try OSDPSecureChannel(keys: keys, initialMAC: short)
        }
    }
}
