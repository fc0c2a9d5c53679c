import GRDB
import GateModel
import Orders

/// The versions of the list since the base before the last, in the tables of one transaction.
struct PublishedHistory {
    /// The last version of the list; 0 if there is none.
    private(set) var newest: UInt64
    /// When it was made.
    private(set) var created: WallTime
    private(set) var base: UInt64?
    private(set) var previousBase: UInt64?
    /// How many orders were put on the list or changed since the base, each as often as it happened.
    private(set) var upsertsSinceBase: Int

    init(_ db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT version, created FROM listVersion ORDER BY version DESC LIMIT 1")
        newest = UInt64(clamping: try row?.integer("version") ?? 0)
        created = WallTime(secondsSince1970: try row?.integer("created") ?? 0)
        let bases = try Int64.fetchAll(
            db, sql: "SELECT version FROM listVersion WHERE isBase ORDER BY version DESC LIMIT 2")
        base = bases.first.map { UInt64(clamping: $0) }
        previousBase = bases.count > 1 ? UInt64(clamping: bases[1]) : nil
        upsertsSinceBase =
            try Int.fetchOne(
                db, sql: "SELECT coalesce(sum(upserts), 0) FROM listVersion WHERE version > ?",
                arguments: [Int64(clamping: base ?? 0)]) ?? 0
    }

    /// The order files that belong to it.
    var published: PublishedOrders {
        guard let base else { return PublishedOrders([]) }
        return PublishedOrders(base: base, previousBase: previousBase, newest: newest)
    }

    mutating func append(
        _ act: ListAct, _ head: OrderBookHead, isBase: Bool, upserts: Int, removals: Int, in db: Database
    ) throws {
        try db.execute(
            sql: "INSERT INTO listVersion VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                Int64(clamping: head.listVersion), head.created.secondsSince1970, isBase, act.kind.rawValue,
                act.operator, act.because, upserts, removals,
            ])
        newest = head.listVersion
        created = head.created
        if isBase {
            previousBase = base
            base = head.listVersion
            upsertsSinceBase = 0
        } else {
            upsertsSinceBase += upserts
        }
    }

    func created(of version: UInt64, in db: Database) throws -> WallTime {
        let seconds = try Int64.fetchOne(
            db, sql: "SELECT created FROM listVersion WHERE version = ?", arguments: [Int64(clamping: version)])
        guard let seconds else { throw CentralError.database(reason: "version \(version) of the list is not known") }
        return WallTime(secondsSince1970: seconds)
    }
}
