import Foundation
import TestPrograms
import TestSupport
import Testing

/// The real programs, a list of 1.17 million orders, 300 crossings, a central service that goes away, and a daemon that is
/// killed again and again.
@Suite(.serialized) struct BlackBoxTests {
    static let orders = 1_170_000
    static let crossings = 300
    static let kills = 20

    /// Who is on the list, by the index of the placeholder: isolated, or exposed with a tier; everybody else is clear.
    enum Person {
        case isolated(Int), exposed(Int), clear(Int)

        var index: Int {
            switch self {
            case .isolated(let index), .exposed(let index), .clear(let index): index
            }
        }

        /// Indexes below `orders` are on the list: even ones isolated, odd ones exposed with tier 3.
        init(_ index: Int) {
            self =
                index >= BlackBoxTests.orders
                ? .clear(index) : index.isMultiple(of: 2) ? .isolated(index) : .exposed(index)
        }
    }

    /// One person at one reader.
    struct Attempt {
        var person: Person
        var lane: GateUnderTest.Lane
        var direction: String
        var byCard: Bool

        var command: String {
            byCard
                ? "present \(Placeholders.text(person.index)) at \(lane.card) for 3"
                : "scan \(Placeholders.text(person.index)) at \(lane.scanner(direction))"
        }
    }

    static func writeOrders(_ csv: inout Data) {
        let day = Date().ISO8601Format().prefix(10)
        let end = Date(timeIntervalSinceNow: 10 * 86_400).ISO8601Format().prefix(10)
        let isolated = Array(",isolation,,close-contact,\(day),\(end),H-".utf8)
        let exposed = Array(",exposure,3,travel-history,\(day),\(end),H-".utf8)
        csv.reserveCapacity(orders * 80)
        for index in 0..<orders {
            csv.append(contentsOf: Placeholders.bytes(index))
            csv.append(contentsOf: index.isMultiple(of: 2) ? isolated : exposed)
            csv.append(contentsOf: Array("\(index / 3),\(index + 1)\n".utf8))
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func `nothing is lost, refused or remembered through kills and outages`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let town = try await Town(directory: directory, gate: GateUnderTest.name, orders: Self.writeOrders)
        var central: Program? = try await town.serve()
        let gate = try await GateUnderTest(town: town, lanes: 5)
        var daemon = try await gate.startDaemon()
        try await gate.waitUntilReady()
        #expect(try coreLimit(of: daemon) == "0")

        var generator = SeededGenerator(seed: 0x6A7E)
        var killsLeft = Self.kills
        var used: Set<Int> = []
        var reported: [Int] = []
        for number in 0..<Self.crossings {
            let attempt = attempt(number, gate, &generator)
            used.insert(attempt.person.index)
            if number == 100 {
                await central?.end(SIGKILL)
                central = nil
            }
            if number == 180 { central = try await town.serve() }
            // A kill every few crossings, at a random moment around the scan.
            let killAfter: Duration? =
                number % 14 == 13 && killsLeft > 0 ? .milliseconds(.random(in: 0...60, using: &generator)) : nil
            if killAfter != nil { killsLeft -= 1 }
            daemon = try await cross(attempt, gate, daemon, killAfter: killAfter)
            if case .isolated(let index) = attempt.person { reported.append(index) }
        }
        #expect(killsLeft == 0)

        // The last crossing is over when its lane is locked again; then everything goes to the central service.
        try await eventually("every lane to lock") {
            for lane in gate.lanes where await gate.edges.level(lane.lock) { return false }
            return true
        }
        try await eventually("every event at the central service", within: .seconds(120)) {
            let ledger = try await gate.status()["ledger"] as? [String: Any]
            return ledger?["unsent"] as? Int == 0 && ledger?["waiting"] as? Int == 0
        }
        let statusOutput =
            try await gate.gatehouse(["status"]).said + gate.gatehouse(["events", "--limit", "1000"]).said
        try Data(statusOutput.utf8).write(to: directory.appending(path: "status-output.txt"))
        let chain = try await gate.gatehouse(["events", "verify"])
        #expect(chain.status == 0, "\(chain.said)")
        try await checkCentral(town, gate, reported: reported)
        #expect(await daemon.end() == 0)
        try searchForNumbers(used, in: directory)
        await central?.end()
        await gate.stop()
    }

    /// Every third person is isolated, every tenth exposed, every fifteenth comes with a card; the last lane is the checkpoint.
    private func attempt(_ number: Int, _ gate: GateUnderTest, _ generator: inout SeededGenerator) -> Attempt {
        let index: Int =
            switch number % 10 {
            case 0, 3, 6: .random(in: 0..<Self.orders / 2, using: &generator) * 2
            case 9: .random(in: 0..<Self.orders / 2, using: &generator) * 2 + 1
            default: .random(in: Self.orders..<Placeholders.count, using: &generator)
            }
        let person = Person(index)
        var lane = gate.lanes[number % gate.lanes.count]
        var direction = number.isMultiple(of: 2) ? "exit" : "entry"
        // At the checkpoint an isolated or exposed person who comes in is for the attendant: no relay to wait for.
        if case .clear = person {} else if lane.number == gate.lanes.count - 1 { direction = "exit" }
        if number % 15 == 7 {
            lane = gate.lanes[number % (gate.lanes.count - 1)]
            return Attempt(person: person, lane: lane, direction: "entry", byCard: true)
        }
        return Attempt(person: person, lane: lane, direction: direction, byCard: false)
    }

    /// Lets one person cross, who tries again when the daemon is killed meanwhile. Gives the daemon that runs then.
    private func cross(
        _ attempt: Attempt, _ gate: GateUnderTest, _ daemon: Program, killAfter: Duration?
    ) async throws -> Program {
        var daemon = daemon
        // The lane must be locked again, or there is no edge to see.
        try await eventually("lane \(attempt.lane.name) to lock") { await !gate.edges.level(attempt.lane.lock) }
        var mark = await gate.edges.all.count
        gate.mock.send(attempt.command)
        if attempt.direction == "exit" { gate.mock.send("walk \(attempt.lane.name)") }
        if let killAfter {
            try await Task.sleep(for: killAfter)
            await daemon.end(SIGKILL)
            daemon = try await gate.startDaemon()
            try await gate.waitUntilReady()
            // A card that still lies on the reader may be found by the new daemon.
            let patience = Duration.milliseconds(attempt.byCard ? 4000 : 100)
            if await gate.edges.next(attempt.lane.lock, to: true, after: mark, within: patience) != nil {
                return daemon
            }
            // An undriven lock is a locked one: the person presents again.
            mark = await gate.edges.all.count
            gate.mock.send(attempt.command)
        }
        // Whoever leaves waits for nothing (principle 1), whether the central service is there or not.
        let limit = attempt.direction == "exit" ? EgressTests.noticeable : .seconds(attempt.byCard ? 10 : 5)
        let edge = await gate.edges.next(attempt.lane.lock, to: true, after: mark, within: limit)
        try #require(edge != nil, "\(attempt) moved no relay")
        return daemon
    }

    /// What the central service holds: every identity event exactly once, in order, in a chain that verifies.
    private func checkCentral(_ town: Town, _ gate: GateUnderTest, reported: [Int]) async throws {
        let verdict = try await Program.run("gatehouse-central", ["verify", "--data", town.data])
        #expect(verdict.status == 0, "\(verdict.said)")
        let received = try await town.events(["--gate", GateUnderTest.name])
        #expect(Set(received.compactMap { $0["epoch"] as? String }).count == 1)
        let sequences = received.compactMap { $0["sequence"] as? Int }
        let inOrder = sequences == Array(1...max(1, received.count))
        #expect(inOrder, "each event once, in order, none missing")
        let held = try await sqlite(
            gate.state.appending(path: "ledger.sqlite"), "SELECT sequence || ' ' || hash FROM event ORDER BY 1")
        let same = held.sorted() == received.map { "\($0["sequence"] ?? 0) \($0["hash"] ?? "")" }.sorted()
        #expect(same, "the gate holds \(held.count) events and the central service \(received.count)")

        let facts = received.compactMap { ($0["event"] as? [String: Any])?["fact"] as? [String: Any] }
        func crossings(_ type: String) -> Set<String> {
            Set(facts.filter { $0["type"] as? String == type }.compactMap { $0["crossing"] as? String })
        }
        let decided = facts.filter {
            $0["type"] as? String == "crossing.decided" && $0["outcome"] as? String == "admit-and-report"
        }
        #expect(decided.count >= reported.count)
        #expect(Set(decided.compactMap { $0["subject"] as? String }).count == Set(reported).count)
        let (released, interrupted) = (crossings("crossing.released"), crossings("crossing.interrupted"))
        let ended = ["crossing.passed", "crossing.not-passed", "crossing.unobserved"].map(crossings)
            .reduce(interrupted) { $0.union($1) }
        for fact in decided {
            let crossing = try #require(fact["crossing"] as? String)
            let isAccounted = released.contains(crossing) || interrupted.contains(crossing)
            #expect(isAccounted, "the admission \(crossing) moved the relay, or is known to have been cut off")
            let hasEnd = ended.contains(crossing)
            #expect(hasEnd, "the crossing \(crossing) has an end")
        }
        let exits = decided.filter { $0["direction"] as? String == "exit" }
        let alerts = try await town.events(["--alerts"]).count
        #expect(alerts == exits.count, "every household exit was alerted, once")
        let alarms = try await town.events(["--alarms"]).count
        #expect(alarms == 0)
    }

    /// No file that any program wrote holds a document number.
    private func searchForNumbers(_ used: Set<Int>, in directory: URL) throws {
        let numbers = used.map { Data(Placeholders.bytes($0)) }
        let enumerator = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: [.isRegularFileKey])
        var searched = 0
        while let file = enumerator?.nextObject() as? URL {
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let content = try Data(contentsOf: file)
            searched += 1
            // Every number begins with the region 000000, so only such places are compared.
            var start = content.startIndex
            while let range = content.range(of: Data("000000".utf8), in: start..<content.endIndex) {
                let candidate = content[range.lowerBound..<min(range.lowerBound + 18, content.endIndex)]
                #expect(!numbers.contains(Data(candidate)), "\(file.path) holds a document number")
                start = range.lowerBound + 1
            }
        }
        #expect(searched >= 8, "databases, logs, list and status output were there to search")
    }

    private func coreLimit(of program: Program) throws -> String? {
        let limits = try String(contentsOfFile: "/proc/\(program.identifier)/limits", encoding: .utf8)
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        return line?.split(separator: " ").dropFirst(4).first.map(String.init)
    }

    /// The sqlite3 program looks at the ledger, so that our own code does not vouch for itself.
    private func sqlite(_ file: URL, _ sql: String) async throws -> [String] {
        try await Program.run("/usr/bin/sqlite3", [file.path, sql]).lines
    }
}
