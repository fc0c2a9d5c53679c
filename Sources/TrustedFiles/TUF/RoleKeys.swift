/// Who signs for a role: its keys, and how many of them at least.
public struct RoleKeys: Hashable, Sendable {
    /// Each once.
    public var keyids: [String]
    /// At least 1.
    public var threshold: Int64
    /// Fields that this program does not know, kept as they are.
    public var unrecognized: [String: JSONValue]

    public init(keyids: [String], threshold: Int64 = 1, unrecognized: [String: JSONValue] = [:]) {
        self.keyids = keyids
        self.threshold = threshold
        self.unrecognized = unrecognized
    }

    init(_ fields: inout JSONFields) throws(FieldFault) {
        keyids = try fields.strings("keyids")
        guard Set(keyids).count == keyids.count else { throw fields.fault("keyids", "names a key twice") }
        threshold = try fields.integer("threshold", atLeast: 1)
        unrecognized = [:]
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        try self.init(&fields)
        unrecognized = fields.rest
    }

    func json(_ more: [String: JSONValue?] = [:]) -> JSONValue {
        let own: [String: JSONValue?] = ["keyids": JSONValue(keyids), "threshold": .integer(threshold)]
        return JSONValue(own.merging(more) { own, _ in own }, others: unrecognized)
    }

    /// How many different keys have signed. One key counts once, also under several ids. Counting ends at the threshold.
    func validSignatures(of keys: [String: MetadataKey], in signatures: [String: String], for message: [UInt8]) -> Int {
        var signers: Set<[UInt8]> = []
        for keyid in keyids {
            guard signers.count < threshold else { break }
            guard let text = signatures[keyid], let signature = Hex.bytes(text, count: text.utf8.count / 2),
                let verifier = keys[keyid]?.verifier, verifier.verifies(signature, for: message)
            else { continue }
            signers.insert(verifier.identity)
        }
        return signers.count
    }
}
