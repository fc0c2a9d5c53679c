import Foundation
import TestPrograms
import Testing

/// Orders that are added and lifted at the centre, at a gate that is online.
@Suite(.serialized) struct ListTests {
    private static let person = Placeholders.text(5)

    /// - Parameter endsCentral: whether `body` ends the central service itself.
    private func withGate(
        endsCentral: Bool = false, _ body: (GateUnderTest, Town, Program) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name) { csv in
            csv.append(Town.isolation(of: Placeholders.text(1), order: 1))
        }
        let central = try await town.serve()
        let gate = try await GateUnderTest(town: town, lanes: 1)
        let daemon = try await gate.startDaemon()
        let outcome: Result<Void, any Error>
        do {
            try await gate.waitUntilReady()
            outcome = .success(try await body(gate, town, central))
        } catch { outcome = .failure(error) }
        await daemon.end()
        await gate.stop()
        if !endsCentral { await central.end() }
        try outcome.get()
    }

    /// The time until the gate decides so.
    private func wait(_ gate: GateUnderTest, for policyCase: String) async throws -> Duration {
        let start = ContinuousClock.now
        try await eventually("the decision \(policyCase)") { try await gate.decision(on: Self.person) == policyCase }
        return start.duration(to: .now)
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 10: an order and its correction are in force at an online gate in under a second`() async throws {
        try await withGate { gate, town, _ in
            #expect(try await gate.decision(on: Self.person) == "clear")
            for round in 1...3 {
                try await town.add(Self.person, order: 100 + round)
                #expect(try await wait(gate, for: "isolation") < .seconds(1))
                try await town.lift(order: 100 + round)
                #expect(try await wait(gate, for: "clear") < .seconds(1))
            }
            let history = try await town.central(["orders", "history"])
            #expect(history.contains("Wang: wrong person"))
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a backup of the whole centre is put back: the gate comes to its list and mandate, and mixes nothing`()
        async throws
    {
        try await withGate(endsCentral: true) { gate, town, central in
            func add(_ number: Int) async throws { try await town.add(Placeholders.text(number), order: number) }
            func mandate(_ reference: String) async throws {
                try await town.central([
                    "mandate", "--reference", reference, "--legal-basis", "test", "--area", "test", "--days", "30",
                ])
            }
            func approve(_ more: [String] = []) async throws {
                try await town.central(
                    ["orders", "approve", "--operator", "Li", "--key", "\(town.data)/keys/orders-bulk-2.key"] + more)
            }
            func decision(_ number: Int) async throws -> String {
                try await gate.decision(on: Placeholders.text(number))
            }
            func reference() async throws -> String? {
                (try await gate.status()["mandate"] as? [String: Any])?["reference"] as? String
            }
            try await approve()
            await central.end()
            let backup = town.directory.appending(path: "backup")
            try FileManager.default.copyItem(at: URL(filePath: town.data), to: backup)
            // What will be lost: people, a mandate, and a book of its own.
            let lost = try await town.serve()
            for number in 11...13 { try await add(number) }
            try await mandate("LOST")
            try await approve()
            try await add(14)
            try await eventually("the list that will be lost") { try await decision(14) == "isolation" }
            #expect(try await reference() == "LOST")
            await lost.end()
            try FileManager.default.removeItem(atPath: town.data)
            try FileManager.default.moveItem(at: backup, to: URL(filePath: town.data))

            // Other people, and as many publications of each kind as were lost.
            let restored = try await town.serve()
            for number in 21...23 { try await add(number) }
            try await mandate("KEPT")
            try await approve()
            for number in 24...30 { try await add(number) }
            try await eventually("the list that was published since") { try await decision(30) == "isolation" }
            #expect(try await reference() == "KEPT")
            for number in 11...14 { #expect(try await decision(number) == "clear", "\(number)") }
            for number in 21...30 { #expect(try await decision(number) == "isolation", "\(number)") }
            await restored.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `after a backup two people sign, and the gate takes what is published at once`() async throws {
        try await withGate(endsCentral: true) { gate, town, central in
            await central.end()
            let backup = town.directory.appending(path: "backup")
            try FileManager.default.copyItem(at: URL(filePath: town.data), to: backup)
            let lost = try await town.serve()
            try await town.add(Self.person, order: 7)
            _ = try await wait(gate, for: "isolation")
            await lost.end()
            try FileManager.default.removeItem(atPath: town.data)
            try FileManager.default.moveItem(at: backup, to: URL(filePath: town.data))
            let restored = try await town.serve()
            try await eventually("a refusal that is shown") {
                try await gate.gatehouse(["doctor"]).said.contains("--after-backup")
            }
            #expect(try await gate.decision(on: Self.person) == "isolation")
            try await town.central([
                "orders", "approve", "--operator", "Li", "--key", "\(town.data)/keys/orders-bulk-2.key",
                "--after-backup",
            ])
            _ = try await wait(gate, for: "clear")
            await restored.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `without the service's hints another web server does: the gate looks by itself`() async throws {
        try await withGate(endsCentral: true) { gate, town, central in
            await central.end()
            let server = try await Program(
                "/usr/bin/env",
                [
                    "python3", "-m", "http.server", "\(town.port)", "--bind", "127.0.0.1", "--directory",
                    "\(town.data)/public",
                ],
                log: town.directory.appending(path: "server.log"))
            try await town.add(Self.person, order: 7)
            _ = try await wait(gate, for: "isolation")
            // It inherits that SIGTERM is held back.
            await server.end(SIGKILL)
        }
    }
}
