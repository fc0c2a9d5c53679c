import Crypto
import CryptoExtras
import FoundationEssentials

/// A public key as metadata names it.
///
/// A key of an unknown type or scheme, or one that cannot be read, is kept and verifies nothing.
public struct MetadataKey: Hashable, Sendable {
    /// `ed25519`, `ecdsa` (also written `ecdsa-sha2-nistp256`) or `rsa`; others are unknown.
    public let type: String
    /// `ed25519`, `ecdsa-sha2-nistp256` or `rsassa-pss-sha256`; others are unknown.
    public let scheme: String
    /// 64 hexadecimal digits for Ed25519, PEM for the others; `nil` if the key has no such field.
    public let publicText: String?
    /// The whole object, as it is signed.
    let json: JSONValue

    /// SHA-256 of the canonical form, as hexadecimal digits. A file may use another id for the key.
    public var keyid: String { Hex.text(SHA256.hash(data: json.canonical)) }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        json = value
        type = try fields.string("keytype")
        scheme = try fields.string("scheme")
        var secret = try fields.object("keyval")
        if case .string(let text)? = secret.optional("public") { publicText = text } else { publicText = nil }
    }

    /// A key of a known type.
    ///
    /// - Parameters:
    ///   - type: as in ``type``.
    ///   - scheme: as in ``scheme``.
    ///   - publicText: as in ``publicText``.
    public init(type: String, scheme: String, publicText: String) {
        self.type = type
        self.scheme = scheme
        self.publicText = publicText
        json = .object([
            "keytype": .string(type), "scheme": .string(scheme), "keyval": .object(["public": .string(publicText)]),
        ])
    }

    /// The public half of a publisher's key.
    public init(_ key: TrustedKey) { self.init(type: "ed25519", scheme: "ed25519", publicText: key.text) }

    /// The key itself, ready to verify. `nil` if it is unknown or cannot be read.
    var verifier: Verifier? {
        guard let publicText else { return nil }
        switch (type, scheme) {
        case ("ed25519", "ed25519"):
            guard let raw = Hex.bytes(publicText, count: 32),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
            else { return nil }
            return .ed25519(key)
        case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            return (try? P256.Signing.PublicKey(pemRepresentation: publicText)).map { .ecdsa($0) }
        case ("rsa", "rsassa-pss-sha256"):
            // At least 2048 bits, as section 4.2 asks: swift-crypto reads no shorter one.
            return (try? _RSA.Signing.PublicKey(pemRepresentation: publicText)).map { .rsa($0) }
        default: return nil
        }
    }

    enum Verifier: Sendable {
        case ed25519(Curve25519.Signing.PublicKey)
        case ecdsa(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)

        /// The same for the same key, however it was written.
        var identity: [UInt8] {
            switch self {
            case .ed25519(let key): Array(key.rawRepresentation)
            case .ecdsa(let key): Array(key.x963Representation)
            case .rsa(let key): Array(key.derRepresentation)
            }
        }

        /// ECDSA signatures are DER; those of RSA are PSS with SHA-256 and a salt of 32 bytes.
        func verifies(_ signature: [UInt8], for message: [UInt8]) -> Bool {
            switch self {
            case .ed25519(let key): return key.isValidSignature(signature, for: message)
            case .ecdsa(let key):
                guard let read = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
                return key.isValidSignature(read, for: message)
            case .rsa(let key):
                return key.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: signature), for: message, padding: .PSS)
            }
        }
    }
}
