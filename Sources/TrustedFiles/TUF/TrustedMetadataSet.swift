/// The metadata of a repository that is trusted, and the rules by which newer metadata takes its place: section 5 of the TUF
/// specification 1.0.33. Bytes and time in, values out.
///
/// The order is root, timestamp, snapshot, targets, delegated targets. What was stored earlier and has expired since may still
/// be loaded: it cannot be used, and still protects against older files. A file that is refused leaves the set as it was.
public struct TrustedMetadataSet: Sendable {
    /// 5.1: the time at which the update began, in seconds since 1970.
    public let now: Int64
    public private(set) var root: RootMetadata
    /// May have expired; then no snapshot is taken.
    public private(set) var timestamp: TimestampMetadata?
    /// May have expired or be older than the timestamp says; then no targets are taken.
    public private(set) var snapshot: SnapshotMetadata?
    /// Whether ``snapshot`` is the one that the timestamp names, and in force.
    private var isSnapshotCurrent = false
    private var targets: [String: TargetsMetadata] = [:]
    private var delegations: Set<Delegation> = []

    private struct Delegation: Hashable {
        let role: String
        let delegator: String
    }

    /// 5.2: begins with a root file that is trusted beforehand. It may have expired.
    ///
    /// - Parameters:
    ///   - trustedRoot: the file.
    ///   - now: in seconds since 1970.
    public init(trustedRoot: [UInt8], now: Int64) throws(MetadataError) {
        let file = try SignedMetadata<RootMetadata>(trustedRoot, file: "root.json")
        try Self.check(file, "root", by: file.body)
        root = file.body
        self.now = now
    }

    /// The trusted metadata of `role` as `delegator` delegates it.
    public func targets(_ role: String, by delegator: String) -> TargetsMetadata? {
        delegations.contains(Delegation(role: role, delegator: delegator)) ? targets[role] : nil
    }

    /// Which of the roles taken so far is the first that has to sign anew, and by when, in seconds since 1970. The timestamp, that
    /// is signed again and again, is not among them.
    public var firstToExpire: (role: String, expires: Int64) {
        var ends = targets.mapValues(\.header.expires)
        ends["snapshot"] = snapshot?.header.expires
        ends["root"] = root.header.expires
        let first = ends.min { ($0.value, $0.key) < ($1.value, $1.key) }
        return first.map { ($0.key, $0.value) } ?? ("root", root.header.expires)
    }

    // MARK: 5.3 Root

    /// 5.3.3 to 5.3.7: takes the next root file. It may have expired.
    ///
    /// Returns whether timestamp or snapshot have lost a key: what was stored of both is then no longer trusted (5.3.11).
    public mutating func updateRoot(_ bytes: [UInt8]) throws(MetadataError) -> Bool {
        guard timestamp == nil else { throw .notYet(needs: "a new update: root files come first") }
        let file = try SignedMetadata<RootMetadata>(bytes, file: "root.json")
        try Self.check(file, "root", by: root)
        try Self.check(file, "root", by: file.body)
        let (expected, overflow) = root.header.version.addingReportingOverflow(1)
        guard !overflow, file.body.header.version == expected else {
            throw .wrongRootVersion(expected: expected, found: file.body.header.version)
        }
        let isRotated = ["timestamp", "snapshot"].contains { role in
            !Self.keys(of: role, in: root).isSubset(of: Self.keys(of: role, in: file.body))
        }
        root = file.body
        return isRotated
    }

    private static func keys(of role: String, in root: RootMetadata) -> Set<MetadataKey?> {
        Set((root.roles[role]?.keyids ?? []).map { root.keys[$0] })
    }

    /// 5.3.10: throws if the last root file has expired.
    public func checkRoot() throws(MetadataError) { try check(root.header, "root.json") }

    // MARK: 5.4 Timestamp

    /// Takes a stored timestamp. It may have expired.
    public mutating func loadTimestamp(_ bytes: [UInt8]) throws(MetadataError) {
        let file = try SignedMetadata<TimestampMetadata>(bytes, file: "timestamp.json")
        try Self.check(file, "timestamp", by: root)
        timestamp = file.body
    }

    /// 5.4.2 to 5.4.4: takes a timestamp that was fetched. Returns `false` if it has the version that is trusted already: then
    /// that one stays.
    public mutating func updateTimestamp(_ bytes: [UInt8]) throws(MetadataError) -> Bool {
        try checkRoot()
        guard snapshot == nil else { throw .notYet(needs: "a new update: the timestamp comes before the snapshot") }
        let file = try SignedMetadata<TimestampMetadata>(bytes, file: "timestamp.json")
        try Self.check(file, "timestamp", by: root)
        let new = file.body
        if let trusted = timestamp {
            if new.header.version == trusted.header.version {
                try check(trusted.header, "timestamp.json")
                return false
            }
            guard new.header.version > trusted.header.version else {
                throw .rollback(file: "timestamp.json", trusted: trusted.header.version, found: new.header.version)
            }
            guard new.snapshot.version >= trusted.snapshot.version else {
                throw .namesOlder(
                    file: "timestamp.json", named: "snapshot.json", trusted: trusted.snapshot.version,
                    found: new.snapshot.version)
            }
        }
        try check(new.header, "timestamp.json")
        timestamp = new
        return true
    }

    // MARK: 5.5 Snapshot

    /// Takes a stored snapshot. Returns whether it is the one that the timestamp names, and in force: if not, a newer one is to
    /// be fetched.
    public mutating func loadSnapshot(_ bytes: [UInt8]) throws(MetadataError) -> Bool {
        let timestamp = try currentTimestamp()
        let file = try SignedMetadata<SnapshotMetadata>(bytes, file: "snapshot.json")
        try Self.check(file, "snapshot", by: root)
        snapshot = file.body
        isSnapshotCurrent =
            file.body.header.version == timestamp.snapshot.version && file.body.header.expires > now
            && (try? timestamp.snapshot.check(bytes, file: "snapshot.json")) != nil
        return isSnapshotCurrent
    }

    /// 5.5.2 to 5.5.6: takes a snapshot that was fetched.
    public mutating func updateSnapshot(_ bytes: [UInt8]) throws(MetadataError) {
        let timestamp = try currentTimestamp()
        guard targets.isEmpty else { throw .notYet(needs: "a new update: the snapshot comes before the targets") }
        try timestamp.snapshot.check(bytes, file: "snapshot.json")
        let file = try SignedMetadata<SnapshotMetadata>(bytes, file: "snapshot.json")
        try Self.check(file, "snapshot", by: root)
        let new = file.body
        guard new.header.version == timestamp.snapshot.version else {
            throw .wrongVersion(
                file: "snapshot.json", expected: timestamp.snapshot.version, found: new.header.version)
        }
        if let trusted = snapshot {
            guard new.header.version >= trusted.header.version else {
                throw .rollback(file: "snapshot.json", trusted: trusted.header.version, found: new.header.version)
            }
            for (name, was) in trusted.meta.sorted(by: { $0.key < $1.key }) {
                guard let names = new.meta[name] else { throw .dropped(file: "snapshot.json", named: name) }
                guard names.version >= was.version else {
                    throw .namesOlder(
                        file: "snapshot.json", named: name, trusted: was.version, found: names.version)
                }
            }
        }
        try check(new.header, "snapshot.json")
        snapshot = new
        isSnapshotCurrent = true
    }

    private func currentTimestamp() throws(MetadataError) -> TimestampMetadata {
        guard let timestamp else { throw .notYet(needs: "the timestamp") }
        try check(timestamp.header, "timestamp.json")
        return timestamp
    }

    // MARK: 5.6 Targets

    /// What the snapshot says of the targets file of `role`.
    public func announced(_ role: String) throws(MetadataError) -> MetaFile {
        guard let snapshot, isSnapshotCurrent else { throw .notYet(needs: "a snapshot that is in force") }
        guard let meta = snapshot.meta["\(role).json"] else { throw .notInSnapshot(role: role) }
        return meta
    }

    /// 5.6.2 to 5.6.5: takes the targets file of `role`, stored or fetched.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - role: `targets`, or a delegated role.
    ///   - delegator: who delegates to it: `root` for `targets`, else a role that is trusted already.
    public mutating func updateTargets(
        _ bytes: [UInt8], role: String = "targets", by delegator: String = "root"
    ) throws(MetadataError) {
        let name = "\(role).json"
        let meta = try announced(role)
        try meta.check(bytes, file: name)
        let file = try SignedMetadata<TargetsMetadata>(bytes, file: name)
        try checkDelegation(file, role, by: delegator)
        guard file.body.header.version == meta.version else {
            throw .wrongVersion(file: name, expected: meta.version, found: file.body.header.version)
        }
        try check(file.body.header, name)
        add(file.body, role, by: delegator)
    }

    private mutating func add(_ body: TargetsMetadata, _ role: String, by delegator: String) {
        targets[role] = body
        delegations.insert(Delegation(role: role, delegator: delegator))
    }

    private func checkDelegation(
        _ file: SignedMetadata<TargetsMetadata>, _ role: String, by delegator: String
    ) throws(MetadataError) {
        if delegator == "root" {
            guard role == "targets" else { throw .notDelegated(role: role, by: delegator) }
            return try Self.check(file, role, by: root)
        }
        guard let parent = targets[delegator] else { throw .notYet(needs: "\(delegator).json") }
        guard let delegations = parent.delegations, let signers = delegations.signers(of: role) else {
            throw .notDelegated(role: role, by: delegator)
        }
        try file.check(signers, keys: delegations.keys, by: delegator, file: "\(role).json")
    }

    private static func check<Body>(
        _ file: SignedMetadata<Body>, _ role: String, by root: RootMetadata
    ) throws(MetadataError) {
        guard let signers = root.roles[role] else { throw .notDelegated(role: role, by: "root") }
        try file.check(signers, keys: root.keys, by: "root.json", file: "\(role).json")
    }

    private func check(_ header: MetadataHeader, _ file: String) throws(MetadataError) {
        guard header.expires > now else { throw .expired(file: file, expires: header.expires, now: now) }
    }
}

// MARK: - What was stored

/// What is true of stored metadata all the same, when it is used without asking the repository.
extension TrustedMetadataSet {
    /// Takes a stored timestamp as it is. Returns what there is to say of it: that it has expired.
    public mutating func restoreTimestamp(_ bytes: [UInt8]) throws(MetadataError) -> [MetadataError] {
        try loadTimestamp(bytes)
        return findings(timestamp?.header, "timestamp.json", announced: nil)
    }

    /// Takes a stored snapshot that root's keys have signed. Returns what there is to say of it: that it has expired, or that the
    /// timestamp names another.
    public mutating func restoreSnapshot(_ bytes: [UInt8]) throws(MetadataError) -> [MetadataError] {
        let file = try SignedMetadata<SnapshotMetadata>(bytes, file: "snapshot.json")
        try Self.check(file, "snapshot", by: root)
        snapshot = file.body
        return findings(file.body.header, "snapshot.json", announced: timestamp?.snapshot)
    }

    /// Takes a stored targets file that is signed as its delegator asks. Returns what there is to say of it: that it has
    /// expired, or that the snapshot names another or none.
    public mutating func restoreTargets(
        _ bytes: [UInt8], role: String = "targets", by delegator: String = "root"
    ) throws(MetadataError) -> [MetadataError] {
        let name = "\(role).json"
        let file = try SignedMetadata<TargetsMetadata>(bytes, file: name)
        try checkDelegation(file, role, by: delegator)
        add(file.body, role, by: delegator)
        let meta = snapshot?.meta[name]
        let missing: [MetadataError] = snapshot != nil && meta == nil ? [.notInSnapshot(role: role)] : []
        return missing + findings(file.body.header, name, announced: meta)
    }

    private func findings(_ header: MetadataHeader?, _ file: String, announced: MetaFile?) -> [MetadataError] {
        guard let header else { return [] }
        var findings: [MetadataError] = []
        if header.expires <= now { findings.append(.expired(file: file, expires: header.expires, now: now)) }
        if let announced, announced.version != header.version {
            findings.append(.wrongVersion(file: file, expected: announced.version, found: header.version))
        }
        return findings
    }
}
