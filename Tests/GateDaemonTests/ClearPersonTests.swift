import Control
import EventStream
import Foundation
import GateModel
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ClearPersonTests {
    @Test func `a clear person is admitted at once, with no ledger open`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let answer = try await gate.scan(Person.clear, at: TestGate.frontIn)
            #expect(answer.outcome == .admit)
            #expect(answer.policyCase == .clear)
            #expect(answer.caseCode == nil)
            #expect(answer.listVersion == 7)
            #expect(answer.listAgeSeconds == 60)
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `principle 9: a clear person leaves only counts`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            try await gate.chip.raise(Line.frontContact, false)
            try await gate.chip.raise(Line.frontContact, true)
            await gate.advance(by: .seconds(1))
            try await gate.scan(Person.alsoClear, at: TestGate.checkIn)
            let facts = try await gate.allFacts()
            #expect(facts.allSatisfy { !$0.carriesIdentity })
            #expect(facts.count(.presented, at: TestGate.frontIn) == 1)
            #expect(facts.count(.admitted, at: TestGate.frontIn) == 1)
            #expect(facts.count(.released, at: TestGate.frontIn) == 1)
            #expect(facts.count(.admitted, at: TestGate.checkIn) == 1)
            #expect(facts.count(.unobserved, at: TestGate.checkIn) == 1)
        }
    }

    @Test func `principle 9: neither a number nor a clear person's token is in the ledger file`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.startWriting()
            let everyone = [Person.clear, Person.alsoClear, Person.isolated, Person.exposed, Person.exposedLightly]
            for number in everyone {
                for point in [TestGate.frontIn, TestGate.frontOut, TestGate.checkIn, TestGate.checkOut] {
                    try await gate.scan(number, at: point)
                }
            }
            try await gate.scan("000000190001010018", at: TestGate.frontIn)
            // While the write-ahead log is there, and after the end.
            for isAtEnd in [false, true] {
                if isAtEnd {
                    _ = try await gate.allFacts()
                } else {
                    _ = try await gate.written.next { $0 }
                }
                let bytes = try gate.rawBytes()
                #expect(bytes.range(of: Data("crossing.decided".utf8)) != nil)
                for number in everyone + ["000000190001010018"] {
                    #expect(bytes.range(of: Data(number.utf8)) == nil)
                    #expect(bytes.range(of: Data(number.suffix(8).utf8)) == nil)
                }
                for number in [Person.clear, Person.alsoClear] {
                    let token = try gate.token(number)
                    #expect(bytes.range(of: Data(token.description.utf8)) == nil)
                    #expect(bytes.range(of: Data(String(token.rawValue).utf8)) == nil)
                }
            }
            let reported = try gate.token(Person.isolated)
            #expect(gate.isDurable(reported.description))
        }
    }

    @Test func `principle 7: without a mandate everybody is admitted and counted, also who is on the list`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: nil)
            for number in [Person.isolated, Person.exposed, Person.clear, "nothing that can be read"] {
                let answer = try await gate.scan(number, at: TestGate.checkIn)
                #expect(answer.outcome == .admit)
                #expect(answer.policyCase == .noMandate)
            }
            let facts = try await gate.allFacts()
            #expect(facts.decided.isEmpty)
            #expect(facts.count(.admitted, at: TestGate.checkIn) == 4)
        }
    }

    @Test func `a gate that cannot read its key is a plain door`() async throws {
        try await TestGate.with(hasKey: false) { gate in
            try await gate.install()
            #expect(try await gate.scan(Person.isolated, at: TestGate.checkIn).policyCase == .noMandate)
            #expect(gate.chip.lines[Line.checkLock] == false)
            #expect(await gate.gatekeeper.status().mandate.valid == false)
            #expect(try await gate.allFacts().decided.isEmpty)
        }
    }

    @Test func `an exposure of a low tier is admitted with advice at a checkpoint and not reported`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let answer = try await gate.scan(Person.exposedLightly, at: TestGate.checkIn)
            #expect(answer.outcome == .admit)
            #expect(answer.advises)
            #expect(try await gate.allFacts().decided.isEmpty)
        }
    }

    @Test func `an access point that does not exist is refused with those that do`() async throws {
        try await TestGate.with { gate in
            let failure = await #expect(throws: ControlFailure.self) {
                try await gate.scan(Person.clear, at: AccessPointID(rawValue: "back-in"))
            }
            #expect(failure?.error.contains("check-in, check-out, front-in, front-out") == true)
        }
    }
}
