import EventStream
import GRDB
import GateModel

/// A row of the `stream` table: where one epoch begins, ends, and how far it is confirmed.
struct StreamState {
    var ordinal: Int64
    var epoch: StreamEpoch
    /// The last erased event; 0 and the genesis hash while none was.
    var anchorSequence: UInt64
    var anchorHash: ChainHash
    var nextSequence: UInt64
    var lastHash: ChainHash
    var confirmedThrough: UInt64

    private static let columns = "ordinal, epoch, anchorSequence, anchorHash, nextSequence, lastHash, confirmedThrough"

    /// All streams, oldest first.
    static func all(_ db: Database) throws -> [StreamState] {
        try Row.fetchAll(db, sql: "SELECT \(columns) FROM stream ORDER BY ordinal").map { try StreamState($0) }
    }

    /// The stream that is being written.
    static func current(_ db: Database) throws -> StreamState {
        let sql = "SELECT \(columns) FROM stream ORDER BY ordinal DESC LIMIT 1"
        guard let row = try Row.fetchOne(db, sql: sql) else { throw Self.damage("it has no stream") }
        return try StreamState(row)
    }

    static func named(_ epoch: StreamEpoch, _ db: Database) throws -> StreamState? {
        let sql = "SELECT \(columns) FROM stream WHERE epoch = ?"
        return try Row.fetchOne(db, sql: sql, arguments: [epoch.description]).map { try StreamState($0) }
    }

    /// Adds an empty stream with a random epoch; from now on it is the one that is written.
    static func begin(gate: String, _ db: Database) throws -> StreamState {
        let epoch = StreamEpoch.random()
        let genesis = ChainHash.genesis(gate: gate, epoch: epoch)
        try db.execute(
            sql: """
                INSERT INTO stream (epoch, anchorSequence, anchorHash, nextSequence, lastHash, confirmedThrough)
                VALUES (?, 0, ?, 1, ?, 0)
                """,
            arguments: [epoch.description, genesis.hex, genesis.hex])
        return try current(db)
    }

    private init(_ row: Row) throws {
        ordinal = try row.integer("ordinal")
        guard let epoch = StreamEpoch(hex: try row.text("epoch")),
            let anchorHash = ChainHash(hex: try row.text("anchorHash")),
            let lastHash = ChainHash(hex: try row.text("lastHash")),
            let anchorSequence = UInt64(exactly: try row.integer("anchorSequence")),
            let nextSequence = UInt64(exactly: try row.integer("nextSequence")),
            let confirmedThrough = UInt64(exactly: try row.integer("confirmedThrough")),
            anchorSequence <= confirmedThrough, confirmedThrough < nextSequence
        else { throw Self.damage("a row of its stream table is impossible") }
        self.epoch = epoch
        self.anchorSequence = anchorSequence
        self.anchorHash = anchorHash
        self.nextSequence = nextSequence
        self.lastHash = lastHash
        self.confirmedThrough = confirmedThrough
    }

    private static func damage(_ reason: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: reason)
    }

    /// Links a body behind the last event and writes it. ``save(_:)`` must follow in the same transaction.
    ///
    /// - Parameter urgency: see ``Schema``.
    mutating func append(body: String, urgency: Int64, _ db: Database) throws {
        let event = ChainedEvent(sequence: nextSequence, body: body, after: lastHash)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO event (stream, sequence, body, hash, urgent) VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [ordinal, Int64(clamping: event.sequence), body, event.hash.hex, urgency])
        nextSequence += 1
        lastHash = event.hash
    }

    /// Writes an event and keeps the table of open crossings in step with it.
    mutating func append(_ event: EncodedEvent, _ db: Database) throws {
        try append(body: event.body, urgency: event.fact.isHouseholdExit ? 1 : 0, db)
        switch event.fact {
        case .crossingDecided(let decided) where decided.outcome.admits:
            try open(decided.crossing, decided.lane, db)
        case .overridden(let overridden):
            guard let crossing = overridden.crossing else { break }
            overridden.act == .release ? try open(crossing, overridden.lane, db) : try close(crossing, db)
        case .crossingPassed(let step), .crossingNotPassed(let step), .crossingUnobserved(let step),
            .crossingInterrupted(let step):
            try close(step.crossing, db)
        default:
            break
        }
    }

    private func open(_ crossing: CrossingID, _ lane: LaneID, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO openCrossing (crossing, lane) VALUES (?, ?)")
            .execute(arguments: [crossing.description, lane.rawValue])
    }

    private func close(_ crossing: CrossingID, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM openCrossing WHERE crossing = ?")
            .execute(arguments: [crossing.description])
    }

    func save(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE stream SET anchorSequence = ?, anchorHash = ?, nextSequence = ?, lastHash = ?, confirmedThrough = ?
                WHERE ordinal = ?
                """,
            arguments: [
                Int64(clamping: anchorSequence), anchorHash.hex, Int64(clamping: nextSequence), lastHash.hex,
                Int64(clamping: confirmedThrough), ordinal,
            ])
    }

    /// The held events with a number above `sequence`, in order.
    func events(after sequence: UInt64, limit: Int, _ db: Database) throws -> [ChainedEvent] {
        let sql = "SELECT sequence, body, hash FROM event WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?"
        return try Row.fetchAll(db, sql: sql, arguments: [ordinal, Int64(clamping: sequence), max(limit, 0)])
            .map { try Self.event($0) }
    }

    static func event(_ row: Row) throws -> ChainedEvent {
        let sequence = UInt64(clamping: try row.integer("sequence"))
        // A hash that is no hash cannot be the right one; the chain's verification must be able to say so.
        let hash = ChainHash(hex: try row.text("hash")) ?? unreadableHash
        return ChainedEvent(sequence: sequence, body: try row.text("body"), hash: hash)
    }

    private static let unreadableHash = ChainHash.genesis(gate: "", epoch: StreamEpoch(rawValue: 0))
}

/// An event with its JSON text.
struct EncodedEvent: Sendable {
    var fact: Fact
    var body: String

    init(_ event: GateEvent) throws(LedgerError) {
        fact = event.fact
        do { body = try event.body() } catch { throw .unencodable(reason: "\(error)") }
    }
}

extension Row {
    // The subscripts of `Row` trap on a value of another type; a damaged file must not.
    func integer(_ column: String) throws -> Int64 { try decode(Int64.self, forColumn: column) }
    func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }
}
