/// Who may sign what: the keys of the four top-level roles (section 4.3).
public struct RootMetadata: MetadataBody {
    public static let type = "root"
    /// The roles that every root names.
    public static let roleNames = ["root", "timestamp", "snapshot", "targets"]

    public var header: MetadataHeader
    /// Whether files are also kept under names with version or digest. `nil`, as in old files, means no.
    public var consistentSnapshot: Bool?
    /// By key id.
    public var keys: [String: MetadataKey]
    /// By name: at least ``roleNames``.
    public var roles: [String: RoleKeys]

    public init(
        header: MetadataHeader, consistentSnapshot: Bool? = true, keys: [String: MetadataKey], roles: [String: RoleKeys]
    ) {
        self.header = header
        self.consistentSnapshot = consistentSnapshot
        self.keys = keys
        self.roles = roles
    }

    /// Each role with its keys and its threshold, the keys under their own ids.
    ///
    /// - Parameters:
    ///   - header: version and end.
    ///   - consistentSnapshot: as in ``consistentSnapshot``.
    ///   - signers: for each of ``roleNames`` its keys, and how many of them have to sign.
    public init(
        header: MetadataHeader, consistentSnapshot: Bool = true,
        signers: [String: (keys: [TrustedKey], threshold: Int64)]
    ) {
        let all = signers.values.flatMap(\.keys).map { MetadataKey($0) }
        self.init(
            header: header, consistentSnapshot: consistentSnapshot,
            keys: Dictionary(all.map { ($0.keyid, $0) }) { first, _ in first },
            roles: signers.mapValues { role in
                RoleKeys(keyids: role.keys.map { MetadataKey($0).keyid }, threshold: role.threshold)
            })
    }

    public init(_ signed: JSONValue) throws(FieldFault) {
        var fields = try JSONFields(signed, path: "")
        _ = fields.optional("_type")
        header = try MetadataHeader(&fields)
        consistentSnapshot = fields.has("consistent_snapshot") ? try fields.boolean("consistent_snapshot") : nil
        keys = try fields.map("keys") { value, path throws(FieldFault) in try MetadataKey(value, path: path) }
        roles = try fields.map("roles") { value, path throws(FieldFault) in try RoleKeys(value, path: path) }
        for name in Self.roleNames where roles[name] == nil {
            throw FieldFault(field: "roles/\(name)", problem: "is missing")
        }
        header.unrecognized = fields.rest
    }

    public var json: JSONValue {
        header.json(
            type: Self.type,
            [
                "consistent_snapshot": consistentSnapshot.map { .boolean($0) },
                "keys": .object(keys.mapValues(\.json)), "roles": .object(roles.mapValues { $0.json() }),
            ])
    }
}
