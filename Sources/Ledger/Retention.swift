import EventStream
import GRDB
public import GateModel

extension Ledger {
    /// How long a confirmed event is kept here: 14 days (principle 14).
    public static let retentionSeconds: Int64 = 14 * 86_400

    /// Erases what was confirmed at least 14 days ago, overwrites it in the file, and gives the number of events.
    ///
    /// Only whole beginnings of a stream go, and the hash of the last erased event is kept, so that the rest still
    /// verifies. What is not confirmed is never erased, whatever the clock says. A confirmation that lies in the
    /// future was noted while the clock was ahead; it counts from now on.
    @discardableResult
    public func eraseConfirmed(now: WallTime) async throws(LedgerError) -> Int {
        let cutOff = now.advanced(bySeconds: -Self.retentionSeconds).secondsSince1970
        let erased = try await inTransaction { db in
            try db.execute(
                sql: "UPDATE event SET confirmedAt = :now WHERE confirmedAt > :now",
                arguments: ["now": now.secondsSince1970])
            var erased = 0
            let streams = try StreamState.all(db)
            for var stream in streams {
                let firstKept = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT sequence FROM event
                        WHERE stream = ? AND (sequence > ? OR confirmedAt IS NULL OR confirmedAt > ?) ORDER BY sequence LIMIT 1
                        """,
                    arguments: [stream.ordinal, Int64(clamping: stream.confirmedThrough), cutOff])
                let lastErased = try Row.fetchOne(
                    db,
                    sql:
                        "SELECT sequence, body, hash FROM event WHERE stream = ? AND sequence < ? ORDER BY sequence DESC LIMIT 1",
                    arguments: [stream.ordinal, firstKept ?? .max])
                if let lastErased {
                    let anchor = try StreamState.event(lastErased)
                    try db.execute(
                        sql: "DELETE FROM event WHERE stream = ? AND sequence <= ?",
                        arguments: [stream.ordinal, Int64(clamping: anchor.sequence)])
                    erased += db.changesCount
                    stream.anchorSequence = anchor.sequence
                    stream.anchorHash = anchor.hash
                    try stream.save(db)
                }
                // An old stream with nothing left has nothing left to verify either.
                if firstKept == nil, stream.ordinal != streams.last?.ordinal {
                    try db.execute(sql: "DELETE FROM stream WHERE ordinal = ?", arguments: [stream.ordinal])
                }
            }
            return erased
        }
        if erased > 0 { try await emptyWriteAheadLog() }
        return erased
    }
}
