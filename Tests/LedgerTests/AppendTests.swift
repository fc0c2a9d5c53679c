import EventStream
import Foundation
import GateModel
import Ledger
import Testing

@Suite struct AppendTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `events are numbered from one and chained from the genesis hash`() async throws {
        let ledger = try scratch.open()
        #expect(try await ledger.append([plain(1), plain(2)]) == 1...2)
        #expect(try await ledger.append([plain(3)]) == 3...3)

        let held = try await ledger.events(after: 0, limit: 10)
        var verifier = ChainVerifier(gate: "north", epoch: held.epoch)
        for event in held.events { try verifier.check(event) }
        #expect(verifier.nextSequence == 4)
        #expect(try await ledger.verify() == 3)
        #expect(try await ledger.allEvents() == [plain(1), plain(2), plain(3)])
    }

    @Test func `what was appended is there after reopening and the chain goes on`() async throws {
        do {
            let ledger = try scratch.open()
            #expect(!ledger.opening.recreated)
            #expect(ledger.opening.lastWasOrderly)
            _ = try await ledger.append([plain(1)])
            try await ledger.closeInOrder()
        }
        let ledger = try scratch.open()
        #expect(ledger.opening.lastWasOrderly)
        #expect(try await ledger.append([plain(2)]) == 2...2)
        #expect(try await ledger.verify() == 2)
    }

    @Test func `a ledger that was not closed in order says so`() async throws {
        do { _ = try await scratch.open().append([plain(1)]) }
        #expect(try scratch.open().opening.lastWasOrderly == false)
    }

    @Test func `a closed ledger takes no more events`() async throws {
        let ledger = try scratch.open()
        try await ledger.closeInOrder()
        await #expect(throws: LedgerError.closed(path: scratch.path)) { try await ledger.append([plain(1)]) }
        await #expect(throws: LedgerError.closed(path: scratch.path)) {
            try await ledger.count([Tally(.admitted, accessPoint: northIn, direction: .entry)], quarter: wall(0))
        }
    }

    @Test func `an append without events is refused`() async throws {
        let ledger = try scratch.open()
        await #expect(throws: LedgerError.nothingToWrite) { try await ledger.append([]) }
    }

    @Test func `eight writers at once get numbers without gaps and in their own order`() async throws {
        let ledger = try scratch.open()
        let ranges = try await withThrowingTaskGroup(of: [ClosedRange<UInt64>].self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var ranges: [ClosedRange<UInt64>] = []
                    for round in 0..<25 {
                        let events = (0...(round % 3)).map { plain(writer * 10_000 + round * 10 + $0) }
                        ranges.append(try await ledger.append(events))
                    }
                    return ranges
                }
            }
            return try await group.reduce(into: [[ClosedRange<UInt64>]]()) { $0.append($1) }
        }
        let all = ranges.joined().sorted { $0.lowerBound < $1.lowerBound }
        #expect(all.first?.lowerBound == 1)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.upperBound + 1 == $1.lowerBound })
        #expect(ranges.allSatisfy { own in zip(own, own.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound } })
        #expect(try await ledger.verify() == all.last?.upperBound)
    }

    @Test func `a burst of appends shares its commits`() async throws {
        let ledger = try scratch.open()
        let answers = AsyncStream<Bool>.makeStream()
        for number in 0..<400 {
            ledger.append([plain(number)]) { result in answers.continuation.yield((try? result.get()) != nil) }
        }
        var written = 0
        for await ok in answers.stream {
            #expect(ok)
            written += 1
            if written == 400 { break }
        }
        // One commit of one event writes at least two pages of the log; so few pages mean that commits were shared.
        #expect(try await ledger.verify() == 400)
        let log = try FileManager.default.attributesOfItem(atPath: scratch.path + "-wal")[.size] as? Int ?? .max
        #expect(log < 400 * 2 * 4_096)
    }

    @Test func `a crossing without an end is interrupted at the next opening, once`() async throws {
        do {
            let ledger = try scratch.open()
            _ = try await ledger.append([
                decided(1), GateEvent(at: stamp(1), fact: .crossingReleased(step(1))),
                decided(2), GateEvent(at: stamp(1), fact: .crossingPassed(step(2))),
                decided(3), GateEvent(at: stamp(1), fact: .crossingNotPassed(step(3))),
                decided(4), GateEvent(at: stamp(1), fact: .crossingUnobserved(step(4))),
                decided(5, outcome: .refer),
            ])
        }
        do {
            let ledger = try scratch.open(at: 60)
            #expect(ledger.opening.interrupted == [step(1)])
            #expect(try await ledger.allEvents().last == GateEvent(at: stamp(60), fact: .crossingInterrupted(step(1))))
            #expect(try await ledger.verify() == 10)
        }
        #expect(try scratch.open().opening.interrupted.isEmpty)
    }

    @Test func `the files of a killed daemon hold all that was answered`() async throws {
        let ledger = try scratch.open()
        for number in 1...20 { _ = try await ledger.append([plain(number)]) }

        let copy = try scratch.copy()
        let survivor = try copy.open()
        #expect(!survivor.opening.lastWasOrderly)
        #expect(!survivor.opening.recreated)
        #expect(try await survivor.verify() == 20)
    }

    @Test(arguments: 0..<12)
    func `a log torn anywhere leaves whole commits and an unbroken chain`(round: Int) async throws {
        let ledger = try scratch.open()
        for number in 1...10 { _ = try await ledger.append([plain(number * 10), plain(number * 10 + 1)]) }
        let size = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "-wal")).count

        let copy = try scratch.copy(logBytes: size * round / 12 + round * 7)
        let survivor = try copy.open()
        let held = try await survivor.verify()
        #expect(held.isMultiple(of: 2))
        #expect(held < 20)
        #expect(try await survivor.append([plain(99)]) == (held + 1)...(held + 1))
    }

    @Test func `the ledger of another gate is refused`() async throws {
        do { _ = try scratch.open() }
        #expect(throws: LedgerError.otherGate(path: scratch.path, found: "north", expected: "south")) {
            try Ledger(path: scratch.path, gate: "south", at: stamp(0))
        }
    }

    @Test func `a ledger of a later version is refused and left alone`() async throws {
        do { _ = try scratch.open() }
        try scratch.tamper("INSERT INTO grdb_migrations VALUES ('v9')")
        #expect(throws: LedgerError.newerFormat(path: scratch.path)) { try scratch.open() }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + ".corrupt-1"))
    }
}
