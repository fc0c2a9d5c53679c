import Foundation
import TestPrograms
import Testing

/// Nobody who leaves waits for a list, a disk or the network (principle 1), shown on the real programs.
@Suite(.serialized) struct EgressTests {
    /// What a person at a door notices; far below what any of the stalled things would take.
    static let noticeable = Duration.milliseconds(1500)

    private func withGate(
        orders: (inout Data) -> Void, _ body: (Town, GateUnderTest) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name, orders: orders)
        // So rarely that nothing here can wait for it: household exits go at once, or not at all.
        let gate = try await GateUnderTest(town: town, lanes: 3, uploadEvery: "600s")
        try await body(town, gate)
        await gate.stop()
    }

    /// Keeps every other connection from writing to the ledger, as a disk that does not answer would.
    private func stallLedger(of gate: GateUnderTest) async throws -> Program {
        let file = gate.state.appending(path: "ledger.sqlite").path
        let log = FileManager.default.temporaryDirectory.appending(path: "gatehouse-sqlite-\(UUID().uuidString).log")
        let holder = try await Program("/usr/bin/sqlite3", [file], log: log, keepsOutput: true)
        holder.send(".timeout 5000")
        holder.send("BEGIN IMMEDIATE; SELECT 'held';")
        for await line in holder.lines where line == "held" { break }
        return holder
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 1: without list, central service or working ledger, scan, button and fire release the lane`()
        async throws
    {
        try await withGate(orders: { _ in }) { _, gate in
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            let holder = try await stallLedger(of: gate)
            let commands = [
                ("scan \(Placeholders.text(1)) at \(gate.lanes[0].scanner("exit"))", gate.lanes[0].lock),
                ("press \(gate.lanes[1].name) button", gate.lanes[1].lock),
                ("fire on", gate.lanes[2].lock),
            ]
            for (command, lock) in commands {
                let mark = await gate.edges.all.count
                gate.mock.send(command)
                let edge = await gate.edges.next(lock, to: true, after: mark, within: Self.noticeable)
                #expect(edge != nil, "'\(command)' moved no relay")
            }
            await holder.end(SIGKILL)
            await daemon.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 1: an isolated person leaves and is reported at once, also while the ledger stalls`()
        async throws
    {
        try await withGate(orders: { $0 += Town.isolation(of: Placeholders.text(7)) }) { town, gate in
            let central = try await town.serve()
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady()
            func leave(by lane: GateUnderTest.Lane) async throws {
                let mark = await gate.edges.all.count
                gate.mock.send("scan \(Placeholders.text(7)) at \(lane.scanner("exit"))")
                let edge = await gate.edges.next(lane.lock, to: true, after: mark, within: Self.noticeable)
                #expect(edge != nil, "the exit moved no relay")
            }
            func alerts(recorded: Bool) async throws -> Int {
                try await town.events(["--alerts"]).count { ($0["sequence"] is Int) == recorded }
            }
            try await leave(by: gate.lanes[0])
            try await eventually("the report") { try await alerts(recorded: true) == 1 }

            let holder = try await stallLedger(of: gate)
            try await leave(by: gate.lanes[1])
            try await eventually("the report from memory") { try await alerts(recorded: false) == 1 }
            await holder.end(SIGKILL)
            try await eventually("the place of the report in the stream") { try await alerts(recorded: true) == 2 }
            #expect(try await alerts(recorded: false) == 0, "the two reports of one exit are one")
            await daemon.end()
            await central.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 2: a fire release outlives kill -9 and ends only by name`() async throws {
        try await withGate(orders: { _ in }) { _, gate in
            var daemon = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            let lane = gate.lanes[0]
            var mark = await gate.edges.all.count
            gate.mock.send("fire on")
            #expect(await gate.edges.next(lane.lock, to: true, after: mark, within: Self.noticeable) != nil)
            gate.mock.send("fire off")
            // The mark is on disk when the status says that the fire is latched and the ledger has the event.
            try await eventually("the latch") {
                try await fire(of: lane, gate) == "latched" && marks(gate) == gate.lanes.count
            }
            mark = await gate.edges.all.count
            await daemon.end(SIGKILL)
            daemon = try await gate.startDaemon()
            #expect(await gate.edges.next(lane.lock, to: true, after: mark, within: .seconds(30)) != nil)
            try await gate.waitUntilReady(list: false)
            #expect(try await fire(of: lane, gate) == "latched")
            let nameless = try await gate.gatehouse(["lane", "reset", lane.name, "--operator", "", "--reason", ""])
            #expect(nameless.status == 1)
            let reset = try await gate.gatehouse([
                "lane", "reset", lane.name, "--operator", "tester", "--reason", "test",
            ])
            #expect(reset.status == 0, "\(reset.said)")
            try await eventually("the lane to lock") { await !gate.edges.level(lane.lock) }
            await daemon.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 1: while a stop waits for a disk that does not answer, the exit button works; then it ends`()
        async throws
    {
        try await withGate(orders: { $0 += Town.isolation(of: Placeholders.text(7)) }) { town, gate in
            let central = try await town.serve()
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady()
            let holder = try await stallLedger(of: gate)
            gate.mock.send("scan \(Placeholders.text(7)) at \(gate.lanes[0].scanner("exit"))")
            let first = await gate.edges.next(gate.lanes[0].lock, to: true, after: 0, within: Self.noticeable)
            #expect(first != nil)
            // How it is is told all the same.
            #expect(try await (gate.status()["ledger"] as? [String: Any])?["fault"] as? String != nil)
            let ended = Task { await daemon.end() }
            for wait in [Duration.milliseconds(300), .seconds(1)] {
                try await Task.sleep(for: wait)
                try await eventually("the lane to lock") { await !gate.edges.level(gate.lanes[1].lock) }
                let mark = await gate.edges.all.count
                gate.mock.send("press \(gate.lanes[1].name) button")
                let edge = await gate.edges.next(gate.lanes[1].lock, to: true, after: mark, within: Self.noticeable)
                #expect(edge != nil, "the button moved no relay \(wait) into the stop")
            }
            _ = await ended.value
            await holder.end(SIGKILL)
            await central.end()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a list that was taken back is refused, after a restart too`() async throws {
        try await withGate(orders: { _ in }) { town, gate in
            let central = try await town.serve()
            var daemon = try await gate.startDaemon()
            try await gate.waitUntilReady()
            let published = URL(filePath: town.data).appending(path: "public")
            let old = gate.directory.appending(path: "old-public")
            try FileManager.default.copyItem(at: published, to: old)
            let csv = gate.directory.appending(path: "newer.csv")
            let rows = Town.isolation(of: Placeholders.text(3), order: 3)
            try (Data("document,kind,tier,reason,issued,ends,household,order\n".utf8) + rows).write(to: csv)
            try await town.central(["orders", "import", csv.path, "--accept-placeholders"])
            try await eventually("the newer list") { try await version(gate) == 3 }
            await daemon.end()
            try FileManager.default.removeItem(at: published)
            try FileManager.default.copyItem(at: old, to: published)
            daemon = try await gate.startDaemon()
            try await eventually("the refusal") {
                // It has only just been started.
                let list = try? await gate.status()["list"] as? [String: Any]
                return list?["lastRefusal"] as? String != nil
            }
            #expect(try await version(gate) == 3)
            await daemon.end()
            await central.end()
        }
    }

    private func version(_ gate: GateUnderTest) async throws -> Int? {
        (try await gate.status()["list"] as? [String: Any])?["version"] as? Int
    }

    @Test(.timeLimit(.minutes(3)))
    func `principle 4: losing and regaining the central service moves no door`() async throws {
        try await withGate(orders: { _ in }) { town, gate in
            let central = try await town.serve()
            let daemon = try await gate.startDaemon()
            try await gate.waitUntilReady(list: false)
            try await eventually("the link") { try await isConnected(gate) }
            let edges = await gate.edges.all.count
            await central.end(SIGKILL)
            try await eventually("the loss of the link") { try await !isConnected(gate) }
            let again = try await town.serve()
            try await eventually("the link again") { try await isConnected(gate) }
            #expect(await gate.edges.all.count == edges, "no line moved")
            await daemon.end()
            await again.end()
        }
    }

    private func isConnected(_ gate: GateUnderTest) async throws -> Bool {
        (try await gate.status()["uplink"] as? [String: Any])?["reachable"] as? Bool ?? false
    }

    private func fire(of lane: GateUnderTest.Lane, _ gate: GateUnderTest) async throws -> String? {
        let lanes = try await gate.status()["lanes"] as? [[String: Any]]
        return lanes?.first { $0["lane"] as? String == lane.name }?["fire"] as? String
    }

    private func marks(_ gate: GateUnderTest) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: gate.state.path).count { $0.hasPrefix("fire-latched-") }
    }
}
