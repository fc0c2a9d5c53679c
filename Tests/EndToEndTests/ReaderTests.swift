import Foundation
import TestPrograms
import Testing

/// Every kind of reader that a pseudo-terminal can stand for, on the real programs.
@Suite(.serialized) struct ReaderTests {
    /// A door with many readers at its entry and one of each kind at its exit.
    private static func gateFile(port: Int) -> String {
        """
        \(GateUnderTest.commonSettings(port: port, uploadEvery: "600s"))
        buses:
          rs485: {kind: osdp, device: hardware/badge-out, rate: 115200}
        lanes:
          - name: door
            site: community-gate
            door: {lock: {chip: board, line: 0}, wiring: energise-to-release, release-time: 500ms}
            access-points:
              - name: in
                direction: entry
                thermometer: {kind: gy-mcu90614, device: hardware/warmth, required: true, window: 2s}
                readers:
                  - {name: card-in, kind: sdt, device: hardware/card-in}
                  - {name: packet-in, kind: qr-serial, device: hardware/packet-in, make: zebra-ssi}
              - name: out
                direction: exit
                readers:
                  - {name: code-out, kind: qr-serial, device: hardware/code-out}
                  - {name: fob-out, kind: serial-rfid, device: hardware/fob-out}
                  - {name: badge-out, kind: osdp, bus: rs485, address: 0, clear: true}

        """
    }

    private static let scenario = """
        readers:
          - {name: card-in, kind: id-card}
          - {name: packet-in, kind: packet-scanner}
          - {name: warmth, kind: thermometer}
          - {name: code-out, kind: scanner}
          - {name: fob-out, kind: rfid}
          - {name: badge-out, kind: osdp}
        lanes:
          - {name: door, lock: 0}

        """

    private func withGate(_ body: (Town, GateUnderTest, Program) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name) { csv in
            for (number, document) in ["CARD/24/7BB26E", "CARD/40/0102ABCDEF", Placeholders.text(7)].enumerated() {
                csv += Town.isolation(of: document, household: number, order: number + 1)
            }
        }
        let central = try await town.serve()
        let gate = try await GateUnderTest(
            town: town, configuration: Self.gateFile(port: town.port), scenario: Self.scenario, readers: 5)
        let daemon = try await gate.startDaemon()
        try await gate.waitUntilReady()
        try await body(town, gate, daemon)
        await daemon.end()
        await gate.stop()
        await central.end()
    }

    private func locked(_ gate: GateUnderTest) async throws {
        try await eventually("the lane to lock") { await !gate.edges.level(0) }
    }

    /// Waits until the lane is locked, does something, and waits for the lock to open.
    private func expectRelease(_ gate: GateUnderTest, _ commands: String...) async throws {
        try await locked(gate)
        let mark = await gate.edges.all.count
        for command in commands { gate.mock.send(command) }
        let edge = await gate.edges.next(0, to: true, after: mark, within: .seconds(10))
        #expect(edge != nil, "\(commands) moved no relay")
    }

    @Test(.timeLimit(.minutes(3)))
    func `every kind of reader is read, and an isolated person is reported whatever names them`() async throws {
        try await withGate { town, gate, _ in
            try await expectRelease(gate, "scan \(Placeholders.text(7)) at code-out")
            try await expectRelease(gate, "tag 0102ABCDEF at fob-out")
            try await expectRelease(gate, "badge 7BB26E at badge-out")
            try await eventually("three reports") { try await town.events(["--alerts"]).count == 3 }
            try await expectRelease(gate, "badge 111111 at badge-out")

            try await locked(gate)
            let edges = await gate.edges.all.count
            gate.mock.send("scan \(Placeholders.text(9)) at packet-in")
            try await eventually("a retry, for want of a temperature") { try await reads(gate, "packet-in") == 1 }
            #expect(await gate.edges.all.count == edges)
            // Five readings, half a second, come before the decision: whoever shows the card too soon shows it again.
            gate.mock.send("temperature 36.5 at warmth for 20")
            var isAdmitted = false
            for _ in 0..<5 where !isAdmitted {
                gate.mock.send("present \(Placeholders.text(9)) at card-in")
                isAdmitted = await gate.edges.next(0, to: true, after: edges, within: .seconds(3)) != nil
            }
            #expect(isAdmitted)
            #expect(try await town.events(["--alerts"]).count == 3)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `an unplugged reader is told, found again, and the technician sees both`() async throws {
        try await withGate { _, gate, _ in
            let list = try await gate.gatehouse(["readers"])
            #expect(list.status == 0, "\(list.said)")
            for name in ["fob-out", "osdp", "serial-rfid", "packet-in"] { #expect(list.said.contains(name)) }
            gate.mock.send("unplug badge-out")
            try await eventually("the loss") { try await state(gate, "badge-out") != "ready" }
            let lost = try await gate.gatehouse(["readers"])
            #expect(lost.status == 1)
            #expect(lost.said.contains("went away"), "\(lost.said)")
            gate.mock.send("plug badge-out")
            // Seen from outside by a program that has to be started each time, so wider than the promise of 2 s.
            try await eventually("the reader again", within: .seconds(10)) {
                try await state(gate, "badge-out") == "ready"
            }
            // What it reads before it was asked in vain may have been kept from before, and is dropped (principle 17).
            let answers = try await answers(gate, "badge-out")
            try await eventually("polls with nothing to tell") {
                try await self.answers(gate, "badge-out") >= answers + 10
            }
            try await expectRelease(gate, "badge 111111 at badge-out")
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a technician tells readers what to do, and hears what they say`() async throws {
        try await withGate { _, gate, _ in
            try await eventually("the OSDP reader") { try await state(gate, "badge-out") == "ready" }
            let moved = try await gate.gatehouse(["readers", "set", "badge-out", "address=5"])
            #expect(moved.status == 0)
            #expect(moved.said.contains("address 5 at 115200"), "\(moved.said)")
            try await expectRelease(gate, "badge 111111 at badge-out")
            // The simulated one does not answer: that is told, and is no fault.
            let silent = try await gate.gatehouse(["readers", "tell", "packet-in", "trigger"])
            #expect(silent.status == 0)
            #expect(silent.said.contains("says nothing"), "\(silent.said)")
            for (arguments, words) in [
                (["tell", "code-out", "trigger"], "make 'generic'"), (["tell", "card-in", "beep"], "kind sdt"),
                (["tell", "nobody", "beep"], "this gate has card-in"), (["set", "packet-in", "8A"], "8A=08"),
                (["set", "badge-out", "rate=7"], "address=0…126"),
            ] {
                let refused = try await gate.gatehouse(["readers"] + arguments)
                #expect(refused.status == 1)
                #expect(refused.said.contains(words), "\(refused.said)")
            }
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `what comes from a reader is shown live, without personal fields`() async throws {
        try await withGate { _, gate, _ in
            let log = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString).log")
            defer { try? FileManager.default.removeItem(at: log) }
            let monitor = try await Program(
                "gatehouse", ["readers", "monitor", "code-out", "--config", gate.configuration], log: log,
                keepsOutput: true)
            let number = Placeholders.text(9)
            // The watcher says nothing of being there, so the code is held until it is seen.
            let scans = Task {
                while !Task.isCancelled {
                    gate.mock.send("scan \(number) at code-out")
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
            var seen = ""
            for await line in monitor.lines {
                seen += line + "\n"
                if line.contains("a credential, in order") { break }
            }
            scans.cancel()
            #expect(seen.contains("a code ]Q1 of 18 characters"), "\(seen)")
            #expect(!seen.contains(number) && !seen.contains(number.suffix(4)))
            await monitor.end(SIGTERM)
            let unknown = try await gate.gatehouse(["readers", "monitor", "nobody"])
            #expect(unknown.status == 1)
            #expect(unknown.said.contains("this gate has card-in"), "\(unknown.said)")
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: [("card-in", "sdt"), ("badge-out", "osdp")])
    func `an unknown port is probed, with words for the configuration`(port: String, kind: String) async throws {
        try await withGate { _, gate, daemon in
            let path = gate.directory.appending(path: "hardware/\(port)").path
            let busy = try await Program.run("gatehouse", ["readers", "probe", path])
            #expect(busy.status == 1)
            #expect(busy.said.contains("in use") || busy.said.contains("another"), "\(busy.said)")
            await daemon.end()
            let found = try await Program.run("gatehouse", ["readers", "probe", path])
            #expect(found.status == 0)
            #expect(found.said.contains("kind: \(kind)"), "\(found.said)")
            let missing = try await Program.run("gatehouse", ["readers", "probe", "/dev/none"])
            #expect(missing.status == 1)
        }
    }

    /// The figure for a gate in service is that of the benchmarks; this build is not optimised.
    @Test(.timeLimit(.minutes(3)))
    func `five readers at rest cost next to nothing`() async throws {
        try await withGate { _, gate, daemon in
            func ticks() throws -> Int {
                let text = try String(contentsOfFile: "/proc/\(daemon.identifier)/stat", encoding: .utf8)
                let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
                try #require(fields.count > 12, "not understood: \(text)")
                return try #require(Int(fields[11])) + #require(Int(fields[12]))
            }
            let before = try ticks()
            try await Task.sleep(for: .seconds(10))
            let share = Double(try ticks() - before) / Double(sysconf(Int32(_SC_CLK_TCK))) / 10
            #expect(share < 0.1, "\(share * 100) % of a core")
            print("idle: \(share * 100) % of a core")
        }
    }

    private func reader(_ gate: GateUnderTest, _ name: String) async throws -> [String: Any] {
        let readers = try await gate.status()["readers"] as? [[String: Any]]
        return readers?.first { $0["reader"] as? String == name } ?? [:]
    }

    private func state(_ gate: GateUnderTest, _ name: String) async throws -> String? {
        try await reader(gate, name)["state"] as? String
    }

    /// How often a reader on a bus has answered.
    private func answers(_ gate: GateUnderTest, _ name: String) async throws -> Int {
        let details = try await reader(gate, name)["details"] as? [String: Any]
        return (details?["counters"] as? [String: Int])?["answers"] ?? 0
    }

    private func reads(_ gate: GateUnderTest, _ name: String) async throws -> Int? {
        try await reader(gate, name)["reads"] as? Int
    }
}
