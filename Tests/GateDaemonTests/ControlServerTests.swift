import Control
import Foundation
import GateModel
import Hummingbird
import HummingbirdTesting
import Testing
import Uplink

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ControlServerTests {
    private func with(_ body: @Sendable @escaping (TestGate, any TestClientProtocol) async throws -> Void) async throws
    {
        try await TestGate.with { gate in
            let status = StatusGatherer(
                settings: gate.settings, gatekeeper: gate.gatekeeper, journal: gate.journal, uplinks: [UplinkHealth()],
                clock: gate.clock)
            let server = ControlServer(
                gatekeeper: gate.gatekeeper, journal: gate.journal, status: status, watch: gate.watch,
                monitor: gate.monitor)
            try await Application(router: server.router(), logger: .quiet).test(.router) { client in
                try await body(gate, client)
            }
        }
    }

    private func error(in response: TestResponse) throws -> String {
        try JSONDecoder().decode(ControlFailure.self, from: Data(response.body.readableBytesView)).error
    }

    @Test func `a scan is answered with outcome and case code, and the relay moves`() async throws {
        try await with { gate, client in
            try await gate.install()
            let body = #"{"accessPoint":"front-in","text":"\#(Person.clear)"}"#
            try await client.execute(uri: "/v1/scan", method: .post, body: ByteBuffer(string: body)) { response in
                #expect(response.status == .ok)
                let answer = try JSONDecoder().decode(ScanAnswer.self, from: Data(response.body.readableBytesView))
                #expect(answer.outcome == .admit)
                #expect(!String(buffer: response.body).contains(Person.clear))
            }
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `what is not understood is refused with a sentence and never with the text that came`() async throws {
        try await with { gate, client in
            for body in [
                "", "{}", "not JSON", #"{"accessPoint":"front-in","text":7}"#,
                #"{"accessPoint":"nowhere","text":"000000190001010017"}"#,
            ] {
                try await client.execute(uri: "/v1/scan", method: .post, body: ByteBuffer(string: body)) { response in
                    #expect(response.status == .badRequest)
                    let text = try error(in: response)
                    #expect(text.count > 10 && !text.contains("000000190001010017"))
                }
            }
            let huge = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
            try await client.execute(uri: "/v1/scan", method: .post, body: huge) { response in
                #expect(response.status.code >= 400)
                let text = try error(in: response)
                #expect(!text.isEmpty)
            }
        }
    }

    @Test func `principle 13: a release needs a name and a reason, and is done when it is recorded`() async throws {
        try await with { gate, client in
            try await gate.startWriting()
            try await client.execute(
                uri: "/v1/lanes/front/release", method: .post,
                body: ByteBuffer(string: #"{"operator":"","reason":"x"}"#)
            ) { response in
                #expect(response.status == .badRequest)
                let text = try error(in: response)
                #expect(text.contains("an operator"))
            }
            let body = ByteBuffer(string: #"{"operator":"Li","reason":"a wheelchair"}"#)
            try await client.execute(uri: "/v1/lanes/front/release", method: .post, body: body) {
                #expect($0.status == .ok)
            }
            #expect(gate.chip.lines[Line.frontLock] == true)
            try await client.execute(uri: "/v1/lanes/back/release", method: .post, body: body) { response in
                let text = try error(in: response)
                #expect(text.contains("check, front"))
            }
            try await client.execute(uri: "/v1/lanes/front/fire-reset", method: .post, body: body) { response in
                let text = try error(in: response)
                #expect(text.contains("not released by fire"))
            }
        }
    }

    @Test func `principle 9: the status report holds no identity`() async throws {
        try await with { gate, client in
            try await gate.install()
            try await gate.startWriting()
            for number in [Person.isolated, Person.exposed, Person.clear] {
                for point in [TestGate.frontOut, TestGate.checkIn] { try await gate.scan(number, at: point) }
            }
            _ = try await gate.written.next { $0 }
            let tokens = try [Person.isolated, Person.exposed, Person.clear].map { try gate.token($0).description }
            try await client.execute(uri: "/v1/status", method: .get) { response in
                #expect(response.status == .ok)
                let text = String(buffer: response.body)
                for secret in tokens + [Person.isolated, Person.exposed, Person.clear, "000000000000abcd", "880000"] {
                    #expect(!text.contains(secret))
                }
                let report = try JSONDecoder().decode(StatusReport.self, from: Data(response.body.readableBytesView))
                #expect(report.gate == "test-gate")
                #expect(report.lanes.map(\.lane) == [TestGate.front, TestGate.check])
                #expect(report.list.orders == 3)
                #expect(report.mandate.valid)
                #expect(report.acceptsPlaceholders)
                #expect(report.ledger.lastSequence > 0)
            }
        }
    }

    @Test func `the status says what is wrong with a ledger that is not open`() async throws {
        try await with { _, client in
            try await client.execute(uri: "/v1/status", method: .get) { response in
                let report = try JSONDecoder().decode(StatusReport.self, from: Data(response.body.readableBytesView))
                #expect(report.ledger.fault == "the ledger is being opened")
            }
            try await client.execute(uri: "/v1/events", method: .get) { #expect($0.status == .internalServerError) }
            try await client.execute(uri: "/v1/verify", method: .get) { response in
                let answer = try JSONDecoder().decode(VerifyAnswer.self, from: Data(response.body.readableBytesView))
                #expect(answer.fault != nil)
            }
        }
    }

    @Test func `events are listed as they were hashed, and the chain verifies`() async throws {
        try await with { gate, client in
            try await gate.install()
            try await gate.startWriting()
            _ = try await gate.written.next { _ in true }
            try await client.execute(uri: "/v1/events?after=0&limit=99999", method: .get) { response in
                let entries = try JSONDecoder().decode([LedgerEntry].self, from: Data(response.body.readableBytesView))
                #expect(entries.first?.sequence == 1)
                #expect(entries.first?.body.contains("list.installed") == true)
            }
            for query in ["?after=99", "?after=-1", "?limit=-5", "?after=x&limit=y", "?after=18446744073709551615"] {
                try await client.execute(uri: "/v1/events\(query)", method: .get) {
                    #expect($0.status == .ok, "\(query)")
                }
            }
            try await client.execute(uri: "/v1/verify", method: .get) { response in
                let answer = try JSONDecoder().decode(VerifyAnswer.self, from: Data(response.body.readableBytesView))
                #expect(answer.fault == nil && answer.events == 1)
            }
        }
    }
}
