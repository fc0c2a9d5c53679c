import Dispatch
public import EventStream
import GRDB
public import GateModel
import Synchronization

/// The durable, numbered, hash-chained record of a gate, in one SQLite file.
///
/// Every access runs on the ledger's own serial queue, never on the caller's thread, so that a slow disk stalls nobody
/// who does not wait for it. Writes that arrive while one is under way are committed together in the next transaction.
/// The file is written with `synchronous=FULL`: what was answered survives a loss of power.
public final class Ledger: Sendable {
    /// At most this many writes wait for the disk; further ones fail at once.
    public static let mostWaiting = 10_000

    /// What was found when the ledger was opened.
    public let opening: LedgerOpening
    /// The database file.
    public let path: String
    /// The name of the gate; it is part of the chain.
    public let gate: String

    private let database: DatabaseQueue
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var writes: [PendingWrite] = []
        var isClosed = false
    }

    /// Opens or creates the ledger. Blocks: call it before the event loops run.
    ///
    /// A damaged file is renamed to `PATH.corrupt-N` and a new ledger with a new epoch begins; ``opening`` says so.
    /// Crossings that the last run left open get a `crossing.interrupted` event each.
    ///
    /// - Parameters:
    ///   - now: the time of those events.
    ///   - largestBytes: what the database may grow to (its write-ahead log comes on top); `nil` for as much as the
    ///     disk holds. Beyond it appends fail with ``LedgerError/diskFull(path:)``.
    public init(path: String, gate: String, at now: TimeStamp, largestBytes: Int64? = nil) throws(LedgerError) {
        self.path = path
        self.gate = gate
        do {
            (database, opening) = try Self.open(path, gate: gate, at: now, largestBytes: largestBytes)
        } catch {
            guard case .damaged(_, let reason) = LedgerError(error, path: path) else {
                throw LedgerError(error, path: path)
            }
            let kept = try LedgerFile.setAside(path: path)
            do {
                var found: LedgerOpening
                (database, found) = try Self.open(path, gate: gate, at: now, largestBytes: largestBytes)
                found.recreated = true
                found.reason = "\(reason); the damaged file is kept as \(kept)"
                found.lastWasOrderly = false
                opening = found
            } catch { throw LedgerError(error, path: path) }
        }
    }

    private static func open(
        _ path: String, gate: String, at now: TimeStamp, largestBytes: Int64?
    ) throws -> (DatabaseQueue, LedgerOpening) {
        let database = try LedgerFile.open(path: path, largestBytes: largestBytes)
        let opening = try database.write { db in
            let first = try Row.fetchOne(db, sql: "SELECT name, orderlyStop FROM gate")
            if let first {
                let name = try first.text("name")
                guard name == gate else { throw LedgerError.otherGate(path: path, found: name, expected: gate) }
            } else {
                try db.execute(sql: "INSERT INTO gate (id, name, orderlyStop) VALUES (1, ?, 0)", arguments: [gate])
                _ = try StreamState.begin(gate: gate, db)
            }
            let wasOrderly = try first.map { try $0.integer("orderlyStop") != 0 } ?? true
            try db.execute(sql: "UPDATE gate SET orderlyStop = 0")
            let interrupted = try interruptOpenCrossings(at: now, db)
            return LedgerOpening(recreated: false, reason: nil, lastWasOrderly: wasOrderly, interrupted: interrupted)
        }
        return (database, opening)
    }

    private static func interruptOpenCrossings(at now: TimeStamp, _ db: Database) throws -> [CrossingStep] {
        let steps = try Row.fetchAll(db, sql: "SELECT crossing, lane FROM openCrossing ORDER BY crossing").compactMap {
            let lane = LaneID(rawValue: try $0.text("lane"))
            return CrossingID(hex: try $0.text("crossing")).map { CrossingStep(crossing: $0, lane: lane) }
        }
        var stream = try StreamState.current(db)
        for step in steps { try stream.append(EncodedEvent(GateEvent(at: now, fact: .crossingInterrupted(step))), db) }
        try stream.save(db)
        return steps
    }

    // MARK: Writing

    /// Writes events, durably, all or none, without gaps in their numbers.
    ///
    /// - Parameter completion: called with the events' sequence numbers, never on the caller's thread. It must not block.
    public func append(
        _ events: [GateEvent], completion: @escaping @Sendable (Result<ClosedRange<UInt64>, LedgerError>) -> Void
    ) {
        enqueue(
            PendingWrite(events: events) { result in
                completion(result.flatMap { $0.map(Result.success) ?? .failure(.nothingToWrite) })
            })
    }

    /// Writes events, durably, all or none, and gives their sequence numbers.
    public func append(_ events: [GateEvent]) async throws(LedgerError) -> ClosedRange<UInt64> {
        let result = await withCheckedContinuation { continuation in
            append(events) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Adds one to each count of the quarter (principle 9).
    ///
    /// - Parameters:
    ///   - time: any time in the quarter of an hour.
    ///   - completion: never called on the caller's thread. It must not block.
    public func count(
        _ tallies: [Tally], quarter time: WallTime,
        completion: @escaping @Sendable (Result<Void, LedgerError>) -> Void
    ) {
        enqueue(
            PendingWrite(tallies: tallies, quarter: time.startOfQuarter) { result in completion(result.map { _ in }) })
    }

    /// Adds one to each count of the quarter that holds `time`.
    public func count(_ tallies: [Tally], quarter time: WallTime) async throws(LedgerError) {
        let result = await withCheckedContinuation { continuation in
            count(tallies, quarter: time) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// Writes what waits, notes that the daemon stopped in order, and takes no more writes.
    public func closeInOrder() async throws(LedgerError) {
        waiting.withLock { $0.isClosed = true }
        try await inTransaction { db in try db.execute(sql: "UPDATE gate SET orderlyStop = 1") }
        try await emptyWriteAheadLog()
    }

    private func enqueue(_ write: PendingWrite) {
        let refusal: LedgerError? = waiting.withLock { waiting in
            guard !waiting.isClosed else { return .closed(path: path) }
            guard waiting.writes.count < Self.mostWaiting else { return .overloaded(waiting: waiting.writes.count) }
            waiting.writes.append(write)
            return nil
        }
        if let refusal {
            // Not on the ledger's queue: what cannot be taken must not wait there either.
            DispatchQueue.global().async { write.complete(.failure(refusal)) }
            return
        }
        // Each write asks for a commit; the first of them takes all that wait, the others find nothing left.
        database.asyncWriteWithoutTransaction { db in self.commitWaiting(db) }
    }

    private func commitWaiting(_ db: Database) {
        let writes = waiting.withLock { waiting in
            defer { waiting.writes = [] }
            return waiting.writes
        }
        var prepared: [(write: PendingWrite, events: [EncodedEvent])] = []
        for write in writes {
            switch write.encoded() {
            case .success(let events): prepared.append((write, events))
            case .failure(let error): write.complete(.failure(error))
            }
        }
        guard !prepared.isEmpty else { return }
        do {
            var ranges: [ClosedRange<UInt64>?] = []
            try db.inTransaction(.immediate) {
                var stream = try StreamState.current(db)
                for (write, events) in prepared {
                    let first = stream.nextSequence
                    for event in events { try stream.append(event, db) }
                    for tally in write.tallies { try tally.add(toQuarter: write.quarter, db) }
                    ranges.append(events.isEmpty ? nil : first...(stream.nextSequence - 1))
                }
                try stream.save(db)
                return .commit
            }
            for ((write, _), range) in zip(prepared, ranges) { write.complete(.success(range)) }
        } catch {
            let error = LedgerError(error, path: path)
            for (write, _) in prepared { write.complete(.failure(error)) }
        }
    }

    // MARK: The queue

    /// Runs `body` on the ledger's queue in a transaction of its own, behind the writes that already wait.
    func inTransaction<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(LedgerError) -> T {
        let path = path
        let result: Result<T, LedgerError> = await withCheckedContinuation { continuation in
            database.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Result { try db.inImmediateTransaction { try body(db) } }
                        .mapError { LedgerError($0, path: path) })
            }
        }
        return try result.get()
    }

    /// Copies the write-ahead log into the database and shortens it to nothing: erased rows must not live on there.
    func emptyWriteAheadLog() async throws(LedgerError) {
        let path = path
        let result: Result<Void, LedgerError> = await withCheckedContinuation { continuation in
            database.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Result { _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
                        .mapError { LedgerError($0, path: path) })
            }
        }
        try result.get()
    }
}

/// A write that waits for the next transaction.
private struct PendingWrite: Sendable {
    var events: [GateEvent] = []
    var tallies: [Tally] = []
    var quarter = WallTime(secondsSince1970: 0)
    /// Gets the sequence numbers, `nil` when there were no events.
    var complete: @Sendable (Result<ClosedRange<UInt64>?, LedgerError>) -> Void

    func encoded() -> Result<[EncodedEvent], LedgerError> {
        do throws(LedgerError) {
            var encoded: [EncodedEvent] = []
            for event in events { encoded.append(try EncodedEvent(event)) }
            return .success(encoded)
        } catch {
            return .failure(error)
        }
    }
}

extension Database {
    fileprivate func inImmediateTransaction<T>(_ body: () throws -> T) throws -> T {
        var value: T?
        try inTransaction(.immediate) {
            value = try body()
            return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was not run") }
        return value
    }
}
