import Foundation
import TestPrograms
import Testing

/// The real command on the real daemon, with the simulated hardware in the technician's place.
@Suite(.serialized) struct CommissionTests {
    private static func gateFile(port: Int) -> String {
        """
        \(GateUnderTest.commonSettings(port: port))
        fire: {chip: board, line: 9}
        lanes:
          - name: door
            site: community-gate
            door:
              lock: {chip: board, line: \(lock)}
              wiring: energise-to-release
              contact: {chip: board, line: 1}
              exit-button: {chip: board, line: 2}
              release-time: 2s
              held-open-after: 2s
            access-points:
              - {name: in, direction: entry, readers: [{name: code-in, kind: qr-serial, device: hardware/code-in}]}

        """
    }

    private static let lock = 0
    private static let scenario = """
        readers:
          - {name: code-in, kind: scanner}
        lanes:
          - {name: door, lock: \(lock), contact: 1, exit-button: 2}
        fire: 9

        """
    private static let steps = [
        "door.release", "door.exit-button", "door.credential.code-in", "door.forced-open", "door.held-open",
        "door.bounce", "event-to-centre", "fire", "door.kill", "power-loss",
    ]

    private struct Gate {
        let gate: GateUnderTest
        var daemon: Program
        /// Which steps had a result, and how it ended.
        var results: [String: String] = [:]
        var begun: [String] = []

        func path(_ name: String) -> String { gate.directory.appending(path: name).path }

        /// Runs the command, does what it says, and gives its exit status and what it said on standard error.
        mutating func commission(_ answers: [String: Any]) async throws -> (status: Int32, errors: String) {
            try JSONSerialization.data(withJSONObject: answers).write(to: URL(filePath: path("answers.json")))
            let log = gate.directory.appending(path: "commission-\(UUID().uuidString).log")
            let program = try await Program(
                "gatehouse",
                [
                    "commission", "--config", gate.configuration, "--answers", path("answers.json"), "--report",
                    gate.directory.path, "--json", "--wait", "20",
                ], log: log, keepsOutput: true)
            for await text in program.lines {
                let line = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
                let id = line["id"] as? String ?? ""
                switch line["event"] as? String {
                case "begin": begun.append(id)
                case "tell": try await act(id)
                case "result": results[id] = (line["result"] as? [String: Any])?["outcome"] as? String
                default: break
                }
            }
            return (await program.exitStatus(), try String(contentsOf: log, encoding: .utf8))
        }

        private mutating func act(_ id: String) async throws {
            switch id {
            case "door.exit-button":
                let second = try await Program.run(
                    "gatehouse",
                    [
                        "commission", "--config", gate.configuration, "--answers", path("answers.json"), "--report",
                        "/tmp",
                    ])
                #expect(second.status == 1 && second.said.contains("another 'gatehouse commission'"), "\(second.said)")
                send("press door button", "walk door")
            case "door.credential.code-in": send("scan \(Placeholders.text(9)) at code-in", "walk door")
            case "door.forced-open": send("force door")
            case "door.held-open": send("hold door for 4")
            case "fire.on": send("fire on")
            case "fire.off": send("fire off")
            case "door.kill.restart":
                try await eventually("the strike to lose its current") {
                    await !gate.edges.level(CommissionTests.lock)
                }
                daemon = try await gate.startDaemon()
            default: break
            }
        }

        private func send(_ commands: String...) {
            for command in commands { gate.mock.send(command) }
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func `a gate is commissioned by a script, killed on the way, and the report is signed`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name) { _ in }
        let central = try await town.serve()
        let gate = try await GateUnderTest(
            town: town, configuration: Self.gateFile(port: town.port), scenario: Self.scenario, readers: 1)
        var site = Gate(gate: gate, daemon: try await gate.startDaemon())
        try await gate.waitUntilReady()

        // A question without an answer ends it, and what was done before is not done again.
        var answers: [String: Any] = ["operator": "tester", "*.release.moved": "yes"]
        let early = try await site.commission(answers)
        #expect(early.status == 1 && early.errors.contains("no answer to 'fire.reset'"), "\(early.errors)")
        #expect(site.begun == Array(Self.steps.prefix(8)))
        try await eventually("the door to be reset") {
            try await gate.gatehouse(["lane", "reset", "door", "--operator", "tester", "--reason", "test"]).status == 0
        }
        site.begun = []
        answers.merge(["fire.reset": "yes", "*.kill": true, "door.kill.lock": "locked", "power-loss": "yes"]) { $1 }
        let late = try await site.commission(answers)
        #expect(late.status == 0, "\(late.errors)")
        #expect(site.begun == Array(Self.steps.dropFirst(7)))

        // As if the machine had been started anew since.
        let saved = URL(filePath: site.path("commissioning-\(GateUnderTest.name).state"))
        var session = try JSONSerialization.jsonObject(with: Data(contentsOf: saved)) as? [String: Any] ?? [:]
        #expect((session["powerCutIn"] as? String)?.isEmpty == false)
        session["powerCutIn"] = "an earlier run of the kernel"
        try JSONSerialization.data(withJSONObject: session).write(to: saved)
        site.begun = []
        answers["power-loss.door"] = "released"
        let last = try await site.commission(answers)
        #expect(last.status == 0, "\(last.errors)")
        #expect(site.begun == ["power-loss"])
        for step in Self.steps { #expect(site.results[step] == "passed", "\(step)") }

        let name = "commissioning-\(GateUnderTest.name)"
        let text = try String(contentsOfFile: site.path("\(name).md"), encoding: .utf8)
        for words in [
            "10 passed, 0 failed, 0 skipped, 0 not done", "| by | tester |", "| door | released | locked | released |",
            "opened to alarm", "kill to answering again", "GB 50396-2007 | event to management centre | at most 5 s",
        ] {
            #expect(text.contains(words), "\(words) in: \(text)")
        }
        #expect(!text.contains(Placeholders.text(9)))

        let key = try String(contentsOfFile: site.path("state/commissioning.key"), encoding: .utf8)
        #expect(key.utf8.count == 65)
        let signed = site.path("\(name).json")
        let whole = try await Program.run("gatehouse", ["commission", "--verify", signed])
        #expect(whole.status == 0 && whole.said.contains("whoever is root"), "\(whole.said)")
        let foreign = try await Program.run(
            "gatehouse", ["commission", "--verify", signed, "--key", String(repeating: "5a", count: 32)])
        #expect(foreign.status == 1, "\(foreign.said)")
        var bytes = try Data(contentsOf: URL(filePath: signed))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: signed))
        #expect(try await Program.run("gatehouse", ["commission", "--verify", signed]).status == 1)

        await site.daemon.end()
        await central.end()
        await gate.stop()
    }
}
