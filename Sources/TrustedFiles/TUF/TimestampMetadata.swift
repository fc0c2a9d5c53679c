/// Which snapshot is the newest (section 4.6). The one file that is signed often.
public struct TimestampMetadata: MetadataBody {
    public static let type = "timestamp"

    public var header: MetadataHeader
    public var snapshot: MetaFile

    public init(header: MetadataHeader, snapshot: MetaFile) {
        self.header = header
        self.snapshot = snapshot
    }

    public init(_ signed: JSONValue) throws(FieldFault) {
        var fields = try JSONFields(signed, path: "")
        _ = fields.optional("_type")
        header = try MetadataHeader(&fields)
        let meta = try fields.map("meta") { value, path throws(FieldFault) in try MetaFile(value, path: path) }
        guard let snapshot = meta["snapshot.json"], meta.count == 1 else {
            throw FieldFault(field: "meta", problem: "does not name snapshot.json alone")
        }
        self.snapshot = snapshot
        header.unrecognized = fields.rest
    }

    public var json: JSONValue {
        header.json(type: Self.type, ["meta": .object(["snapshot.json": snapshot.json])])
    }
}
