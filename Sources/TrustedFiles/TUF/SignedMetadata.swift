import FoundationEssentials

/// A metadata file: what it says, and who has signed it (section 4.2).
public struct SignedMetadata<Body: MetadataBody>: Hashable, Sendable {
    public let body: Body
    /// By key id, in hexadecimal digits. None of them has been checked.
    public private(set) var signatures: [String: String]
    /// What is signed.
    private let signed: JSONValue
    /// Fields beside `signed` and `signatures`, kept as they are. Nobody has signed them.
    private let unrecognized: [String: JSONValue]

    /// A new file without signatures.
    public init(_ body: Body) {
        self.body = body
        signatures = [:]
        signed = body.json
        unrecognized = [:]
    }

    /// Reads a file, without looking at the signatures.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - file: what to call it in errors.
    public init(_ bytes: [UInt8], file: String) throws(MetadataError) {
        let value: JSONValue
        do {
            value = try JSONReader.value(of: bytes)
        } catch {
            throw .unreadable(file: file, detail: "\(error.problem), at byte \(error.offset)")
        }
        do {
            var fields = try JSONFields(value, path: "")
            signed = try fields.value("signed")
            signatures = try Self.signatures(&fields)
            unrecognized = fields.rest
            var head = try JSONFields(signed, path: "signed")
            let type = try head.string("_type")
            guard type == Body.type else {
                throw MetadataError.wrongType(file: file, expected: Body.type, found: String(type.prefix(40)))
            }
            let edition = try head.string("spec_version")
            guard MetadataHeader.knows(edition) else {
                throw MetadataError.unknownSpecVersion(file: file, found: String(edition.prefix(40)))
            }
            body = try Body(signed)
        } catch let error as MetadataError {
            throw error
        } catch let fault as FieldFault {
            throw .malformed(file: file, field: fault.field, problem: fault.problem)
        } catch {
            throw .unreadable(file: file, detail: "\(error)")
        }
    }

    private static func signatures(_ fields: inout JSONFields) throws(FieldFault) -> [String: String] {
        var signatures: [String: String] = [:]
        for element in try fields.array("signatures") {
            var entry = try JSONFields(element, path: "signatures")
            let keyid = try entry.string("keyid")
            guard signatures.updateValue(try entry.string("sig"), forKey: keyid) == nil else {
                throw FieldFault(field: "signatures", problem: "has two of key \(keyid.prefix(64))")
            }
        }
        return signatures
    }

    /// Signs, beside those who have signed already. A second signature of the same key takes the place of the first.
    public mutating func sign(with key: PublisherKey) throws {
        signatures[MetadataKey(key.trusted).keyid] = Hex.text(try key.signature(for: signed.canonical))
    }

    /// The file: the same content gives the same bytes.
    public func encoded() -> [UInt8] {
        let list = signatures.sorted { $0.key < $1.key }.map { keyid, signature in
            JSONValue.object(["keyid": .string(keyid), "sig": .string(signature)])
        }
        return JSONValue(["signed": signed, "signatures": .array(list)], others: unrecognized).json
    }

    /// Throws unless enough of `keys` have signed.
    ///
    /// - Parameters:
    ///   - role: whose keys, and how many.
    ///   - keys: by key id.
    ///   - delegator: who says so, for errors.
    ///   - file: what to call the file in errors.
    func check(_ role: RoleKeys, keys: [String: MetadataKey], by delegator: String, file: String) throws(MetadataError)
    {
        let valid = role.validSignatures(of: keys, in: signatures, for: signed.canonical)
        guard valid >= role.threshold else {
            throw .notSigned(file: file, by: delegator, signatures: valid, threshold: role.threshold)
        }
    }
}
