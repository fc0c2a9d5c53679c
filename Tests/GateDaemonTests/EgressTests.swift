import Control
import EventStream
import Foundation
import GateModel
import Hardware
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct EgressTests {
    @Test
    func `principle 1: the exit button moves the relay with no ledger, no list, no key and a clock that lost its mind`()
        async throws
    {
        let clock = FakeClock(wallSeconds: -9_000_000_000, synchronised: false)
        try await TestGate.with(hasKey: false, clock: clock) { gate in
            try await gate.chip.raise(Line.frontButton, true)
            #expect(gate.chip.lines[Line.frontLock] == true)
            try await gate.chip.raise(Line.checkButton, true)
            #expect(gate.chip.lines[Line.checkLock] == false, "the magnet lets go")
            #expect(gate.journal.ledger == nil)
        }
    }

    @Test func `the exit button is counted at the lane's exit`() async throws {
        try await TestGate.with { gate in
            for pressed in [true, false, true] {
                try await gate.chip.raise(Line.frontButton, pressed)
                await gate.advance(by: .seconds(1))
            }
            #expect(try await gate.allFacts().count(.exitButton, at: TestGate.frontOut) == 2)
        }
    }

    @Test func `principle 1: the exit button still works after the daemon was told to stop`() async throws {
        try await TestGate.with { gate in
            await gate.gatekeeper.stop()
            try await gate.chip.raise(Line.frontButton, true)
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `principle 2: fire releases every lane and latches until a named person resets it`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await gate.chip.raise(Line.fire, true)
            func areReleased() -> Bool {
                gate.chip.lines[Line.frontLock] == true && gate.chip.lines[Line.checkLock] == false
            }
            #expect(areReleased())
            let early = await #expect(throws: ControlFailure.self) { try await reset(gate) }
            #expect(early?.error.contains("still active") == true)
            try await gate.chip.raise(Line.fire, false)
            await gate.advance(by: .seconds(7200))
            #expect(areReleased())
            await #expect(throws: ControlFailure.self) { try await reset(gate, by: "") }
            #expect(areReleased())
            try await reset(gate)
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(gate.chip.lines[Line.checkLock] == false, "each lane is reset for itself")
            let again = await #expect(throws: ControlFailure.self) { try await reset(gate) }
            #expect(again?.error.contains("not released by fire") == true)
            let facts = try await gate.allFacts()
            #expect(facts.laneChanges.filter { $0.lane == TestGate.front }.map(\.change) == [.fire, .fireReset])
            #expect(facts.overrides.map(\.act) == [.fireReset])
        }
    }

    private func reset(_ gate: TestGate, by name: String = "Li") async throws {
        try await gate.gatekeeper.override(
            .fireReset, lane: TestGate.front, operator: name, reason: "the panel is reset")
    }

    @Test func `principle 2: a restart does not end the release by fire`() async throws {
        let directory = NSTemporaryDirectory() + "gate-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await TestGate.with(directory: directory) { gate in
            try await gate.startWriting()
            try await gate.chip.raise(Line.fire, true)
            try await gate.chip.raise(Line.fire, false)
            try await gate.gatekeeper.override(
                .fireReset, lane: TestGate.check, operator: "Li", reason: "the panel is reset")
            await gate.gatekeeper.fireLatch.written()
        }
        try await TestGate.with(directory: directory) { gate in
            #expect(gate.chip.lines[Line.frontLock] == true)
            #expect(gate.chip.lines[Line.checkLock] == true)
            try await gate.chip.raise(Line.fire, false)
            #expect(gate.chip.lines[Line.frontLock] == true)
            #expect(await gate.gatekeeper.status().lanes.map(\.fire) == ["latched", "none"])
        }
    }

    @Test func `a lost chip is told, and what was released is released again when it is back`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            try await gate.chip.lose()
            #expect(await gate.gatekeeper.status().lanes.allSatisfy { $0.fault?.contains("went away") == true })
            let before = gate.chip.acts.count
            try await gate.chip.find()
            #expect(Set(gate.chip.acts[before...].map { "\($0)" }) == ["set(1, true)", "set(11, true)"])
            #expect(await gate.gatekeeper.status().lanes.allSatisfy { $0.fault == nil })
            let changes = try await gate.allFacts().laneChanges.filter { $0.lane == TestGate.check }
            #expect(changes.map(\.change) == [.lineLost, .lineFound])
        }
    }

    @Test func `a bounce that a busy loop has not come to when the timer fires opens no door`() async throws {
        try await TestGate.with { gate in
            try await gate.chip.raise(Line.frontContact, false)
            await gate.advance(by: .seconds(1))
            try await gate.chip.raise(Line.frontContact, true)
            gate.clock.advance(by: .milliseconds(5))
            try await gate.chip.hold(Line.frontContact, false)
            await gate.advance(by: .seconds(1))
            let front = await gate.gatekeeper.status().lanes.first
            #expect(front?.contact == "closed" && front?.alarm == "normal")
            // The same without the pause is a door that was forced.
            try await gate.chip.raise(Line.frontContact, true)
            await gate.advance(by: .seconds(1))
            #expect(await gate.gatekeeper.status().lanes.first?.alarm == "forced-open")
        }
    }

    @Test func `what the lines of a lane hold is told in the order of time`() async throws {
        let lane = """
              - name: side
                site: community-gate
                door:
                  lock: {chip: main, line: 31}
                  wiring: energise-to-release
                  contact: {chip: main, line: 32}
                  tamper: {chip: main, line: 33}
                  lock-state: {chip: main, line: 34}
                access-points: [{name: side-in, direction: entry}]
            """
        for later: UInt32 in [33, 34] {
            try await TestGate.with(lanes: lane) { gate in
                try await gate.chip.raise(32, false)
                await gate.advance(by: .seconds(1))
                try await gate.chip.raise(32, true)
                gate.clock.advance(by: .milliseconds(5))
                try await gate.chip.hold(32, false)
                gate.clock.advance(by: .milliseconds(45))
                try await gate.chip.hold(later, true)
                await gate.advance(by: .seconds(1))
                #expect(await gate.gatekeeper.status().lanes.last?.contact == "closed")
                #expect(try await gate.allFacts().laneChanges.allSatisfy { $0.change != .forcedOpen })
            }
        }
    }

    @Test func `a line that is taken by another program is a fault of its lane alone`() async throws {
        try await TestGate.with { gate in
            try await gate.chip.find(problems: [
                .lineBusy(path: "/dev/fake", line: .offset(Line.frontContact), name: "front door contact")
            ])
            let faults = await gate.gatekeeper.status().lanes.map(\.fault)
            #expect(faults.first??.contains("front door contact") == true)
            #expect(faults.last == .some(nil))
        }
    }

    @Test func `a grant while the chip is lost releases the lane as soon as it is back`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.chip.lose()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            try await gate.chip.find()
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }
}
