import Crypto

/// Digests of a file, as TUF writes them: the name of the algorithm, and lower-case hexadecimal digits.
public enum FileDigests {
    /// SHA-256 in lower-case hexadecimal digits.
    public static func sha256(of content: [UInt8]) -> String { Hex.text(SHA256.hash(data: content)) }

    /// The algorithms that are checked, the one before the other.
    static let known = ["sha256", "sha512", "sha384"]

    static func text(_ algorithm: String, of bytes: [UInt8]) -> String? {
        switch algorithm {
        case "sha256": Hex.text(SHA256.hash(data: bytes))
        case "sha384": Hex.text(SHA384.hash(data: bytes))
        case "sha512": Hex.text(SHA512.hash(data: bytes))
        default: nil
        }
    }
}
