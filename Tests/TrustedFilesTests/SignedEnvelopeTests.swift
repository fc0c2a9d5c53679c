import Crypto
import Foundation
import Testing

@testable import TrustedFiles

@Suite struct SignedEnvelopeTests {
    private let key = PublisherKey()
    private let type = "application/vnd.gatehouse.test.v1+json"

    private func open(_ bytes: [UInt8], as type: String? = nil) throws(TrustError) -> [UInt8] {
        try SignedEnvelope(json: bytes).open(as: type ?? self.type, trusted: key.trusted)
    }

    private func sealed(_ payload: String, with key: PublisherKey? = nil, as type: String? = nil) throws -> [UInt8] {
        try SignedEnvelope(signing: Array(payload.utf8), as: type ?? self.type, with: key ?? self.key).json()
    }

    @Test func `what was sealed is opened`() throws {
        #expect(try open(sealed("hello")) == Array("hello".utf8))
    }

    @Test func `the envelope has the fields of DSSE and its signature covers the type`() throws {
        let bytes = try sealed("hello", as: "text/plain")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String])
        #expect(Set(object.keys) == ["payloadType", "payload", "keyid", "sig"])
        #expect(object["payload"] == "aGVsbG8=")
        #expect(object["keyid"] == key.trusted.keyid)
        let signature = try #require(Data(base64Encoded: object["sig"] ?? ""))
        let raw = try #require(Hex.bytes(key.trusted.text, count: 32))
        let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        #expect(publicKey.isValidSignature(signature, for: Data("DSSEv1 10 text/plain 5 hello".utf8)))
    }

    @Test func `no changed byte is taken`() throws {
        let bytes = try sealed("hello")
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            // A change in the padding bits of base64 may leave the meaning alone.
            if let opened = try? open(changed) { #expect(opened == Array("hello".utf8)) }
        }
    }

    @Test func `an unsigned, foreign or tampered envelope is refused`() throws {
        #expect(throws: TrustError.notSigned) { try open(Array("{}".utf8)) }
        #expect(throws: TrustError.notSigned) { try open([]) }
        let other = PublisherKey()
        #expect(throws: TrustError.wrongKey(expected: key.trusted.keyid, found: other.trusted.keyid)) {
            try open(sealed("hello", with: other))
        }
        // Another key that claims to be the trusted one.
        let text = String(decoding: try sealed("hello", with: other), as: UTF8.self)
        let forged = text.replacingOccurrences(of: other.trusted.keyid, with: key.trusted.keyid)
        #expect(throws: TrustError.badSignature(keyid: key.trusted.keyid)) { try open(Array(forged.utf8)) }
        #expect(throws: TrustError.tooLarge(byteCount: 65_537, limit: 65_536)) {
            try open(Array(repeating: 32, count: 65_537))
        }
    }

    @Test func `a signed content of another kind is refused`() throws {
        let detail = "its type is text/plain, not \(type)"
        #expect(throws: TrustError.unknownFormat(detail: detail)) { try open(sealed("hello", as: "text/plain")) }
    }
}
