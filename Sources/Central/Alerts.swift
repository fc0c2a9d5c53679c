public import EventStream
import GRDB
public import GateModel

/// A household exit, as it was alerted.
public struct StoredAlert: Hashable, Sendable {
    /// Where the event stands in the gate's stream.
    public struct Place: Hashable, Sendable {
        public var epoch: StreamEpoch
        public var sequence: UInt64
        public var hash: ChainHash
    }

    public var gate: String
    /// As of ``GateEvent/body()``.
    public var body: String
    /// `nil` while the gate could not record the event. It stays so where the gate lost it.
    public var place: Place?
    public var receivedAt: WallTime
}

/// Something about a stream that a person must look at.
public struct Alarm: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// A gate sent another history than the one that is stored.
        case fork
        /// A gate began a new stream: its ledger was lost or set aside, or followed a fork.
        case newEpoch = "new-epoch"
        /// An alert and the event of the same number differ.
        case alertDiffers = "alert-differs"
    }

    public var gate: String
    public var epoch: StreamEpoch
    public var sequence: UInt64
    public var kind: Kind
    public var detail: String
    public var raisedAt: WallTime

    /// Stores the alarm, unless the same kind was raised for the same event before.
    func raise(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO alarm (gate, epoch, sequence, kind, detail, raisedAt) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                gate, epoch.description, Int64(clamping: sequence), kind.rawValue, detail, raisedAt.secondsSince1970,
            ])
    }
}

extension CentralStore {
    /// Stores an alert once. If it is not the event that the stream holds, or the one alerted before, an alarm is raised.
    public func take(_ alert: EventAlert, from gate: String, at now: WallTime) async throws(CentralError) {
        try await writeAsync { db in
            let event = alert.event
            if let stream = try GateStream.find(gate: gate, epoch: alert.epoch, db) {
                let held = try String.fetchOne(
                    db, sql: "SELECT hash FROM event WHERE stream = ? AND sequence = ?",
                    arguments: [stream.ordinal, Int64(clamping: event.sequence)])
                if let held, held != event.hash.hex {
                    try Alert.differs(event, held: held, gate: gate, epoch: alert.epoch, at: now, db)
                }
            }
            try Alert.compare(event, gate: gate, epoch: alert.epoch, at: now, db)
            try Alert.store(event, gate: gate, epoch: alert.epoch, at: now, db)
        }
    }

    /// Stores a household exit that the gate could not record yet, unless its crossing is known.
    public func take(_ alert: UnrecordedAlert, from gate: String, at now: WallTime) async throws(CentralError) {
        try await writeAsync { db in
            guard let crossing = Alert.crossing(in: alert.body) else { return }
            try db.execute(
                sql: "INSERT OR IGNORE INTO alert (gate, crossing, body, receivedAt) VALUES (?, ?, ?, ?)",
                arguments: [gate, crossing.description, alert.body, now.secondsSince1970])
        }
    }
}

enum Alert {
    /// The crossing of a household exit; `nil` for any other event.
    static func crossing(in body: String) -> CrossingID? { (try? GateEvent(body: body))?.fact.householdExit }

    /// Stores a household exit as an alert, or gives the one stored its place in the stream. Other events are ignored.
    static func store(
        _ event: ChainedEvent, gate: String, epoch: StreamEpoch, at now: WallTime, _ db: Database
    ) throws {
        guard let crossing = crossing(in: event.body) else { return }
        let told = try String.fetchOne(
            db.cachedStatement(sql: "SELECT body FROM alert WHERE gate = ? AND crossing = ?"),
            arguments: [gate, crossing.description])
        if let told, told != event.body {
            let detail = "crossing \(crossing) was alerted with another content"
            try Alarm(
                gate: gate, epoch: epoch, sequence: event.sequence, kind: .alertDiffers, detail: detail, raisedAt: now
            ).raise(db)
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO alert (gate, crossing, body, epoch, sequence, hash, receivedAt) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (gate, crossing) DO UPDATE
                SET epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash WHERE epoch IS NULL
                """
        ).execute(arguments: [
            gate, crossing.description, event.body, epoch.description, Int64(clamping: event.sequence), event.hash.hex,
            now.secondsSince1970,
        ])
    }

    /// Raises an alarm if an alert with another hash is stored for this event.
    static func compare(
        _ event: ChainedEvent, gate: String, epoch: StreamEpoch, at now: WallTime, _ db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: "SELECT hash FROM alert WHERE gate = ? AND epoch = ? AND sequence = ?")
        let arguments: StatementArguments = [gate, epoch.description, Int64(clamping: event.sequence)]
        if let held = try String.fetchOne(statement, arguments: arguments), held != event.hash.hex {
            try differs(event, held: held, gate: gate, epoch: epoch, at: now, db)
        }
    }

    static func differs(
        _ event: ChainedEvent, held: String, gate: String, epoch: StreamEpoch, at now: WallTime, _ db: Database
    ) throws {
        try Alarm(
            gate: gate, epoch: epoch, sequence: event.sequence, kind: .alertDiffers,
            detail: "hash \(held) is stored and \(event.hash) arrived", raisedAt: now
        ).raise(db)
    }
}
