import OSDP
import TestSupport
import Testing

struct OSDPMessageTests {
    @Test func `commands have the bytes of the fact sheet, after a mark byte`() {
        for (command, bytes) in commandVectors {
            #expect(command.frame(address: 0, sequence: 1) == [0xFF] + bytes, "\(command)")
        }
    }

    @Test func `a reader reads the commands that the panel writes`() throws {
        for (command, bytes) in commandVectors {
            let data = Array(bytes[6..<bytes.count - 2])
            #expect(OSDPCommand(code: bytes[5], data: data.span) == command, "\(command)")
        }
        let secrets: [OSDPCommand] = [
            .keySet(try key(3)), .challenge([1, 2, 3, 4, 5, 6, 7, 8]),
            .panelCryptogram([UInt8](repeating: 9, count: 16)),
        ]
        for command in secrets + Self.elaborate {
            var body: [UInt8] = []
            command.append(to: &body)
            #expect(OSDPCommand(code: body[0], data: body.span.extracting(droppingFirst: 1)) == command)
        }
    }

    /// Every field used.
    static let elaborate: [OSDPCommand] = [
        .led([
            OSDPLED(
                reader: 1, light: 2,
                temporary: .set(OSDPFlash(onTime: 3, offTime: 4, onColour: .red, offColour: .blue), time: 0x1234),
                permanent: OSDPFlash(onTime: 5, offTime: 6, onColour: .white, offColour: .amber)),
            OSDPLED(temporary: .cancel),
        ]),
        .output(OSDPOutput.Action.allCases.map { OSDPOutput(output: 7, action: $0, time: 0xABCD) }),
        .text(OSDPText("", reader: 1, mode: .permanentWrapped, row: 2, column: 3)),
        .communication(OSDPCommunication(address: 0x7E, rate: 230_400)),
    ]

    @Test func `a text longer than its length byte can say is cut`() {
        var body: [UInt8] = []
        OSDPCommand.text(OSDPText(String(repeating: "a", count: 300))).append(to: &body)
        #expect(body.count == 1 + 6 + 255)
        #expect(body[6] == 255)
        body = []
        OSDPCommand.text(OSDPText(String(repeating: "a", count: 254) + "é")).append(to: &body)
        #expect(body.count == 1 + 6 + 254, "no half of a character")
        #expect(body[6] == 254)
    }

    @Test func `replies are read and written with the bytes of the fact sheet`() {
        for (reply, bytes) in replyVectors {
            let data = Array(bytes[6..<bytes.count - 2])
            #expect(OSDPReply(code: bytes[5], data: data.span) == reply)
            #expect(reply.frame(address: 0, sequence: 1) == [0xFF] + bytes)
        }
        #expect(OSDPReply.busy.frame(address: 0, sequence: 0) == bytes("FF 53 80 08 00 04 79 23 0B"))
    }

    @Test func `an identification is read field by field`() {
        let data = bytes("00 06 8E 03 01 78 56 34 12 01 02 03")
        guard case .identification(let identification) = OSDPReply(code: 0x45, data: data.span) else {
            Issue.record("not read")
            return
        }
        #expect(identification.serial == 0x1234_5678)
        #expect(
            "\(identification)" == "maker 00-06-8E, model 3.1, serial 305419896, firmware 1.2.3")
        var written: [UInt8] = []
        OSDPReply.identification(identification).append(to: &written)
        #expect(written == [0x45] + data)
    }

    @Test func `capabilities say what the gate asks`() {
        let capabilities = OSDPCapabilities(entries: [
            .init(function: 1, compliance: 1, count: 8), .init(function: 2, compliance: 1, count: 2),
            .init(function: 4, compliance: 1, count: 3), .init(function: 5, compliance: 1, count: 1),
            .init(function: 9, compliance: 1, count: 1), .init(function: 10, compliance: 0xA0, count: 5),
        ])
        #expect(capabilities.inputs == 8)
        #expect(capabilities.outputs == 2)
        #expect(capabilities.lights == 3)
        #expect(capabilities.hasBuzzer)
        #expect(!capabilities.hasDisplay)
        #expect(capabilities.hasSecureChannel)
        #expect(capabilities.receiveSize == 1440)
        #expect(OSDPCapabilities(entries: []).receiveSize == 128)
    }

    @Test func `bits beyond the last one of a card are cleared`() {
        let card = OSDPCardRead(reader: 0, format: 0, bitCount: 26, bits: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(card.bits == [0xFF, 0xFF, 0xFF, 0xC0])
        #expect(OSDPCardRead(reader: 0, format: 0, bitCount: 16, bits: [1]).bits == [1, 0])
    }

    @Test(arguments: ["00 01 1A 00 BD D9 37", "00 01 00 00", "00 01 FF FF 00", "00 01 1A"])
    func `a card with fewer bytes than bits is none`(data: String) {
        #expect(OSDPReply(code: 0x50, data: bytes(data).span) == nil)
    }

    @Test(arguments: ["00 04 31 32", "00 01 31 32", "00"])
    func `keys that do not match their count are none`(data: String) {
        #expect(OSDPReply(code: 0x53, data: bytes(data).span) == nil)
    }

    @Test func `keys have the characters that are printed on them`() {
        #expect(OSDPKeypad(reader: 0, keys: [0x31, 0x7F, 0x32, 0x0D]).characters == "1*2#")
    }

    @Test func `what may name or unlock a person is not printed`() throws {
        let key = try #require(OSDPKey(Array("0123456789ABCDEX".utf8)))
        let keypad = OSDPKeypad(reader: 0, keys: Array("4711".utf8))
        var dumped = ""
        dump(key, to: &dumped)
        dump(cardRead, to: &dumped)
        dump(keypad, to: &dumped)
        dump(OSDPEvent.card(cardRead), to: &dumped)
        dump(OSDPCommand.keySet(key), to: &dumped)
        let texts = ["\(key)", "\(cardRead)", "\(keypad)", "\(OSDPCommand.keySet(key))", dumped]
        for text in texts {
            #expect(!text.contains("189") && !text.contains("BD"), "a card's bytes in \(text)")
            #expect(!text.contains("52") && !text.contains("47") && !text.contains("4711"), "keys in \(text)")
            #expect(!text.contains("48") && !text.contains("88"), "a secret in \(text)")
        }
        #expect("\(cardRead)".contains("withheld"))
    }

    @Test func `a key has 16 bytes`() {
        #expect(OSDPKey([UInt8](repeating: 1, count: 15)) == nil)
        #expect(OSDPKey([UInt8](repeating: 1, count: 17)) == nil)
        #expect(OSDPKey(Array(0x30...0x3F)) == .factoryDefault)
        #expect(OSDPKey([UInt8](repeating: 1, count: 16)) != .factoryDefault)
    }

    @Test func `random data of every code never crashes, and what is read is written back as it came`() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            let code = UInt8(truncatingIfNeeded: random.next())
            let data = random.bytes(Int.random(in: 0...40, using: &random))
            _ = OSDPCommand(code: code, data: data.span)
            guard let reply = OSDPReply(code: code, data: data.span) else { continue }
            #expect(reply.code == code)
            var written: [UInt8] = []
            reply.append(to: &written)
            // Read again it is the same, though a reader may have sent more than the fields need.
            #expect(OSDPReply(code: written[0], data: written.span.extracting(droppingFirst: 1)) == reply)
        }
    }
}
