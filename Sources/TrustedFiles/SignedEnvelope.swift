import FoundationEssentials

/// Bytes, what they are, and a signature over both: one signature of DSSE (Dead Simple Signing Envelope), flattened.
///
/// As a file it is the JSON object `{"keyid", "payload" (base64), "payloadType", "sig" (base64)}`.
/// The signature is Ed25519 over ``preAuthentication(payloadType:payload:)``.
public struct SignedEnvelope: Hashable, Sendable {
    /// The largest file that is read where nothing else is said.
    public static let largestByteCount = 64 * 1_024

    public let payloadType: String
    public let payload: [UInt8]
    /// Says which key to check with. Not a proof of anything.
    public let keyid: String
    /// 64 bytes.
    public let signature: [UInt8]

    /// Signs `payload`.
    public init(signing payload: [UInt8], as payloadType: String, with key: PublisherKey) throws {
        self.payloadType = payloadType
        self.payload = payload
        keyid = key.trusted.keyid
        signature = try key.signature(for: Self.preAuthentication(payloadType: payloadType, payload: payload))
    }

    /// Reads a file of at most `limit` bytes, without looking at the signature.
    public init(json: [UInt8], atMost limit: Int = largestByteCount) throws(TrustError) {
        guard json.count <= limit else { throw .tooLarge(byteCount: json.count, limit: limit) }
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json)) else { throw .notSigned }
        payloadType = wire.payloadType
        payload = Array(wire.payload)
        keyid = wire.keyid
        signature = Array(wire.sig)
    }

    /// The file, with sorted names: the same envelope gives the same bytes.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(
            try encoder.encode(
                Wire(payloadType: payloadType, payload: Data(payload), keyid: keyid, sig: Data(signature))))
    }

    /// The payload, once the signature of `trusted` over it and `payloadType` is checked.
    public func open(as payloadType: String, trusted: TrustedKey) throws(TrustError) -> [UInt8] {
        guard keyid == trusted.keyid else { throw .wrongKey(expected: trusted.keyid, found: String(keyid.prefix(40))) }
        let message = Self.preAuthentication(payloadType: self.payloadType, payload: payload)
        guard trusted.verifies(signature, for: message) else { throw .badSignature(keyid: trusted.keyid) }
        guard self.payloadType == payloadType else {
            throw .unknownFormat(detail: "its type is \(self.payloadType), not \(payloadType)")
        }
        return payload
    }

    /// What is signed: `DSSEv1 LEN(payloadType) payloadType LEN(payload) payload`, with single spaces; the lengths are
    /// in bytes, as decimal digits.
    static func preAuthentication(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    private struct Wire: Codable {
        var payloadType: String
        var payload: Data
        var keyid: String
        var sig: Data
    }
}
