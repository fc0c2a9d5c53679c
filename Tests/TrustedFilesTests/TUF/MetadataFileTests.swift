import Crypto
import CryptoExtras
import Testing
import TrustedFiles

/// Section 4 of the TUF specification: what files look like.
@Suite struct MetadataFileTests {
    private let repository = SampleRepository()

    private func root(_ text: String) throws -> SignedMetadata<RootMetadata> {
        try SignedMetadata(Array(text.utf8), file: "root.json")
    }

    // MARK: JSON

    @Test func `canonical JSON sorts by code point, and escapes quotes and backslashes alone`() {
        let value = JSONValue.object([
            "b": .array([.integer(-1), .boolean(true), .null]), "\u{10000}": .string(""),
            "\u{FFFD}": .string("a\n\"\\"),
            "": .object([:]),
        ])
        #expect(
            String(decoding: value.canonical, as: UTF8.self)
                == "{\"\":{},\"b\":[-1,true,null],\"\u{FFFD}\":\"a\n\\\"\\\\\",\"\u{10000}\":\"\"}")
        #expect(String(decoding: JSONValue.string("\n\u{1}\"").json, as: UTF8.self) == #""\n\u0001\"""#)
    }

    @Test(arguments: [
        "", "{", "[1,]", #"{"a":1,"a":2}"#, "1.5", "1e3", "01", "-", "+1", "99999999999999999999", "NaN", "tru",
        "\"\u{1}\"", #""\ud800""#, #""\ud800\u0041""#, #""\x""#, #""\u12G4""#, "\"", "{} {}", "\u{FEFF}{}", "{1:2}",
        #"{"a" 1}"#, #"{"a":1 "b":2}"#, "[1 2]",
    ])
    func `4.1 what is not JSON of whole numbers is refused`(text: String) throws {
        let file = #"{"signatures":[],"signed":\#(text)}"#
        #expect {
            try root(file)
        } throws: { error in
            if case .unreadable(file: "root.json", _) = error as? MetadataError { true } else { false }
        }
    }

    @Test func `4.1 what lies too deep is refused`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: MetadataError.self) { try root(text) }
    }

    @Test func `4.1 a text that is not UTF-8 is refused`() {
        let bytes: [UInt8] = Array(#"{"signed":""#.utf8) + [0xC3, 0x28] + Array(#"","signatures":[]}"#.utf8)
        #expect(throws: MetadataError.self) { try SignedMetadata<RootMetadata>(bytes, file: "root.json") }
    }

    // MARK: Files

    @Test func `a file is read as it was written, and its signatures hold`() throws {
        let bytes = try repository.file("root")
        let file = try SignedMetadata<RootMetadata>(bytes, file: "root.json")
        #expect(file.body == repository.root)
        #expect(file.encoded() == bytes)
    }

    @Test func `4 fields that nobody knows are kept and stay signed`() throws {
        let key = PublisherKey()
        let id = MetadataKey(key.trusted).keyid
        let more = #","zz":{"deep":[1,"x",null]}"#
        let role = #"{"keyids":["\#(id)"],"threshold":1\#(more)}"#
        let keyText =
            #"{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"\#(key.trusted.text)"\#(more)}\#(more)}"#
        let text =
            #"{"signatures":[],"signed":{"_type":"root","spec_version":"1.0","version":3,"#
            + #""expires":"2030-01-01T00:00:00Z","keys":{"\#(id)":\#(keyText)},"roles":{"root":\#(role),"#
            + #""timestamp":\#(role),"snapshot":\#(role),"targets":\#(role),"mirrors":\#(role)}\#(more)}\#(more)}"#
        var file = try root(text)
        try file.sign(with: key)
        let again = try SignedMetadata<RootMetadata>(file.encoded(), file: "root.json")
        #expect(again == file)
        let written = String(decoding: file.encoded(), as: UTF8.self)
        #expect(written.split(separator: #""zz":{"deep":[1,"x",null]}"#, omittingEmptySubsequences: false).count == 10)
        // Built anew from what was read it is the same.
        var rebuilt = SignedMetadata(again.body)
        try rebuilt.sign(with: key)
        #expect(rebuilt.signatures == file.signatures)
        _ = try TrustedMetadataSet(trustedRoot: file.encoded(), now: 0)
    }

    @Test func `a signature is added to those that are there`() throws {
        let keys = [PublisherKey(), PublisherKey()]
        var file = SignedMetadata(repository.timestamp)
        try file.sign(with: keys[0])
        var second = try SignedMetadata<TimestampMetadata>(file.encoded(), file: "timestamp.json")
        try second.sign(with: keys[1])
        try second.sign(with: keys[1])
        #expect(Set(second.signatures.keys) == Set(keys.map { MetadataKey($0.trusted).keyid }))
        #expect(second.body == repository.timestamp)
    }

    @Test func `an issue time in the timestamp is signed with the rest`() throws {
        var repository = repository
        repository.timestamp.header.unrecognized["issued"] = .integer(1_764_000_000)
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        #expect(client.timestamp?.header.unrecognized["issued"] == .integer(1_764_000_000))
    }

    @Test(arguments: ["2", "1", "0.9", "1.0.0.0", "1.x", "", "1.", "11.0"])
    func `4.3 another edition of the specification is refused`(edition: String) throws {
        let text = String(decoding: try repository.file("root"), as: UTF8.self)
        let other = text.replacing("\"spec_version\":\"1.0.33\"", with: "\"spec_version\":\"\(edition)\"")
        #expect(throws: MetadataError.unknownSpecVersion(file: "root.json", found: edition)) { try root(other) }
    }

    @Test func `4.3 a file of another type is refused`() throws {
        let file = try repository.file("timestamp")
        #expect(throws: MetadataError.wrongType(file: "root.json", expected: "root", found: "timestamp")) {
            try SignedMetadata<RootMetadata>(file, file: "root.json")
        }
    }

    @Test(arguments: [
        (#""version":1"#, #""version":0"#, "version"), (#""version":1"#, #""version":"1""#, "version"),
        (#""version":1"#, #""versio":1"#, "version"), ("2030-01-01T", "2030-02-30T", "expires"),
        ("2030-01-01T00:00:00Z", "2030-01-01 00:00:00", "expires"),
        (#""threshold":1"#, #""threshold":0"#, "roles/"),
        (#""consistent_snapshot":true"#, #""consistent_snapshot":1"#, "consistent_snapshot"),
        (#""timestamp":{"keyids""#, #""timestamb":{"keyids""#, "roles/timestamp"),
        (#""sig":"#, #""sug":"#, "signatures/sig"),
    ])
    func `4.2 and 4.3 a field that is missing or wrong is named`(was: String, is: String, field: String) throws {
        let text = String(decoding: try repository.file("root"), as: UTF8.self)
        #expect(text.contains(was))
        #expect {
            try root(text.replacing(was, with: `is`))
        } throws: { error in
            guard case .malformed(file: "root.json", let found, _) = error as? MetadataError else { return false }
            return found.hasPrefix(field)
        }
    }

    @Test(arguments: [
        "1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "1900-03-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z", "2100-12-31T12:34:56Z",
    ])
    func `times are written as they were read`(text: String) throws {
        let file = String(decoding: try repository.file("root"), as: UTF8.self)
        let read = try root(file.replacing("2030-01-01T00:00:00Z", with: text))
        #expect(String(decoding: SignedMetadata(read.body).encoded(), as: UTF8.self).contains("\"\(text)\""))
    }

    // MARK: Keys

    @Test func `4.2 a key id is the digest of the key's canonical form`() {
        // The id that python-tuf 7.0.1 gives this key.
        let key = MetadataKey(
            type: "ed25519", scheme: "ed25519",
            publicText: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(key.keyid == "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916")
    }

    @Test func `one key counts once, also under several ids and in another writing`() throws {
        var repository = repository
        let key = try #require(repository.keys["timestamp"]?.first)
        let own = MetadataKey(key.trusted)
        let upper = MetadataKey(type: "ed25519", scheme: "ed25519", publicText: key.trusted.text.uppercased())
        #expect(own.keyid != upper.keyid)
        repository.root.keys[upper.keyid] = upper
        repository.root.keys["other"] = own
        repository.root.roles["timestamp"] = RoleKeys(keyids: [own.keyid, upper.keyid, "other"], threshold: 2)
        let text = String(decoding: try repository.file("timestamp"), as: UTF8.self)
        let signature = try #require(
            SignedMetadata<TimestampMetadata>(Array(text.utf8), file: "").signatures[own.keyid])
        let more = ["other", upper.keyid].map { #"{"keyid":"\#($0)","sig":"\#(signature)"},"# }.joined()
        let file = text.replacing(#""signatures":["#, with: #""signatures":["# + more)
        var client = try repository.client()
        #expect(throws: MetadataError.notSigned(file: "timestamp.json", by: "root.json", signatures: 1, threshold: 2)) {
            try client.updateTimestamp(Array(file.utf8))
        }
    }

    @Test func `a key id twice in a role or among the signatures is refused`() throws {
        var repository = repository
        let id = try #require(repository.root.roles["root"]?.keyids.first)
        repository.root.roles["root"]?.keyids = [id, id]
        #expect(throws: MetadataError.self) { try repository.client() }
        let text = String(decoding: try self.repository.file("root"), as: UTF8.self)
        let twice = text.replacing(#""signatures":["#, with: #""signatures":[{"keyid":"\#(id)","sig":""},"#)
        #expect(throws: MetadataError.self) { try root(twice) }
    }

    @Test func `a key that is unknown or broken verifies nothing and harms nothing`() throws {
        var repository = repository
        for (id, key) in [
            "a": MetadataKey(type: "dilithium", scheme: "new", publicText: "?"),
            "b": MetadataKey(type: "rsa", scheme: "rsassa-pss-sha256", publicText: "no PEM"),
            "c": MetadataKey(type: "ed25519", scheme: "ed25519", publicText: "00"),
            "d": MetadataKey(type: "ecdsa", scheme: "ecdsa-sha2-nistp256", publicText: "-----BEGIN PUBLIC KEY-----"),
        ] {
            repository.root.keys[id] = key
            repository.root.roles["timestamp"]?.keyids.append(id)
        }
        let text = String(decoding: try repository.file("timestamp"), as: UTF8.self)
        let more = ["a", "b", "c", "d"].map { #"{"keyid":"\#($0)","sig":"00"},"# }.joined()
        let file = Array(text.replacing(#""signatures":["#, with: #""signatures":["# + more).utf8)
        var client = try repository.client()
        #expect(try client.updateTimestamp(file))
        repository.root.roles["timestamp"]?.threshold = 2
        var stricter = try repository.client()
        #expect(throws: MetadataError.self) { try stricter.updateTimestamp(file) }
    }

    @Test(arguments: ["ecdsa", "ecdsa-sha2-nistp256"])
    func `4.2 ECDSA P-256 verifies, and a changed signature does not`(type: String) throws {
        let key = P256.Signing.PrivateKey()
        try expectVerifies(
            MetadataKey(type: type, scheme: "ecdsa-sha2-nistp256", publicText: key.publicKey.pemRepresentation)
        ) { Array(try key.signature(for: $0).derRepresentation) }
    }

    @Test func `4.2 RSA-PSS verifies, and a changed signature does not`() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try expectVerifies(
            MetadataKey(type: "rsa", scheme: "rsassa-pss-sha256", publicText: key.publicKey.pemRepresentation)
        ) { Array(try key.signature(for: $0, padding: .PSS).rawRepresentation) }
    }

    private func expectVerifies(_ key: MetadataKey, sign: ([UInt8]) throws -> [UInt8]) throws {
        var repository = repository
        repository.root.keys["k"] = key
        repository.root.roles["timestamp"] = RoleKeys(keyids: ["k"])
        let signature = try sign(repository.timestamp.json.canonical)
        var wrong = signature
        wrong[wrong.count / 2] ^= 1
        func file(_ signature: [UInt8]) -> [UInt8] {
            JSONValue.object([
                "signed": repository.timestamp.json,
                "signatures": .array([
                    .object(["keyid": .string("k"), "sig": .string(signature.map(Self.hex).joined())])
                ]),
            ]).json
        }
        var client = try repository.client()
        #expect(throws: MetadataError.self) { try client.updateTimestamp(file(wrong)) }
        #expect(try client.updateTimestamp(file(signature)))
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
