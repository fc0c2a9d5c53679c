import GateModel
import Orders
import TestSupport
import Testing

@Suite struct OrderCSVTests {
    private static let header = "document,kind,tier,reason,issued,ends,household,order"
    private static let now = newYear.advanced(bySeconds: 12 * 3_600)

    /// Placeholder documents that begin with 0 are read; the token is the sum of the digits and the length.
    private static func subject(_ text: String) -> Result<SubjectToken, UnreadableReason> {
        guard text.first == "0" else { return .failure(.notADocument) }
        guard text.last != "9" else { return .failure(.wrongCheckDigit) }
        return .success(SubjectToken(rawValue: token(text)))
    }

    private static func token(_ text: String) -> UInt64 { text.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) } }

    private func read(_ text: String) throws -> OrderImport { try read(bytes: Array(text.utf8)) }

    private func read(bytes: [UInt8]) throws -> OrderImport {
        try OrderCSV.read(
            bytes, now: Self.now, subject: Self.subject, household: { HouseholdToken(rawValue: Self.token($0)) })
    }

    private static let document = "000000180001010011"
    private static let goodRow = "\(document),isolation,,confirmed-case,2026-01-01,2026-01-14,H-1,17"

    @Test func `a row becomes an order`() throws {
        let result = try read("\(Self.header)\n\(Self.goodRow)\n")
        #expect(result.rejected.isEmpty)
        let (subject, order) = try #require(result.accepted.first)
        #expect(subject.rawValue == Self.token(Self.document))
        #expect(order.kind == .isolation)
        #expect(order.reason == .confirmedCase)
        #expect(order.ends == newYear.advanced(bySeconds: 14 * 86_400))
        #expect(order.household.rawValue == Self.token("H-1"))
        #expect(order.reference.rawValue == 17)
    }

    @Test func `columns may stand in any order, lines may end with CR LF, fields may be quoted`() throws {
        let text =
            "\u{FEFF}order,\"household\",ends,issued,reason,tier,kind,document\r\n"
            + "5,\"Block \"\"A\"\", 楼 2\",2026-01-02T10:30:00Z,2025-12-20,close-contact,"
            + "\"3\",exposure,\"\(Self.document)\"\r\n"
            + "\r\n\n"
        let result = try read(text)
        #expect(result.rejected.isEmpty)
        let order = try #require(result.accepted.first?.1)
        #expect(order.kind == .exposure(.three))
        #expect(order.ends == newYear.advanced(bySeconds: 86_400 + 10 * 3_600 + 1_800))
        #expect(order.household.rawValue == Self.token("Block \"A\", 楼 2"))
    }

    @Test func `the tier column may be missing when nobody needs it`() throws {
        let result = try read(
            """
            document,kind,reason,issued,ends,household,order
            0001,isolation,confirmed-case,2026-01-01,2026-01-02,H,1
            0002,exposure,confirmed-case,2026-01-01,2026-01-02,H,2
            """)
        #expect(result.accepted.map { $0.1.kind } == [.isolation])
        #expect(result.rejected == [RejectedRow(line: 3, reason: .missingTier)])
    }

    @Test(
        arguments: [
            ("0001,quarantine,,confirmed-case,2026-01-01,2026-01-02,H,1", .unknownKind),
            ("0001,exposure,,confirmed-case,2026-01-01,2026-01-02,H,1", .missingTier),
            ("0001,exposure,0,confirmed-case,2026-01-01,2026-01-02,H,1", .badTier),
            ("0001,exposure,5,confirmed-case,2026-01-01,2026-01-02,H,1", .badTier),
            ("0001,exposure,+1,confirmed-case,2026-01-01,2026-01-02,H,1", .badTier),
            ("0001,isolation,1,confirmed-case,2026-01-01,2026-01-02,H,1", .tierOnIsolation),
            ("0001,isolation,,debt,2026-01-01,2026-01-02,H,1", .unknownReason),
            ("0001,isolation,,confirmed-case,,2026-01-02,H,1", .missingIssued),
            ("0001,isolation,,confirmed-case,2026-1-1,2026-01-02,H,1", .badIssued),
            ("0001,isolation,,confirmed-case,2025-02-29,2026-01-02,H,1", .badIssued),
            ("0001,isolation,,confirmed-case,2026-01-01T24:00:00Z,2026-01-02,H,1", .badIssued),
            ("0001,isolation,,confirmed-case,2026-01-01,,H,1", .missingEnd),
            ("0001,isolation,,confirmed-case,2026-01-01,never,H,1", .badEnd),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02T10:00:00,H,1", .badEnd),
            ("0001,isolation,,confirmed-case,2026-01-02,2026-01-01,H,1", .endsBeforeIssued),
            ("0001,isolation,,confirmed-case,2026-01-01T13:00:00Z,2026-01-01T13:00:00Z,H,1", .endsBeforeIssued),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-31,H,1", .tooLong),
            ("0001,isolation,,confirmed-case,0001-01-01,9999-12-31,H,1", .tooLong),
            ("0001,isolation,,confirmed-case,2025-12-30,2025-12-31,H,1", .alreadyEnded),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-01T12:00:00Z,H,1", .alreadyEnded),
            ("0001,isolation,,confirmed-case,2026-01-02T12:00:01Z,2026-01-09,H,1", .issuedInFuture),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,,1", .missingHousehold),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02, ,1", .missingHousehold),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,0", .badOrderReference),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,+1", .badOrderReference),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,1000000000000", .badOrderReference),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,", .badOrderReference),
            ("1001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,1", .unreadableDocument(.notADocument)),
            ("0009,isolation,,confirmed-case,2026-01-01,2026-01-02,H,1", .unreadableDocument(.wrongCheckDigit)),
            (",isolation,,confirmed-case,2026-01-01,2026-01-02,H,1", .unreadableDocument(.notADocument)),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H", .wrongFieldCount(expected: 8, found: 7)),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H,1,", .wrongFieldCount(expected: 8, found: 9)),
            ("0001", .wrongFieldCount(expected: 8, found: 1)),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,\"H,1", .malformedQuoting),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,\"H\"x,1", .malformedQuoting),
            ("0001,isolation,,confirmed-case,2026-01-01,2026-01-02,H\"x,1", .malformedQuoting),
        ] as [(String, RejectedRow.Reason)])
    func `a row that cannot be an order is left out and told`(row: String, reason: RejectedRow.Reason) throws {
        let result = try read("\(Self.header)\n\(row)\n\(Self.goodRow)\n")
        #expect(result.rejected == [RejectedRow(line: 2, reason: reason)])
        #expect(result.accepted.count == 1)
    }

    @Test func `orders of exactly 30 days and a day ahead are accepted`() throws {
        let result = try read(
            """
            \(Self.header)
            0001,isolation,,confirmed-case,2026-01-01,2026-01-30,H,1
            0002,isolation,,confirmed-case,2026-01-02T12:00:00Z,2026-02-01T12:00:00Z,H,1
            0003,isolation,,confirmed-case,2025-12-05,2026-01-01T12:00:01Z,H,1
            """)
        #expect(result.rejected.isEmpty)
    }

    @Test func `a person who stands on an earlier line is rejected, naming that line`() throws {
        let result = try read("\(Self.header)\n0002,x\n\(Self.goodRow)\n\n\(Self.goodRow)\n\(Self.goodRow)\n")
        #expect(result.accepted.count == 1)
        #expect(
            result.rejected == [
                RejectedRow(line: 2, reason: .wrongFieldCount(expected: 8, found: 2)),
                RejectedRow(line: 5, reason: .duplicate(ofLine: 3)),
                RejectedRow(line: 6, reason: .duplicate(ofLine: 3)),
            ])
    }

    @Test func `a rejected row does not make a later one a duplicate`() throws {
        let bad = Self.goodRow.replacing("2026-01-14", with: "2027-01-14")
        let result = try read("\(Self.header)\n\(bad)\n\(Self.goodRow)\n")
        #expect(result.accepted.count == 1)
        #expect(result.rejected == [RejectedRow(line: 2, reason: .tooLong)])
    }

    @Test func `a line in another encoding is rejected`() throws {
        // GBK for the word "household".
        let bytes = Array("\(Self.header)\n\(Self.goodRow.replacing("H-1", with: "?"))\n".utf8)
        let result = try read(bytes: bytes.flatMap { $0 == UInt8(ascii: "?") ? [0xBB, 0xA7] : [$0] })
        #expect(result.rejected == [RejectedRow(line: 2, reason: .notUTF8)])
    }

    @Test func `no rejection repeats what the row says`() throws {
        let rows = [
            "\(Self.document),\(Self.document),,confirmed-case,2026-01-01,2026-01-14,H,1",
            "\(Self.document),isolation,\(Self.document),confirmed-case,2026-01-01,2026-01-14,H,1",
            "\(Self.document),isolation,,\(Self.document),2026-01-01,2026-01-14,H,1",
            "\(Self.document),isolation,,confirmed-case,\(Self.document),2026-01-14,H,1",
            "\(Self.document),isolation,,confirmed-case,2026-01-01,\(Self.document),H,1",
            "\(Self.document),isolation,,confirmed-case,2026-01-01,2026-01-14,H,\(Self.document)",
            "9\(Self.document),isolation,,confirmed-case,2026-01-01,2026-01-14,H,1",
            "\"\(Self.document)",
        ]
        let result = try read(([Self.header] + rows).joined(separator: "\n"))
        #expect(result.rejected.count == rows.count)
        for rejection in result.rejected { #expect(!rejection.description.contains(Self.document)) }
    }

    @Test func `principle 5: a list can say nothing but an isolation order or an exposure notice`() throws {
        let columns = ["origin", "ethnicity", "faith", "politics", "debt", "record"]
        for column in columns {
            #expect(throws: OrderCSVError.self) { try read("\(Self.header),\(column)\n") }
        }
        for kind in columns + ["", "ISOLATION", "watch"] {
            let row = "000000190001010017,\(kind),,close-contact,2026-01-01,2026-01-10,H-1,1"
            let list = try read("\(Self.header)\n\(row)\n")
            #expect(list.accepted.isEmpty && list.rejected.count == 1, "\(kind)")
        }
    }

    @Test func `a header that is not one is refused`() throws {
        #expect(throws: OrderCSVError.empty) { try read("") }
        #expect(throws: OrderCSVError.empty) { try read("\n\r\n") }
        #expect(throws: OrderCSVError.noHeader) { try read(Self.goodRow) }
        #expect(throws: OrderCSVError.noHeader) { try read("\"document") }
        #expect(throws: OrderCSVError.unknownColumn("ethnicity")) { try read("\(Self.header),ethnicity\n") }
        #expect(throws: OrderCSVError.repeatedColumn("kind")) { try read("\(Self.header),kind\n") }
        #expect(throws: OrderCSVError.missingColumn("ends")) {
            try read("document,kind,tier,reason,issued,household,order\n")
        }
        #expect(try read(Self.header).accepted.isEmpty)
    }

    @Test func `arbitrary bytes neither crash nor loop`() throws {
        let valid = Array(
            "\(Self.header)\n\(Self.goodRow)\n\"02\",exposure,\"2\",close-contact,2026-01-01,2026-01-03,\"a\"\"b\",2\n"
                .utf8)
        let alphabet = Array("\",\n\r0-TZ:a\u{00E9}".utf8) + [0, 0xFF]
        var generator = SeededGenerator(seed: 40)
        for _ in 0..<5_000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0...5, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[at] = alphabet.randomElement(using: &generator) ?? 0
            }
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            if let result = try? read(bytes: bytes) { #expect(result.accepted.count + result.rejected.count <= lines) }
        }
    }
}
