import Control
import EventStream
import Foundation
import GateModel
import Ledger
import Logging
import Synchronization
import Testing

@testable import GateDaemon

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

@Suite(.timeLimit(.minutes(1))) struct JournalTests {
    private func numbered(_ number: Int) -> Fact { .listRefused(ListRefused(reason: "\(number)")) }

    @Test func `order is kept, and each is told durable once`() async throws {
        try await TestGate.with { gate in
            let told = Mutex<[Int]>([])
            let now = gate.clock.now()
            for number in 0..<100 {
                gate.journal.record(numbered(number), at: now) { told.withLock { $0.append(number) } }
            }
            try await gate.startWriting()
            for number in 100..<200 {
                gate.journal.record(numbered(number), at: now) { told.withLock { $0.append(number) } }
            }
            #expect(try await gate.allFacts() == (0..<200).map(numbered))
            #expect(told.withLock { $0 } == Array(0..<200))
            #expect(gate.journal.fault.waiting == 0)
        }
    }

    @Test func `principle 19: what memory cannot hold is declared lost, with its number`() async throws {
        try await TestGate.with { gate in
            let now = gate.clock.now()
            for number in 0..<Journal.mostWaiting + 5 { gate.journal.record(numbered(number), at: now) }
            #expect(gate.journal.fault.waiting == Journal.mostWaiting)
            let facts = try await gate.allFacts()
            #expect(facts.count == Journal.mostWaiting + 1)
            let lost = facts.compactMap { if case .eventsLost(let lost) = $0 { lost.count } else { nil } }
            #expect(lost == [5])
        }
    }

    @Test func `principle 19: a damaged ledger is set aside and the loss declared`() async throws {
        try await TestGate.with { gate in
            try Data("this is no database, and long enough to be looked at".utf8).write(
                to: URL(filePath: "\(gate.directory)/ledger.sqlite"))
            let facts = try await gate.allFacts()
            guard case .eventsLost(let lost)? = facts.first else {
                Issue.record("\(facts)")
                return
            }
            #expect(lost.count == nil)
            #expect(lost.reason.contains("corrupt-1"))
        }
    }

    @Test func `principle 19: what waited for the disk when the gate ended is declared lost at the next start`()
        async throws
    {
        let directory = NSTemporaryDirectory() + "gate-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ledger = "\(directory)/ledger.sqlite"
        // A directory where the file should be cannot be opened, however often it is tried.
        try FileManager.default.createDirectory(atPath: ledger, withIntermediateDirectories: true)
        let ended = Journal(path: ledger, gate: "test-gate", clock: FakeClock(), log: .quiet) { _ in }
        for number in 0..<3 { ended.record(numbered(number), at: FakeClock().now()) }
        let opening = Task { try await ended.open() }
        let note = URL(filePath: "\(ledger).unwritten")
        while (try? Data(contentsOf: note))?.suffix(2) != Data("3\n".utf8) { await Task.yield() }
        opening.cancel()
        _ = await opening.result
        try FileManager.default.removeItem(atPath: ledger)

        try await TestGate.with(directory: directory) { gate in
            let facts = try await gate.allFacts()
            let lost = facts.compactMap { if case .eventsLost(let lost) = $0 { lost.count } else { nil } }
            #expect(lost == [3])
        }
        try await TestGate.with(directory: directory) { gate in
            let facts = try await gate.allFacts()
            #expect(facts.count { if case .eventsLost = $0 { true } else { false } } == 1, "it is declared once")
        }
    }

    @Test(arguments: ["18446744073709551615", "9223372036854775808", "", "no number at all", "-7", "12"])
    func `a damaged note of what waited stops nothing`(content: String) async throws {
        let directory = NSTemporaryDirectory() + "gate-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A ledger that cannot be opened, so that the note is written anew.
        let path = "\(directory)/ledger.sqlite"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let note = URL(filePath: "\(path).unwritten")
        try Data((String(repeating: " ", count: max(0, 20 - content.count)) + content + "\n").utf8).write(to: note)
        let journal = Journal(path: path, gate: "test-gate", clock: FakeClock(), log: .quiet) { _ in }
        for number in 0..<3 { journal.record(numbered(number), at: FakeClock().now()) }
        let opening = Task { try await journal.open() }
        let expected = content == "12" ? "15\n" : " 3\n"
        while (try? Data(contentsOf: note))?.suffix(3) != Data(expected.utf8) { await Task.yield() }
        opening.cancel()
        _ = await opening.result
    }

    @Test func `a note that found no room at the start is written as soon as there is some`() async throws {
        let directory = NSTemporaryDirectory() + "gate-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let note = UnwrittenCount(path: "\(directory)/note")
        #expect(await note.begin() == 0)
        await note.note(5)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        await note.note(5)
        #expect(await UnwrittenCount(path: "\(directory)/note").begin() == 5)
    }

    @Test func `principle 1: household exits are kept for their alert beyond what memory holds of other events`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install()
            let now = gate.clock.now()
            for number in 0..<Journal.mostWaiting + 5 { gate.journal.record(numbered(number), at: now) }
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            #expect(gate.journal.unrecordedHouseholdExits(before: now.monotonic).count == 1)
        }
    }

    @Test func `principle 1: a stop waits for no disk`() async throws {
        try await TestGate.with { gate in
            let path = "\(gate.directory)/ledger.sqlite"
            let full = try Ledger(path: path, gate: "test-gate", at: gate.clock.now(), largestBytes: 60_000)
            let padding = GateEvent(at: gate.clock.now(), fact: numbered(0))
            for count in [50, 1] {
                while (try? await full.append(Array(repeating: padding, count: count))) != nil {}
            }
            gate.journal.record(numbered(1), at: gate.clock.now())
            let writing = Task { [journal = gate.journal] in await journal.run(into: full) }
            while gate.journal.fault.text == nil { await Task.yield() }
            // Nobody cancels it: that it ends is what is tested.
            gate.journal.finish()
            await writing.value
            #expect(gate.journal.fault.waiting == 1)
        }
    }

    @Test func `principle 1: a household exit that is not on disk is known to the uplink, and forgotten once it is`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.isolated, at: TestGate.frontOut)
            try await gate.scan(Person.isolated, at: TestGate.frontIn)
            let now = gate.clock.now().monotonic
            let waiting = gate.journal.unrecordedHouseholdExits(before: now)
            #expect(waiting.map(\.fact.isHouseholdExit) == [true])
            _ = try await gate.allFacts()
            #expect(gate.journal.unrecordedHouseholdExits(before: now).isEmpty)
        }
    }

    @Test func `the whole chain verifies, and events are told with whether they are confirmed`() async throws {
        try await TestGate.with { gate in
            #expect(try await gate.journal.verify().fault?.contains("it is being opened") == true)
            await #expect(throws: LedgerError.self) { try await gate.journal.events(after: 0, limit: 10) }
            for number in 0..<5 { gate.journal.record(numbered(number), at: gate.clock.now()) }
            _ = try await gate.allFacts()
            let ledger = try #require(gate.journal.ledger)
            let epoch = try await ledger.statistics().epoch
            try await ledger.confirm(epoch: epoch, through: 2, at: gate.clock.now().wall)
            #expect(try await gate.journal.verify().events == 5)
            let events = try await gate.journal.events(after: 1, limit: 3)
            #expect(events.map(\.sequence) == [2, 3, 4])
            #expect(events.map(\.confirmed) == [true, false, false])
        }
    }

    @Test func `counts and events that a full disk refused are written when there is room`() async throws {
        try await TestGate.with { gate in
            let path = "\(gate.directory)/ledger.sqlite"
            let full = try Ledger(path: path, gate: "test-gate", at: gate.clock.now(), largestBytes: 60_000)
            let padding = GateEvent(at: gate.clock.now(), fact: numbered(0))
            for count in [50, 1] {
                while (try? await full.append(Array(repeating: padding, count: count))) != nil {}
            }
            try await gate.install()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            let before = gate.journal.fault.waiting
            let writing = Task { [journal = gate.journal] in await journal.run(into: full) }
            while gate.journal.fault.text == nil { await Task.yield() }
            writing.cancel()
            await writing.value
            #expect(gate.journal.fault.text?.contains("no space left") == true)
            #expect(gate.journal.fault.waiting == before)
            let roomy = try Ledger(path: path, gate: "test-gate", at: gate.clock.now())
            await gate.journal.run(into: roomy)
            #expect(gate.journal.fault.text == nil)
            let again = try Ledger(path: path, gate: "test-gate", at: gate.clock.now())
            let now = gate.clock.now()
            try await again.closeQuarters(before: now.wall.advanced(bySeconds: 900), at: now)
            let facts = try await again.events(after: 0, limit: 100_000).events.map {
                try GateEvent(body: $0.body).fact
            }
            #expect(facts.count(.presented, at: TestGate.frontIn) == 1)
            #expect(facts.contains { if case .listInstalled = $0 { true } else { false } })
        }
    }

    @Test func `counts of a quarter that passed while the disk was ill keep their quarter`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            await gate.advance(by: .seconds(900))
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            let quarters = try await gate.allFacts().compactMap { fact -> WallTime? in
                guard case .counted(let counted) = fact, counted.counts[.presented] == 1 else { return nil }
                return counted.quarter
            }
            #expect(Set(quarters).count == 2)
        }
    }
}
