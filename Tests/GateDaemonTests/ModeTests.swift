import Control
import EventStream
import Foundation
import GateModel
import Hardware
import Lanes
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ModeTests {
    private func change(_ gate: TestGate, _ mode: String, seconds: Int, by name: String = "Li") async throws {
        try await gate.gatekeeper.change(
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
            try await change(gate, "unlocked", seconds: 3600)
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
                await #expect(throws: ControlFailure.self) { try await change(gate, mode, seconds: seconds) }
            }
            await #expect(throws: ControlFailure.self) { try await change(gate, "unlocked", seconds: 60, by: "") }
            #expect(gate.chip.lines[Line.frontLock] != true)
        }
    }

    // MARK: Through a restart

    @Test func `principle 13: a change that is in force goes on after a restart, for the rest of its time`()
        async throws
    {
        let (clock, directory) = (FakeClock(), NSTemporaryDirectory() + "gate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await TestGate.with(clock: clock, directory: directory) { gate in
            try await gate.startWriting()
            try await change(gate, "unlocked", seconds: 3600)
        }
        clock.advance(by: .seconds(3000))
        try await TestGate.with(clock: clock, directory: directory) { gate in
            #expect(gate.chip.lines[Line.frontLock] != true)
            await gate.gatekeeper.keepBeating()
            #expect(gate.chip.lines[Line.frontLock] == true)
            await gate.advance(by: .seconds(601))
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(await gate.gatekeeper.modeStore.read() == .modes(StoredModes()), "what is over is forgotten")
        }
    }

    @Test func `a change is not in force again when it is over, or when the clock shows a time before it`() async throws
    {
        try await TestGate.with { gate in
            let now = gate.clock.now().wall
            for (issued, until) in [(-7200, -3600), (-60, 0), (301, 7200)] {
                let stored = try remote(
                    gate, issued: now.advanced(bySeconds: Int64(issued)), until: now.advanced(bySeconds: Int64(until)))
                await gate.gatekeeper.restore(.modes(StoredModes(changes: [stored])))
                await gate.gatekeeper.keepBeating()
                #expect(gate.chip.lines[Line.frontLock] != true)
                #expect(await gate.gatekeeper.modeStore.read() == .modes(StoredModes()), "no name stays for longer")
            }
        }
    }

    @Test func `a change goes on where the clock is put right after the start, and ends then if it is over`()
        async throws
    {
        try await TestGate.with { gate in
            let now = gate.clock.now().wall
            // The centre's clock may be ahead of the gate's.
            let stored = try remote(gate, issued: now.advanced(bySeconds: 100), until: now.advanced(bySeconds: 3600))
            await gate.gatekeeper.restore(.modes(StoredModes(changes: [stored])))
            await gate.gatekeeper.keepBeating()
            #expect(gate.chip.lines[Line.frontLock] == true)
            gate.clock.setWall(forwardBy: 5 * 3600)
            await gate.advance(by: .seconds(1))
            #expect(gate.chip.lines[Line.frontLock] == false)
        }
    }

    @Test(arguments: ["", "{", "{\"changes\":[{}],\"handled\":{}}", "[1]"])
    func `principle 4: where the kept changes are damaged, what may have been dealt with is not taken again`(
        content: String
    ) async throws {
        try await TestGate.with { gate in
            try Data(content.utf8).write(to: URL(filePath: gate.gatekeeper.modeStore.path))
            let found = await gate.gatekeeper.modeStore.read()
            guard case .unreadable(let reason) = found else { throw CancellationError() }
            #expect(reason.contains("modes.json"))
            try await gate.startWriting()
            await gate.gatekeeper.restore(found)
            await gate.gatekeeper.keepBeating()
            await gate.gatekeeper.take([try remote(gate, issued: gate.clock.now().wall)])
            #expect(gate.chip.lines[Line.frontLock] != true)
            await gate.advance(by: .seconds(601))
            await gate.gatekeeper.take([try remote(gate, issued: gate.clock.now().wall)])
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `what is no plain file is not waited for`() async throws {
        try await TestGate.with { gate in
            let path = gate.gatekeeper.modeStore.path
            #expect(unsafe mkfifo(path, 0o600) == 0)
            #expect(await gate.gatekeeper.modeStore.read() == .unreadable("\(path): Invalid argument"))
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            guard case .unreadable = await gate.gatekeeper.modeStore.read() else { throw CancellationError() }
            try FileManager.default.removeItem(atPath: path)
            #expect(unsafe mkfifo(path + ".part", 0o600) == 0)
            #expect(await gate.gatekeeper.modeStore.write(StoredModes()) == nil)
            #expect(await gate.gatekeeper.modeStore.read() == .modes(StoredModes()))
            // Nor is it replaced by what could not be written.
            try FileManager.default.createDirectory(atPath: path + ".part", withIntermediateDirectories: false)
            #expect(await gate.gatekeeper.modeStore.write(StoredModes())?.contains("modes.json") == true)
            #expect(await gate.gatekeeper.modeStore.read() == .modes(StoredModes()))
        }
    }

    @Test func `principle 4: nothing changes a mode before it is known what was in force`() async throws {
        try await TestGate.with(restoresModes: false) { gate in
            try await gate.startWriting()
            let offer = try remote(gate, issued: gate.clock.now().wall)
            await gate.gatekeeper.keepBeating()
            await gate.gatekeeper.take([offer])
            await #expect(throws: ControlFailure.self) { try await change(gate, "unlocked", seconds: 60) }
            #expect(gate.chip.lines[Line.frontLock] != true)
            // It was dealt with before the restart.
            await gate.gatekeeper.restore(.modes(StoredModes(handled: [offer.id: offer.until])))
            await gate.gatekeeper.take([offer])
            #expect(gate.chip.lines[Line.frontLock] != true)
        }
    }

    @Test func `principle 13: a change that the disk does not keep moves nothing`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            // A directory in the place of the file.
            try FileManager.default.createDirectory(
                atPath: gate.gatekeeper.modeStore.path + "/x", withIntermediateDirectories: true)
            await #expect(throws: ControlFailure.self) { try await change(gate, "unlocked", seconds: 60) }
            #expect(gate.chip.lines[Line.frontLock] != true)
            #expect(try await gate.allFacts().overrides.map(\.act) == [.mode, .notCarriedOut])
        }
    }

    // MARK: From the central service

    private func remote(
        _ gate: TestGate, lane: LaneID = TestGate.front, mode: LaneMode = .unlocked, issued: WallTime,
        until: WallTime? = nil
    ) throws -> ModeChange {
        try ModeChange(
            deployment: "town", gate: "test-gate", lane: lane, mode: mode, operator: "Wang", reason: "a fair",
            issued: issued, until: until ?? issued.advanced(bySeconds: 900))
    }

    @Test func `principle 13: a change of the central service is recorded with its name, and dealt with once`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.startWriting()
            let change = try remote(gate, issued: gate.clock.now().wall.advanced(bySeconds: -100))
            await gate.gatekeeper.take([change])
            #expect(gate.chip.lines[Line.frontLock] == true)
            await gate.gatekeeper.keepBeating()
            await gate.advance(by: .seconds(10))
            // Somebody at the gate knows better, and the same offer comes again.
            try await self.change(gate, "controlled", seconds: 60)
            await gate.gatekeeper.take([change])
            #expect(gate.chip.lines[Line.frontLock] == false)
            let overrides = try await gate.allFacts().overrides
            #expect(overrides.map(\.operator) == ["Wang", "Li"])
            #expect(overrides.first?.change == change.id)
            #expect(overrides.first?.until == change.until)
        }
    }

    @Test func `principle 4: a change that comes late moves nothing, whatever held it up, and that is recorded`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.startWriting()
            let now = gate.clock.now().wall
            for age in [301, 800, -301] as [Int64] {
                await gate.gatekeeper.take([try remote(gate, issued: now.advanced(bySeconds: -age))])
            }
            #expect(gate.chip.lines[Line.frontLock] != true)
            #expect(try await gate.allFacts().overrides.map(\.act) == [.notCarriedOut, .notCarriedOut, .notCarriedOut])
        }
    }

    @Test func `principle 4: what was dealt with before a restart moves nothing after it`() async throws {
        let (clock, directory) = (FakeClock(), NSTemporaryDirectory() + "gate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var changes: [ModeChange] = []
        try await TestGate.with(clock: clock, directory: directory) { gate in
            try await gate.startWriting()
            changes = [try remote(gate, issued: clock.now().wall)]
            await gate.gatekeeper.take(changes)
            try await change(gate, "controlled", seconds: 60)
        }
        try await TestGate.with(clock: clock, directory: directory) { gate in
            try await gate.startWriting()
            await gate.gatekeeper.take(changes)
            await gate.gatekeeper.keepBeating()
            #expect(gate.chip.lines[Line.frontLock] != true)
        }
    }

    @Test func `of several changes the newest alone moves the lane, and one that is older than what is set none`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.startWriting()
            let now = gate.clock.now().wall
            await gate.gatekeeper.keepBeating()
            await gate.gatekeeper.take([
                try remote(gate, issued: now.advanced(bySeconds: -100)),
                try remote(gate, mode: .controlled, issued: now.advanced(bySeconds: -10)),
                try remote(gate, issued: now.advanced(bySeconds: -10)),
                try remote(gate, mode: .entryLocked, issued: now.advanced(bySeconds: -10)),
            ])
            #expect(!gate.chip.acts.contains(.set(Line.frontLock, true)))
            await gate.gatekeeper.take([try remote(gate, issued: now.advanced(bySeconds: -20))])
            #expect(!gate.chip.acts.contains(.set(Line.frontLock, true)))
            let overrides = try await gate.allFacts().overrides
            #expect(overrides.map(\.act) == [.notCarriedOut, .notCarriedOut, .notCarriedOut, .mode, .notCarriedOut])
            #expect(overrides.allSatisfy { $0.act == .mode || $0.cause?.isEmpty == false })
        }
    }

    @Test func `somebody at the gate has the hours count again before the time is over`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            await #expect(throws: ControlFailure.self) { try await change(gate, "hours", seconds: 0) }
            try await change(gate, "unlocked", seconds: 600)
            #expect(await gate.gatekeeper.status().lanes.first?.modeUntil != nil)
            try await change(gate, "hours", seconds: 0)
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(await gate.gatekeeper.status().lanes.first?.modeUntil == nil)
            #expect(await gate.gatekeeper.modeStore.read() == .modes(StoredModes()))
            #expect(try await gate.allFacts().overrides.map(\.mode) == ["unlocked", "hours"])
        }
    }

    @Test func `principle 1: nobody is let into an interlock whose button between the doors is lost`() async throws {
        try await TestGate.with(lanes: TestGate.airlock) { gate in
            try await gate.install()
            for line: UInt32 in [22, 24] { try await gate.chip.raise(line, false) }
            let (entry, exit) = (AccessPointID(rawValue: "air-in"), AccessPointID(rawValue: "air-out"))
            try await gate.chip.find(problems: [.lineBusy(path: "/dev/fake", line: 26, name: "airlock airlock button")])
            let answer = try await gate.scan(Person.clear, at: entry)
            #expect(answer.outcome == .refer)
            #expect(answer.policyCase == .laneFault)
            #expect(gate.chip.lines[21] != true)
            #expect(try await gate.scan(Person.alsoClear, at: exit).outcome == .admit)
            #expect(gate.chip.lines[23] == true)
            await gate.advance(by: .seconds(10))
            try await gate.chip.find()
            #expect(try await gate.scan(Person.clear, at: entry).outcome == .admit)
            #expect(gate.chip.lines[21] == true)
        }
    }

    @Test func `a change for a lane that the gate does not have is reported as not carried out`() async throws {
        try await TestGate.with { gate in
            try await gate.startWriting()
            let elsewhere = LaneID(rawValue: "elsewhere")
            await gate.gatekeeper.take([try remote(gate, lane: elsewhere, issued: gate.clock.now().wall)])
            let overrides = try await gate.allFacts().overrides
            #expect(overrides.map(\.act) == [.notCarriedOut])
            #expect(overrides.first?.lane == elsewhere)
        }
    }

    // MARK: Hours and cases

    @Test func `principle 1: at an hour at which nobody enters who would be admitted is referred, and leaves freely`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.startWriting()
            try await gate.install()
            try await change(gate, "entry-locked", seconds: 600)
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
