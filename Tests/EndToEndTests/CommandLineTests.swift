import Foundation
import TestPrograms
import Testing

/// What a technician types, and the exit statuses that scripts rely on.
@Suite(.serialized) struct CommandLineTests {
    private func inDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }

    @Test(.timeLimit(.minutes(3)))
    func `doctor finds the cause with the daemon down, and again with it up`() async throws {
        try await inDirectory { directory in
            let town = try await Town(directory: directory, gate: GateUnderTest.name) { _ in }
            let gate = try await GateUnderTest(town: town, lanes: 2)
            let down = try await gate.gatehouse(["doctor"])
            #expect(down.status == 1)
            #expect(down.said.contains(/FAULT +daemon/), "\(down.said)")
            #expect(down.said.contains("systemctl"), "there is a remedy")

            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            let up = try await gate.gatehouse(["doctor", "--json"])
            let findings = try JSONSerialization.jsonObject(with: Data(up.output.utf8)) as? [[String: Any]] ?? []
            func finding(_ check: String) -> [String: Any]? { findings.first { $0["check"] as? String == check } }
            #expect(finding("daemon")?["verdict"] as? String == "ok")
            #expect(finding("uplink")?["verdict"] as? String == "warning", "the central service is off")
            let faults = findings.filter { $0["verdict"] as? String != "ok" }
            #expect(faults.allSatisfy { ($0["remedy"] as? String)?.isEmpty == false })

            gate.mock.send("unplug card-0")
            try await eventually("doctor to see the unplugged reader") {
                let output = try await gate.gatehouse(["doctor"]).said
                return output.contains(/FAULT +reader card-0 +absent/)
            }
            await daemon.end()
            await gate.stop()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `scan answers with the decision, and 1 when the person is not admitted`() async throws {
        let day = Date().ISO8601Format().prefix(10)
        let end = Date(timeIntervalSinceNow: 5 * 86_400).ISO8601Format().prefix(10)
        try await inDirectory { directory in
            let town = try await Town(directory: directory, gate: GateUnderTest.name) { csv in
                csv += Data("\(Placeholders.text(9)),exposure,4,travel-history,\(day),\(end),H-9,9\n".utf8)
            }
            let central = try await town.serve()
            let gate = try await GateUnderTest(town: town, lanes: 2)
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady()
            // The last lane is the checkpoint. The number comes by standard input: it is not for the shell's history.
            let refer = try await gate.gatehouse(["scan", "--at", "entry-point-1"], input: Placeholders.text(9))
            #expect(refer.status == 1)
            #expect(
                refer.said.contains("refer (exposure-high)") && refer.said.contains("case code"), "\(refer.said)")
            let clear = try await gate.gatehouse(["scan", "--at", "entry-point-1"], input: Placeholders.text(10))
            #expect(clear.status == 0 && clear.said.contains("admit (clear)"), "\(clear.said)")
            let wrong = try await gate.gatehouse(["scan", "--at", "entry-point-1"], input: "000000190001010018")
            #expect(wrong.status == 1 && wrong.said.contains("check digit"), "\(wrong.said)")
            let nowhere = try await gate.gatehouse(["scan", "--at", "nowhere", "1"])
            #expect(
                nowhere.status == 1 && nowhere.said.contains("entry-point-0"), "it names the access points there are")
            let list = try await gate.gatehouse(["orders", "check"])
            #expect(list.status == 0 && list.said.contains("tier 4: 1"), "\(list.said)")
            let release = try await gate.gatehouse([
                "lane", "release", "lane-0", "--operator", "tester", "--reason", "visitor",
            ])
            #expect(release.status == 0, "\(release.said)")
            try await eventually("the override at the central service") {
                try await town.central(["events", "--json"]).contains(#""operator":"tester""#)
            }
            await daemon.end()
            await central.end()
            await gate.stop()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a wrong configuration is named with file and line, and the daemon ends with 78`() async throws {
        try await inDirectory { directory in
            let file = directory.appending(path: "gate.yaml")
            try Data("gate: north\nstate-directory: state\ncolour: red\n".utf8).write(to: file)
            let check = try await Program.run("gatehouse", ["config", "check", "--config", file.path])
            #expect(check.status == 1)
            #expect(check.said.contains("gate.yaml:3: unknown key 'colour'"), "\(check.said)")
            let daemon = try await Program.run("gatehoused", ["--config", file.path])
            #expect(daemon.status == 78)
            let status = try await Program.run(
                "gatehouse", ["status", "--socket", directory.appending(path: "none").path])
            #expect(status.status == 2, "the daemon cannot be reached")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `devices and keys that cannot be what the configuration says are named before the daemon starts`() async throws
    {
        try await inDirectory { directory in
            func path(_ name: String) -> String { directory.appending(path: name).path }
            try Data("3031\n".utf8).write(to: URL(filePath: path("osdp.key")))
            let made = unsafe mkfifo(path("pipe"), 0o600)
            #expect(made == 0)
            for name in ["one", "two"] {
                try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: "/dev/ptmx")
            }
            let text = """
                gate: north
                state-directory: state
                control-socket: control.sock
                central: {url: "http://127.0.0.1:1", token-file: none, deployment: town, publisher-key-file: pipe, root-file: r}
                deployment-key: {file: none, epoch: 1}
                chips: {board: {kind: gpiod, path: ./pipe}}
                buses: {rs485: {kind: osdp, device: /dev, rate: 9600}}
                lanes:
                  - name: door
                    site: community-gate
                    door: {lock: {chip: board, line: 0}, wiring: energise-to-release}
                    access-points:
                      - name: in
                        direction: entry
                        readers:
                          - {name: a, kind: sdt, device: one}
                          - {name: b, kind: qr-serial, device: two}
                          - {name: d, kind: serial-rfid, device: /dev/null}
                          - {name: c, kind: osdp, bus: rs485, address: 0, key-file: osdp.key}
                """
            try Data(text.utf8).write(to: URL(filePath: path("gate.yaml")))
            let check = try await Program.run("gatehouse", ["config", "check", "--config", path("gate.yaml")])
            #expect(check.status == 1)
            for words in [
                "gate.yaml:6: board: expected a device at", "it is a pipe, not a device",
                "it is a directory, not a device",
                "gate.yaml:17: b: expected a device at", "the same device as that of a",
                "gate.yaml:18: d: expected a device at /dev/null: it is a device of the kind 'mem', not 'tty'",
                "gate.yaml:19: \(path("osdp.key")) does not hold a key of 32", "pipe is no file that can hold a key",
                "none cannot be read",
            ] {
                #expect(check.said.contains(words), "\(words) in: \(check.said)")
            }
        }
    }

    /// On 2026-03-29 clocks in Berlin go from 02:00 to 03:00 at 01:00 UTC; on 2026-10-25 they show 02:00 to 03:00 twice.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (1_774_745_940, "sunday 01:59", "unlocked"), (1_774_746_000, "sunday 03:00", "controlled"),
            (1_792_886_400, "sunday 02:00", "entry-locked"), (1_792_889_999, "sunday 02:59", "entry-locked"),
            (1_792_890_000, "sunday 02:00", "entry-locked"), (1_792_893_600, "sunday 03:00", "controlled"),
            (1_792_929_600, "sunday 13:00", "controlled"),
        ])
    func `a lane's hours follow the clock on the wall, daylight saving and all`(at: Int, local: String, mode: String)
        async throws
    {
        try await inDirectory { directory in
            let hours =
                at < 1_780_000_000
                ? #"unlocked: [{from: "01:30", to: "02:30"}]"#
                : #"entry-locked: [{days: [sunday], from: "02:00", to: "03:00"}]"#
            let text = """
                gate: north
                state-directory: state
                control-socket: control.sock
                central: {url: "http://127.0.0.1:1", token-file: t, deployment: town, publisher-key-file: p, root-file: r}
                deployment-key: {file: k, epoch: 1}
                chips: {board: {kind: simulated, path: chip.sock}}
                time-zone: Europe/Berlin
                lanes:
                  - name: door
                    site: community-gate
                    door: {lock: {chip: board, line: 0}, wiring: energise-to-release}
                    hours: {\(hours)}
                    access-points: [{name: in, direction: entry}]
                """
            let file = directory.appending(path: "gate.yaml")
            try Data(text.utf8).write(to: file)
            let shown = try await Program.run(
                "gatehouse", ["lane", "hours", "--at", "\(at)", "--config", file.path, "--json"])
            #expect(shown.status == 0)
            #expect(shown.said.contains(#""local":"\#(local)""#), "\(shown.said)")
            #expect(shown.said.contains(#""mode":"\#(mode)""#), "\(shown.said)")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func
        `doctor names a token that the central service does not know, and an import of nothing but mistakes publishes nothing`()
        async throws
    {
        try await inDirectory { directory in
            let town = try await Town(directory: directory, gate: GateUnderTest.name) { _ in }
            try Data("wrong\n".utf8).write(to: directory.appending(path: "central.token"))
            let central = try await town.serve()
            let gate = try await GateUnderTest(town: town, lanes: 1)
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            try await eventually("doctor to see it") {
                try await gate.gatehouse(["doctor"]).said.contains(/WARN +uplink .*401/)
            }
            let csv = directory.appending(path: "bad.csv")
            try Data("document,kind,tier,reason,issued,ends,household,order\n1,2,3,4,5,6,7,8\n".utf8).write(to: csv)
            let before = try await town.central(["orders", "history"])
            let bad = try await Program.run("gatehouse-central", ["orders", "import", csv.path, "--data", town.data])
            #expect(bad.status == 1, "\(bad.said)")
            #expect(try await town.central(["orders", "history"]) == before)
            await daemon.end()
            await central.end()
            await gate.stop()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a second daemon on the same state ends and says why`() async throws {
        try await inDirectory { directory in
            let town = try await Town(directory: directory, gate: GateUnderTest.name) { _ in }
            let gate = try await GateUnderTest(town: town, lanes: 1)
            let first = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            let second = try await Program.run("gatehoused", ["--config", gate.configuration])
            #expect(second.status == 1)
            #expect(second.said.contains("another gatehoused"), "\(second.said)")
            await first.end()
            await gate.stop()
        }
    }
}
