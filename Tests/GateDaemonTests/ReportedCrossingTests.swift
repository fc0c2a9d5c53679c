import Control
import EventStream
import Foundation
import GateModel
import NIOEmbedded
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ReportedCrossingTests {
    @Test func `an isolated person's exit is durable before the relay moves`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let released = AsyncStream.makeStream(of: Bool.self)
            gate.chip.observe { [unowned gate] act in
                if act == .set(Line.frontLock, true) { released.continuation.yield(gate.isDurable("crossing.decided")) }
            }
            let answer = try await gate.scan(Person.isolated, at: TestGate.frontOut)
            #expect(answer.outcome == .admitAndReport)
            #expect(gate.chip.lines[Line.frontLock] == false)
            try await gate.startWriting()
            #expect(try await released.stream.next { _ in true }, "the relay moved before the event was on disk")
            let decided = try #require(try await gate.allFacts().decided.first)
            #expect(decided.isHouseholdExit)
            #expect(decided.subject == (try gate.token(Person.isolated)))
            #expect(decided.household == HouseholdToken(rawValue: 0xABCD))
            #expect(decided.list.version == 7)
        }
    }

    @Test func `principle 1: an isolated person's exit opens after 50 ms when the ledger cannot be written`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            await gate.advance(by: .milliseconds(49))
            #expect(gate.chip.lines[Line.frontLock] == false)
            await gate.advance(by: .milliseconds(1))
            #expect(gate.chip.lines[Line.frontLock] == true)
            // The event is not lost: it is written once the ledger can be.
            try await gate.startWriting()
            #expect(try await gate.written.next { _ in true }, "a household exit is told to the uplink")
            let facts = try await gate.allFacts()
            let crossing = try #require(facts.decided.first).crossing
            let step = CrossingStep(crossing: crossing, lane: TestGate.front)
            let place = facts.firstIndex { $0.carriesIdentity }
            let release = facts.firstIndex(of: .crossingReleased(step))
            #expect(try #require(place) < #require(release))
            #expect(
                gate.chip.acts.count { $0 == .set(Line.frontLock, true) } == 1,
                "a late answer of the disk opens nothing")
        }
    }

    @Test func `an isolated person's return waits for the ledger, and then for the attendant`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let watching = gate.watch.subscribe()
            try await gate.scan(Person.isolated, at: TestGate.frontIn)
            await gate.advance(by: .milliseconds(2999))
            await gate.advance(by: .milliseconds(1))
            let line = try await watching.next { $0.policyCase == .ledgerStalled }
            #expect(line.outcome == .refer)
            #expect(line.caseCode?.count == 4)
            let facts = try await gate.allFacts()
            await gate.loop.run()
            let crossing = try #require(facts.decided.first).crossing
            #expect(facts.contains(.crossingInterrupted(CrossingStep(crossing: crossing, lane: TestGate.front))))
            #expect(gate.chip.lines[Line.frontLock] == false, "a late answer of the disk opens nothing")
        }
    }

    @Test func `an isolated person's return is admitted and reported when the ledger is well`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.startWriting()
            let watching = gate.watch.subscribe()
            try await gate.scan(Person.isolated, at: TestGate.frontIn)
            _ = try await watching.next { $0.what == .released }
            #expect(gate.chip.lines[Line.frontLock] == true)
            #expect(try await gate.written.next { _ in true } == false, "a return is no household exit")
        }
    }

    @Test func `principle 16: the four facts of a crossing are linked`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.startWriting()
            try await gate.chip.raise(Line.frontContact, false)
            let watching = gate.watch.subscribe()
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            _ = try await watching.next { $0.what == .released }
            try await gate.chip.raise(Line.frontContact, true)
            await gate.advance(by: .milliseconds(30))
            // The second one does not go through.
            try await gate.chip.raise(Line.frontContact, false)
            await gate.advance(by: .seconds(10))
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            _ = try await watching.next { $0.what == .released }
            await gate.advance(by: .seconds(10))
            let facts = try await gate.allFacts()
            let crossings = facts.decided.map(\.crossing)
            try #require(crossings.count == 2)
            let steps = crossings.map { CrossingStep(crossing: $0, lane: TestGate.front) }
            let later = facts.filter {
                switch $0 {
                case .crossingReleased, .crossingPassed, .crossingNotPassed, .crossingUnobserved, .crossingInterrupted:
                    true
                default: false
                }
            }
            #expect(
                later == [
                    .crossingReleased(steps[0]), .crossingPassed(steps[0]), .crossingReleased(steps[1]),
                    .crossingNotPassed(steps[1]),
                ])
        }
    }

    @Test func `principle 10: a grave exposure at a checkpoint is referred, reported, and has a case code`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install()
            let answer = try await gate.scan(Person.exposed, at: TestGate.checkIn)
            #expect(answer.outcome == .refer)
            #expect(answer.policyCase == .exposureHigh)
            let code = try #require(answer.caseCode)
            #expect(code.count == 4 && code.allSatisfy("0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains))
            let decided = try #require(try await gate.allFacts().decided.first)
            #expect(decided.outcome == .refer)
            #expect(decided.credential == .typed)
            #expect(gate.chip.lines[Line.checkLock] == true, "the magnet still holds")
            #expect(gate.chip.acts.allSatisfy { $0 != .set(Line.checkLock, false) })
        }
    }

    @Test func `the same person is only counted at the exit of the checkpoint`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkOut).outcome == .admit)
            #expect(gate.chip.lines[Line.checkLock] == false)
            #expect(try await gate.allFacts().decided.isEmpty)
        }
    }

    @Test func `many pending crossings are each resolved once`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            for _ in 0..<20 { try await gate.scan(Person.isolated, at: TestGate.frontOut) }
            await gate.advance(by: .milliseconds(50))
            let facts = try await gate.allFacts()
            await gate.loop.run()
            #expect(facts.decided.count == 20)
            #expect(facts.count { if case .crossingReleased = $0 { true } else { false } } == 20)
        }
    }
}
