/// Which version of each targets file belongs together (section 4.4).
public struct SnapshotMetadata: MetadataBody {
    public static let type = "snapshot"

    public var header: MetadataHeader
    /// By file name: `targets.json`, and `ROLE.json` for each delegated role.
    public var meta: [String: MetaFile]

    public init(header: MetadataHeader, meta: [String: MetaFile]) {
        self.header = header
        self.meta = meta
    }

    public init(_ signed: JSONValue) throws(FieldFault) {
        var fields = try JSONFields(signed, path: "")
        _ = fields.optional("_type")
        header = try MetadataHeader(&fields)
        meta = try fields.map("meta") { value, path throws(FieldFault) in try MetaFile(value, path: path) }
        header.unrecognized = fields.rest
    }

    public var json: JSONValue { header.json(type: Self.type, ["meta": .object(meta.mapValues(\.json))]) }
}
