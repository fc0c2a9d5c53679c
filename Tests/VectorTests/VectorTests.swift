import FoundationEssentials
import GateModel
import ReaderProtocols
import Testing

/// All vectors of `vectors.json` through the public decoders and encoders.
struct VectorTests {
    /// How many texts of each group are checked, and how many are ``Unsupported``.
    private static let counts: [String: (checked: Int, unsupported: Int)] = [
        "sdt_requests": (7, 7), "sdt_replies": (17, 0), "sdt_samid_reply": (1, 0), "id_numbers_placeholder": (8, 0),
        "sdt_text_blocks": (4, 0), "sdt_read_3001_first16_last_with_zero_photo": (8, 0),
        "sdt_new_address_reply": (1, 0), "bank_stx_read_id": (0, 1), "zone_cmds": (6, 0), "zone_replies": (3, 0),
        "ssi": (12, 0), "hidpos_layout_A": (2, 0), "hidpos_layout_B_newland": (2, 0),
        "boot_keyboard_Ab1_enter": (8, 0), "osdp_cmds_addr0_seq1_crc": (14, 0), "wiegand": (15, 0),
        // 10 frames with a label each.
        "osdp_replies_addr0_seq1_crc": (12, 0), "osdp_secure_session": (20, 0), "osdp_session_keys": (6, 0),
        "thermo_cmds": (13, 0), "thermo_replies": (3, 0), "mlx90614_smbus": (0, 2),
    ]

    @Test(arguments: VectorCheck.all)
    func `every vector is decoded and encoded as the file says`(check: VectorCheck) throws {
        let texts = try #require(try VectorFile.load().texts(of: check), "missing in the file")
        try check.run(texts)
    }

    @Test func `every group and every vector of the file is checked, or listed as unsupported`() throws {
        #expect(Coverage.gaps(in: try VectorFile.load()) == [])
    }

    @Test func `as many vectors are checked as there are`() throws {
        let file = try VectorFile.load()
        var checked: [String: Int] = [:]
        for check in VectorCheck.all {
            let texts = try #require(file.texts(of: check))
            try check.run(texts)
            checked[check.group, default: 0] += texts.count
        }
        #expect(checked == Self.counts.mapValues(\.checked).filter { $0.value > 0 })
        #expect(checked.values.reduce(0, +) == 162)
        let unsupported = Dictionary(grouping: Unsupported.all, by: \.group).mapValues(\.count)
        #expect(unsupported == Self.counts.mapValues(\.unsupported).filter { $0.value > 0 })
        #expect(unsupported.values.reduce(0, +) == 10)
        #expect(Set(file.groups.keys) == Set(Self.counts.keys))
        #expect(file.groups.values.map(\.count).reduce(0, +) == 172)
    }

    @Test func `no name stands twice in the file, where one would hide the other`() throws {
        let json = try Data(contentsOf: VectorFile.copy)
        var (quotes, isEscaped) = (0, false)
        for byte in json {
            if byte == 0x22, !isEscaped { quotes += 1 }
            isEscaped = byte == 0x5C && !isEscaped
        }
        #expect(quotes == 2 * (try VectorFile(json).strings))
    }

    // MARK: Unsupported vectors

    @Test func `the unsupported vectors are those of the list, with their bytes and a reason`() throws {
        let file = try VectorFile.load()
        for vector in Unsupported.all {
            #expect(file.groups[vector.group]?[vector.key] == vector.text, "\(vector.group): \(vector.key)")
            #expect(vector.reason.utf8.count > 20)
        }
    }

    @Test func `the unsupported vectors are not supported`() throws {
        for vector in Unsupported.all {
            let bytes = try hex(vector.text)
            #expect(SDTCommand.allCases.allSatisfy { $0.bytes != bytes }, "\(vector.key)")
            var thermometers: [any ThermometerDecoder] = [MCU90614Decoder(), GY614VDecoder()]
            for index in thermometers.indices { #expect(thermometers[index].feed(bytes) == []) }
            guard vector.group != "sdt_requests" else { continue }
            var decoder = SDTFrameDecoder()
            #expect(decoder.feed(bytes) == [])
            #expect(decoder.counters.noiseBytes == UInt64(bytes.count))
        }
        #expect(VectorCheck.sdtRequests.count == SDTCommand.allCases.count, "every command has its vector")
    }

    // MARK: The copy

    @Test(.enabled(if: FileManager.default.fileExists(atPath: VectorFile.original.path)))
    func `the copy is the original byte for byte`() throws {
        #expect(try Data(contentsOf: VectorFile.copy) == Data(contentsOf: VectorFile.original))
    }

    // MARK: Vectors together

    @Test(arguments: TextBlock.all.map(\.key))
    func `a session with an ID-card reader speaks in vectors from the first card to its removal`(card: String) throws {
        let groups = try VectorFile.load().groups
        func bytes(_ group: String, _ key: String) throws -> [UInt8] { try hex(try #require(groups[group]?[key])) }
        func request(_ key: String) throws -> SDTSession.Action { .send(try bytes("sdt_requests", key)) }
        func reply(_ key: String) throws -> SDTReply { try SDTLine.reply(try bytes("sdt_replies", key)) }
        let block = try #require(TextBlock.all.first { $0.key == card })

        var session = SDTSession()
        #expect(session.start(at: ms(0)).contains(try request("find")))
        #expect(session.reply(try reply("find_none"), at: ms(10)).contains(.health(.ready, reason: nil)))
        #expect(session.timerFired(at: ms(410)).contains(try request("find")))
        #expect(session.reply(try reply("find_ok"), at: ms(420)).contains(try request("select")))
        #expect(session.reply(try reply("select_ok"), at: ms(430)).contains(try request("read_text_photo")))
        let read = try SDTLine.reply(SDTLine.read(try bytes("sdt_text_blocks", card)))
        try block.judge(read)
        guard case .document(let document) = read.content else { return #expect(Bool(false), "no document") }
        #expect(session.reply(read, at: ms(600)).contains(.document(document)))
        #expect(session.timerFired(at: ms(1000)).contains(try request("read_new_address")))
        let address = try SDTLine.reply(try bytes("sdt_new_address_reply", ""))
        #expect(session.reply(address, at: ms(1010)) == [.wake(at: ms(1410))])
        #expect(session.timerFired(at: ms(1410)).contains(try request("read_new_address")))
        #expect(session.reply(try reply("no_new_address"), at: ms(1420)) == [.wake(at: ms(1820))])
        #expect(session.timerFired(at: ms(1820)).contains(try request("read_new_address")))
        #expect(session.reply(try reply("read_fail"), at: ms(1830)).contains(try request("find")))
    }
}

/// That the tests above can fail.
struct VectorTestsTests {
    @Test(arguments: VectorCheck.all)
    func `a change of any digit of any vector is noticed`(check: VectorCheck) throws {
        let texts = try #require(try VectorFile.load().texts(of: check))
        var changes = 0
        for (place, text) in texts.enumerated() {
            for changed in Self.changes(of: text) {
                var broken = texts
                broken[place] = changed
                #expect(throws: (any Error).self, "\(check.keys[place]): \(changed)") { try check.run(broken) }
                changes += 1
            }
        }
        #expect(changes >= 3 * texts.count)
    }

    @Test(arguments: VectorCheck.all.filter { $0.keys.count > 1 })
    func `vectors that are judged together cannot change places`(check: VectorCheck) throws {
        let texts = try #require(try VectorFile.load().texts(of: check))
        for first in texts.indices {
            for second in texts.indices where texts[first] != texts[second] {
                var broken = texts
                broken.swapAt(first, second)
                #expect(throws: (any Error).self) { try check.run(broken) }
            }
        }
    }

    @Test func `a vector or group that is added, taken away or renamed is noticed`() throws {
        let file = try VectorFile.load()
        for (group, vectors) in file.groups {
            var changed = file
            changed.groups[group]?["one more"] = "00"
            #expect(Coverage.gaps(in: changed) == ["\(group): nothing checks 'one more'"])
            for (key, text) in vectors {
                changed = file
                changed.groups[group]?[key] = nil
                #expect(Coverage.gaps(in: changed) == ["\(group): there is no '\(key)'"])
                changed.groups[group]?[key + "?"] = text
                #expect(Coverage.gaps(in: changed).count == 2)
            }
            changed = file
            changed.groups[group] = nil
            #expect(Coverage.gaps(in: changed).contains("there is no group '\(group)'"))
        }
        var changed = file
        changed.groups["one more"] = [:]
        #expect(Coverage.gaps(in: changed) == ["nothing checks the group 'one more'"])
    }

    @Test func `a file with anything but texts in it is refused`() {
        #expect(throws: (any Error).self) { try VectorFile(Data(#"{"ssi": {"number": 1}}"#.utf8)) }
        #expect(throws: (any Error).self) { try VectorFile(Data(#"{"ssi": null}"#.utf8)) }
        #expect(throws: (any Error).self) { try VectorFile(Data(#"["00"]"#.utf8)) }
    }

    /// Each digit replaced by the next one, the last byte or digit left out, one added.
    private static func changes(of text: String) -> [String] {
        let isBits = text.utf8.count > 8 && text.allSatisfy { $0 == "0" || $0 == "1" }
        let digits = Array(isBits ? "01" : "0123456789ABCDEF")
        let characters = Array(text)
        let replaced = characters.indices.filter { characters[$0] != " " }.map { index in
            var changed = characters
            let digit = digits.firstIndex(of: characters[index])
            changed[index] = digit.map { digits[($0 + 1) % digits.count] } ?? "?"
            return String(changed)
        }
        let added = isBits ? "0" : text.contains(" ") ? " 00" : "00"
        return replaced + [String(text.dropLast(isBits ? 1 : 2)), text + added]
    }
}

/// What of the file is neither checked nor listed as unsupported, and what of these is not in the file.
enum Coverage {
    static func gaps(in file: VectorFile) -> [String] {
        var covered: [String: [String]] = [:]
        for check in VectorCheck.all { covered[check.group, default: []] += check.keys }
        for vector in Unsupported.all { covered[vector.group, default: []].append(vector.key) }
        var gaps: [String] = []
        for group in Set(file.groups.keys).union(covered.keys).sorted() {
            guard let keys = covered[group] else {
                gaps.append("nothing checks the group '\(group)'")
                continue
            }
            guard let vectors = file.groups[group] else {
                gaps.append("there is no group '\(group)'")
                continue
            }
            let known = Set(keys)
            if known.count < keys.count { gaps.append("\(group): some are covered twice") }
            for key in vectors.keys.filter({ !known.contains($0) }).sorted() {
                gaps.append("\(group): nothing checks '\(key)'")
            }
            for key in known.filter({ vectors[$0] == nil }).sorted() { gaps.append("\(group): there is no '\(key)'") }
        }
        return gaps
    }
}
