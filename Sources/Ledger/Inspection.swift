public import EventStream
import FoundationEssentials
import GRDB
public import GateModel

/// How much the ledger holds and how far it is confirmed.
public struct LedgerStatistics: Hashable, Sendable {
    public var epoch: StreamEpoch
    /// The number that the next event will get.
    public var nextSequence: UInt64
    /// Everything up to here is durable at the central service.
    public var confirmedThrough: UInt64
    /// When the central service last confirmed something; `nil` if it never did.
    public var confirmedAt: WallTime?
    /// Events held, of all epochs.
    public var events: Int
    public var unsent: Int
    /// When the oldest unsent event happened.
    public var oldestUnsent: WallTime?
    /// Size of the database and its write-ahead log.
    public var bytes: Int64
    /// Damaged ledgers that were set aside. They hold unsent events and tokens until somebody removes them.
    public var setAside: [String]
}

extension Ledger {
    /// Walks every chain, a thousand events at a time so that writes are not held up, and gives the number of events.
    ///
    /// Throws ``LedgerError/brokenChain(epoch:fault:)`` or ``LedgerError/shortenedChain(epoch:lastHeld:lastWritten:)``.
    public func verify() async throws(LedgerError) -> UInt64 {
        var walk = ChainWalk()
        while !walk.isDone {
            let before = walk
            walk = try await inTransaction { db in try before.continued(db) }
        }
        return walk.verified
    }

    /// The held events of the current epoch with a number above `sequence`, in order.
    public func events(after sequence: UInt64, limit: Int) async throws(LedgerError) -> EventBatch {
        try await inTransaction { db in
            let stream = try StreamState.current(db)
            return EventBatch(epoch: stream.epoch, events: try stream.events(after: sequence, limit: limit, db))
        }
    }

    public func statistics() async throws(LedgerError) -> LedgerStatistics {
        let path = path
        return try await inTransaction { db in
            let stream = try StreamState.current(db)
            let oldest = try stream.events(after: stream.confirmedThrough, limit: 1, db).first
            let confirmedAt = try Int64.fetchOne(
                db, sql: "SELECT confirmedAt FROM stream WHERE ordinal = ?", arguments: [stream.ordinal])
            return LedgerStatistics(
                epoch: stream.epoch,
                nextSequence: stream.nextSequence,
                confirmedThrough: stream.confirmedThrough,
                confirmedAt: confirmedAt.map { WallTime(secondsSince1970: $0) },
                events: try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM event") ?? 0,
                unsent: Int(clamping: stream.nextSequence - 1 - stream.confirmedThrough),
                oldestUnsent: oldest.flatMap { try? GateEvent(body: $0.body) }?.at.wall,
                bytes: LedgerFile.byteCount(path: path),
                setAside: LedgerFile.setAsideFiles(path: path)
            )
        }
    }
}

/// How far a verification has come.
private struct ChainWalk: Sendable {
    var isDone = false
    var verified: UInt64 = 0
    private var ordinal: Int64 = 0
    private var verifier: ChainVerifier?

    /// Checks the next thousand events.
    func continued(_ db: Database) throws -> ChainWalk {
        var walk = self
        guard let stream = try StreamState.all(db).first(where: { $0.ordinal >= ordinal }) else {
            walk.isDone = true
            return walk
        }
        var verifier = ChainVerifier(nextSequence: stream.anchorSequence + 1, lastHash: stream.anchorHash)
        // Between two steps retention may have erased the place, or a new epoch taken over the end of this stream.
        if let place = self.verifier, stream.ordinal == ordinal,
            place.nextSequence > stream.anchorSequence, place.nextSequence <= stream.nextSequence
        {
            verifier = place
        }
        let events = try stream.events(after: verifier.nextSequence - 1, limit: 1_000, db)
        func broken(_ fault: ChainFault) -> LedgerError { .brokenChain(epoch: stream.epoch, fault: fault) }
        for event in events {
            do { try verifier.check(event) } catch { throw broken(error) }
            guard event.sequence < stream.nextSequence else { throw broken(.altered(sequence: event.sequence)) }
        }
        walk.verified += UInt64(events.count)
        guard events.isEmpty else {
            walk.ordinal = stream.ordinal
            walk.verifier = verifier
            return walk
        }
        let lastHeld = verifier.nextSequence - 1
        guard verifier.nextSequence == stream.nextSequence else {
            throw LedgerError.shortenedChain(
                epoch: stream.epoch, lastHeld: lastHeld, lastWritten: stream.nextSequence - 1)
        }
        guard verifier.lastHash == stream.lastHash else { throw broken(.altered(sequence: lastHeld)) }
        walk.ordinal = stream.ordinal + 1
        walk.verifier = nil
        return walk
    }
}
