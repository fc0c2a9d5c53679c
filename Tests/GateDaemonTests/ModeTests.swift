import Control
import EventStream
import GateModel
import Lanes
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ModeTests {
    private func order(_ gate: TestGate, _ mode: String, seconds: Int, by name: String = "Li") async throws {
        try await gate.gatekeeper.order(
            ModeRequest(operator: name, reason: "a delivery", mode: mode, seconds: seconds), lane: TestGate.front)
    }

    @Test func `principle 13: a mode is durable before it acts, and ends by itself on the monotonic clock`()
        async throws
    {
        try await TestGate.with { gate in
            let moved = AsyncStream.makeStream(of: Bool.self)
            gate.chip.observe { [unowned gate] act in
                if act == .set(Line.frontLock, true) { moved.continuation.yield(gate.isDurable("a delivery")) }
            }
            try await gate.startWriting()
            await gate.gatekeeper.keepBeating()
            try await order(gate, "unlocked", seconds: 3600)
            #expect(try await moved.stream.next { _ in true }, "the relay moved before the order was on disk")
            await gate.advance(by: .seconds(3599))
            #expect(gate.chip.lines[Line.frontLock] == true)
            await gate.advance(by: .seconds(2))
            #expect(gate.chip.lines[Line.frontLock] == false)
            let overrides = try await gate.allFacts().overrides
            #expect(overrides.map(\.mode) == ["unlocked"])
            #expect(overrides.first?.until != nil)
        }
    }

    @Test func `a mode that is none, or that lasts for ever, is refused`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            for (mode, seconds) in [("open", 60), ("unlocked", 0), ("unlocked", 86_401), ("unlocked", .max)] {
                await #expect(throws: ControlFailure.self) { try await order(gate, mode, seconds: seconds) }
            }
            await #expect(throws: ControlFailure.self) { try await order(gate, "unlocked", seconds: 60, by: "") }
            #expect(gate.chip.lines[Line.frontLock] != true)
        }
    }

    @Test func `principle 1: at an hour at which nobody enters who would be admitted is referred, and leaves freely`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await gate.install()
            try await order(gate, "entry-locked", seconds: 600)
            let entry = try await gate.scan(Person.clear, at: AccessPointID(rawValue: "front-in"))
            #expect(entry.outcome == .refer)
            #expect(entry.policyCase == .entryLocked)
            #expect(gate.chip.lines[Line.frontLock] != true)
            // The attendant lets this very person in.
            try await gate.gatekeeper.override(
                .release, lane: TestGate.front, operator: "Li", reason: "a guest", caseCode: entry.caseCode)
            #expect(gate.chip.lines[Line.frontLock] == true)
            #expect(try await gate.allFacts().overrides.count == 2)
            await #expect(throws: ControlFailure.self) {
                try await gate.gatekeeper.override(
                    .release, lane: TestGate.front, operator: "Li", reason: "again", caseCode: entry.caseCode)
            }
            let exit = try await gate.scan(Person.clear, at: AccessPointID(rawValue: "front-out"))
            #expect(exit.outcome == .admit)
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `a case that is not decided within ten minutes is forgotten`() {
        var cases = HeldCases()
        let point = AccessPoint(
            id: AccessPointID(rawValue: "in"), lane: LaneID(rawValue: "door"), direction: .entry, site: .checkpoint)
        let now = MonotonicTime(nanoseconds: 1_000_000_000)
        let crossings = (1...UInt64(HeldCases.most + 1)).map { CrossingID(rawValue: $0 << 3 | $0 << 23) }
        for crossing in crossings { cases.hold(crossing, at: point, now) }
        func take(_ crossing: CrossingID, _ lane: String, at time: MonotonicTime) -> CrossingID? {
            cases.take(Gatekeeper.caseCode(crossing).lowercased(), lane: LaneID(rawValue: lane), at: time)?
                .crossing
        }
        #expect(take(crossings[0], "door", at: now) == nil, "the oldest made room")
        #expect(take(crossings[1], "other", at: now) == nil)
        #expect(take(crossings[1], "door", at: now) == crossings[1])
        #expect(take(crossings[2], "door", at: now.advanced(by: HeldCases.patience)) == nil)
    }
}
