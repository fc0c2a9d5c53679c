import TrustedFiles

/// A repository in memory, to be bent as a test needs it. Each role has one key, and everything ends at ``end``.
struct SampleRepository {
    /// 2030-01-01T00:00:00Z.
    static let end: Int64 = 1_893_456_000
    static let now: Int64 = end - 86_400

    var keys: [String: [PublisherKey]] = [:]
    var root: RootMetadata
    var timestamp: TimestampMetadata
    var snapshot: SnapshotMetadata
    var targets: TargetsMetadata
    var delegated: [String: TargetsMetadata] = [:]

    init() {
        let end = Self.end
        for name in RootMetadata.roleNames { keys[name] = [PublisherKey()] }
        root = RootMetadata(header: MetadataHeader(version: 1, expires: end), signers: [:])
        timestamp = TimestampMetadata(header: MetadataHeader(version: 1, expires: end), snapshot: MetaFile(version: 1))
        snapshot = SnapshotMetadata(
            header: MetadataHeader(version: 1, expires: end), meta: ["targets.json": MetaFile(version: 1)])
        targets = TargetsMetadata(header: MetadataHeader(version: 1, expires: end), targets: [:])
        useKeys()
    }

    /// Has the root name ``keys``, each with threshold 1.
    mutating func useKeys() {
        let names = Set(RootMetadata.roleNames)
        root = RootMetadata(
            header: root.header,
            signers: keys.filter { names.contains($0.key) }.mapValues { ($0.map(\.trusted), 1) })
    }

    /// Gives a role a new key instead of its old ones, in a new root.
    mutating func rotate(_ role: String) {
        keys[role] = [PublisherKey()]
        useKeys()
        root.header.version += 1
    }

    /// Delegates to a new role, which has a key of its own.
    mutating func delegate(
        to name: String, from parent: String? = nil, coverage: DelegatedRole.Coverage = .paths(["*"]),
        isTerminating: Bool = false, targets own: [String: TargetFile] = [:]
    ) {
        let key = keys[name]?.first ?? PublisherKey()
        keys[name] = [key]
        let id = MetadataKey(key.trusted).keyid
        let role = DelegatedRole(
            name: name, signers: RoleKeys(keyids: [id]), isTerminating: isTerminating, coverage: coverage)
        var delegator = parent.flatMap { delegated[$0] } ?? targets
        var delegations = delegator.delegations ?? Delegations(keys: [:], roles: .listed([]))
        delegations.keys[id] = MetadataKey(key.trusted)
        if case .listed(let roles) = delegations.roles { delegations.roles = .listed(roles + [role]) }
        delegator.delegations = delegations
        if let parent { delegated[parent] = delegator } else { targets = delegator }
        if delegated[name] == nil {
            delegated[name] = TargetsMetadata(header: MetadataHeader(version: 1, expires: Self.end), targets: own)
        }
        snapshot.meta["\(name).json"] = MetaFile(version: 1)
    }

    func signed<Body: MetadataBody>(_ body: Body, by signers: [PublisherKey]) throws -> [UInt8] {
        var file = SignedMetadata(body)
        for key in signers { try file.sign(with: key) }
        return file.encoded()
    }

    func rootFile(alsoBy others: [PublisherKey] = []) throws -> [UInt8] {
        try signed(root, by: (keys["root"] ?? []) + others)
    }

    func file(_ role: String) throws -> [UInt8] {
        let signers = keys[role] ?? []
        switch role {
        case "root": return try signed(root, by: signers)
        case "timestamp": return try signed(timestamp, by: signers)
        case "snapshot": return try signed(snapshot, by: signers)
        case "targets": return try signed(targets, by: signers)
        default: return try signed(delegated[role] ?? targets, by: signers)
        }
    }

    /// A client that knows the root alone.
    func client(now: Int64 = Self.now) throws -> TrustedMetadataSet {
        try TrustedMetadataSet(trustedRoot: file("root"), now: now)
    }

    /// A client that has everything but delegated roles.
    func refreshedClient() throws -> TrustedMetadataSet {
        var client = try client()
        _ = try client.updateTimestamp(file("timestamp"))
        try client.updateSnapshot(file("snapshot"))
        try client.updateTargets(file("targets"))
        return client
    }
}
