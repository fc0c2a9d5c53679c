import GRDB
import GateModel
import Orders

/// The orders as they stand at the centre, and what changed since the last base, in the tables of one transaction.
struct OrderRegister {
    let db: Database

    /// How many orders stand, ended ones that nobody has cleared away included.
    var count: Int {
        get throws {
            try Int.fetchOne(db, sql: "SELECT count(*) FROM orderInForce") ?? 0
        }
    }

    func order(for token: SubjectToken) throws -> Order? {
        try Row.fetchOne(db, sql: "SELECT * FROM orderInForce WHERE token = ?", arguments: [token.key])?.order(from: 1)
    }

    /// Who has the order `reference`; one person, unless a list was imported that gives it to several.
    func subjects(of reference: OrderReference) throws -> [SubjectToken] {
        try Row.fetchAll(
            db, sql: "SELECT token FROM orderInForce WHERE reference = ?",
            arguments: [Int64(clamping: reference.rawValue)]
        ).map { SubjectToken(key: try $0.number(0)) }
    }

    /// Calls `body` with every order, by ascending token.
    func forEachOrder(_ body: (SubjectToken, Order) throws -> Void) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM orderInForce ORDER BY token")
        while let row = try rows.next() { try body(SubjectToken(key: try row.number(0)), try row.order(from: 1)) }
    }

    /// Orders that have ended by the minute of `now` go, here as at the gates: nobody has to tell them (principle 8).
    func removeEnded(by now: WallTime) throws {
        let nextMinute = now.secondsSince1970 - now.secondsSince1970 % 60 + 60
        try db.execute(sql: "DELETE FROM orderInForce WHERE ends < ?", arguments: [nextMinute])
    }

    func removeEnding(after time: WallTime) throws {
        try db.execute(sql: "DELETE FROM orderInForce WHERE ends > ?", arguments: [time.secondsSince1970])
    }

    /// Whether `change` is not in force already.
    func isNews(_ change: OrderChange) throws -> Bool { try order(for: change.subject) != change.order }

    /// Puts a change in force as part of the list `version`.
    ///
    /// - Parameter isLogged: whether a delta may have to tell of it.
    func apply(_ change: OrderChange, version: UInt64, isLogged: Bool) throws {
        let columns = change.order?.columns
        if let columns {
            try execute("INSERT OR REPLACE INTO orderInForce VALUES (?, ?, ?, ?, ?, ?)", [change.subject.key] + columns)
        } else {
            try execute("DELETE FROM orderInForce WHERE token = ?", [change.subject.key])
        }
        guard isLogged else { return }
        try execute(
            "INSERT OR REPLACE INTO orderChange VALUES (?, ?, ?, ?, ?, ?, ?)",
            [Int64(clamping: version), change.subject.key] + (columns ?? Array(repeating: nil, count: 5)))
    }

    private func execute(_ sql: String, _ arguments: [Int64?]) throws {
        try db.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }

    /// What makes the list equal to `orders`.
    func changes(to orders: [(SubjectToken, Order)]) throws -> [OrderChange] {
        let wanted = orders.sorted { $0.0.rawValue < $1.0.rawValue }
        var changes: [OrderChange] = []
        var next = 0
        try forEachOrder { subject, order in
            while next < wanted.count, wanted[next].0.rawValue < subject.rawValue {
                changes.append(OrderChange(subject: wanted[next].0, order: wanted[next].1))
                next += 1
            }
            if next < wanted.count, wanted[next].0 == subject {
                if wanted[next].1 != order { changes.append(OrderChange(subject: subject, order: wanted[next].1)) }
                next += 1
            } else {
                changes.append(OrderChange(subject: subject, order: nil))
            }
        }
        return changes + wanted[next...].map { OrderChange(subject: $0.0, order: $0.1) }
    }

    /// What changed after `version` up to `last`, one change for each person, by ascending token.
    func changes(after version: UInt64, upTo last: UInt64) throws -> [OrderChange] {
        // SQLite gives the other columns of the row with the greatest version.
        try Row.fetchAll(
            db,
            sql: """
                SELECT token, max(version), kind, reason, ends, household, reference FROM orderChange
                WHERE version > ? AND version <= ? GROUP BY token ORDER BY token
                """, arguments: [Int64(clamping: version), Int64(clamping: last)]
        ).map { row in
            OrderChange(
                subject: SubjectToken(key: try row.number(0)),
                order: row.hasNull(atIndex: 2) ? nil : try row.order(from: 2))
        }
    }

    /// Forgets what changed up to `version`: persons whose orders were lifted are not kept longer than needed.
    func forgetChanges(upTo version: UInt64) throws {
        try db.execute(sql: "DELETE FROM orderChange WHERE version <= ?", arguments: [Int64(clamping: version)])
    }
}

/// What happened to one person's order.
struct OrderChange {
    var subject: SubjectToken
    /// `nil`: it was lifted.
    var order: Order?
}

extension SubjectToken {
    /// As a signed number that sorts as the token does.
    fileprivate var key: Int64 { Int64(bitPattern: rawValue ^ 1 << 63) }

    fileprivate init(key: Int64) { self.init(rawValue: UInt64(bitPattern: key) ^ 1 << 63) }
}

extension Order {
    /// kind (0 isolation, else the tier), reason, ends, household, reference.
    fileprivate var columns: [Int64?] {
        let kind: Int64 = if case .exposure(let tier) = kind { Int64(tier.rawValue) } else { 0 }
        return [
            kind, Int64(reason.rawValue), ends.secondsSince1970, Int64(bitPattern: household.rawValue),
            Int64(clamping: reference.rawValue),
        ]
    }
}

extension Row {
    /// By place, as millions of them are read.
    fileprivate func number(_ column: Int) throws -> Int64 { try decode(Int64.self, atIndex: column) }

    /// The order whose ``Order/columns`` begin at `first`.
    fileprivate func order(from first: Int) throws -> Order {
        let code = try number(first)
        let tier = UInt8(exactly: code).flatMap(Order.Tier.init(rawValue:))
        guard code == 0 || tier != nil,
            let reason = UInt8(exactly: try number(first + 1)).flatMap(Order.Reason.init(rawValue:)),
            let reference = OrderReference(UInt64(clamping: try number(first + 4)))
        else { throw CentralError.database(reason: "a row of orders holds what no order can") }
        return Order(
            kind: tier.map(Order.Kind.exposure) ?? .isolation, reason: reason,
            ends: WallTime(secondsSince1970: try number(first + 2)),
            household: HouseholdToken(rawValue: UInt64(bitPattern: try number(first + 3))), reference: reference)
    }
}
