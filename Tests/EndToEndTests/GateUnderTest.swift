import Foundation
import TestPrograms

/// The edges of the simulated chip as the mock prints them, with who waits for them.
actor Edges {
    struct Edge {
        var line: Int
        var level: Bool
        /// CLOCK_MONOTONIC, in nanoseconds.
        var at: UInt64
    }

    private(set) var all: [Edge] = []
    private var waiters: [Int: CheckedContinuation<Edge?, Never>] = [:]
    private var wanted: [Int: (line: Int, level: Bool)] = [:]
    private var nextWaiter = 0

    func add(_ edge: Edge) {
        all.append(edge)
        for (id, want) in wanted where want.line == edge.line && want.level == edge.level { finish(id, edge) }
    }

    private func finish(_ id: Int, _ edge: Edge?) {
        wanted[id] = nil
        waiters.removeValue(forKey: id)?.resume(returning: edge)
    }

    func level(_ line: Int) -> Bool { all.last { $0.line == line }?.level ?? false }

    /// The first edge of `line` to `level` after `mark` edges, waiting for it at most `limit`.
    func next(_ line: Int, to level: Bool, after mark: Int, within limit: Duration) async -> Edge? {
        if let edge = all.dropFirst(mark).first(where: { $0.line == line && $0.level == level }) { return edge }
        nextWaiter += 1
        let id = nextWaiter
        let timeout = Task {
            try? await Task.sleep(for: limit)
            finish(id, nil)
        }
        defer { timeout.cancel() }
        return await withCheckedContinuation { continuation in
            wanted[id] = (line, level)
            waiters[id] = continuation
        }
    }
}

/// A gate with simulated hardware: the real daemon, its configuration, and the mock.
final class GateUnderTest: Sendable {
    /// A lane of the test gate: an entry and an exit scanner, a lock, a contact and an exit button.
    struct Lane {
        let number: Int
        var name: String { "lane-\(number)" }
        var lock: Int { number * 3 }
        var contact: Int { number * 3 + 1 }
        var button: Int { number * 3 + 2 }
        func scanner(_ direction: String) -> String { "\(direction)-\(number)" }
        /// The last lane is the checkpoint.
        var card: String { "card-\(number)" }
    }

    static let name = "test-gate"
    let directory: URL
    let town: Town
    let lanes: [Lane]
    /// How many readers the configuration has.
    let readers: Int
    let edges = Edges()
    let mock: Program
    private let collector: Task<Void, Never>

    var configuration: String { directory.appending(path: "gate.yaml").path }
    var state: URL { directory.appending(path: "state") }

    /// A gate of the usual lanes.
    convenience init(town: Town, lanes count: Int, uploadEvery: String = "200ms") async throws {
        let lanes = (0..<count).map { Lane(number: $0) }
        try await self.init(
            town: town, configuration: Self.gateFile(lanes, port: town.port, uploadEvery: uploadEvery),
            scenario: Self.scenarioFile(lanes), readers: count * 3, lanes: lanes)
    }

    /// Writes the configuration and starts the hardware, but not the daemon.
    init(
        town: Town, configuration: String, scenario description: String, readers: Int, lanes: [Lane] = []
    ) async throws {
        self.town = town
        self.lanes = lanes
        self.readers = readers
        directory = town.directory
        try Data(configuration.utf8).write(to: directory.appending(path: "gate.yaml"))
        let scenario = FileManager.default.temporaryDirectory.appending(
            path: "gatehouse-scenario-\(UUID().uuidString).yaml")
        try Data(description.utf8).write(to: scenario)
        let hardware = directory.appending(path: "hardware")
        try FileManager.default.createDirectory(at: hardware, withIntermediateDirectories: true)
        // The mock's words name documents, as people's hands do: they are not the gate's.
        let log = FileManager.default.temporaryDirectory.appending(path: "gatehouse-mock-\(UUID().uuidString).log")
        let mock = try await Program(
            "gatehouse-mock", ["run", "--scenario", scenario.path, "--directory", hardware.path, "--edges"], log: log,
            keepsOutput: true)
        self.mock = mock
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        collector = Task { [edges] in
            for await line in mock.lines {
                if line == "ready" { isReady.finish() }
                let words = line.split(separator: " ")
                if words.count == 4, words[0] == "edge", let line = Int(words[1]), let at = UInt64(words[3]) {
                    await edges.add(.init(line: line, level: words[2] == "1", at: at))
                }
            }
            isReady.finish()
        }
        for await _ in ready {}
        try? FileManager.default.removeItem(at: scenario)
    }

    func startDaemon() async throws -> Program {
        try await Program(
            "gatehoused", ["--config", configuration], log: directory.appending(path: "gate-\(UUID().uuidString).log"))
    }

    /// Waits until the daemon answers, has its list if there is to be one, and all readers are ready.
    func waitUntilReady(list: Bool = true) async throws {
        try await eventually("the gate", within: .seconds(60)) {
            guard let status = try? await self.status() else { return false }
            let readers = status["readers"] as? [[String: Any]] ?? []
            let version = (status["list"] as? [String: Any])?["version"] as? Int ?? 0
            return readers.count == self.readers && readers.allSatisfy { $0["state"] as? String == "ready" }
                && (version > 0 || !list)
        }
    }

    /// `gatehouse` with this gate's configuration.
    func gatehouse(_ arguments: [String], input: String = "") async throws -> Program.Outcome {
        try await Program.run("gatehouse", arguments + ["--config", configuration], input: input)
    }

    /// By which case of its policy the gate decides on a person at the entry of the first lane.
    func decision(on document: String) async throws -> String {
        let answer = try await gatehouse(["scan", "--at", "entry-point-0", "--json"], input: document)
        let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        return object?["policyCase"] as? String ?? answer.said
    }

    /// The status as curl gets it, without any code of ours in between.
    func status() async throws -> [String: Any] {
        let socket = directory.appending(path: "control.sock").path
        let answer = try await Town.curl(["-fsS", "--unix-socket", socket, "http://gate/v1/status"])
        guard answer.status == 0 else { throw Timeout(description: "no status") }
        return try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any] ?? [:]
    }

    func stop() async {
        await mock.end()
        collector.cancel()
    }

    /// What every gate's configuration begins with: all but its lines, lanes and readers.
    static func commonSettings(port: Int, uploadEvery: String = "200ms") -> String {
        """
        gate: \(name)
        state-directory: state
        control-socket: control.sock
        central:
          url: http://127.0.0.1:\(port)
          token-file: central.token
          deployment: test-town
          publisher-key-file: central/trusted.pub
          root-file: central/root.json
          refresh-every: 500ms
          upload-every: \(uploadEvery)
        deployment-key: {file: central/keys/deployment.key, epoch: 1}
        documents: {accept-placeholders: true}
        chips:
          board: {kind: simulated, path: hardware/chip.sock}
        """
    }

    private static func gateFile(_ lanes: [Lane], port: Int, uploadEvery: String) -> String {
        """
        \(commonSettings(port: port, uploadEvery: uploadEvery))
        fire: {chip: board, line: 900}
        lanes:

        """
            + lanes.map { lane in
                """
                  - name: \(lane.name)
                    site: \(lane.number == lanes.count - 1 ? "checkpoint" : "community-gate")
                    door:
                      lock: {chip: board, line: \(lane.lock)}
                      wiring: energise-to-release
                      contact: {chip: board, line: \(lane.contact)}
                      exit-button: {chip: board, line: \(lane.button)}
                      release-time: 500ms
                    access-points:
                      - name: entry-point-\(lane.number)
                        direction: entry
                        readers:
                          - {name: \(lane.scanner("entry")), kind: qr-serial, device: hardware/\(lane.scanner("entry"))}
                          - {name: \(lane.card), kind: sdt, device: hardware/\(lane.card)}
                      - name: exit-point-\(lane.number)
                        direction: exit
                        readers:
                          - {name: \(lane.scanner("exit")), kind: qr-serial, device: hardware/\(lane.scanner("exit"))}

                """
            }.joined()
    }

    private static func scenarioFile(_ lanes: [Lane]) -> String {
        "readers:\n"
            + lanes.map {
                """
                  - {name: \($0.scanner("entry")), kind: scanner}
                  - {name: \($0.scanner("exit")), kind: scanner}
                  - {name: \($0.card), kind: id-card}

                """
            }.joined()
            + "lanes:\n"
            + lanes.map {
                "  - {name: \($0.name), lock: \($0.lock), contact: \($0.contact), exit-button: \($0.button)}\n"
            }.joined()
            + "fire: 900\n"
    }
}
