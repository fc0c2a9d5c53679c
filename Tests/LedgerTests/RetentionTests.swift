import EventStream
import GateModel
import Ledger
import Testing

@Suite struct RetentionTests {
    let scratch: Scratch
    let ledger: Ledger

    init() throws {
        scratch = try Scratch()
        ledger = try scratch.open()
    }

    @Test func `principle 14: events go 14 days after their confirmation and the rest still verifies`() async throws {
        _ = try await ledger.append((1...10).map(plain))
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 4, at: wall(0))
        try await ledger.confirm(epoch: epoch, through: 6, at: wall(day))

        #expect(try await ledger.eraseConfirmed(now: wall(14 * day - 1)) == 0)
        #expect(try await ledger.eraseConfirmed(now: wall(14 * day)) == 4)
        #expect(try await ledger.verify() == 6)
        #expect(try await ledger.eraseConfirmed(now: wall(15 * day)) == 2)
        #expect(try await ledger.events(after: 0, limit: 100).events.map(\.sequence) == [7, 8, 9, 10])
        #expect(try await ledger.verify() == 4)
        #expect(try await ledger.append([plain(11)]) == 11...11)
    }

    @Test func `what is not confirmed outlives any clock`() async throws {
        _ = try await ledger.append((1...3).map(plain))
        #expect(try await ledger.eraseConfirmed(now: WallTime(secondsSince1970: .max)) == 0)
        #expect(try await ledger.eraseConfirmed(now: WallTime(secondsSince1970: .min)) == 0)
        #expect(try await ledger.verify() == 3)
    }

    @Test func `a confirmation noted by a clock that was ahead does not keep events for ever`() async throws {
        _ = try await ledger.append([plain(1)])
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 1, at: wall(10_000 * day))
        #expect(try await ledger.eraseConfirmed(now: wall(0)) == 0)
        #expect(try await ledger.eraseConfirmed(now: wall(14 * day)) == 1)
    }

    @Test func `an emptied ledger goes on counting and verifies after reopening`() async throws {
        _ = try await ledger.append([plain(1), plain(2)])
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 2, at: wall(0))
        #expect(try await ledger.eraseConfirmed(now: wall(20 * day)) == 2)
        let reopened = try scratch.open()
        #expect(try await reopened.verify() == 0)
        #expect(try await reopened.append([plain(3)]) == 3...3)
        #expect(try await reopened.verify() == 1)
    }

    @Test func `the confirmed part of an old epoch is erased as well`() async throws {
        _ = try await ledger.append((1...3).map(plain))
        let old = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: old, through: 2, at: wall(0))
        _ = try await ledger.startNewEpoch(at: stamp(10))
        #expect(try await ledger.eraseConfirmed(now: wall(14 * day)) == 2)
        #expect(try await ledger.verify() == 2)
        await #expect(throws: LedgerError.unknownEpoch(old)) {
            try await ledger.confirm(epoch: old, through: 2, at: wall(0))
        }
    }

    @Test func `principle 14: nothing of an erased event is left in the files`() async throws {
        _ = try await ledger.append([decided(1), GateEvent(at: stamp(0), fact: .crossingPassed(step(1)))])
        let before = try scratch.rawText()
        #expect(before.contains("aaaa000000000001"))
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 2, at: wall(0))
        #expect(try await ledger.eraseConfirmed(now: wall(14 * day)) == 2)
        let after = try scratch.rawText()
        for identity in ["aaaa000000000001", "bbbb000000000001", "20260001"] { #expect(!after.contains(identity)) }
    }
}
