public import EventStream
import GRDB
public import GateModel

extension Ledger {
    /// The oldest events that the central service has not confirmed, in order.
    ///
    /// - Parameter limit: at most so many, and never more than a batch may hold.
    public func unsent(limit: Int) async throws(LedgerError) -> EventBatch {
        try await inTransaction { db in
            let stream = try StreamState.current(db)
            let count = min(limit, EventBatch.largestCount)
            return EventBatch(
                epoch: stream.epoch, events: try stream.events(after: stream.confirmedThrough, limit: count, db))
        }
    }

    /// Notes that the central service holds everything up to and including `sequence`. Never moves backwards.
    ///
    /// Throws ``LedgerError/confirmedBeyondHeld(confirmed:held:)`` when so many were never written here.
    public func confirm(epoch: StreamEpoch, through sequence: UInt64, at time: WallTime) async throws(LedgerError) {
        try await inTransaction { db in
            guard var stream = try StreamState.named(epoch, db) else { throw LedgerError.unknownEpoch(epoch) }
            guard sequence < stream.nextSequence else {
                throw LedgerError.confirmedBeyondHeld(confirmed: sequence, held: stream.nextSequence - 1)
            }
            if sequence > stream.confirmedThrough {
                stream.confirmedThrough = sequence
                try stream.save(db)
                try db.execute(
                    sql: "UPDATE event SET confirmedAt = ? WHERE stream = ? AND sequence <= ? AND confirmedAt IS NULL",
                    arguments: [time.secondsSince1970, stream.ordinal, Int64(clamping: sequence)])
            }
            try db.execute(
                sql: "UPDATE stream SET confirmedAt = ? WHERE ordinal = ?",
                arguments: [time.secondsSince1970, stream.ordinal])
        }
    }

    /// Makes everything from `sequence` on unconfirmed again, because the central service has lost it and asks for it.
    ///
    /// Gives `false`, and changes nothing, if some of that is erased here already: then only a new epoch helps.
    public func resend(epoch: StreamEpoch, from sequence: UInt64) async throws(LedgerError) -> Bool {
        try await inTransaction { db in
            var stream = try StreamState.current(db)
            guard stream.epoch == epoch, sequence > stream.anchorSequence else { return false }
            guard sequence <= stream.confirmedThrough else { return true }
            stream.confirmedThrough = sequence - 1
            try stream.save(db)
            try db.execute(
                sql: "UPDATE event SET confirmedAt = NULL WHERE stream = ? AND sequence >= ?",
                arguments: [stream.ordinal, Int64(clamping: sequence)])
            return true
        }
    }

    /// Household exits that the central service has neither confirmed nor been alerted to, oldest first.
    public func urgentUnsent() async throws(LedgerError) -> [EventAlert] {
        try await inTransaction { db in
            let stream = try StreamState.current(db)
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, body, hash FROM event
                    WHERE stream = ? AND urgent = 1 AND sequence > ? ORDER BY sequence LIMIT ?
                    """,
                arguments: [stream.ordinal, Int64(clamping: stream.confirmedThrough), EventBatch.largestCount]
            ).map { EventAlert(epoch: stream.epoch, event: try StreamState.event($0)) }
        }
    }

    /// Notes that the central service has taken the alert for this event.
    public func markAlerted(epoch: StreamEpoch, sequence: UInt64) async throws(LedgerError) {
        try await inTransaction { db in
            guard let stream = try StreamState.named(epoch, db) else { throw LedgerError.unknownEpoch(epoch) }
            try db.execute(
                sql: "UPDATE event SET urgent = 2 WHERE stream = ? AND sequence = ? AND urgent = 1",
                arguments: [stream.ordinal, Int64(clamping: sequence)])
        }
    }

    /// Begins a new stream after the central service found another history than this gate's.
    ///
    /// Its first event says so. What the old stream held unconfirmed follows, word for word, so that the service still
    /// learns of it; the confirmed events stay under the old epoch until retention erases them.
    public func startNewEpoch(at now: TimeStamp) async throws(LedgerError) -> StreamEpoch {
        let gate = gate
        return try await inTransaction { db in
            var old = try StreamState.current(db)
            var new = try StreamState.begin(gate: gate, db)
            let fork = StreamForked(previousEpoch: old.epoch, lastSequence: old.confirmedThrough)
            try new.append(EncodedEvent(GateEvent(at: now, fact: .streamForked(fork))), db)
            while true {
                let rows = try Row.fetchAll(
                    db,
                    sql:
                        "SELECT sequence, body, urgent FROM event WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT 500",
                    arguments: [old.ordinal, Int64(clamping: old.confirmedThrough)])
                guard let last = try rows.last?.integer("sequence") else { break }
                for row in rows {
                    try new.append(body: try row.text("body"), urgency: try row.integer("urgent"), db)
                }
                try db.execute(
                    sql: "DELETE FROM event WHERE stream = ? AND sequence > ? AND sequence <= ?",
                    arguments: [old.ordinal, Int64(clamping: old.confirmedThrough), last])
            }
            let lastKept = try old.events(after: max(old.confirmedThrough, 1) - 1, limit: 1, db).first
            old.nextSequence = old.confirmedThrough + 1
            old.lastHash = lastKept?.hash ?? old.anchorHash
            try old.save(db)
            try new.save(db)
            return new.epoch
        }
    }
}
