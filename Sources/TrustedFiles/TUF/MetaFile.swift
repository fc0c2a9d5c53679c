/// What one metadata file says of another: its version, and perhaps its length and digests.
public struct MetaFile: Hashable, Sendable {
    /// At least 1.
    public var version: Int64
    /// In bytes.
    public var length: Int64?
    /// The algorithm, such as `sha256`, and lower-case hexadecimal digits.
    public var hashes: [String: String]?
    /// Fields that this program does not know, kept as they are.
    public var unrecognized: [String: JSONValue] = [:]

    public init(version: Int64, length: Int64? = nil, hashes: [String: String]? = nil) {
        self.version = version
        self.length = length
        self.hashes = hashes
    }

    /// Describes a file that is in memory, with length and SHA-256.
    public init(version: Int64, content: [UInt8]) {
        self.init(
            version: version, length: Int64(content.count), hashes: ["sha256": FileDigests.sha256(of: content)])
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        version = try fields.integer("version", atLeast: 1)
        length = fields.has("length") ? try fields.integer("length", atLeast: 0) : nil
        hashes = fields.has("hashes") ? try fields.hashes() : nil
        unrecognized = fields.rest
    }

    var json: JSONValue {
        JSONValue(
            [
                "version": .integer(version), "length": length.map { .integer($0) },
                "hashes": hashes.map { .object($0.mapValues { .string($0) }) },
            ], others: unrecognized)
    }

    /// 5.5.2, 5.6.2. Every digest of a known kind has to match, and one of them has to be of a known kind.
    func check(_ bytes: [UInt8], file: String) throws(MetadataError) {
        if let length, length != Int64(bytes.count) {
            throw .wrongLength(file: file, expected: length, found: Int64(bytes.count))
        }
        guard let hashes else { return }
        var checked = false
        for algorithm in FileDigests.known {
            guard let expected = hashes[algorithm], let found = FileDigests.text(algorithm, of: bytes) else { continue }
            guard found == expected else { throw .wrongDigest(file: file, algorithm: algorithm) }
            checked = true
        }
        guard checked else { throw .noKnownDigest(file: file) }
    }
}

extension JSONFields {
    /// The field `hashes`: at least one digest.
    mutating func hashes() throws(FieldFault) -> [String: String] {
        let hashes = try map("hashes") { value, path throws(FieldFault) -> String in
            guard case .string(let digits) = value else { throw FieldFault(field: path, problem: "is no text") }
            return digits
        }
        guard !hashes.isEmpty else { throw fault("hashes", "is empty") }
        return hashes
    }
}
