public import EventStream
import GRDB
public import GateModel

/// A household exit, as it was alerted.
public struct StoredAlert: Hashable, Sendable {
    public var gate: String
    public var epoch: StreamEpoch
    public var event: ChainedEvent
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
}

enum Alert {
    /// Stores an alert, unless one is stored for this event.
    static func store(
        _ event: ChainedEvent, gate: String, epoch: StreamEpoch, at now: WallTime, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO alert (gate, epoch, sequence, body, hash, receivedAt) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            gate, epoch.description, Int64(clamping: event.sequence), event.body, event.hash.hex, now.secondsSince1970,
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
