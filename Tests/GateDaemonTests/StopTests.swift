import Control
import EventStream
import GateModel
import Ledger
import NIOCore
import NIOEmbedded
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct StopTests {
    @Test func `principle 3: a stop drives every output safe, also what is released just now`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            #expect(gate.chip.lines == [Line.frontLock: true, Line.checkLock: true])
            await gate.gatekeeper.stop()
            for given in await gate.gatekeeper.giveLinesBack() { try await given.get() }
            #expect(
                gate.chip.lines == [Line.frontLock: false, Line.checkLock: false],
                "not energised is safe for either wiring")
            #expect(gate.chip.acts.last == .stopped)
        }
    }

    @Test func `crossings that were open at the stop are interrupted, granted or not`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.chip.raise(Line.frontContact, false)
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            await gate.advance(by: .milliseconds(50))
            #expect(gate.chip.lines[Line.frontLock] == true)
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            await gate.gatekeeper.stop()
            let facts = try await gate.allFacts()
            await gate.loop.run()
            let interrupted = facts.compactMap {
                if case .crossingInterrupted(let step) = $0 { step.crossing } else { nil }
            }
            #expect(Set(interrupted) == Set(facts.decided.map(\.crossing)))
            #expect(interrupted.count == 2)
            let told = facts.filter { if case .counted = $0 { false } else { true } }
            #expect(told.last == .gateStopped(GateStopped()))
            #expect(gate.chip.lines[Line.frontLock] == false)
        }
    }

    @Test func `after the stop a scan opens nothing`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            await gate.gatekeeper.stop()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            await gate.advance(by: .seconds(10))
            #expect(gate.chip.lines[Line.frontLock] == false)
        }
    }

    @Test func `a stopped gate's ledger is closed in order`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            await gate.gatekeeper.stop()
            await gate.finishWriting()
            let again = Journal(
                path: "\(gate.directory)/ledger.sqlite", gate: "test-gate", clock: gate.clock, log: .quiet
            ) { _ in }
            let opening = try await again.open().opening
            #expect(opening.lastWasOrderly)
            #expect(opening.interrupted.isEmpty)
        }
    }
}
