import Control
import EventStream
import GateModel
import NIOEmbedded
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct OverrideTests {
    private func release(_ gate: TestGate, by name: String = "Li", reason: String = "a wheelchair") async throws {
        try await gate.gatekeeper.override(.release, lane: TestGate.front, operator: name, reason: reason)
    }

    @Test func `principle 13: operator, reason and time are durable before the relay moves`() async throws {
        try await TestGate.with { gate in
            let moved = AsyncStream.makeStream(of: Bool.self)
            gate.chip.observe { [unowned gate] act in
                if act == .set(Line.frontLock, true) { moved.continuation.yield(gate.isDurable("a wheelchair")) }
            }
            try await gate.startWriting()
            try await release(gate)
            #expect(try await moved.stream.next { _ in true }, "the relay moved before the override was on disk")
            let facts = try await gate.allFacts()
            let crossing = try #require(facts.overrides.first?.crossing)
            #expect(
                facts.overrides == [
                    Overridden(
                        lane: TestGate.front, act: .release, operator: "Li", reason: "a wheelchair", crossing: crossing)
                ])
        }
    }

    @Test func `somebody who needs more time gets it, from a person and at a reader of their own`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await gate.gatekeeper.override(
                .release, lane: TestGate.front, operator: "Li", reason: "a wheelchair", releaseTime: .seconds(20))
            await gate.advance(by: .milliseconds(19_900))
            #expect(gate.chip.lines[Line.frontLock] == true)
            await gate.advance(by: .milliseconds(200))
            #expect(gate.chip.lines[Line.frontLock] == false)
            try await gate.install()
            try await gate.scan(Person.clear, at: AccessPointID(rawValue: "front-wide"))
            await gate.advance(by: .milliseconds(14_900))
            #expect(gate.chip.lines[Line.frontLock] == true)
            await gate.advance(by: .milliseconds(200))
            #expect(gate.chip.lines[Line.frontLock] == false)
        }
    }

    @Test func `whoever releases a lane that is in use is told that it waits, or that too many do`() async throws {
        try await TestGate.with(lanes: TestGate.airlock) { gate in
            try await gate.startWriting()
            try await gate.chip.raise(22, true)
            try await gate.chip.raise(24, false)
            func release() async throws -> Done {
                try await gate.gatekeeper.override(
                    .release, lane: LaneID(rawValue: "airlock"), operator: "Li", reason: "a guest")
            }
            for _ in 1...8 { #expect(try await release().note?.contains("waits for its turn") == true) }
            await #expect(throws: ControlFailure.self) { try await release() }
            try await gate.chip.raise(22, false)
            await gate.advance(by: .milliseconds(100))
            #expect(gate.chip.lines[21] == true)
            #expect(
                try await gate.gatekeeper.override(
                    .release, lane: TestGate.front, operator: "Li", reason: "a guest"
                ).note == nil)
        }
    }

    @Test func `principle 13: an override that cannot be recorded is refused, and the record says so later`()
        async throws
    {
        try await TestGate.with { gate in
            async let attempt: ControlFailure? = {
                do {
                    try await release(gate)
                    return nil
                } catch { return error as? ControlFailure }
            }()
            while gate.journal.fault.waiting == 0 { await Task.yield() }
            await gate.advance(by: .milliseconds(4999))
            #expect(gate.journal.fault.waiting == 1)
            await gate.advance(by: .milliseconds(1))
            #expect(await attempt?.error.contains("so nothing was done") == true)
            let acts = try await gate.allFacts().overrides.map(\.act)
            await gate.loop.run()
            #expect(acts == [.release, .notCarriedOut])
            #expect(gate.chip.lines[Line.frontLock] == false, "a late answer of the disk opens nothing")
        }
    }

    @Test func `principle 13: nobody acts without a name and a reason`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            for (name, reason) in [
                ("", "a reason"), ("Li", ""), (String(repeating: "x", count: 101), "r"),
                ("Li", String(repeating: "x", count: 501)),
            ] {
                let failure = await #expect(throws: ControlFailure.self) {
                    try await release(gate, by: name, reason: reason)
                }
                #expect(failure?.error.contains("an operator") == true)
            }
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(try await gate.allFacts().overrides.isEmpty)
        }
    }

    @Test func `a lane that does not exist is refused with those that do`() async throws {
        try await TestGate.with { gate in
            let failure = await #expect(throws: ControlFailure.self) {
                try await gate.gatekeeper.override(
                    .release, lane: LaneID(rawValue: "back"), operator: "Li", reason: "r")
            }
            #expect(failure?.error.contains("check, front") == true)
        }
    }

    @Test func `principle 16: released and not passed follow an override, linked to it`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await gate.chip.raise(Line.frontContact, false)
            try await release(gate)
            await gate.advance(by: .seconds(10))
            let facts = try await gate.allFacts()
            let step = CrossingStep(crossing: try #require(facts.overrides.first?.crossing), lane: TestGate.front)
            #expect(facts.contains(.crossingReleased(step)))
            #expect(facts.contains(.crossingNotPassed(step)))
        }
    }

    @Test func `an override is counted nowhere and names no subject`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await release(gate)
            let facts = try await gate.allFacts()
            #expect(facts.allSatisfy { !$0.carriesIdentity })
            #expect(facts.count(.released, at: TestGate.frontIn) == 0)
        }
    }
}
