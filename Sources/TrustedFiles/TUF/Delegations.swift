/// To whom a targets role delegates (section 4.5; bins by TAP 15).
public struct Delegations: Hashable, Sendable {
    /// Who is asked for which paths.
    public enum Roles: Hashable, Sendable {
        /// In the order in which they are asked.
        case listed([DelegatedRole])
        case bins(SuccinctRoles)
    }

    /// By key id.
    public var keys: [String: MetadataKey]
    public var roles: Roles
    /// Fields that this program does not know, kept as they are.
    public var unrecognized: [String: JSONValue] = [:]

    public init(keys: [String: MetadataKey], roles: Roles) {
        self.keys = keys
        self.roles = roles
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        keys = try fields.map("keys") { value, path throws(FieldFault) in try MetadataKey(value, path: path) }
        switch (fields.has("roles"), fields.has("succinct_roles")) {
        case (true, false):
            var listed: [DelegatedRole] = []
            for (index, role) in try fields.array("roles").enumerated() {
                listed.append(try DelegatedRole(role, path: "\(path)/roles/\(index)"))
            }
            guard Set(listed.map(\.name)).count == listed.count else {
                throw fields.fault("roles", "names a role twice")
            }
            roles = .listed(listed)
        case (false, true):
            roles = .bins(try SuccinctRoles(try fields.value("succinct_roles"), path: "\(path)/succinct_roles"))
        default: throw FieldFault(field: path, problem: "needs either roles or succinct_roles")
        }
        unrecognized = fields.rest
    }

    var json: JSONValue {
        let (name, value) =
            switch roles {
            case .listed(let roles): ("roles", JSONValue.array(roles.map(\.json)))
            case .bins(let bins): ("succinct_roles", bins.json)
            }
        return JSONValue(["keys": .object(keys.mapValues(\.json)), name: value], others: unrecognized)
    }

    /// Who signs for the role `name`, if it is delegated to.
    func signers(of name: String) -> RoleKeys? {
        switch roles {
        case .listed(let roles): roles.first { $0.name.utf8.elementsEqual(name.utf8) }?.signers
        case .bins(let bins): bins.contains(name) ? bins.signers : nil
        }
    }

    /// The roles to ask for `target`, the first first. Nothing after a terminating one is asked.
    func roles(for target: String) -> [(name: String, isTerminating: Bool)] {
        switch roles {
        case .listed(let roles):
            let digest = FileDigests.sha256(of: Array(target.utf8))
            return roles.filter { $0.covers(target, digest: digest) }.map { ($0.name, $0.isTerminating) }
        case .bins(let bins): return [(bins.name(for: target), true)]
        }
    }
}
