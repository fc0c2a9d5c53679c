import Crypto
import FoundationEssentials

/// The private key with which an authority signs what it publishes (Ed25519).
///
/// Only ``secretText`` tells it; printing, interpolating or dumping shows the key id alone.
public struct PublisherKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: Curve25519.Signing.PrivateKey
    /// The public half, to be handed to the gates.
    public let trusted: TrustedKey

    /// A new random key.
    public init() { self.init(Curve25519.Signing.PrivateKey()) }

    /// Reads ``secretText``; white space around it is ignored. `nil` unless it is 64 hexadecimal digits.
    public init?(secretText: String) {
        guard let seed = Hex.bytes(secretText.trimmed, count: 32),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        trusted = TrustedKey(key.publicKey)
    }

    /// The seed as 64 hexadecimal digits. Write it only to a file that nobody else may read.
    public var secretText: String { Hex.text(key.rawRepresentation) }

    public var description: String { "private key of \(trusted.keyid)" }

    public var customMirror: Mirror { Mirror(self, children: ["keyid": trusted.keyid]) }

    func signature(for message: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: message)) }
}

/// The public key that a gate holds to be the authority's (Ed25519).
public struct TrustedKey: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    private let raw: [UInt8]
    /// The first 16 hexadecimal digits of SHA-256 of the raw key.
    public let keyid: String

    /// Reads ``text``; white space around it is ignored. `nil` unless it is 64 hexadecimal digits.
    public init?(text: String) {
        guard let raw = Hex.bytes(text.trimmed, count: 32),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { return nil }
        self.init(key)
    }

    init(_ key: Curve25519.Signing.PublicKey) {
        raw = Array(key.rawRepresentation)
        keyid = Hex.text(SHA256.hash(data: raw).prefix(8))
    }

    /// The raw key as 64 lower-case hexadecimal digits.
    public var text: String { Hex.text(raw) }

    public var description: String { text }

    func verifies(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
