import Crypto
import Foundation
import Testing

@testable import TrustedFiles

@Suite struct ManifestTests {
    private let key = PublisherKey()
    private let list = Array("the orders".utf8)

    private func manifest(version: UInt64 = 5, files: [Manifest.File]? = nil) throws -> Manifest {
        try Manifest(
            version: version, deployment: "north", created: 1_767_225_600,
            files: files ?? [Manifest.File(role: .orders, name: "orders-5.book", content: list)])
    }

    private func open(
        _ bytes: [UInt8], deployment: String = "north", notOlderThan: UInt64? = nil
    ) throws(TrustError) -> Manifest {
        try Manifest.open(
            envelopeBytes: bytes, trusted: key.trusted, deployment: deployment, notOlderThan: notOlderThan)
    }

    /// Signs any payload with the right key, which the authority would not.
    private func sealed(_ payload: String, as type: String = Manifest.payloadType) throws -> [UInt8] {
        try SignedEnvelope(signing: Array(payload.utf8), as: type, with: key).json()
    }

    @Test func `what was sealed is opened`() throws {
        let manifest = try manifest()
        let bytes = try manifest.sealed(with: key)
        #expect(try open(bytes) == manifest)
        #expect(try open(bytes, notOlderThan: 5) == manifest)
        #expect(manifest.file(.orders)?.size == 10)
        #expect(manifest.file(.mandate) == nil)
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
        let manifest = try manifest()
        let bytes = try manifest.sealed(with: key)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            // A change in the padding bits of base64 may leave the meaning alone.
            if let opened = try? open(changed) { #expect(opened == manifest) }
        }
    }

    @Test func `an unsigned, foreign or tampered manifest is refused`() throws {
        let bytes = try manifest().sealed(with: key)
        #expect(throws: TrustError.notSigned) { try open(Array("{}".utf8)) }
        #expect(throws: TrustError.notSigned) { try open([]) }
        let other = PublisherKey()
        #expect(throws: TrustError.wrongKey(expected: key.trusted.keyid, found: other.trusted.keyid)) {
            try open(manifest().sealed(with: other))
        }
        // Another key that claims to be the trusted one.
        let text = String(decoding: try manifest().sealed(with: other), as: UTF8.self)
        let forged = text.replacingOccurrences(of: other.trusted.keyid, with: key.trusted.keyid)
        #expect(throws: TrustError.badSignature(keyid: key.trusted.keyid)) { try open(Array(forged.utf8)) }
        #expect(throws: TrustError.foreignDeployment(expected: "south", found: "north")) {
            try open(bytes, deployment: "south")
        }
        #expect(throws: TrustError.rollback(inForce: 6, found: 5)) { try open(bytes, notOlderThan: 6) }
        #expect(throws: TrustError.tooLarge(byteCount: 65_537, limit: 65_536)) {
            try open(Array(repeating: 32, count: 65_537))
        }
    }

    @Test func `a signed content of another kind is refused`() throws {
        let payload = #"{"version":5,"deployment":"north","created":0,"files":[]}"#
        #expect(throws: Never.self) { try open(sealed(payload)) }
        #expect(throws: TrustError.self) { try open(sealed(payload, as: "application/vnd.gatehouse.manifest.v2+json")) }
        let detail = "its content is not a manifest of version 1"
        #expect(throws: TrustError.unknownFormat(detail: detail)) { try open(sealed("{}")) }
        let unknownRole = #"[{"role":"debts","name":"a","size":1,"sha256":""}]"#
        #expect(throws: TrustError.unknownFormat(detail: detail)) {
            try open(sealed(payload.replacingOccurrences(of: "[]", with: unknownRole)))
        }
    }

    @Test(arguments: [
        "", ".", "..", ".hidden", "a/b", "../orders", "a\\b", "a b", "a\0", "名", String(repeating: "a", count: 129),
    ])
    func `a file name that could leave its folder is refused`(name: String) throws {
        let file = Manifest.File(role: .orders, name: name, content: list)
        #expect(throws: TrustError.unsafeName(role: .orders)) { try manifest(files: [file]) }
        let json = String(decoding: try JSONEncoder().encode([file]), as: UTF8.self)
        #expect(throws: TrustError.unsafeName(role: .orders)) {
            try open(sealed(#"{"version":5,"deployment":"north","created":0,"files":\#(json)}"#))
        }
    }

    @Test func `two files for one role and a malformed digest are refused`() throws {
        let file = Manifest.File(role: .orders, name: "a", content: list)
        #expect(throws: TrustError.duplicateRole(.orders)) { try manifest(files: [file, file]) }
        for digest in ["", "00", file.sha256.uppercased()] {
            #expect(throws: TrustError.self) {
                try manifest(files: [Manifest.File(role: .orders, name: "a", size: 1, sha256: digest)])
            }
        }
    }

    @Test func `a version beyond what a double holds survives JSON`() throws {
        let manifest = try manifest(version: .max)
        #expect(try open(manifest.sealed(with: key), notOlderThan: .max).version == .max)
    }
}
