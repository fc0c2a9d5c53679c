import FoundationEssentials
import GRDB
import GateModel
import Orders
import TrustedFiles

/// The TUF repository: what the database says is published, as signed static files that any web server can serve.
///
/// Files are written before the transaction that names them is committed, and `timestamp.json`, which alone makes them
/// seen, after that. A crash in between leaves files that nobody names; the next publication writes them again.
struct Repository: Sendable {
    let directory: DataDirectory

    /// The roles that sign for targets. The raw value is the role's name.
    enum Role: String, CaseIterable {
        case targets
        case ordersBulk = "orders-bulk"
        case orders, mandate, passes, notices, policy

        /// What the role may sign for; nothing for the one that only delegates.
        var paths: [String] {
            switch self {
            case .targets: []
            case .ordersBulk: [OrderFileName.bulkPattern]
            case .orders: [OrderFileName.deltaPattern]
            case .mandate: [Mandate.targetName]
            case .passes, .notices, .policy: ["\(rawValue)/*"]
            }
        }

        var keys: [RoleKeyFile] {
            switch self {
            case .targets: [.targets]
            case .ordersBulk: [.ordersBulk1, .ordersBulk2]
            case .orders: [.orders]
            case .mandate: [.mandate]
            case .passes: [.passes]
            case .notices: [.notices]
            case .policy: [.policy]
            }
        }
    }

    /// In seconds. Until the timestamp expires a gate can be shown an old publication and cannot tell.
    enum Lifetime {
        static let timestamp: Int64 = 86_400
        static let snapshot: Int64 = 30 * 86_400
        static let others: Int64 = 365 * 86_400
    }

    // MARK: The beginning

    /// Makes the first metadata of every role, and publishes it.
    func create(in db: Database, at now: WallTime) throws {
        var signers: [String: (keys: [TrustedKey], threshold: Int64)] = [:]
        let topLevel: [(String, [RoleKeyFile])] = [
            ("root", [.root1, .root2]), ("targets", [.targets]), ("snapshot", [.snapshot]), ("timestamp", [.timestamp]),
        ]
        for (name, keys) in topLevel {
            signers[name] = (try keys.map { try directory.key($0).trusted }, Int64(keys.count))
        }
        var root = SignedMetadata(RootMetadata(header: try next("root", in: db, at: now), signers: signers))
        for key in [RoleKeyFile.root1, .root2] { try root.sign(with: try directory.key(key)) }
        try write(root.encoded(), "1.root.json")
        try DataDirectory.write(root.encoded(), to: directory.rootPath, mode: 0o644)
        for role in Role.allCases {
            try publish(
                role, with: try keys(of: role), delegations: role == .targets ? try firstDelegations() : nil, in: db,
                at: now)
        }
        try publishSnapshot(in: db, at: now)
    }

    /// Signs a new root: the same for another year, or with other keys. Gates that trust the one before take it.
    ///
    /// - Parameters:
    ///   - signers: as many of the root's keys as it asks for, and those of the new root.
    ///   - replacements: new keys in place of old ones.
    func renewRoot(
        with signers: [PublisherKey], replacing replacements: [(old: TrustedKey, new: TrustedKey)], in db: Database,
        at now: WallTime
    ) throws {
        let content = try content(of: "root", in: db)
        var root = try SignedMetadata<RootMetadata>(content, file: "root.json").body
        for (old, new) in replacements {
            let (oldID, newKey) = (MetadataKey(old).keyid, MetadataKey(new))
            guard root.keys.removeValue(forKey: oldID) != nil else {
                throw CentralError.unusable(
                    reason: "The key that is to be replaced is not in the root. Nothing was changed.")
            }
            root.keys[newKey.keyid] = newKey
            for role in root.roles.keys {
                root.roles[role]?.keyids.replace([oldID], with: [newKey.keyid])
            }
        }
        root.header = try next("root", in: db, at: now)
        var file = SignedMetadata(root)
        for key in signers { try file.sign(with: key) }
        // As a gate will: a root that is not signed by enough would never be taken.
        var trusted = try TrustedMetadataSet(trustedRoot: content, now: now.secondsSince1970)
        do { _ = try trusted.updateRoot(file.encoded()) } catch {
            throw CentralError.unusable(reason: "No gate would take this root: \(error) Nothing was changed.")
        }
        try write(file.encoded(), "\(root.header.version).root.json")
    }

    /// Who signs for what.
    private func firstDelegations() throws -> Delegations {
        var keys: [String: MetadataKey] = [:]
        var roles: [DelegatedRole] = []
        for role in Role.allCases where role != .targets {
            let own = try role.keys.map { MetadataKey(try directory.key($0).trusted) }
            for key in own { keys[key.keyid] = key }
            roles.append(
                DelegatedRole(
                    name: role.rawValue, signers: RoleKeys(keyids: own.map(\.keyid), threshold: Int64(own.count)),
                    coverage: .paths(role.paths)))
        }
        return Delegations(keys: keys, roles: .listed(roles))
    }

    /// Whether gates take a signature of `key` for `role`.
    func isKey(_ key: PublisherKey, of role: Role, in db: Database) throws -> Bool {
        let keyid = MetadataKey(key.trusted).keyid
        guard case .listed(let roles)? = try current(.targets, in: db).delegations?.roles else { return false }
        return roles.contains { $0.name == role.rawValue && $0.signers.keyids.contains(keyid) }
    }

    func keys(of role: Role) throws(CentralError) -> [PublisherKey] {
        var keys: [PublisherKey] = []
        for file in role.keys { keys.append(try directory.key(file)) }
        return keys
    }

    // MARK: Targets

    /// Writes a file that `role` is to sign for, in place of one that had this name.
    func add(_ name: String, of role: Role, _ content: [UInt8], in db: Database, at now: WallTime) throws {
        try retire(name, in: db, at: now)
        let digest = FileDigests.sha256(of: content)
        try DataDirectory.write(content, to: path(ofTarget: name, digest: digest), mode: 0o644)
        try db.execute(
            sql: "INSERT OR REPLACE INTO target (name, role, length, sha256) VALUES (?, ?, ?, ?)",
            arguments: [name, role.rawValue, content.count, digest])
    }

    /// The published files of `role`.
    func names(of role: Role, in db: Database) throws -> [String] {
        try Row.fetchAll(
            db, sql: "SELECT name FROM target WHERE role = ? AND retired IS NULL", arguments: [role.rawValue]
        ).map { try $0.text("name") }
    }

    /// Takes a file out of what is published. It stays for a while, as a gate may be fetching it.
    func retire(_ name: String, in db: Database, at now: WallTime) throws {
        try db.execute(
            sql: "UPDATE target SET retired = ? WHERE name = ? AND retired IS NULL",
            arguments: [now.secondsSince1970, name])
    }

    /// Removes what has been out of use for an hour, and what a crash has left: nobody's name stays longer than it has to.
    ///
    /// Only for a database that is known to be the newest: what an old one does not name may be in use.
    func removeUnused(in db: Database, at now: WallTime) throws {
        try db.execute(
            sql: "DELETE FROM target WHERE retired < ?",
            arguments: [now.advanced(bySeconds: -3600).secondsSince1970])
        let kept = Set(
            try Row.fetchAll(db, sql: "SELECT name, sha256 FROM target").map {
                path(ofTarget: try $0.text("name"), digest: try $0.text("sha256"))
            })
        let files = FileManager.default
        for name in (try? files.subpathsOfDirectory(atPath: directory.targetsPath)) ?? [] {
            let path = "\(directory.targetsPath)/\(name)"
            var isFolder = false
            guard !kept.contains(path), files.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else {
                continue
            }
            // One that cannot be removed now is tried again at the next publication.
            try? files.removeItem(atPath: path)
        }
    }

    private func path(ofTarget name: String, digest: String) -> String {
        var parts = name.split(separator: "/").map(String.init)
        let file = parts.popLast() ?? name
        return ([directory.targetsPath] + parts + ["\(digest).\(file)"]).joined(separator: "/")
    }

    // MARK: Metadata

    /// Signs the next version of a role's metadata. The snapshot has to follow.
    func publish(
        _ role: Role, with keys: [PublisherKey], _ more: [String: JSONValue] = [:], delegations: Delegations? = nil,
        in db: Database, at now: WallTime
    ) throws {
        let rows = try Row.fetchAll(
            db, sql: "SELECT name, length, sha256 FROM target WHERE role = ? AND retired IS NULL",
            arguments: [role.rawValue])
        var targets: [String: TargetFile] = [:]
        for row in rows {
            targets[try row.text("name")] = TargetFile(
                length: try row.integer("length"), hashes: ["sha256": try row.text("sha256")])
        }
        let header = try next(role.rawValue, more, in: db, at: now)
        var file = SignedMetadata(
            TargetsMetadata(header: header, targets: targets, delegations: delegations))
        for key in keys { try file.sign(with: key) }
        try write(file.encoded(), "\(header.version).\(role.rawValue).json")
    }

    func publishSnapshot(in db: Database, at now: WallTime) throws {
        var meta: [String: MetaFile] = [:]
        for role in Role.allCases {
            // With its digest: after a backup was put back there are two files of the same role and version.
            meta["\(role.rawValue).json"] = MetaFile(
                version: try version(of: role.rawValue, in: db), content: try content(of: role.rawValue, in: db))
        }
        let header = try next("snapshot", in: db, at: now)
        var file = SignedMetadata(SnapshotMetadata(header: header, meta: meta))
        try file.sign(with: try directory.key(.snapshot))
        try write(file.encoded(), "\(header.version).snapshot.json")
    }

    /// Makes the last committed snapshot seen, and says that it is the last one at `now`.
    func publishTimestamp(in db: Database, at now: WallTime) throws {
        let snapshot = try version(of: "snapshot", in: db)
        let content = try content(of: "snapshot", in: db)
        if let published = publishedTimestamp()?.body {
            // After a crash the file may be ahead of the database.
            try db.execute(
                sql: "UPDATE role SET version = max(version, ?) WHERE name = 'timestamp'",
                arguments: [published.header.version])
        }
        let header = try next(
            "timestamp", [TimestampMetadata.issuedField: .integer(now.secondsSince1970)], in: db, at: now)
        var file = SignedMetadata(
            TimestampMetadata(header: header, snapshot: MetaFile(version: snapshot, content: content)))
        try file.sign(with: try directory.key(.timestamp))
        try write(file.encoded(), "timestamp.json")
    }

    /// The version of the snapshot that gates are shown; 0 if nothing is published.
    func publishedSnapshot() -> UInt64 {
        publishedTimestamp().map { UInt64(clamping: $0.body.snapshot.version) } ?? 0
    }

    private func publishedTimestamp() -> SignedMetadata<TimestampMetadata>? {
        guard let content = FileManager.default.contents(atPath: directory.metadataPath + "/timestamp.json") else {
            return nil
        }
        return try? SignedMetadata(Array(content), file: "timestamp.json")
    }

    /// Signs anew what has used up two thirds of its time, as far as the keys are there.
    ///
    /// - Returns: what has to be signed by whoever has the keys, and how.
    func renew(in db: Database, at now: WallTime) throws -> [String] {
        var due: [String] = []
        func note(_ role: String, _ remedy: String) throws {
            let expires = WallTime(secondsSince1970: try expires(of: role, in: db))
            due.append("\(role) expires at \(expires.text): \(remedy)")
        }
        if try isDue("root", in: db, at: now) {
            try note("root", "sign the next one with gatehouse-central renew-root, or gates will take nothing new")
        }
        var isSnapshotDue = try isDue("snapshot", in: db, at: now)
        for role in Role.allCases where try isDue(role.rawValue, in: db, at: now) {
            guard (try? keys(of: role)) != nil else {
                let remedy =
                    role == .ordersBulk
                    ? "sign the list anew with gatehouse-central orders approve" : "put its key back"
                try note(role.rawValue, remedy)
                continue
            }
            try publishAgain(role, in: db, at: now)
            isSnapshotDue = true
        }
        if isSnapshotDue { try publishSnapshot(in: db, at: now) }
        return due
    }

    /// Signs the same anew.
    func publishAgain(_ role: Role, in db: Database, at now: WallTime) throws {
        let current = try current(role, in: db)
        try publish(
            role, with: try keys(of: role), current.header.unrecognized, delegations: current.delegations, in: db,
            at: now)
    }

    /// How many orders may be put on the list with one signature, since two people signed for the last whole list.
    func allowance(in db: Database) throws -> Int {
        try current(.ordersBulk, in: db).allowance
    }

    /// The last metadata of a role.
    private func current(_ role: Role, in db: Database) throws -> TargetsMetadata {
        try SignedMetadata<TargetsMetadata>(
            content(of: role.rawValue, in: db), file: "\(role.rawValue).json"
        ).body
    }

    /// The last file of a role.
    private func content(of role: String, in db: Database) throws -> [UInt8] {
        try content(of: role, version: version(of: role, in: db))
    }

    private func content(of role: String, version: Int64) throws -> [UInt8] {
        let path = "\(directory.metadataPath)/\(version).\(role).json"
        guard let content = FileManager.default.contents(atPath: path) else {
            throw CentralError.cannotRead(path: path, reason: "it is missing or may not be read")
        }
        return Array(content)
    }

    // MARK: Backups

    /// Throws if what is published is newer than the database: gates refuse what goes back.
    func requireNewest(in db: Database) throws {
        let snapshot = try version(of: "snapshot", in: db)
        let published = publishedSnapshot()
        guard published <= UInt64(clamping: snapshot) else {
            throw CentralError.olderDatabase(snapshot: snapshot, published: published)
        }
    }

    /// Makes every version higher than any that can have been published since a backup was made, and signs for the same anew.
    /// What two people sign for, the list, and the snapshot have to follow.
    ///
    /// Where `public/` is newer than the database, what is published there of a mandate and the like is taken up.
    func renumber(in db: Database, at now: WallTime) throws {
        try adoptPublished(in: db)
        // Who signs for what is kept apart from the machine, and changes so rarely that it is the same as before.
        let hasTargetsKey = (try? keys(of: .targets)) != nil
        let again = Role.allCases.filter { ![.ordersBulk, .orders].contains($0) && ($0 != .targets || hasTargetsKey) }
        let current = try again.map { try self.current($0, in: db) }
        // Of the root every version is needed, one after the other.
        try db.execute(
            sql: "UPDATE role SET version = version + ? WHERE name != 'root' AND (name != 'targets' OR ?)",
            arguments: [Self.leap, hasTargetsKey])
        for (role, body) in zip(again, current) {
            try publish(
                role, with: try keys(of: role), body.header.unrecognized, delegations: body.delegations, in: db,
                at: now)
        }
    }

    private func adoptPublished(in db: Database) throws {
        var root = try version(of: "root", in: db)
        while FileManager.default.fileExists(atPath: "\(directory.metadataPath)/\(root + 1).root.json") { root += 1 }
        try db.execute(sql: "UPDATE role SET version = ? WHERE name = 'root'", arguments: [root])
        guard let timestamp = publishedTimestamp()?.body,
            let snapshot = try? content(of: "snapshot", version: timestamp.snapshot.version)
        else { return }
        let published = try SignedMetadata<SnapshotMetadata>(snapshot, file: "snapshot.json").body.meta
        for role in Role.allCases where ![.ordersBulk, .orders].contains(role) {
            let file = "\(role.rawValue).json"
            guard let newest = published[file]?.version, try newest > version(of: role.rawValue, in: db) else {
                continue
            }
            let body = try SignedMetadata<TargetsMetadata>(content(of: role.rawValue, version: newest), file: file).body
            try db.execute(
                sql: "UPDATE role SET version = ?, expires = ? WHERE name = ?",
                arguments: [newest, body.header.expires, role.rawValue])
            try db.execute(sql: "DELETE FROM target WHERE role = ?", arguments: [role.rawValue])
            for (name, file) in body.targets {
                try db.execute(
                    sql: "INSERT INTO target (name, role, length, sha256) VALUES (?, ?, ?, ?)",
                    arguments: [name, role.rawValue, file.length, file.hashes["sha256"] ?? ""])
            }
        }
    }

    /// By how much: more than is published in any time between two backups.
    static let leap: Int64 = 1_000_000

    // MARK: Versions

    func version(of role: String, in db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT version FROM role WHERE name = ?", arguments: [role]) ?? 0
    }

    private func next(
        _ role: String, _ more: [String: JSONValue] = [:], in db: Database, at now: WallTime
    ) throws -> MetadataHeader {
        let version = try version(of: role, in: db) + 1
        let expires = expiry(role, now)
        try db.execute(
            sql: "INSERT OR REPLACE INTO role (name, version, expires) VALUES (?, ?, ?)",
            arguments: [role, version, expires])
        // Gates that are under way still find the versions before; of the root every version is needed.
        if role != "root" {
            try? FileManager.default.removeItem(atPath: "\(directory.metadataPath)/\(version - 64).\(role).json")
        }
        return MetadataHeader(version: version, expires: expires, unrecognized: more)
    }

    private func isDue(_ role: String, in db: Database, at now: WallTime) throws -> Bool {
        try expires(of: role, in: db) - now.secondsSince1970 < Self.lifetime(role) / 3
    }

    /// In seconds since 1970.
    private func expires(of role: String, in db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT expires FROM role WHERE name = ?", arguments: [role]) ?? 0
    }

    private func expiry(_ role: String, _ now: WallTime) -> Int64 {
        now.advanced(bySeconds: Self.lifetime(role)).secondsSince1970
    }

    private static func lifetime(_ role: String) -> Int64 {
        switch role {
        case "timestamp": Lifetime.timestamp
        case "snapshot": Lifetime.snapshot
        default: Lifetime.others
        }
    }

    private func write(_ content: [UInt8], _ name: String) throws {
        try DataDirectory.write(content, to: "\(directory.metadataPath)/\(name)", mode: 0o644)
    }
}
