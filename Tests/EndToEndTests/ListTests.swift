import Foundation
import TestSupport
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

    /// How the gate decides on the person at the checkpoint.
    private func decision(_ gate: GateUnderTest) async throws -> String {
        let answer = try await gate.gatehouse(
            ["scan", "--at", "entry-point-0", "--json"], input: Self.person)
        let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        return object?["policyCase"] as? String ?? answer.output
    }

    private func add(_ town: Town, order: Int) async throws {
        let end = Date(timeIntervalSinceNow: 5 * 86_400).ISO8601Format().prefix(10)
        try await town.central([
            "orders", "add", "--document", Self.person, "--kind", "isolation", "--reason", "confirmed-case", "--ends",
            "\(end)", "--household", "H-9", "--order", "\(order)", "--accept-placeholders",
        ])
    }

    private func lift(_ town: Town, order: Int) async throws {
        try await town.central([
            "orders", "lift", "--order", "\(order)", "--operator", "Wang", "--because", "wrong person",
        ])
    }

    /// The time until the gate decides so.
    private func wait(_ gate: GateUnderTest, for policyCase: String) async throws -> Duration {
        let start = ContinuousClock.now
        try await eventually("the decision \(policyCase)") { try await decision(gate) == policyCase }
        return start.duration(to: .now)
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 10: an order and its correction are in force at an online gate in under a second`() async throws {
        try await withGate { gate, town, _ in
            #expect(try await decision(gate) == "clear")
            for round in 1...3 {
                try await add(town, order: 100 + round)
                #expect(try await wait(gate, for: "isolation") < .seconds(1))
                try await lift(town, order: 100 + round)
                #expect(try await wait(gate, for: "clear") < .seconds(1))
            }
            let history = try await town.central(["orders", "history"])
            #expect(history.contains("Wang: wrong person"))
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
            try await add(town, order: 7)
            _ = try await wait(gate, for: "isolation")
            // It inherits that SIGTERM is held back.
            await server.end(SIGKILL)
        }
    }
}
