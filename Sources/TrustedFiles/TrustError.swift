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
