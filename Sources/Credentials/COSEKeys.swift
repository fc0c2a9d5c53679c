import Crypto

/// How a message is signed, by its number in the registry of COSE algorithms.
public enum COSEAlgorithm: Int64, Hashable, Sendable {
    /// ECDSA on P-256 with SHA-256; a signature is r and s, 32 bytes each.
    case es256 = -7
    /// Ed25519 here.
    case edDSA = -8
}

/// The public key that a message is checked with. It checks one algorithm and no other.
public struct COSEPublicKey: Hashable, Sendable {
    public let algorithm: COSEAlgorithm
    /// 32 bytes, or x and y of 32 bytes each.
    private let raw: [UInt8]

    /// - Parameter raw: the key's 32 bytes; `nil` if they are none.
    public init?(ed25519 raw: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return nil }
        self.init(key)
    }

    fileprivate init(_ key: Curve25519.Signing.PublicKey) {
        algorithm = .edDSA
        raw = Array(key.rawRepresentation)
    }

    /// - Parameter raw: x and y, big-endian, 32 bytes each; `nil` if they are no point of the curve.
    public init?(p256 raw: [UInt8]) {
        guard (try? P256.Signing.PublicKey(rawRepresentation: raw)) != nil else { return nil }
        algorithm = .es256
        self.raw = raw
    }

    /// The first 8 bytes of SHA-256 of the raw key: by what the keys of this project are named.
    public var fingerprint: [UInt8] { Array(SHA256.hash(data: raw).prefix(8)) }

    func verifies(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch algorithm {
        case .edDSA:
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
            return key.isValidSignature(signature, for: message)
        case .es256:
            guard let key = try? P256.Signing.PublicKey(rawRepresentation: raw),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }
}

/// The private key with which messages are signed (Ed25519). Printing or dumping does not show it.
public struct COSESigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: Curve25519.Signing.PrivateKey

    /// - Parameter seed: 32 bytes; `nil` if they are not.
    public init?(ed25519 seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.key = key
    }

    public var publicKey: COSEPublicKey { COSEPublicKey(key.publicKey) }

    func signature(for message: [UInt8]) throws(COSEError) -> [UInt8] {
        do { return Array(try key.signature(for: message)) } catch { throw .cannotSign(reason: "\(error)") }
    }

    public var description: String { "COSESigningKey(withheld)" }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
