import Control
import Foundation
import GateModel
import Testing

@Suite struct MessageTests {
    /// Every name of a field, at any depth.
    private func names(_ value: some Encodable) throws -> Set<String> {
        func walk(_ json: Any) -> Set<String> {
            switch json {
            case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(walk($1.value)) }
            case let array as [Any]: array.reduce(into: []) { $0.formUnion(walk($1)) }
            default: []
            }
        }
        return walk(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)))
    }

    /// Names that an identity could stand under.
    private let identities: Set<String> = [
        "subject", "token", "household", "order", "number", "document", "name", "operator", "text", "crossing",
        "reference_number",
    ]

    private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    private var fullLine: WatchLine {
        var line = WatchLine(at: Healthy.now, what: .decided)
        line.lane = Healthy.lane
        line.accessPoint = Healthy.point
        line.direction = .entry
        line.credential = .idCard
        line.outcome = .refer
        line.policyCase = .exposureHigh
        line.advises = false
        line.listVersion = 12
        line.listAgeSeconds = 60
        line.caseCode = "A1B2"
        line.detail = "words"
        return line
    }

    @Test func `a watch line comes back as it was sent`() throws {
        let line = try roundTrip(fullLine)
        #expect(String(describing: line) == String(describing: fullLine))
        #expect(try roundTrip(WatchLine.uplink("it answers", at: Healthy.now)).detail == "it answers")
    }

    @Test func `a status report comes back as it was sent`() throws {
        #expect(try String(describing: roundTrip(Healthy.status)) == String(describing: Healthy.status))
    }

    @Test func `principle 9: watch lines and status reports have no field for an identity`() throws {
        let watch = try names(fullLine)
        #expect(
            watch == [
                "at", "what", "lane", "accessPoint", "direction", "credential", "outcome", "policyCase", "advises",
                "listVersion",
                "listAgeSeconds", "caseCode", "detail",
            ])
        #expect(watch.isDisjoint(with: identities))
        #expect(try names(Healthy.status).isDisjoint(with: identities))
    }

    @Test func `principle 11: the answer to a scan has the case code and no identity`() throws {
        let answer = ScanAnswer(
            outcome: .refer, policyCase: .isolation, advises: false, listVersion: 1, listAgeSeconds: 2,
            caseCode: "A1B2", unreadable: "no")
        #expect(try names(answer).isDisjoint(with: identities))
        #expect(try names(answer).contains("caseCode"))
    }

    @Test func `refusals are one sentence under the name error`() throws {
        #expect(String(decoding: try JSONEncoder().encode(ControlFailure("no")), as: UTF8.self) == #"{"error":"no"}"#)
    }
}
