import FoundationEssentials
public import TrustedFiles

/// The private keys of the TUF roles, each in a file of its own: `keys/NAME.key`, the seed as 64 hexadecimal digits.
///
/// Those of the root, of `targets` and the second one of `orders-bulk` belong on media of different people, apart from the
/// machine; the others sign at each publication.
enum RoleKeyFile: String, CaseIterable {
    /// Both sign a root.
    case root1 = "root-1"
    case root2 = "root-2"
    case targets, snapshot, timestamp
    case orders
    /// Both sign a whole list.
    case ordersBulk1 = "orders-bulk-1"
    case ordersBulk2 = "orders-bulk-2"
    case mandate, passes, notices, policy

    /// Those that the root names.
    static let ofRoot: [RoleKeyFile] = [.root1, .root2, .targets, .snapshot, .timestamp]
}

extension DataDirectory {
    func path(of key: RoleKeyFile) -> String { "\(keysPath)/\(key.rawValue).key" }

    func key(_ file: RoleKeyFile) throws(CentralError) -> PublisherKey { try Self.key(path: path(of: file)) }

    /// A private key that somebody brings along.
    public static func key(path: String) throws(CentralError) -> PublisherKey {
        guard let key = PublisherKey(secretText: try text(of: path)) else {
            throw .cannotRead(path: path, reason: "it is not 64 hexadecimal digits")
        }
        return key
    }
}
