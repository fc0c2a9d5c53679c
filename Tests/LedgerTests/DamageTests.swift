import EventStream
import Foundation
import GRDB
import GateModel
import Ledger
import Testing

@Suite struct DamageTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func write(_ count: Int) async throws -> StreamEpoch {
        let ledger = try scratch.open()
        _ = try await ledger.append((1...count).map(plain))
        return try await ledger.unsent(limit: 1).epoch
    }

    @Test(arguments: [
        (
            "UPDATE event SET body = replace(body, 'number 3', 'number 8') WHERE sequence = 3",
            ChainFault.altered(sequence: 3)
        ),
        ("UPDATE event SET hash = 'no hash' WHERE sequence = 1", .altered(sequence: 1)),
        ("DELETE FROM event WHERE sequence = 2", .gap(expected: 2, found: 3)),
        ("DELETE FROM event WHERE sequence = 1", .gap(expected: 1, found: 2)),
        ("UPDATE stream SET lastHash = anchorHash", .altered(sequence: 5)),
    ])
    func `verification names the event that was tampered with`(sql: String, fault: ChainFault) async throws {
        let epoch = try await write(5)
        try scratch.tamper(sql)
        let ledger = try scratch.open()
        await #expect(throws: LedgerError.brokenChain(epoch: epoch, fault: fault)) { try await ledger.verify() }
    }

    @Test func `verification notices that the last events were removed`() async throws {
        let epoch = try await write(5)
        try scratch.tamper("DELETE FROM event WHERE sequence >= 4")
        let ledger = try scratch.open()
        await #expect(throws: LedgerError.shortenedChain(epoch: epoch, lastHeld: 3, lastWritten: 5)) {
            try await ledger.verify()
        }
    }

    @Test func `a file that is no database is kept aside and a new epoch begins`() async throws {
        let old = try await write(3)
        let garbage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
        try garbage.write(to: URL(fileURLWithPath: scratch.path))

        let ledger = try scratch.open()
        #expect(ledger.opening.recreated)
        #expect(!ledger.opening.lastWasOrderly)
        #expect(ledger.opening.reason?.contains(scratch.path + ".corrupt-1") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path + ".corrupt-1")) == garbage)
        #expect(try await ledger.append([plain(1)]) == 1...1)
        let statistics = try await ledger.statistics()
        #expect(statistics.epoch != old)
        #expect(statistics.setAside == [scratch.path + ".corrupt-1"])
    }

    @Test func `a second damaged file does not overwrite the first`() async throws {
        for number in 1...2 {
            try Data("damaged \(number)".utf8).write(to: URL(fileURLWithPath: scratch.path))
            _ = try scratch.open()
            try FileManager.default.removeItem(atPath: scratch.path)
        }
        #expect(try String(contentsOfFile: scratch.path + ".corrupt-1", encoding: .utf8) == "damaged 1")
        #expect(try String(contentsOfFile: scratch.path + ".corrupt-2", encoding: .utf8) == "damaged 2")
    }

    @Test func `overwritten pages are found at opening`() async throws {
        _ = try await write(400)
        var content = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
        let pages = content.count / 4_096
        for page in (pages / 2)..<pages {
            content.replaceSubrange(page * 4_096..<page * 4_096 + 200, with: Data(count: 200))
        }
        try content.write(to: URL(fileURLWithPath: scratch.path))
        #expect(try scratch.open().opening.recreated)
    }

    @Test func `values of the wrong type are damage, not a crash`() async throws {
        _ = try await write(3)
        try scratch.tamper("UPDATE stream SET epoch = 'none'")
        #expect(try scratch.open().opening.recreated)
    }

    @Test func `a missing directory is named`() throws {
        let path = scratch.directory + "/missing/ledger.sqlite"
        let error = #expect(throws: LedgerError.self) { try Ledger(path: path, gate: "north", at: stamp(0)) }
        #expect(error?.description.contains(path) == true)
        guard case .cannotOpen = error else {
            Issue.record("unexpected error")
            return
        }
    }

    @Test func `a full disk refuses whole appends and the ledger works again when there is space`() async throws {
        let ledger = try scratch.open(largestBytes: 120_000)
        var written: UInt64 = 0
        var refused = false
        for round in 0..<400 where !refused {
            do throws(LedgerError) {
                written = try await ledger.append((0..<5).map { plain(round * 10 + $0) }).upperBound
            } catch {
                #expect(error == .diskFull(path: scratch.path))
                refused = true
            }
        }
        #expect(refused)
        #expect(written.isMultiple(of: 5))
        #expect(try await ledger.verify() == written)

        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: written, at: wall(0))
        #expect(try await ledger.eraseConfirmed(now: wall(14 * day)) == Int(written))
        #expect(try await ledger.append([plain(1)]) == (written + 1)...(written + 1))
        #expect(try await ledger.verify() == 1)
    }
}
