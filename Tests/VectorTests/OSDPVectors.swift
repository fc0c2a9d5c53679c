import GateModel
import OSDP
import ReaderProtocols

extension VectorCheck {
    // MARK: Clear text

    static let osdp: [VectorCheck] =
        commands.map { key, command in
            VectorCheck("osdp_cmds_addr0_seq1_crc", key) { bytes in
                let frame = try OSDPLine.frame(bytes, .commands, sequence: 1)
                let read = OSDPCommand(code: frame.code, data: bytes.span.extracting(frame.data))
                try same(read, command, "the command as a reader reads it")
                try same(command.frame(address: 0, sequence: 1), [0xFF] + bytes, "the frame after its mark byte")
            }
        }
        + replies.map { key, reply in
            VectorCheck("osdp_replies_addr0_seq1_crc", key) { bytes in
                let sequence: UInt8 = reply == .busy ? 0 : 1
                let frame = try OSDPLine.frame(bytes, .replies, sequence: sequence)
                let read = OSDPReply(code: frame.code, data: bytes.span.extracting(frame.data))
                try same(read, reply, "the reply")
                try same(reply.frame(address: 0, sequence: sequence), [0xFF] + bytes, "the frame as a reader writes it")
                switch read {
                case .card(let card):
                    var decoder = WiegandDecoder()
                    let output = decoder.raw(card.bits, bits: card.bitCount, at: ms(0))
                    try same(output, .card(CardRead(bits: 24, value: 123 << 16 | 45_678)), "the card")
                case .keypad(let keypad):
                    try same(keypad.characters, "12#", "the characters")
                    try same(keypad.keys.map { KeypadKey(osdp: $0) }, [.digit1, .digit2, .hash], "the keys")
                default: break
                }
            }
        }

    private static let commands: [(key: String, command: OSDPCommand)] = [
        ("POLL", .poll), ("ID", .identify), ("CAP", .capabilities), ("LSTAT", .localStatus), ("ISTAT", .inputStatus),
        ("OSTAT", .outputStatus), ("RSTAT", .readerStatus),
        (
            "OUT relay0 on 3.0 s then back (code 5)",
            .output([OSDPOutput(output: 0, action: .onForTime, time: 30)])
        ),
        ("OUT relay0 perm off abort (code 1)", .output([OSDPOutput(output: 0, action: .off)])),
        ("LED r0 l0 green 2.0 s solid, perm nop", .led([OSDPLED(temporary: .set(.steady(.green), time: 20))])),
        ("BUZ r0 default tone 0.2 on 0.1 off x2", .buzzer(OSDPBuzzer(onTime: 2, offTime: 1, count: 2))),
        ("TEXT r0 temp nowrap 5 s row1 col1 \"OK\"", .text(OSDPText("OK", mode: .temporary, seconds: 5))),
        ("COMSET addr1 9600", .communication(OSDPCommunication(address: 1, rate: 9600))),
        ("ACURXSIZE 1440", .receiveSize(1440)),
    ]

    private static let replies: [(key: String, reply: OSDPReply)] = [
        ("ACK", .ack), ("NAK unknown command", .nak(.unknownCommand)), ("NAK sequence", .nak(.wrongSequence)),
        ("BUSY (seq 0)", .busy),
        ("LSTATR tamper", .localStatus(OSDPLocalStatus(tamper: true, powerFailure: false))),
        ("ISTATR 2 inputs, in1 active", .inputs([false, true])),
        ("OSTATR 2 outputs, out0 on", .outputs([true, false])), ("RSTATR r0 ok", .readers([.normal])),
        ("RAW r0 Wiegand 26 bits", .card(OSDPLine.card)),
        ("KEYPAD r0 \"12#\"", .keypad(OSDPKeypad(reader: 0, keys: [0x31, 0x32, 0x0D]))),
        ("COM", .communication(OSDPCommunication(address: 1, rate: 9600))),
        (
            "PDCAP contact,out,led,crc,aes",
            .capabilities(
                OSDPCapabilities(entries: [
                    .init(function: 1, compliance: 1, count: 8), .init(function: 2, compliance: 1, count: 2),
                    .init(function: 4, compliance: 1, count: 1), .init(function: 8, compliance: 1, count: 0),
                    .init(function: 9, compliance: 1, count: 0),
                ]))
        ),
    ]

    // MARK: Secure channel

    static let osdpSession: [VectorCheck] = [
        VectorCheck(
            "osdp_secure_session", together: (0..<OSDPLine.labels.count).flatMap { ["\($0)/0", "\($0)/1"] }
        ) { texts in
            try same(stride(from: 0, to: texts.count, by: 2).map { texts[$0] }, OSDPLine.labels, "the labels")
            try OSDPLine.judgeSession(stride(from: 1, to: texts.count, by: 2).map { try hex(texts[$0]) })
        },
        VectorCheck("osdp_session_keys", together: ["S-ENC", "S-MAC1", "S-MAC2"]) { texts in
            let given = try OSDPSessionKeys(
                encryption: try hex(texts[0]), mac1: try hex(texts[1]), mac2: try hex(texts[2]))
            guard given == (try OSDPLine.keys()) else { throw Mismatch("the keys are not those derived") }
        },
        VectorCheck("osdp_session_keys", "PD cryptogram") {
            try same(OSDPLine.keys().readerCryptogram(panelRandom: OSDPLine.a, readerRandom: OSDPLine.b), $0, "it")
        },
        VectorCheck("osdp_session_keys", "ACU cryptogram") {
            try same(OSDPLine.keys().panelCryptogram(panelRandom: OSDPLine.a, readerRandom: OSDPLine.b), $0, "it")
        },
        VectorCheck("osdp_session_keys", "R-MAC-I") {
            let keys = try OSDPLine.keys()
            let cryptogram = try keys.panelCryptogram(panelRandom: OSDPLine.a, readerRandom: OSDPLine.b)
            try same(keys.initialMAC(panelCryptogram: cryptogram), $0, "it")
        },
    ]
}

enum OSDPLine {
    /// Wiegand 26, facility 123, card 45678.
    static let card = OSDPCardRead(reader: 0, format: 1, bitCount: 26, bits: [0xBD, 0xD9, 0x37, 0x40])
    /// The panel's random number of Annex E.
    static let a: [UInt8] = Array(0xB0...0xB7)
    /// The reader's.
    static let b: [UInt8] = Array(0xA0...0xA7)

    static let labels = [
        "ACU->PD CHLNG (seq 1, SCS_11, data 0 = SCBK-D)", "PD->ACU CCRYPT 76 (SCS_12)",
        "ACU->PD SCRYPT 77 (seq 2, SCS_13)", "PD->ACU RMAC_I 78 (SCS_14, data 1 = ok)",
        "ACU->PD POLL (seq 3, SCS_15)", "PD->ACU ACK (SCS_16)", "ACU->PD POLL (seq 1, SCS_15)",
        "PD->ACU RAW 26 bit (SCS_18)", "ACU->PD OUT relay0 3 s (seq 2, SCS_17)", "PD->ACU OSTATR out0 on (SCS_18)",
    ]

    static func keys() throws -> OSDPSessionKeys { try OSDPSessionKeys(key: .factoryDefault, panelRandom: a) }

    /// The one frame of address 0 that the bytes are, whole and byte by byte.
    static func frame(
        _ bytes: [UInt8], _ direction: OSDPFrameDecoder.Direction, sequence: UInt8, block: OSDPSecurityBlock? = nil
    ) throws -> OSDPFrame {
        var decoder = OSDPFrameDecoder(direction)
        let frames = decoder.feed(bytes, at: ms(0))
        guard frames.count == 1 else { throw Mismatch("\(frames.count) frames in \(spelled(bytes))") }
        var piecemeal = OSDPFrameDecoder(direction)
        try same(bytes.flatMap { piecemeal.feed([$0], at: ms(0)) }, frames, "the frames of the same bytes, cut")
        let frame = frames[0]
        try same(frame.length, bytes.count, "the length")
        try same(frame.address, 0, "the address")
        try same(frame.isReply, direction == .replies, "the direction")
        try same(frame.sequence, sequence, "the sequence number")
        try same(frame.check, .crc, "the kind of check")
        try same(frame.block, block, "the security block")
        return frame
    }

    /// Both sides of a session of the panel with a reader.
    static func judgeSession(_ frames: [[UInt8]]) throws {
        let keys = try keys()
        var handshake = try OSDPHandshake(key: .factoryDefault, panelRandom: a)

        try judge(frames[0], .challenge(handshake.panelRandom), sequence: 1, block: 0x11)
        let answer = OSDPChallengeAnswer(
            clientID: [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77], random: b,
            cryptogram: try keys.readerCryptogram(panelRandom: a, readerRandom: b))
        let challengeAnswer = try judge(
            frames[1], .challengeAnswer(answer), sequence: 1, block: OSDPSecurityBlock(type: 0x12, value: 0))
        guard case .challengeAnswer(let received) = challengeAnswer else { throw Mismatch("no CCRYPT") }

        try judge(frames[2], .panelCryptogram(handshake.accept(received)), sequence: 2, block: 0x13)
        let cryptogram = try keys.panelCryptogram(panelRandom: a, readerRandom: b)
        let initialMAC = try keys.initialMAC(panelCryptogram: cryptogram)
        let confirmation = try judge(
            frames[3], .initialMAC(initialMAC), sequence: 2, block: OSDPSecurityBlock(type: 0x14, value: 1))
        guard case .initialMAC(let received) = confirmation else { throw Mismatch("no RMAC_I") }

        var panel = try handshake.accept(initialMAC: received)
        var reader = try OSDPSecureChannel(keys: keys, initialMAC: initialMAC)
        let exchanges: [(sequence: UInt8, command: OSDPCommand, blocks: (UInt8, UInt8), reply: OSDPReply)] = [
            (3, .poll, (0x15, 0x16), .ack),
            (1, .poll, (0x15, 0x18), .card(card)),
            (2, .output([OSDPOutput(output: 0, action: .onForTime, time: 30)]), (0x17, 0x18), .outputs([true])),
        ]
        for (index, (sequence, command, blocks, reply)) in exchanges.enumerated() {
            let (sent, received) = (frames[4 + 2 * index], frames[5 + 2 * index])
            try same(panel.seal(command, address: 0, sequence: sequence), [0xFF] + sent, "the sealed \(command.name)")
            let request = try frame(sent, .commands, sequence: sequence, block: OSDPSecurityBlock(type: blocks.0))
            let opened = try reader.open(request, sent.span)
            try same(OSDPCommand(code: request.code, data: opened.span), command, "the command as the reader opens it")

            try same(reader.seal(reply, address: 0, sequence: sequence), [0xFF] + received, "the sealed reply")
            let answer = try frame(received, .replies, sequence: sequence, block: OSDPSecurityBlock(type: blocks.1))
            let data = try panel.open(answer, received.span)
            try same(OSDPReply(code: answer.code, data: data.span), reply, "the reply as the panel opens it")
        }
        try same(frames.count, 4 + 2 * exchanges.count, "frames")
    }

    /// A command of the set-up, with SCBK-D.
    private static func judge(_ bytes: [UInt8], _ command: OSDPCommand, sequence: UInt8, block: UInt8) throws {
        let block = OSDPSecurityBlock(type: block, value: 0)
        let found = try frame(bytes, .commands, sequence: sequence, block: block)
        let read = OSDPCommand(code: found.code, data: bytes.span.extracting(found.data))
        try same(read, command, "the command as the reader reads it")
        try same(command.frame(address: 0, sequence: sequence, block: block), [0xFF] + bytes, "the \(command.name)")
    }

    /// A reply of the set-up; gives back what the panel reads.
    private static func judge(
        _ bytes: [UInt8], _ reply: OSDPReply, sequence: UInt8, block: OSDPSecurityBlock
    ) throws -> OSDPReply? {
        let found = try frame(bytes, .replies, sequence: sequence, block: block)
        let read = OSDPReply(code: found.code, data: bytes.span.extracting(found.data))
        try same(read, reply, "the reply")
        try same(reply.frame(address: 0, sequence: sequence, block: block), [0xFF] + bytes, "the reply's frame")
        return read
    }
}
