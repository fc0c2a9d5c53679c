/// A role to which a targets role delegates some paths (section 4.5).
public struct DelegatedRole: Hashable, Sendable {
    /// For which targets it may speak.
    public enum Coverage: Hashable, Sendable {
        /// Shell patterns, as ``PathPattern`` reads them.
        case paths([String])
        /// How the hexadecimal SHA-256 of the target's path may begin.
        case hashPrefixes([String])
    }

    /// Not empty, and no top-level role.
    public var name: String
    public var signers: RoleKeys
    /// Whether nobody after it is asked for what it covers.
    public var isTerminating: Bool
    public var coverage: Coverage

    public init(name: String, signers: RoleKeys, isTerminating: Bool = false, coverage: Coverage) {
        self.name = name
        self.signers = signers
        self.isTerminating = isTerminating
        self.coverage = coverage
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        name = try fields.string("name")
        guard !name.isEmpty, !RootMetadata.roleNames.contains(name) else {
            throw fields.fault("name", "is empty or that of a top-level role")
        }
        signers = try RoleKeys(&fields)
        isTerminating = try fields.boolean("terminating")
        switch (fields.has("paths"), fields.has("path_hash_prefixes")) {
        case (true, false): coverage = .paths(try fields.strings("paths"))
        case (false, true): coverage = .hashPrefixes(try fields.strings("path_hash_prefixes"))
        default: throw FieldFault(field: path, problem: "needs either paths or path_hash_prefixes")
        }
        signers.unrecognized = fields.rest
    }

    var json: JSONValue {
        let (kind, texts) =
            switch coverage {
            case .paths(let patterns): ("paths", patterns)
            case .hashPrefixes(let prefixes): ("path_hash_prefixes", prefixes)
            }
        return signers.json(["name": .string(name), "terminating": .boolean(isTerminating), kind: JSONValue(texts)])
    }

    /// - Parameters:
    ///   - target: the target's path.
    ///   - digest: SHA-256 of `target` in lower-case hexadecimal digits.
    func covers(_ target: String, digest: String) -> Bool {
        switch coverage {
        case .paths(let patterns): patterns.contains { PathPattern.matches(target, $0) }
        case .hashPrefixes(let prefixes): prefixes.contains { digest.utf8.starts(with: $0.utf8) }
        }
    }
}
