/// Bytes with one signature over them: COSE_Sign1 of RFC 9052.
///
/// As a file it is the CBOR array `[protected header, unprotected header, payload, signature]`, with or without the
/// tags 18 (COSE_Sign1) and 61 (CWT) ahead. What is read has not been checked before ``payload(verifiedBy:externalData:allowsUnprotectedAlgorithm:)``
/// gives the payload.
public struct COSESign1: Equatable, Sendable {
    public static let tag: UInt64 = 18
    /// Of a CBOR Web Token; the tag of what secures it follows (RFC 8392, 6).
    public static let tokenTag: UInt64 = 61

    /// The labels of header parameters that this program knows (RFC 9052, 3.1).
    public enum Label {
        public static let algorithm: Int64 = 1
        public static let critical: Int64 = 2
        public static let contentType: Int64 = 3
        public static let keyID: Int64 = 4
    }

    private static let understood = [Label.algorithm, Label.critical, Label.contentType, Label.keyID]

    /// What the signature covers beside the payload.
    public let protected: CBORMap
    /// What anybody may have changed.
    public let unprotected: CBORMap
    /// The protected header as it was written: what was signed.
    private let protectedBytes: [UInt8]
    private let content: [UInt8]
    private let signature: [UInt8]

    /// Reads a message, without looking at the signature.
    ///
    /// - Parameter form: the protected header and the message itself have to be of this form; the payload may be anything.
    public init(decoding bytes: [UInt8], form: CBORValue.Form = .any) throws(COSEError) {
        let parts = try Self.parts(of: try Self.decoded(bytes, form))
        guard parts.count == 4, let protectedBytes = parts[0].bytes, let unprotected = parts[1].map,
            let signature = parts[3].bytes
        else { throw .notSigned }
        guard let payload = parts[2].bytes else { throw .noPayload }
        var protected = CBORMap()
        if !protectedBytes.isEmpty {
            guard let map = try Self.decoded(protectedBytes, form).map else { throw .notSigned }
            protected = map
        }
        try Self.checkCritical(protected, unprotected)
        self.protected = protected
        self.unprotected = unprotected
        // An empty map is signed as no bytes at all (RFC 9052, 4.4).
        self.protectedBytes = protected.entries.isEmpty ? [] : protectedBytes
        content = payload
        self.signature = signature
    }

    /// Signs `payload`.
    ///
    /// - Parameters:
    ///   - protected: what is signed with it; the algorithm is added.
    ///   - unprotected: what travels with it unsigned.
    public init(
        signing payload: [UInt8], protected: CBORMap = [:], unprotected: CBORMap = [:], with key: COSESigningKey
    ) throws(COSEError) {
        let algorithm = CBORMap.Entry(
            key: CBORValue(Label.algorithm), value: CBORValue(COSEAlgorithm.edDSA.rawValue))
        self.protected = CBORMap([algorithm] + protected.entries)
        self.unprotected = unprotected
        content = payload
        protectedBytes = CBORValue.map(self.protected).encoded
        signature = try key.signature(for: Self.toBeSigned(protectedBytes, externalData: [], payload))
    }

    /// The message with tag 18, in its deterministic form.
    public var encoded: [UInt8] {
        let parts: [CBORValue] = [.bytes(protectedBytes), .map(unprotected), .bytes(content), .bytes(signature)]
        return CBORValue.tagged(Self.tag, .array(parts)).encoded
    }

    /// Which key to check with; the protected header counts before the other. Not a proof of anything.
    public var keyID: [UInt8]? { (protected[Label.keyID] ?? unprotected[Label.keyID])?.bytes }

    /// The payload, once the signature of `key` over it and the protected header is checked.
    ///
    /// - Parameters:
    ///   - externalData: what both sides know and the signature covers too.
    ///   - allowsUnprotectedAlgorithm: takes the algorithm from the unprotected header if the other names none, as some
    ///     issuers of health passes write it. It must be the key's own in any case.
    public func payload(
        verifiedBy key: COSEPublicKey, externalData: [UInt8] = [], allowsUnprotectedAlgorithm: Bool = false
    ) throws(COSEError) -> [UInt8] {
        var named = protected[Label.algorithm]
        if allowsUnprotectedAlgorithm { named = named ?? unprotected[Label.algorithm] }
        guard let named else { throw .algorithmNotProtected }
        guard let algorithm = named.integer.flatMap(COSEAlgorithm.init) else { throw .unknownAlgorithm }
        guard algorithm == key.algorithm else { throw .otherAlgorithm }
        let message = Self.toBeSigned(protectedBytes, externalData: externalData, content)
        guard key.verifies(signature, for: message) else { throw .badSignature }
        return content
    }

    private static func decoded(_ bytes: [UInt8], _ form: CBORValue.Form) throws(COSEError) -> CBORValue {
        do throws(CBORError) { return try CBORValue(decoding: bytes, form: form) } catch { throw .notCBOR(error) }
    }

    private static func parts(of message: CBORValue) throws(COSEError) -> [CBORValue] {
        switch message {
        case .array(let parts): return parts
        case .tagged(tag, .array(let parts)), .tagged(tokenTag, .tagged(tag, .array(let parts))): return parts
        default: throw .notSigned
        }
    }

    /// Who does not understand a critical parameter must not go on (RFC 9052, 3.1).
    private static func checkCritical(_ protected: CBORMap, _ unprotected: CBORMap) throws(COSEError) {
        guard unprotected[Label.critical] == nil else { throw .criticalParameter }
        guard let critical = protected[Label.critical] else { return }
        guard let labels = critical.array, !labels.isEmpty else { throw .criticalParameter }
        for label in labels {
            guard let label = label.integer, understood.contains(label), protected[label] != nil else {
                throw .criticalParameter
            }
        }
    }

    /// The Sig_structure of RFC 9052, 4.4.
    private static func toBeSigned(_ protected: [UInt8], externalData: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        CBORValue.array([.text("Signature1"), .bytes(protected), .bytes(externalData), .bytes(payload)]).encoded
    }
}

/// Why a message is not taken for signed.
public enum COSEError: Error, Hashable, Sendable, CustomStringConvertible {
    case notCBOR(CBORError)
    case notSigned
    case noPayload
    case criticalParameter
    case algorithmNotProtected
    case unknownAlgorithm
    case otherAlgorithm
    case badSignature
    case cannotSign(reason: String)

    public var description: String {
        switch self {
        case .notCBOR(let error): "it is not a signed message: \(error)"
        case .notSigned: "it is not a signed message (COSE_Sign1)"
        case .noPayload: "the signed message does not hold what was signed"
        case .criticalParameter: "its header demands what this program does not know; update the program"
        case .algorithmNotProtected: "the signature does not cover which algorithm it was made with"
        case .unknownAlgorithm: "it is signed with an algorithm that this program does not know; update the program"
        case .otherAlgorithm: "it is signed with another algorithm than the trusted key's"
        case .badSignature: "the signature does not match: it was altered, or made with another key"
        case .cannotSign(let reason): "it could not be signed: \(reason)"
        }
    }
}
