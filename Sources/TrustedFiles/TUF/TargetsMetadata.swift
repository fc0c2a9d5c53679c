/// Which files a role publishes, and to whom it delegates (section 4.5).
public struct TargetsMetadata: MetadataBody {
    public static let type = "targets"

    public var header: MetadataHeader
    /// By path, relative to where the targets are.
    public var targets: [String: TargetFile]
    public var delegations: Delegations?

    public init(header: MetadataHeader, targets: [String: TargetFile], delegations: Delegations? = nil) {
        self.header = header
        self.targets = targets
        self.delegations = delegations
    }

    public init(_ signed: JSONValue) throws(FieldFault) {
        var fields = try JSONFields(signed, path: "")
        _ = fields.optional("_type")
        header = try MetadataHeader(&fields)
        targets = try fields.map("targets") { value, path throws(FieldFault) in try TargetFile(value, path: path) }
        delegations = try fields.optional("delegations").map { value throws(FieldFault) in
            try Delegations(value, path: "delegations")
        }
        header.unrecognized = fields.rest
    }

    public var json: JSONValue {
        header.json(
            type: Self.type, ["targets": .object(targets.mapValues(\.json)), "delegations": delegations?.json])
    }

    /// The target with exactly this path. (A Swift dictionary also finds a path in another Unicode form.)
    public func target(_ path: String) -> TargetFile? {
        guard let index = targets.index(forKey: path), targets[index].key.utf8.elementsEqual(path.utf8) else {
            return nil
        }
        return targets[index].value
    }
}
