import Foundation
import TestPrograms
import Testing

/// The daemon on a disk of its own (memory, in a mount namespace of its own), which the test fills as far as it likes.
private final class SmallDisk: Sendable {
    private let shell: Program
    private let answers: Answers

    private actor Answers {
        var iterator: AsyncStream<String>.Iterator

        init(_ lines: AsyncStream<String>) { iterator = lines.makeAsyncIterator() }

        func next() async -> String? {
            var own = iterator
            defer { iterator = own }
            return await own.next(isolation: self)
        }
    }

    private static let own = ["--user", "--map-root-user", "--mount", "--pid", "--kill-child"]

    /// Some containers allow nobody a mount of their own.
    static func isPossible() async throws -> Bool {
        try await Program.run("/usr/bin/unshare", own + ["mount", "-t", "tmpfs", "none", "/mnt"]).status == 0
    }

    init(_ gate: GateUnderTest) async throws {
        let state = gate.state.path
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        let script = """
            mount -t tmpfs -o size=16m,mode=0700 none '\(state)' || exit 1
            echo ready
            while read -r line; do eval "$line"; done
            """
        shell = try await Program(
            "/usr/bin/unshare", Self.own + ["sh", "-c", script],
            log: gate.directory.appending(path: "shell.log"), keepsOutput: true)
        answers = Answers(shell.lines)
        guard await answers.next() == "ready" else { throw Timeout(description: "no disk of its own could be mounted") }
        daemon =
            "'\(Program.path(of: "gatehoused"))' --config '\(gate.configuration)' >>'\(gate.directory.path)/gate.log' 2>&1"
        filler = "'\(state)/filler'"
    }

    private let daemon: String
    private let filler: String

    private func run(_ command: String) async throws {
        shell.send("\(command); echo done")
        while let line = await answers.next() { if line == "done" { return } }
        throw Timeout(description: "the shell has ended at: \(command)")
    }

    func startDaemon() async throws { try await run("\(daemon) & daemon=$!") }

    func endDaemon(_ signal: String = "TERM") async throws {
        try await run("kill -\(signal) $daemon; wait $daemon 2>/dev/null")
    }

    /// Leaves so many KiB.
    func fill(leaving space: Int) async throws {
        try await run("rm -f \(filler); cat /dev/zero >\(filler) 2>/dev/null; truncate -s -\(space)K \(filler)")
    }

    func empty() async throws { try await run("rm -f \(filler)") }

    func end() async { await shell.end(SIGKILL) }
}

@Suite(.serialized, .enabled("a mount of its own is needed") { try await SmallDisk.isPossible() })
struct FullDiskTests {
    private static let person = Placeholders.text(5)

    private func list(_ gate: GateUnderTest) async throws -> (version: Int, refusal: String?) {
        let list = try await gate.status()["list"] as? [String: Any]
        return (list?["version"] as? Int ?? 0, list?["lastRefusal"] as? String)
    }

    private func expectFreeExit(_ gate: GateUnderTest, _ comment: Comment) async throws {
        try await eventually("the lane to be locked again") { await !gate.edges.level(gate.lanes[0].lock) }
        let mark = await gate.edges.all.count
        gate.mock.send("press lane-0 button")
        #expect(await gate.edges.next(gate.lanes[0].lock, to: true, after: mark, within: .seconds(2)) != nil, comment)
    }

    @Test(.timeLimit(.minutes(4)))
    func `a disk that is full at any write leaves the old list in force, says so, and the new one comes by itself`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name) { csv in
            csv.append(Town.isolation(of: Placeholders.text(1), order: 1))
        }
        let central = try await town.serve()
        let gate = try await GateUnderTest(town: town, lanes: 1)
        let disk = try await SmallDisk(gate)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await fill(disk, town, gate)) } catch { outcome = .failure(error) }
        await disk.end()
        await central.end()
        await gate.stop()
        try outcome.get()
    }

    private func fill(_ disk: SmallDisk, _ town: Town, _ gate: GateUnderTest) async throws {
        try await disk.startDaemon()
        try await gate.waitUntilReady()
        var refused = 0
        for (round, space) in stride(from: 0, through: 56, by: 4).enumerated() {
            let before = try await list(gate).version
            try await disk.fill(leaving: space)
            if round.isMultiple(of: 2) {
                try await town.add(Self.person, order: 77)
            } else {
                try await town.lift(order: 77)
            }
            let (old, new) = round.isMultiple(of: 2) ? ("clear", "isolation") : ("isolation", "clear")
            try await eventually("word of the new list with \(space) KiB left") {
                let now = try await list(gate)
                return now.version > before || now.refusal != nil
            }
            let now = try await list(gate)
            let decided = try await gate.decision(on: Self.person)
            if now.version == before {
                refused += 1
                #expect(now.refusal?.contains("No space left") == true, "\(now.refusal ?? "")")
                // It is tried again and again, and the ledger may have left a page meanwhile.
                let isStillOld = try await list(gate).version == before
                #expect(decided == old || !isStillOld, "\(space) KiB")
            } else {
                #expect(decided == new, "\(space) KiB")
            }
            try await expectFreeExit(gate, "with \(space) KiB left")
            try await disk.empty()
            try await eventually("the new list once there is room") { try await gate.decision(on: Self.person) == new }
            #expect(try await list(gate).refusal == nil)
        }
        // How many depends on what the ledger writes meanwhile: a file that takes another's place needs room for a moment only.
        #expect((1..<15).contains(refused), "full at some writes of an update, and not at others")

        // Also a daemon that is killed and starts on the full disk has its list, and lets people out.
        try await disk.fill(leaving: 0)
        let version = try await list(gate).version
        try await disk.endDaemon("KILL")
        try await disk.startDaemon()
        try await gate.waitUntilReady()
        #expect(try await list(gate).version == version)
        try await expectFreeExit(gate, "after a start on a full disk")
        try await disk.empty()
        try await disk.endDaemon()
    }
}
