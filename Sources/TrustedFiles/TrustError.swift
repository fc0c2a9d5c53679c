/// Why a signed envelope is not taken.
public enum TrustError: Error, Hashable, Sendable, CustomStringConvertible {
    case notSigned
    case wrongKey(expected: String, found: String)
    case badSignature(keyid: String)
    case unknownFormat(detail: String)
    case tooLarge(byteCount: Int, limit: Int)

    public var description: String {
        switch self {
        case .notSigned:
            "This is not a signed envelope: JSON with payloadType, payload, keyid and sig. Check the address."
        case .wrongKey(let expected, let found):
            "It is signed with key \(found), and \(expected) is trusted. Check the address."
        case .badSignature(let keyid):
            "The signature of key \(keyid) does not match: the content was altered. Nothing was taken."
        case .unknownFormat(let detail):
            "It has a format that this program does not know: \(detail). Update the program."
        case .tooLarge(let byteCount, let limit):
            "It has \(byteCount) bytes; at most \(limit) are read."
        }
    }
}

/// Why a fetched file is not the one that was signed for.
public enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(name: String, expected: UInt64, actual: UInt64)
    case oversized(name: String, expected: UInt64)
    case digestMismatch(name: String)

    public var description: String {
        switch self {
        case .truncated(let name, let expected, let actual):
            "The file \(name) ended after \(actual) of \(expected) bytes. Fetch it again."
        case .oversized(let name, let expected):
            "The file \(name) goes on after the \(expected) bytes that were signed for. It was dropped."
        case .digestMismatch(let name):
            "The file \(name) is not what was signed for: its SHA-256 differs. It was dropped; fetch it again."
        }
    }
}
