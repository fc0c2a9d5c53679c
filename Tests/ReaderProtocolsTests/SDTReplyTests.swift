import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct SDTReplyTests {
    static func decode(_ frame: [UInt8]) -> SDTReply? {
        var decoder = SDTFrameDecoder()
        return decoder.feed(frame).first
    }

    @Test(arguments: [
        (SDTCommand.resetSAM, "AA AA AA 96 69 00 03 10 FF EC"),
        (.samStatus, "AA AA AA 96 69 00 03 11 FF ED"),
        (.samID, "AA AA AA 96 69 00 03 12 FF EE"),
        (.find, "AA AA AA 96 69 00 03 20 01 22"),
        (.select, "AA AA AA 96 69 00 03 20 02 21"),
        (.readTextAndPhoto, "AA AA AA 96 69 00 03 30 01 32"),
        (.readNewestAddress, "AA AA AA 96 69 00 03 30 03 30"),
    ])
    func `commands are encoded as the readers expect them`(command: SDTCommand, hex: String) {
        #expect(command.bytes == bytes(hex))
    }

    @Test(arguments: [
        ("AA AA AA 96 69 00 04 00 00 90 94", SDTStatus.success),
        ("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97", .cardFound),
        ("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C", .success),
        ("AA AA AA 96 69 00 04 00 00 80 84", .noCard),
        ("AA AA AA 96 69 00 04 00 00 81 85", .selectFailed),
        ("AA AA AA 96 69 00 04 00 00 41 45", .readFailed),
        ("AA AA AA 96 69 00 04 00 00 32 36", .moduleRejectedCard),
        ("AA AA AA 96 69 00 04 00 00 31 35", .cardRejectedModule),
        ("AA AA AA 96 69 00 04 00 00 33 37", .cardVerificationFailed),
        ("AA AA AA 96 69 00 04 00 00 47 43", .randomNumberFailed),
        ("AA AA AA 96 69 00 04 00 00 10 14", .requestChecksumWrong),
        ("AA AA AA 96 69 00 04 00 00 11 15", .requestLengthWrong),
        ("AA AA AA 96 69 00 04 00 00 21 25", .commandUnknown),
        ("AA AA AA 96 69 00 04 00 00 23 27", .notPermitted),
        ("AA AA AA 96 69 00 04 00 00 24 20", .unknownError),
        ("AA AA AA 96 69 00 04 00 00 40 44", .unknownCard),
        ("AA AA AA 96 69 00 04 00 00 91 95", .empty),
        ("AA AA AA 96 69 00 04 00 00 60 64", .selfTestFailed),
        ("AA AA AA 96 69 00 04 00 00 66 62", .moduleNotAuthorised),
        ("AA AA AA 96 69 00 04 00 00 77 73", .other(0x77)),
    ])
    func `status words are understood`(hex: String, status: SDTStatus) throws {
        let reply = try #require(Self.decode(bytes(hex)))
        #expect(reply.status == status)
        #expect(reply.content == .none)
    }

    @Test func `all three status bytes are kept for the log`() throws {
        let reply = try #require(Self.decode(bytes("AA AA AA 96 69 00 04 6A 82 05 E9")))
        #expect(reply.statusBytes == "6A 82 05")
        #expect(reply.status.description == "reader error 05")
    }

    @Test func `the number of the security module is printed as on its label`() throws {
        let hex = "AA AA AA 96 69 00 14 00 00 90 05 00 01 00 09 B8 32 01 05 BE 12 00 AD C5 B1 11 63"
        guard case .samID(let id) = try #require(Self.decode(bytes(hex))).content else {
            Issue.record("no SAM ID")
            return
        }
        #expect(id.description == "05.01-20101129-0001228293-0296863149")
    }

    @Test func `a new address is not decoded`() throws {
        let padding = String(repeating: " ", count: 25)
        let reply = frame(sw3: 0x90, utf16("示例省示例市新址0号" + padding))
        #expect(reply.count == 81)
        #expect(reply.last == 0x86)
        #expect(try #require(Self.decode(reply)).content == .none)
    }

    // MARK: Documents

    @Test(arguments: [
        (TextBlocks.resident, DocumentType.resident, "000000190001010017", "", 0x52 as UInt8),
        (TextBlocks.hongKongMacaoTaiwan, .hongKongMacaoTaiwan, "810000180001010019", "20050101", 0x90),
        (TextBlocks.foreign2017, .foreign2017, "XXX000000010103", "20100101", 0x9D),
        (TextBlocks.foreign2023, .foreign2023, "90000019000101001X", "20100101", 0x97),
    ])
    func `each kind of card gives its number and validity`(
        text: [UInt8], type: DocumentType, number: String, until: String, check: UInt8
    ) throws {
        let validity = DocumentValidity(from: try day(2000, 1, 1), until: CalendarDate(yyyymmdd: until))
        let document = SDTDocument(number: try #require(InlineText(number)), type: type, validity: validity)
        let reply = readFrame(text)
        #expect(reply.count == 1295)
        #expect(reply.last == check)
        #expect(try #require(Self.decode(reply)).content == .document(document))
        for length in [0, 512, 1024] {
            let withFingerprint = readFrame(
                text, photo: [UInt8](repeating: 1, count: 1024), fingerprint: [UInt8](repeating: 2, count: length))
            #expect(withFingerprint.count == 1297 + length)
            #expect(try #require(Self.decode(withFingerprint)).content == .document(document))
        }
        #expect(try #require(Self.decode(readFrame(text, photo: []))).content == .document(document))
    }

    @Test func `readers may pad with NUL in place of spaces`() throws {
        var text = TextBlocks.resident
        for offset in stride(from: 0, to: 256, by: 2) where text[offset] == 0x20 && text[offset + 1] == 0 {
            text[offset] = 0
        }
        #expect(try Self.content(text) == Self.content(TextBlocks.resident))
    }

    @Test func `a number is not decoded if it holds anything but letters and digits`() throws {
        let bad = [
            "0000001900010100 7", "00000019000101001７", "000000190001010-17", "\u{0}\u{0}  ".padded(18), "".padded(18),
            "00000019000101001\u{D7FF}",
        ]
        for number in bad {
            let text = TextBlocks.resident.replacing(at: 122, with: utf16(number))
            #expect(try Self.content(text) == .undecodable(.badNumber))
        }
        // Half of a surrogate pair.
        let text = TextBlocks.resident.replacing(at: 122, with: [0x00, 0xD8])
        #expect(try Self.content(text) == .undecodable(.badNumber))
    }

    @Test func `an unknown card type is not decoded`() throws {
        for type in ["A", "i", "Z", "1", "长"] {
            let text = TextBlocks.resident.replacing(at: 248, with: utf16(type))
            #expect(try Self.content(text) == .undecodable(.unknownCardType))
        }
    }

    @Test func `impossible or reversed validity dates are not decoded`() throws {
        for (from, until) in [
            ("20000230", "20100101"), ("2000010 ", "20100101"), ("20000101", "20101301"), ("20000101", "20000100"),
            ("20000101", "19991231"), ("长期      ", "20100101"), ("20000101", "长      "), ("20000101", "        "),
        ] {
            let text = TextBlocks.resident.replacing(at: 188, with: utf16(from + until))
            #expect(try Self.content(text) == .undecodable(.badValidity))
        }
    }

    @Test func `lengths that do not add up are an error`() throws {
        let data = Array(readFrame(TextBlocks.resident)[10..<1294])
        for header in [
            "00 00 04 00", "00 FF 04 01", "01 01 03 FF", "FF FF FF FF", "01 00 04 02", "05 00 00 01",
            "01 00 03 FE 00 01",
        ] {
            let reply = try #require(Self.decode(frame(sw3: 0x90, data.replacing(at: 0, with: bytes(header)))))
            #expect(reply.content == .undecodable(.badLengths), "\(header)")
        }
    }

    @Test func `a document does not print its number`() throws {
        guard case .document(let document) = try Self.content(TextBlocks.resident) else { return }
        #expect(!"\(document) \(String(reflecting: document))".contains(document.number.text))
    }

    // MARK: Principle 6

    @Test func `principle 6: no other field of a card is reachable after a read`() throws {
        // Fields that are easy to recognise; no two characters in a row are also part of the number or the dates.
        let fields: [(at: Int, text: String)] = [
            (0, "GHKLMNPQRSTUVWZ"), (30, "7"), (32, "89"), (36, "45674567"),
            (52, "abcdefghijklmnopqrstuvwxyzABCDEFEDC"),
            (158, "ghjklmnpqrstuvw"), (220, "88997766554433"),
        ]
        let text = fields.reduce(TextBlocks.resident) { $0.replacing(at: $1.at, with: utf16($1.text)) }
        let photo = (0..<1024).map { UInt8(0xC0 + $0 % 32) }
        let fingerprint = (0..<1024).map { UInt8(0xE0 + $0 % 16) }

        var decoder = SDTFrameDecoder()
        for frame in [readFrame(text, photo: photo), readFrame(text, photo: photo, fingerprint: fingerprint)] {
            // The second frame has only begun: it must not be kept longer than until the reset either.
            let replies = decoder.feed(frame + frame.prefix(900))
            let reply = try #require(replies.first)
            let halfway = Harvest(decoder)
            #expect(halfway.bytes.contains(where: { $0 != 0 }), "the walk does not reach the buffer")
            decoder.reset()

            let kept = Harvest(decoder)
            #expect(kept.bytes.count == SDTFrameDecoder.capacity)
            #expect(kept.bytes.allSatisfy { $0 == 0 })
            #expect(kept.texts.isEmpty)

            let result = Harvest(reply)
            #expect(result.texts == ["000000190001010017"])
            #expect(result.bytes == [0, 0, 0x90], "only the status bytes")
            // The validity.
            #expect(result.integers == [2000, 1, 1])
            #expect(result.others.isEmpty, "\(result.others)")
        }
    }

    static func content(_ text: [UInt8]) throws -> SDTReply.Content {
        try #require(decode(readFrame(text))).content
    }
}

extension String {
    fileprivate func padded(_ count: Int) -> String { self + String(repeating: " ", count: count - self.count) }
}

/// Every leaf value that reflection reaches in a value.
private struct Harvest {
    var bytes: [UInt8] = []
    var texts: [String] = []
    var integers: [Int] = []
    var others: [String] = []

    init(_ value: Any) { walk(value) }

    private mutating func walk(_ value: Any) {
        switch value {
        case let byte as UInt8: bytes.append(byte)
        case let text as String: texts.append(text)
        case let integer as Int: integers.append(integer)
        case is SDTFrameDecoder.Counters, is DocumentType: break
        default:
            let mirror = Mirror(reflecting: value)
            if mirror.children.isEmpty, mirror.displayStyle != .optional, mirror.displayStyle != .collection {
                others.append(String(reflecting: value))
            }
            for child in mirror.children { walk(child.value) }
        }
    }
}
