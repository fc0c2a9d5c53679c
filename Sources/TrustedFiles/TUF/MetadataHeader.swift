/// What every metadata file says of itself.
public struct MetadataHeader: Hashable, Sendable {
    /// The edition of the TUF specification that new files follow.
    public static let specVersion = "1.0.33"

    /// `1.x` or `1.x.y`.
    public let specVersion: String
    /// At least 1; counts up.
    public var version: Int64
    /// In seconds since 1970. From then on the file is no longer trusted.
    public var expires: Int64
    /// Fields that this program does not know, kept as they are and signed with the rest.
    public var unrecognized: [String: JSONValue]

    /// - Parameters:
    ///   - version: at least 1.
    ///   - expires: in seconds since 1970.
    ///   - unrecognized: more fields, which are signed with the rest.
    public init(version: Int64, expires: Int64, unrecognized: [String: JSONValue] = [:]) {
        specVersion = Self.specVersion
        self.version = version
        self.expires = expires
        self.unrecognized = unrecognized
    }

    init(_ fields: inout JSONFields) throws(FieldFault) {
        specVersion = try fields.string("spec_version")
        version = try fields.integer("version", atLeast: 1)
        guard let expires = MetadataTime.seconds(try fields.string("expires")) else {
            throw fields.fault("expires", "is no time like 2030-01-01T00:00:00Z")
        }
        self.expires = expires
        unrecognized = [:]
    }

    /// Whether `text` is an edition of the specification that this program knows.
    static func knows(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts[0].elementsEqual("1".utf8)
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }

    func json(type: String, _ more: [String: JSONValue?]) -> JSONValue {
        let own: [String: JSONValue?] = [
            "_type": .string(type), "spec_version": .string(specVersion), "version": .integer(version),
            "expires": .string(MetadataTime.text(expires)),
        ]
        return JSONValue(own.merging(more) { own, _ in own }, others: unrecognized)
    }
}

/// What a metadata file says: the part of it that is signed.
public protocol MetadataBody: Hashable, Sendable {
    /// The value of `_type`.
    static var type: String { get }
    var header: MetadataHeader { get set }
    /// The whole, as it is signed.
    var json: JSONValue { get }
    /// Reads what ``json`` gives. `_type` is not looked at.
    init(_ signed: JSONValue) throws(FieldFault)
}
