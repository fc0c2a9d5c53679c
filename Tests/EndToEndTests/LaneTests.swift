import Foundation
import TestPrograms
import Testing

/// A turnstile, a vehicle barrier and an interlock, on the real programs and the simulated chip.
@Suite(.serialized) struct LaneTests {
    private static func gateFile(port: Int) -> String {
        """
        \(GateUnderTest.commonSettings(port: port))
        fire: {chip: board, line: 9}
        lanes:
          - name: turnstile
            site: community-gate
            turnstile:
              unlock-in: {chip: board, line: \(Line.unlockIn)}
              unlock-out: {chip: board, line: \(Line.unlockOut)}
              exit-button: {chip: board, line: 2}
            access-points:
              - {name: in, direction: entry, readers: [{name: code-in, kind: qr-serial, device: hardware/code-in}]}
              - {name: out, direction: exit}
          - name: vehicles
            site: community-gate
            barrier:
              open: {chip: board, line: \(Line.open)}
              close: {chip: board, line: \(Line.close)}
              exit-button: {chip: board, line: 5}
            access-points:
              - {name: car-out, direction: exit}
          - name: airlock
            site: checkpoint
            interlock:
              outer: {lock: {chip: board, line: \(Line.outer)}, wiring: energise-to-release, contact: {chip: board, line: 11}}
              inner: {lock: {chip: board, line: \(Line.inner)}, wiring: energise-to-release, contact: {chip: board, line: 13}}
              exit-button: {chip: board, line: 14}
              airlock-button: {chip: board, line: 15}
            access-points:
              - {name: air-in, direction: entry, readers: [{name: air-code, kind: qr-serial, device: hardware/air-code}]}
              - {name: air-out, direction: exit}

        """
    }

    private enum Line {
        static let (unlockIn, unlockOut, open, close) = (0, 1, 3, 4)
        static let (outer, inner) = (10, 12)
    }

    /// The chip needs somebody at each line; who stands there is told to press.
    private static let scenario = """
        readers:
          - {name: code-in, kind: scanner}
          - {name: air-code, kind: scanner}
        lanes:
          - {name: way-in, lock: \(Line.unlockIn)}
          - {name: way-out, lock: \(Line.unlockOut), exit-button: 2}
          - {name: boom, lock: \(Line.open), exit-button: 5}
          - {name: boom-down, lock: \(Line.close)}
          - {name: outer, lock: \(Line.outer), contact: 11, exit-button: 15}
          - {name: inner, lock: \(Line.inner), contact: 13, exit-button: 14}
        fire: 9

        """

    private func withGate(_ body: (GateUnderTest, inout Program) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name) { _ in }
        let gate = try await GateUnderTest(
            town: town, configuration: Self.gateFile(port: town.port), scenario: Self.scenario, readers: 2)
        var daemon = try await gate.startDaemon()
        try await gate.waitUntilReady(list: false)
        try await body(gate, &daemon)
        await daemon.end()
        await gate.stop()
    }

    /// Does something and waits for a line to become active, and inactive again if it is a pulse.
    private func expectEdge(_ gate: GateUnderTest, _ command: String, on line: Int, pulse: Bool = true) async throws {
        let mark = await gate.edges.all.count
        gate.mock.send(command)
        #expect(await gate.edges.next(line, to: true, after: mark, within: .seconds(10)) != nil, "\(command): nothing")
        guard pulse else { return }
        try await eventually("the end of the pulse") { await !gate.edges.level(line) }
    }

    @Test(.timeLimit(.minutes(2)))
    func `principles 1 and 2: a turnstile and a barrier let in, let out, and stay open in a fire until they are reset`()
        async throws
    {
        try await withGate { gate, _ in
            try await expectEdge(gate, "scan \(Placeholders.text(9)) at code-in", on: Line.unlockIn)
            try await expectEdge(gate, "press way-out button", on: Line.unlockOut)
            #expect(await !gate.edges.all.contains { $0.line == Line.open && $0.level })
            try await expectEdge(gate, "press boom button", on: Line.open)

            try await expectEdge(gate, "fire on", on: Line.unlockIn, pulse: false)
            for line in [Line.unlockOut, Line.open] {
                try await eventually("line \(line) in the fire") { await gate.edges.level(line) }
            }
            gate.mock.send("fire off")
            for lane in ["turnstile", "vehicles"] {
                try await eventually("\(lane) to be reset") {
                    try await gate.gatehouse([
                        "lane", "reset", lane, "--operator", "tester", "--reason", "the panel was reset",
                    ]).status == 0
                }
            }
            for line in [Line.unlockIn, Line.unlockOut, Line.open] {
                try await eventually("line \(line) after the reset") { await !gate.edges.level(line) }
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `principle 1: an interlock lets in and out through both doors, never both at once, and both in a fire`()
        async throws
    {
        try await withGate { gate, _ in
            /// Lets somebody go through a door once it is released, and waits until the other one is.
            func expectThrough(_ door: String, then line: Int) async throws {
                let mark = await gate.edges.all.count
                gate.mock.send("walk \(door)")
                #expect(
                    await gate.edges.next(line, to: true, after: mark, within: .seconds(20)) != nil,
                    "behind \(door) nothing opened")
            }
            try await expectEdge(gate, "scan \(Placeholders.text(9)) at air-code", on: Line.outer, pulse: false)
            try await expectThrough("outer", then: Line.inner)
            gate.mock.send("walk inner")
            try await eventually("the lane to be at rest") { await !gate.edges.level(Line.inner) }
            try await expectEdge(gate, "press inner button", on: Line.inner, pulse: false)
            try await expectThrough("inner", then: Line.outer)
            gate.mock.send("walk outer")
            try await eventually("the lane to be at rest") { await !gate.edges.level(Line.outer) }
            try await expectEdge(gate, "press outer button", on: Line.outer)

            let edges = await gate.edges.all
            for mark in edges.indices {
                let levels = [Line.outer, Line.inner].map { line in
                    edges[...mark].last { $0.line == line }?.level ?? false
                }
                #expect(levels != [true, true], "both doors were released at once")
            }
            let unlocked = try await gate.gatehouse([
                "lane", "mode", "airlock", "unlocked", "--for", "5", "--operator", "tester", "--reason", "a delivery",
            ])
            #expect(unlocked.status == 1)
            #expect(unlocked.said.contains("never both released"), "\(unlocked.said)")
            gate.mock.send("fire on")
            try await eventually("both doors in the fire") {
                let (outer, inner) = await (gate.edges.level(Line.outer), gate.edges.level(Line.inner))
                return outer && inner
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a named person unlocks a lane for a time, or locks its entry, and status shows it`() async throws {
        try await withGate { gate, _ in
            let nameless = try await gate.gatehouse([
                "lane", "mode", "turnstile", "unlocked", "--for", "5", "--operator", "", "--reason", "",
            ])
            #expect(nameless.status == 1)
            let unlocked = try await gate.gatehouse([
                "lane", "mode", "turnstile", "unlocked", "--for", "5", "--operator", "tester", "--reason", "a delivery",
            ])
            #expect(unlocked.status == 0, "\(unlocked.said)")
            try await eventually("both directions") {
                let (into, out) = await (gate.edges.level(Line.unlockIn), gate.edges.level(Line.unlockOut))
                return into && out
            }
            let locked = try await gate.gatehouse([
                "lane", "mode", "turnstile", "entry-locked", "--for", "5", "--operator", "tester", "--reason", "night",
            ])
            #expect(locked.status == 0, "\(locked.said)")
            try await eventually("the entry to lock") { await !gate.edges.level(Line.unlockIn) }
            #expect(try await gate.gatehouse(["status"]).said.contains("entry-locked"))
            let mark = await gate.edges.all.count
            gate.mock.send("scan \(Placeholders.text(9)) at code-in")
            try await expectEdge(gate, "press way-out button", on: Line.unlockOut)
            #expect(await !gate.edges.all.dropFirst(mark).contains { $0.line == Line.unlockIn && $0.level })
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `principles 4 and 13: the central service changes a mode under a name, and a killed daemon goes on in it`()
        async throws
    {
        try await withGate { gate, daemon in
            let central = try await gate.town.serve()
            try await gate.town.central([
                "lane", "mode", GateUnderTest.name, "turnstile", "unlocked", "--for", "5", "--operator", "Wang",
                "--reason", "a fair",
            ])
            try await eventually("the turnstile to unlock") { await gate.edges.level(Line.unlockIn) }
            try await eventually("the event at the central service") {
                try await gate.town.events().contains { "\($0)".contains("Wang") }
            }
            // The link is lost, and the daemon killed: nothing moves but what the dead process held.
            await central.end()
            await daemon.end(SIGKILL)
            try await eventually("the lines to drop") { await !gate.edges.level(Line.unlockIn) }
            daemon = try await gate.startDaemon()
            try await eventually("the mode after the restart") { await gate.edges.level(Line.unlockIn) }
        }
    }
}
