import Credentials
import FoundationEssentials
import GRDB
public import GateModel
public import Orders
public import TrustedFiles

/// Changes the list of orders and the mandate, signs them, and puts them where the gates fetch them.
///
/// Each change makes a new version of the list. A small one is published as a delta with the key of the role `orders`. What
/// puts more people on the list than two people have allowed needs the second key of `orders-bulk`, and becomes a base: a
/// whole book. Publishing works while `serve` runs, and two at once wait for each other.
public struct Publisher: Sendable {
    private let directory: DataDirectory
    private let store: CentralStore
    private let repository: Repository
    private let deploymentKey: DeploymentKey

    public init(directory: DataDirectory) throws(CentralError) {
        self.directory = directory
        store = try directory.openStore()
        repository = Repository(directory: directory)
        deploymentKey = try directory.deploymentKey(epoch: store.keyEpoch)
    }

    /// What a list with less than this many orders may grow by with one signature; else it is a tenth of the list.
    static let leastAllowance = 1000
    /// By how many seconds the clock may be behind the last version of the list.
    static let toleratedLag: Int64 = 3600

    // MARK: Orders

    /// Makes the list what a CSV file says (see `OrderCSV`).
    ///
    /// - Parameters:
    ///   - approval: the second key of `orders-bulk`, where it is needed.
    ///   - strict: publishes nothing if a row is rejected.
    ///   - acceptPlaceholders: takes document numbers that nobody can have, for demonstrations.
    public func importOrders(
        csv: [UInt8], by operator: String, at now: WallTime, approval: PublisherKey? = nil, strict: Bool,
        acceptPlaceholders: Bool
    ) throws(CentralError) -> ImportSummary {
        let list = try read(csv, at: now, acceptPlaceholders: acceptPlaceholders)
        var summary = ImportSummary(listVersion: nil, accepted: list.accepted.count, rejected: list.rejected)
        guard list.rejected.isEmpty || !strict else { return summary }
        // One bad export must not end every order there is. A list without rows says so on purpose.
        guard !list.accepted.isEmpty || list.rejected.isEmpty else { return summary }
        let act = ListAct(.import, operator: `operator`, because: "")
        summary.listVersion = try publish(act, at: now, approval: approval) { try $0.changes(to: list.accepted) }
        return summary
    }

    /// Puts the orders of a CSV file on the list, each in place of one that the person has.
    public func addOrders(
        csv: [UInt8], by operator: String, at now: WallTime, approval: PublisherKey? = nil, acceptPlaceholders: Bool
    ) throws(CentralError) -> ImportSummary {
        let list = try read(csv, at: now, acceptPlaceholders: acceptPlaceholders)
        var summary = ImportSummary(listVersion: nil, accepted: list.accepted.count, rejected: list.rejected)
        guard list.rejected.isEmpty, !list.accepted.isEmpty else { return summary }
        let act = ListAct(.add, operator: `operator`, because: "")
        summary.listVersion = try publish(act, at: now, approval: approval) { register in
            try list.accepted.map { OrderChange(subject: $0.0, order: $0.1) }.filter { try register.isNews($0) }
        }
        return summary
    }

    /// Whose order is lifted.
    public enum Lifted: Sendable {
        /// A document number or another credential, as in a list.
        case document(String)
        case order(OrderReference)
    }

    /// Takes an order off the list: a correction, or an end before its time (principle 10).
    ///
    /// - Returns: the version of the list without it.
    public func lift(
        _ lifted: Lifted, by operator: String, because reason: String, at now: WallTime, acceptPlaceholders: Bool
    ) throws(CentralError) -> UInt64 {
        try ListAct.checkNames(`operator`, reason)
        let act = ListAct(.lift, operator: `operator`, because: reason)
        return try publish(act, at: now, approval: nil) { register in
            let subjects: [SubjectToken]
            switch lifted {
            case .document(let text):
                let subject = try subject(text, at: now, acceptPlaceholders: acceptPlaceholders)
                subjects = try register.order(for: subject) == nil ? [] : [subject]
            case .order(let reference): subjects = try register.subjects(of: reference)
            }
            guard !subjects.isEmpty else { throw CentralError.noSuchOrder }
            guard subjects.count == 1 else {
                throw CentralError.unusable(
                    reason:
                        "\(subjects.count) people have an order of that number. Nothing was changed; name the document."
                )
            }
            return subjects.map { OrderChange(subject: $0, order: nil) }
        }
    }

    /// Signs for the list as it stands with both keys, as a new base: from here on the allowance counts anew.
    ///
    /// - Parameters:
    ///   - allowance: how many orders may be added with one signature from now on.
    ///   - isAfterBackup: a backup was put back. All versions become so high that gates take what is published, as their new
    ///     beginning.
    public func approve(
        by operator: String, with key: PublisherKey, allowance: Int? = nil, isAfterBackup: Bool = false,
        at now: WallTime
    ) throws(CentralError) -> UInt64 {
        try publish(
            ListAct(.approve, operator: `operator`, because: isAfterBackup ? "a backup was put back" : ""), at: now,
            approval: key, allowance: allowance, isAfterBackup: isAfterBackup
        ) { _ in [] }
    }

    /// The versions of the list since the base before the last, the newest first.
    public func history() throws(CentralError) -> [ListVersion] {
        try store.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM listVersion ORDER BY version DESC").map { row in
                ListVersion(
                    version: UInt64(clamping: try row.integer("version")),
                    created: WallTime(secondsSince1970: try row.integer("created")),
                    isBase: try row.integer("isBase") != 0,
                    act: ListAct(
                        ListAct.Kind(rawValue: try row.text("act")) ?? .import, operator: try row.text("operator"),
                        because: try row.text("because")),
                    upserts: Int(clamping: try row.integer("upserts")),
                    removals: Int(clamping: try row.integer("removals")))
            }
        }
    }

    /// The releases that were signed, the newest first.
    public func releases() throws(CentralError) -> [IssuedRelease] {
        try store.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM release ORDER BY issued DESC").map { row in
                IssuedRelease(
                    id: try row.text("id"), issued: WallTime(secondsSince1970: try row.integer("issued")),
                    expires: WallTime(secondsSince1970: try row.integer("expires")),
                    order: UInt64(clamping: try row.integer("reference")), operator: try row.text("operator"),
                    because: try row.text("because"))
            }
        }
    }

    // MARK: Mandate

    /// Publishes a mandate in place of the one before, and gives its end.
    ///
    /// - Parameter days: how long it applies from now, 1 to 90.
    public func publishMandate(
        reference: String, legalBasis: String, area: String, days: Int, at now: WallTime
    ) throws(CentralError) -> WallTime {
        let mandate: Mandate
        do throws(MandateError) {
            // More days than a mandate may have are refused, and no number of them overflows.
            let until = now.advanced(bySeconds: Int64(min(max(days, 0), 100_000)) * 86_400)
            mandate = try Mandate(reference: reference, legalBasis: legalBasis, area: area, from: now, until: until)
        } catch { throw .unusable(reason: error.description) }
        try change { db in
            try repository.add(Mandate.targetName, of: .mandate, try mandate.json(), in: db, at: now)
            try repository.publish(.mandate, with: try repository.keys(of: .mandate), in: db, at: now)
            try repository.publishSnapshot(in: db, at: now)
        }
        try show(at: now)
        return mandate.until
    }

    // MARK: Publishing

    /// Makes what is committed seen by the gates, and signs anew what would soon expire.
    ///
    /// - Returns: what somebody has to sign soon, because its keys are not here.
    @discardableResult
    public func publish(at now: WallTime) throws(CentralError) -> [String] {
        let due = try change { db in try repository.renew(in: db, at: now) }
        try store.write { db in try repository.publishTimestamp(in: db, at: now) }
        // What cannot be removed now is removed another time.
        try? store.write { db in try repository.removeUnused(in: db, at: now) }
        return due
    }

    /// Signs a new root, valid for another year. Before the last one expires somebody must do this, or gates take nothing new.
    ///
    /// - Parameters:
    ///   - signers: files of the root's two keys.
    ///   - replaced: roles of the root that get a new key. It is written to `keys/`, the old one kept beside it as `.old`.
    /// - Returns: until when the new root is valid.
    public func renewRoot(signers: [String], replaced: [String], at now: WallTime) throws(CentralError) -> WallTime {
        var keys: [PublisherKey] = []
        for path in signers { keys.append(try DataDirectory.key(path: path)) }
        var replacements: [(file: RoleKeyFile, old: PublisherKey, new: PublisherKey)] = []
        for name in replaced {
            guard let file = RoleKeyFile(rawValue: name), RoleKeyFile.ofRoot.contains(file) else {
                let names = RoleKeyFile.ofRoot.map(\.rawValue).joined(separator: ", ")
                throw .unusable(reason: "\(name) is no key of the root. There are: \(names).")
            }
            replacements.append((file, try directory.key(file), PublisherKey()))
        }
        let news = replacements.filter { $0.file == .root1 || $0.file == .root2 }.map(\.new)
        try change { [keys, replacements] db in
            try repository.renewRoot(
                with: keys + news, replacing: replacements.map { ($0.old.trusted, $0.new.trusted) }, in: db, at: now)
            for (file, old, new) in replacements {
                let path = directory.path(of: file)
                try DataDirectory.write(Array("\(old.secretText)\n".utf8), to: path + ".old", mode: 0o600)
                try DataDirectory.write(Array("\(new.secretText)\n".utf8), to: path, mode: 0o600)
            }
            // What the replaced keys have signed is signed anew.
            if replaced.contains(RoleKeyFile.targets.rawValue) {
                try repository.publishAgain(.targets, in: db, at: now)
            }
            try repository.publishSnapshot(in: db, at: now)
        }
        try show(at: now)
        return now.advanced(bySeconds: Repository.Lifetime.others)
    }

    /// The first metadata, and an empty list that both keys sign for. Part of making the data directory.
    func publishFirst(at now: WallTime) throws(CentralError) {
        try store.write { db in try repository.create(in: db, at: now) }
        let approval = try directory.key(.ordersBulk2)
        _ = try approve(by: "init", with: approval, at: now)
    }

    /// Runs `body` in a transaction of the newest database.
    private func change<T>(_ body: (Database) throws -> T) throws(CentralError) -> T {
        try store.write { db in
            try repository.requireNewest(in: db)
            return try body(db)
        }
    }

    /// Publishes what is committed.
    private func show(at now: WallTime) throws(CentralError) {
        do throws(CentralError) { try publish(at: now) } catch { throw .notSeenYet(reason: error.description) }
    }

    private func publish(
        _ act: ListAct, at now: WallTime, approval: PublisherKey?, allowance: Int? = nil, isAfterBackup: Bool = false,
        _ changes: (OrderRegister) throws -> [OrderChange]
    ) throws(CentralError) -> UInt64 {
        try ListAct.checkName(act.operator)
        let version = try store.write { db in
            if isAfterBackup {
                try repository.renumber(in: db, at: now)
            } else {
                try repository.requireNewest(in: db)
            }
            let register = OrderRegister(db: db)
            var history = try PublishedHistory(db)
            let last = history.newest
            // The clock was ahead once. Only a book begins anew at an earlier time: a delta cannot.
            let isBehind = history.created.seconds(since: now) > Self.toleratedLag
            guard !isBehind || approval != nil else {
                throw CentralError.clockBehind(now: now, last: history.created)
            }
            // Two versions never swap their order, whatever the clock does.
            let created = isBehind ? now : max(now, history.created)
            let head = OrderBookHead(
                listVersion: last + (isAfterBackup ? UInt64(Repository.leap) : 1), created: created,
                keyEpoch: deploymentKey.epoch,
                keyCheck: deploymentKey.keyCheck)
            try register.removeEnded(by: created)
            // Issued by the clock that was ahead: no order of now can last so long.
            if isBehind { try register.removeEnding(after: created.advanced(bySeconds: Order.longestSeconds)) }
            let changes = try changes(register)
            guard !changes.isEmpty || approval != nil else { return last }
            // Where a quarter of the list or more is new, the book is the shorter way for everybody.
            let isJoined = try !isBehind && !isAfterBackup && (approval == nil || changes.count <= register.count / 4)
            for change in changes { try register.apply(change, version: head.listVersion, isLogged: isJoined) }
            let upserts = changes.count { $0.order != nil }
            try history.append(
                act, head, isBase: approval != nil, upserts: upserts, removals: changes.count - upserts, in: db)
            if let approval {
                try publishBase(head, approval, allowance, isJoined: isJoined, register, &history, in: db)
            } else {
                let allowed = try repository.allowance(in: db)
                guard history.upsertsSinceBase <= allowed else {
                    throw CentralError.needsApproval(added: history.upsertsSinceBase, allowed: allowed)
                }
                try publishDeltas(register, history, in: db, at: created)
            }
            try repository.publishSnapshot(in: db, at: created)
            return head.listVersion
        }
        try show(at: now)
        return version
    }

    private func publishBase(
        _ head: OrderBookHead, _ approval: PublisherKey, _ allowance: Int?, isJoined: Bool, _ register: OrderRegister,
        _ history: inout PublishedHistory, in db: Database
    ) throws {
        let own = try directory.key(.ordersBulk1)
        guard approval.trusted != own.trusted, try repository.isKey(approval, of: .ordersBulk, in: db) else {
            throw CentralError.unusable(
                reason: "The key given is not the second one of orders-bulk. Nothing was published.")
        }
        var orders: [(SubjectToken, Order)] = []
        orders.reserveCapacity(try register.count)
        try register.forEachOrder { orders.append(($0, $1)) }
        let builder = OrderBookBuilder(
            listVersion: head.listVersion, created: head.created, keyEpoch: head.keyEpoch, keyCheck: head.keyCheck)
        let book = OrderFileName.book(head.listVersion)
        try repository.add(book.text, of: .ordersBulk, try builder.build(orders), in: db, at: head.created)
        if isJoined, let previous = history.previousBase {
            let name = OrderFileName.bulkDelta(from: previous, to: head.listVersion)
            let content = try delta(from: self.head(previous, history, in: db), to: head, register)
            try repository.add(name.text, of: .ordersBulk, content, in: db, at: head.created)
        }
        // Nothing leads from before the base any more: who changed then is not kept.
        try register.forgetChanges(upTo: head.listVersion)
        try retireOthers(than: history.published, in: db, at: head.created)
        let growth = allowance ?? max(Self.leastAllowance, orders.count / 10)
        try repository.publish(
            .ordersBulk, with: [own, approval], [TargetsMetadata.allowanceField: .integer(Int64(growth))], in: db,
            at: head.created)
        try repository.publish(.orders, with: try repository.keys(of: .orders), in: db, at: head.created)
    }

    private func publishDeltas(
        _ register: OrderRegister, _ history: PublishedHistory, in db: Database, at now: WallTime
    ) throws {
        let there = Set(try repository.names(of: .orders, in: db))
        let wanted = history.published
        for case .delta(let from, let to) in wanted.names {
            let name = OrderFileName.delta(from: from, to: to).text
            guard !there.contains(name) else { continue }
            let content = try delta(from: head(from, history, in: db), to: head(to, history, in: db), register)
            try repository.add(name, of: .orders, content, in: db, at: now)
        }
        try retireOthers(than: wanted, in: db, at: now)
        try repository.publish(.orders, with: try repository.keys(of: .orders), in: db, at: now)
    }

    private func head(_ version: UInt64, _ history: PublishedHistory, in db: Database) throws -> OrderBookHead {
        OrderBookHead(
            listVersion: version, created: try history.created(of: version, in: db), keyEpoch: deploymentKey.epoch,
            keyCheck: deploymentKey.keyCheck)
    }

    /// The file that leads from one version to another.
    private func delta(
        from base: OrderBookHead, to head: OrderBookHead, _ register: OrderRegister
    ) throws -> [UInt8] {
        let changes = try register.changes(after: base.listVersion, upTo: head.listVersion)
        return try OrderDelta(base: base, head: head, changes: changes.map { ($0.subject, $0.order) }).bytes()
    }

    private func retireOthers(than wanted: PublishedOrders, in db: Database, at now: WallTime) throws {
        let names = Set(wanted.names.map(\.text))
        for role in [Repository.Role.orders, .ordersBulk] {
            for name in try repository.names(of: role, in: db) where !names.contains(name) {
                try repository.retire(name, in: db, at: now)
            }
        }
    }

    // MARK: Reading

    private func read(_ csv: [UInt8], at now: WallTime, acceptPlaceholders: Bool) throws(CentralError) -> OrderImport {
        do {
            return try OrderCSV.read(
                csv, now: now,
                subject: { text in
                    do throws(UnreadableReason) {
                        return .success(try token(text, at: now, acceptPlaceholders: acceptPlaceholders))
                    } catch { return .failure(error) }
                },
                household: { deploymentKey.householdToken(of: $0) })
        } catch { throw .unusable(reason: error.description) }
    }

    private func subject(
        _ text: String, at now: WallTime, acceptPlaceholders: Bool
    ) throws(CentralError) -> SubjectToken {
        do throws(UnreadableReason) {
            return try token(text, at: now, acceptPlaceholders: acceptPlaceholders)
        } catch { throw .unusable(reason: "The document cannot be used: \(error.explanation).") }
    }

    private func token(
        _ text: String, at now: WallTime, acceptPlaceholders: Bool
    ) throws(UnreadableReason) -> SubjectToken {
        let rules = DocumentNumber.Rules(acceptPlaceholders: acceptPlaceholders)
        return deploymentKey.subjectToken(of: try Credential(text, today: CalendarDate(now), rules: rules))
    }
}

/// What an import of an order list came to.
public struct ImportSummary: Sendable {
    /// The version of the published list; `nil` if nothing was published.
    public var listVersion: UInt64?
    public var accepted: Int
    /// In the order of the file; never with the content of a row.
    public var rejected: [RejectedRow]

    /// `line N: reason` for each rejected row.
    public var rejectedLines: [String] { rejected.map(\.description) }
}
