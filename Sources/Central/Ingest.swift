public import EventStream
import GRDB
public import GateModel

extension CentralStore {
    /// Takes a batch whole or not at all, and tells where the stream stands, in one transaction.
    ///
    /// What is known already is ignored, if it is the same. A batch of an unknown epoch that begins with event 1 begins
    /// a new stream; batches of older epochs still go where they belong.
    ///
    /// - Returns: `accepted`, `gap` with the number that is wanted, or `fork`, for which an alarm was raised.
    public func ingest(
        _ batch: EventBatch, from gate: String, at now: WallTime
    ) async throws(CentralError) -> StreamPosition {
        try await writeAsync { db in
            let known = try GateStream.find(gate: gate, epoch: batch.epoch, db)
            var stream = known ?? GateStream(startingAt: batch.epoch, gate: gate)
            let unchanged = stream
            do {
                try db.inSavepoint {
                    if known == nil, batch.events.first?.sequence == 1 { try stream.insert(at: now, db) }
                    for event in batch.events { try stream.take(event, at: now, db) }
                    try stream.save(db)
                    return .commit
                }
            } catch let refusal as Refusal {
                if case .fork(let sequence, let detail) = refusal {
                    let alarm = Alarm(
                        gate: gate, epoch: batch.epoch, sequence: sequence, kind: .fork, detail: detail, raisedAt: now)
                    try alarm.raise(db)
                }
                let verdict: StreamPosition.Verdict = if case .gap = refusal { .gap } else { .fork }
                return StreamPosition(verdict: verdict, epoch: batch.epoch, next: unchanged.verifier.nextSequence)
            }
            return StreamPosition(verdict: .accepted, epoch: batch.epoch, next: stream.verifier.nextSequence)
        }
    }

    /// Where the newest stream of a gate stands; no epoch, and 1, before its first event.
    public func position(of gate: String) async throws(CentralError) -> StreamPosition {
        try await writeAsync { db in
            let stream = try GateStream.newest(of: gate, db)
            return StreamPosition(
                verdict: .accepted, epoch: stream?.epoch, next: stream?.verifier.nextSequence ?? 1)
        }
    }
}

/// Why a batch is not taken.
enum Refusal: Error {
    case gap
    case fork(sequence: UInt64, detail: String)
}

/// One epoch of a gate's events.
struct GateStream {
    /// 0 until it is inserted.
    var ordinal: Int64 = 0
    var gate: String
    var epoch: StreamEpoch
    var verifier: ChainVerifier

    init(startingAt epoch: StreamEpoch, gate: String) {
        self.gate = gate
        self.epoch = epoch
        verifier = ChainVerifier(gate: gate, epoch: epoch)
    }

    init(_ row: Row) throws {
        guard let epoch = StreamEpoch(hex: try row.text("epoch")),
            let lastHash = ChainHash(hex: try row.text("lastHash")),
            let next = UInt64(exactly: try row.integer("nextSequence"))
        else { throw CentralError.database(reason: "a row of the stream table is damaged") }
        ordinal = try row.integer("ordinal")
        gate = try row.text("gate")
        self.epoch = epoch
        verifier = ChainVerifier(nextSequence: next, lastHash: lastHash)
    }

    static func find(gate: String, epoch: StreamEpoch, _ db: Database) throws -> GateStream? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM stream WHERE gate = ? AND epoch = ?", arguments: [gate, epoch.description]
        ).map { try GateStream($0) }
    }

    static func newest(of gate: String, _ db: Database) throws -> GateStream? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM stream WHERE gate = ? ORDER BY ordinal DESC LIMIT 1", arguments: [gate]
        )
        .map { try GateStream($0) }
    }

    /// Begins the stream; if it is not the gate's first, that is an alarm.
    mutating func insert(at now: WallTime, _ db: Database) throws {
        if let previous = try GateStream.newest(of: gate, db) {
            let detail = "the gate began a new stream; the one before was \(previous.epoch)"
            try Alarm(gate: gate, epoch: epoch, sequence: 1, kind: .newEpoch, detail: detail, raisedAt: now).raise(db)
        }
        try db.execute(
            sql: "INSERT INTO stream (gate, epoch, nextSequence, lastHash) VALUES (?, ?, 1, ?)",
            arguments: [gate, epoch.description, verifier.lastHash.hex])
        ordinal = db.lastInsertedRowID
    }

    /// Stores an event, or finds it stored already. ``save(_:)`` must follow in the same transaction.
    mutating func take(_ event: ChainedEvent, at now: WallTime, _ db: Database) throws {
        guard event.sequence >= verifier.nextSequence else { return try compare(event, db) }
        do throws(ChainFault) {
            try verifier.check(event)
        } catch {
            switch error {
            case .gap: throw Refusal.gap
            case .altered(let sequence):
                let detail = "the hash \(event.hash) does not follow from event \(sequence - 1), \(verifier.lastHash)"
                throw Refusal.fork(sequence: sequence, detail: detail)
            }
        }
        try db.cachedStatement(
            sql: "INSERT INTO event (stream, sequence, body, hash, receivedAt) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            ordinal, Int64(clamping: event.sequence), event.body, event.hash.hex, now.secondsSince1970,
        ])
        try Alert.compare(event, gate: gate, epoch: epoch, at: now, db)
        // A household exit that came with the stream before its alert: the list of alerts is to be complete.
        try Alert.store(event, gate: gate, epoch: epoch, at: now, db)
    }

    /// A known event that arrives again must be the same.
    private func compare(_ event: ChainedEvent, _ db: Database) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT hash, body FROM event WHERE stream = ? AND sequence = ?",
            arguments: [ordinal, Int64(clamping: event.sequence)])
        guard let row else {
            throw Refusal.fork(sequence: event.sequence, detail: "there is no event \(event.sequence) in any stream")
        }
        guard try row.text("hash") == event.hash.hex, try row.text("body") == event.body else {
            let detail = "the event was stored with hash \(try row.text("hash")) and came again with \(event.hash)"
            throw Refusal.fork(sequence: event.sequence, detail: detail)
        }
    }

    func save(_ db: Database) throws {
        try db.execute(
            sql: "UPDATE stream SET nextSequence = ?, lastHash = ? WHERE ordinal = ?",
            arguments: [Int64(clamping: verifier.nextSequence), verifier.lastHash.hex, ordinal])
    }
}
