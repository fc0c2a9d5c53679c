import GateModel
import Orders
import Testing

@Suite struct MandateTests {
    private func mandate(from: Int64 = 0, until: Int64 = 90 * 86_400, area: String = "district 3") throws -> Mandate {
        try Mandate(
            reference: "2026/17", legalBasis: "Infection Protection Act, section 28", area: area,
            from: newYear.advanced(bySeconds: from), until: newYear.advanced(bySeconds: until))
    }

    @Test func `it holds from its first second up to its end`() throws {
        let mandate = try mandate()
        #expect(!mandate.isValid(at: newYear.advanced(bySeconds: -1)))
        #expect(mandate.isValid(at: newYear))
        #expect(mandate.isValid(at: newYear.advanced(bySeconds: 90 * 86_400 - 1)))
        #expect(!mandate.isValid(at: newYear.advanced(bySeconds: 90 * 86_400)))
    }

    @Test func `it lasts at most 90 days`() {
        #expect(throws: MandateError.tooLong(seconds: 90 * 86_400 + 1)) { try mandate(until: 90 * 86_400 + 1) }
        #expect(throws: MandateError.endsBeforeItBegins) { try mandate(until: 0) }
        #expect(throws: MandateError.tooLong(seconds: .max)) {
            try Mandate(
                reference: "1", legalBasis: "1", area: "1", from: WallTime(secondsSince1970: .min),
                until: WallTime(secondsSince1970: .max))
        }
    }

    @Test func `it must state its ground`() {
        #expect(throws: MandateError.empty(field: "area")) { try mandate(area: " ") }
    }

    @Test func `it is written as JSON and read back`() throws {
        let mandate = try mandate()
        let json = try mandate.json()
        #expect(try Mandate(json: json) == mandate)
        #expect(
            String(decoding: json, as: UTF8.self) == """
                {"area":"district 3","from":1767225600,"legalBasis":"Infection Protection Act, section 28",\
                "reference":"2026/17","until":1775001600}
                """)
    }

    @Test func `a file cannot get around the limits`() {
        func read(until: Int64) throws -> Mandate {
            try Mandate(json: Array(#"{"reference":"a","legalBasis":"b","area":"c","from":0,"until":\#(until)}"#.utf8))
        }
        #expect(throws: MandateError.tooLong(seconds: 7_776_001)) { try read(until: 7_776_001) }
        #expect(throws: MandateError.endsBeforeItBegins) { try read(until: -1) }
        #expect(throws: MandateError.unreadable) { try Mandate(json: Array("{}".utf8)) }
        #expect(throws: MandateError.unreadable) { try Mandate(json: [0xFF, 0]) }
        #expect(throws: MandateError.tooLarge(byteCount: 20_000)) {
            try Mandate(json: Array(repeating: 32, count: 20_000))
        }
    }
}
