/// One published file (section 4.5).
public struct TargetFile: Hashable, Sendable {
    /// In bytes.
    public var length: Int64
    /// The algorithm, such as `sha256`, and lower-case hexadecimal digits. At least one.
    public var hashes: [String: String]
    /// What the publisher says of it besides. Nothing here reads it.
    public var custom: JSONValue?
    /// Fields that this program does not know, kept as they are.
    public var unrecognized: [String: JSONValue] = [:]

    public init(length: Int64, hashes: [String: String], custom: JSONValue? = nil) {
        self.length = length
        self.hashes = hashes
        self.custom = custom
    }

    /// Describes a file that is in memory, with SHA-256.
    public init(content: [UInt8], custom: JSONValue? = nil) {
        self.init(
            length: Int64(content.count), hashes: ["sha256": FileDigests.sha256(of: content)], custom: custom)
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        length = try fields.integer("length", atLeast: 0)
        hashes = try fields.hashes()
        custom = fields.optional("custom")
        unrecognized = fields.rest
    }

    var json: JSONValue {
        JSONValue(
            [
                "length": .integer(length), "hashes": .object(hashes.mapValues { .string($0) }), "custom": custom,
            ], others: unrecognized)
    }
}
