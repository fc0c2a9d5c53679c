import EventStream
import GateModel
import Ledger
import Testing

@Suite struct UploadTests {
    let scratch: Scratch
    let ledger: Ledger

    init() throws {
        scratch = try Scratch()
        ledger = try scratch.open()
    }

    @Test func `what is confirmed is not sent again`() async throws {
        _ = try await ledger.append((1...10).map(plain))
        let batch = try await ledger.unsent(limit: 4)
        #expect(batch.events.map(\.sequence) == [1, 2, 3, 4])
        try await ledger.confirm(epoch: batch.epoch, through: 4, at: wall(0))
        #expect(try await ledger.unsent(limit: 100).events.map(\.sequence) == [5, 6, 7, 8, 9, 10])
        // A late answer to an older batch changes nothing.
        try await ledger.confirm(epoch: batch.epoch, through: 2, at: wall(1))
        #expect(try await ledger.unsent(limit: 1).events.map(\.sequence) == [5])
        try await ledger.confirm(epoch: batch.epoch, through: 10, at: wall(2))
        #expect(try await ledger.unsent(limit: 100).events.isEmpty)
    }

    @Test func `a batch is never larger than the service takes`() async throws {
        _ = try await ledger.append((1...(EventBatch.largestCount + 1)).map(plain))
        #expect(try await ledger.unsent(limit: .max).events.count == EventBatch.largestCount)
        #expect(try await ledger.unsent(limit: -1).events.isEmpty)
    }

    @Test func `a confirmation of more than was written reveals a fork`() async throws {
        _ = try await ledger.append([plain(1)])
        let epoch = try await ledger.unsent(limit: 1).epoch
        await #expect(throws: LedgerError.confirmedBeyondHeld(confirmed: 2, held: 1)) {
            try await ledger.confirm(epoch: epoch, through: 2, at: wall(0))
        }
        await #expect(throws: LedgerError.confirmedBeyondHeld(confirmed: .max, held: 1)) {
            try await ledger.confirm(epoch: epoch, through: .max, at: wall(0))
        }
        let stranger = StreamEpoch(rawValue: epoch.rawValue ^ 1)
        await #expect(throws: LedgerError.unknownEpoch(stranger)) {
            try await ledger.confirm(epoch: stranger, through: 1, at: wall(0))
        }
    }

    @Test func `a service that lost events gets them again as long as they are held`() async throws {
        _ = try await ledger.append((1...6).map(plain))
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 2, at: wall(0))
        try await ledger.eraseConfirmed(now: wall(15 * day))
        try await ledger.confirm(epoch: epoch, through: 6, at: wall(15 * day))

        #expect(try await ledger.resend(epoch: epoch, from: 4))
        #expect(try await ledger.unsent(limit: 10).events.map(\.sequence) == [4, 5, 6])
        #expect(try await ledger.resend(epoch: epoch, from: 2) == false)
        #expect(try await ledger.unsent(limit: 10).events.map(\.sequence) == [4, 5, 6])
    }

    @Test func `a household exit is urgent until it is alerted or confirmed`() async throws {
        _ = try await ledger.append([
            decided(1, .entry), decided(2, .exit), decided(3, .exit), decided(4, .exit, policyCase: .exposureHigh),
            decided(5, .exit),
        ])
        let urgent = try await ledger.urgentUnsent()
        #expect(urgent.map(\.event.sequence) == [2, 3, 5])
        try await ledger.markAlerted(epoch: urgent[0].epoch, sequence: 3)
        #expect(try await ledger.urgentUnsent().map(\.event.sequence) == [2, 5])
        try await ledger.confirm(epoch: urgent[0].epoch, through: 4, at: wall(0))
        #expect(try await ledger.urgentUnsent().map(\.event.sequence) == [5])
        #expect(try await ledger.verify() == 5)
    }

    @Test func `a new epoch begins with the fork and carries on what was not confirmed`() async throws {
        _ = try await ledger.append([plain(1), plain(2), plain(3), decided(4, .exit)])
        let old = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: old, through: 2, at: wall(0))

        let new = try await ledger.startNewEpoch(at: stamp(50))
        #expect(new != old)
        let fork = GateEvent(
            at: stamp(50), fact: .streamForked(StreamForked(previousEpoch: old, lastSequence: 2)))
        #expect(try await ledger.allEvents() == [fork, plain(3), decided(4, .exit)])
        let batch = try await ledger.unsent(limit: 10)
        #expect(batch.epoch == new)
        #expect(batch.events.map(\.sequence) == [1, 2, 3])
        #expect(try await ledger.urgentUnsent().map(\.event.sequence) == [3])
        #expect(try await ledger.append([plain(5)]) == 4...4)
        #expect(try await ledger.verify() == 6)
        // The crossing is still the open one, under whatever number it is now.
        let copy = try scratch.copy()
        let reopened = try copy.open()
        #expect(reopened.opening.interrupted == [step(4)])
        #expect(try await reopened.verify() == 7)
    }

    @Test func `a new epoch may follow at once, with nothing confirmed`() async throws {
        _ = try await ledger.append((1...1_201).map(plain))
        _ = try await ledger.startNewEpoch(at: stamp(0))
        _ = try await ledger.startNewEpoch(at: stamp(0))
        #expect(try await ledger.statistics().nextSequence == 1_204)
        #expect(try await ledger.verify() == 1_203)
    }

    @Test func `statistics tell what waits and since when`() async throws {
        _ = try await ledger.append([plain(10), plain(20), plain(30)])
        let epoch = try await ledger.unsent(limit: 1).epoch
        try await ledger.confirm(epoch: epoch, through: 1, at: wall(40))
        let statistics = try await ledger.statistics()
        #expect(statistics.epoch == epoch)
        #expect(statistics.events == 3)
        #expect(statistics.unsent == 2)
        #expect(statistics.oldestUnsent == wall(20))
        #expect(statistics.confirmedAt == wall(40))
        #expect(statistics.confirmedThrough == 1)
        #expect(statistics.bytes > 0)
        #expect(statistics.setAside.isEmpty)
    }
}
