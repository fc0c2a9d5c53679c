/// Why something published is not taken.
public enum TrustError: Error, Hashable, Sendable, CustomStringConvertible {
    case notSigned
    case wrongKey(expected: String, found: String)
    case badSignature(keyid: String)
    case foreignDeployment(expected: String, found: String)
    case rollback(inForce: UInt64, found: UInt64)
    case unknownFormat(detail: String)
    case tooLarge(byteCount: Int, limit: Int)
    case unsafeName(role: Manifest.Role)
    case duplicateRole(Manifest.Role)

    public var description: String {
        switch self {
        case .notSigned:
            "This is not a signed manifest: JSON with payloadType, payload, keyid and sig. Check the address."
        case .wrongKey(let expected, let found):
            "The manifest is signed with key \(found), and this gate trusts \(expected). Check the address."
        case .badSignature(let keyid):
            "The signature of key \(keyid) does not match: the manifest was altered. Nothing was installed."
        case .foreignDeployment(let expected, let found):
            "The manifest is for deployment \(found), and this gate belongs to \(expected). Nothing was installed."
        case .rollback(let inForce, let found):
            "The manifest has version \(found), older than version \(inForce) in force. Nothing was installed."
        case .unknownFormat(let detail):
            "The manifest has a format that this program does not know: \(detail). Update the program."
        case .tooLarge(let byteCount, let limit):
            "The manifest has \(byteCount) bytes; at most \(limit) are read."
        case .unsafeName(let role):
            "The manifest gives the \(role.rawValue) file a name that is not plain letters, digits, dots and hyphens."
        case .duplicateRole(let role):
            "The manifest names two files for \(role.rawValue); there must be one."
        }
    }
}

/// Why a fetched file is not the one that the manifest names.
public enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(name: String, expected: UInt64, actual: UInt64)
    case oversized(name: String, expected: UInt64)
    case digestMismatch(name: String)

    public var description: String {
        switch self {
        case .truncated(let name, let expected, let actual):
            "The file \(name) ended after \(actual) of \(expected) bytes. Fetch it again."
        case .oversized(let name, let expected):
            "The file \(name) goes on after the \(expected) bytes that the manifest announces. It was dropped."
        case .digestMismatch(let name):
            "The file \(name) is not what the manifest names: its SHA-256 differs. It was dropped; fetch it again."
        }
    }
}
