public import EventStream
import GRDB
public import GateModel

/// One thing to count at an access point. It says nothing about who (principle 9).
public struct Tally: Hashable, Sendable {
    public var countable: Countable
    public var accessPoint: AccessPointID
    public var direction: Direction

    public init(_ countable: Countable, accessPoint: AccessPointID, direction: Direction) {
        self.countable = countable
        self.accessPoint = accessPoint
        self.direction = direction
    }

    func add(toQuarter quarter: WallTime, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO count (accessPoint, direction, quarter, countable, n) VALUES (?, ?, ?, ?, 1)
                ON CONFLICT DO UPDATE SET n = n + 1
                """)
        try statement.execute(
            arguments: [accessPoint.rawValue, direction.rawValue, quarter.secondsSince1970, countable.rawValue])
    }
}

extension Ledger {
    /// Turns the counts of finished quarters into `counted` events, one for each quarter, access point and direction,
    /// and deletes the rows in the same transaction. Gives the number of events.
    ///
    /// A quarter is finished when it ended by `time`. One that begins after `time` was counted while the clock was
    /// ahead; it is closed too, so that it does not lie about for ever.
    @discardableResult
    public func closeQuarters(before time: WallTime, at now: TimeStamp) async throws(LedgerError) -> Int {
        try await inTransaction { db in
            let open = time.startOfQuarter.secondsSince1970
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT accessPoint, direction, quarter, countable, n FROM count WHERE quarter != ?
                    ORDER BY quarter, accessPoint, direction
                    """,
                arguments: [open])
            var facts: [Counted] = []
            for row in rows {
                guard let direction = Direction(rawValue: try row.text("direction")),
                    let countable = Countable(rawValue: try row.text("countable"))
                else { continue }
                let accessPoint = AccessPointID(rawValue: try row.text("accessPoint"))
                let quarter = WallTime(secondsSince1970: try row.integer("quarter"))
                let n = UInt64(clamping: try row.integer("n"))
                if let last = facts.last, last.accessPoint == accessPoint, last.direction == direction,
                    last.quarter == quarter
                {
                    facts[facts.count - 1].counts[countable] = n
                } else {
                    facts.append(
                        Counted(
                            accessPoint: accessPoint, direction: direction, quarter: quarter, counts: [countable: n]))
                }
            }
            var stream = try StreamState.current(db)
            for fact in facts { try stream.append(EncodedEvent(GateEvent(at: now, fact: .counted(fact))), db) }
            try stream.save(db)
            try db.execute(sql: "DELETE FROM count WHERE quarter != ?", arguments: [open])
            return facts.count
        }
    }
}
