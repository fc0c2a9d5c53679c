import Credentials
import FoundationEssentials
import GateModel
import TestSupport
import Testing

/// The examples of the COSE working group (cose-wg/Examples, see `COSEVectors/LICENSE`), every one of them.
struct COSEVectorTests {
    enum Result: Sendable, Equatable {
        case verified
        /// Only where the algorithm need not be protected.
        case verifiedUnprotected
        case refused(COSEError)
    }

    /// What this program makes of each file. It signs and checks COSE_Sign1 with Ed25519, and checks ECDSA on P-256 with
    /// SHA-256: other algorithms, other structures (tags 16, 17 and 98) and what the files call a failure are refused.
    static let expected: [String: Result] = [
        "eddsa-examples_eddsa-sig-01": .verified, "ecdsa-examples_ecdsa-sig-01": .verified, "CWT_A_3": .verified,
        "sign1-tests_sign-pass-01": .verifiedUnprotected, "sign1-tests_sign-pass-02": .verified,
        "sign1-tests_sign-pass-03": .verified, "sign1-tests_sign-fail-01": .refused(.notSigned),
        "sign1-tests_sign-fail-02": .refused(.badSignature), "sign1-tests_sign-fail-03": .refused(.unknownAlgorithm),
        "sign1-tests_sign-fail-04": .refused(.unknownAlgorithm), "sign1-tests_sign-fail-06": .refused(.badSignature),
        "sign1-tests_sign-fail-07": .refused(.badSignature),
        // Ed448, ES384, ES512 on P-521 and on P-256.
        "eddsa-examples_eddsa-sig-02": .refused(.badSignature),
        "ecdsa-examples_ecdsa-sig-02": .refused(.unknownAlgorithm),
        "ecdsa-examples_ecdsa-sig-03": .refused(.unknownAlgorithm),
        "ecdsa-examples_ecdsa-sig-04": .refused(.unknownAlgorithm),
        "ecdsa-examples_ecdsa-01": .refused(.notSigned), "ecdsa-examples_ecdsa-02": .refused(.notSigned),
        "ecdsa-examples_ecdsa-03": .refused(.notSigned), "ecdsa-examples_ecdsa-04": .refused(.notSigned),
        "eddsa-examples_eddsa-01": .refused(.notSigned), "eddsa-examples_eddsa-02": .refused(.notSigned),
        "CWT_A_4": .refused(.notSigned), "CWT_A_5": .refused(.notSigned), "CWT_A_6": .refused(.notSigned),
        "CWT_A_7": .refused(.notSigned),
    ]

    @Test(arguments: expected.keys.sorted())
    func `every example is judged as it has to be`(name: String) throws {
        let vector = try COSEVector(name)
        let message = Swift.Result { () throws(COSEError) in try COSESign1(decoding: vector.message) }
        let key = try vector.key()
        func payload(_ lenient: Bool) -> Swift.Result<[UInt8], COSEError> {
            Swift.Result { () throws(COSEError) in
                try message.get().payload(
                    verifiedBy: key, externalData: vector.external, allowsUnprotectedAlgorithm: lenient)
            }
        }
        switch try #require(Self.expected[name]) {
        case .verified:
            #expect(payload(false) == .success(vector.plaintext))
            #expect(payload(true) == .success(vector.plaintext))
            #expect(!vector.isFailure)
        case .verifiedUnprotected:
            #expect(payload(false) == .failure(.algorithmNotProtected))
            #expect(payload(true) == .success(vector.plaintext))
        case .refused(let error):
            #expect(payload(false) == .failure(error))
            #expect(payload(true) == .failure(error))
        }
    }

    @Test(arguments: expected.filter { $0.value == .verified }.keys.sorted())
    func `no bit of a signed example can be changed`(name: String) throws {
        let vector = try COSEVector(name)
        let good = try COSESign1(decoding: vector.message)
        let key = try vector.key()
        for place in vector.message.indices {
            for bit in 0..<8 {
                var changed = vector.message
                changed[place] ^= 1 << bit
                guard let message = try? COSESign1(decoding: changed),
                    let payload = try? message.payload(verifiedBy: key, externalData: vector.external)
                else { continue }
                // What the signature covers stands as it was.
                #expect(payload == vector.plaintext && message.protected == good.protected)
                #expect(message.unprotected != good.unprotected, "byte \(place), bit \(bit)")
            }
        }
    }

    @Test func `an example of EdDSA is signed as it stands in the file`() throws {
        let vector = try COSEVector("eddsa-examples_eddsa-sig-01")
        let key = try #require(COSESigningKey(ed25519: try vector.seed()))
        #expect(key.publicKey == (try vector.key()))
        let message = try COSESign1(
            signing: vector.plaintext, protected: [COSESign1.Label.contentType: .unsigned(0)],
            unprotected: [COSESign1.Label.keyID: .bytes(Array("11".utf8))], with: key)
        #expect(message.encoded == vector.message)
        #expect(message.keyID == Array("11".utf8))
    }

    @Test func `the claims of a CWT are read`() throws {
        let vector = try COSEVector("CWT_A_3")
        let message = try COSESign1(decoding: vector.message)
        let claims = try CBORValue(decoding: try message.payload(verifiedBy: try vector.key()), form: .deterministic)
        #expect(claims.map?[1]?.text == "coap://as.example.com")
        #expect(claims.map?[4]?.integer == 1_444_064_944)
        #expect(claims.map?[7]?.bytes == [0x0B, 0x71])
    }

    @Test func `every file has its judgement, and is the original where that is at hand`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: COSEVector.folder.path)
        #expect(Set(files) == Set(Self.expected.keys.map { "\($0).json" } + ["LICENSE"]))
        guard FileManager.default.fileExists(atPath: COSEVector.original.path) else { return }
        for file in files {
            #expect(
                try Data(contentsOf: COSEVector.folder.appending(path: file))
                    == Data(contentsOf: COSEVector.original.appending(path: file)), "\(file)")
        }
    }
}

/// One file of the working group.
struct COSEVector {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = package.appending(path: "Tests/CredentialsTests/COSEVectors")
    /// What the copies were made from, on the machines that have it.
    static let original = package.deletingLastPathComponent().appending(path: "shared/credentials/cose")

    private let file: File

    init(_ name: String) throws {
        file = try JSONDecoder().decode(File.self, from: Data(contentsOf: Self.folder.appending(path: "\(name).json")))
    }

    var isFailure: Bool { file.fail == true }
    var message: [UInt8] { TestSupport.bytes(file.output.cbor) }
    var external: [UInt8] { TestSupport.bytes(file.input.sign0?.external ?? "") }
    var plaintext: [UInt8] {
        file.input.plaintext.map { Array($0.utf8) } ?? TestSupport.bytes(file.input.plaintext_hex ?? "")
    }

    /// The key of the file, or one of a kind that can be used where it has another.
    func key() throws -> COSEPublicKey {
        guard let key = file.input.sign0?.key else { return try COSEVector("ecdsa-examples_ecdsa-sig-01").key() }
        switch key.crv {
        case "P-256":
            return try #require(COSEPublicKey(p256: try key.bytes(\.x, \.x_hex) + key.bytes(\.y, \.y_hex)))
        case "Ed25519": return try #require(COSEPublicKey(ed25519: try key.bytes(\.x, \.x_hex)))
        case "Ed448": return try COSEVector("eddsa-examples_eddsa-sig-01").key()
        default: return try COSEVector("ecdsa-examples_ecdsa-sig-01").key()
        }
    }

    func seed() throws -> [UInt8] { try #require(file.input.sign0).key.bytes(\.d, \.d_hex) }

    fileprivate struct File: Decodable {
        struct Input: Decodable {
            var plaintext: String?
            var plaintext_hex: String?
            var sign0: Signer?
        }
        struct Signer: Decodable {
            var key: Key
            var external: String?
        }
        struct Output: Decodable { var cbor: String }

        var fail: Bool?
        var input: Input
        var output: Output
    }

    fileprivate struct Key: Decodable {
        var crv: String
        var x: String?
        var x_hex: String?
        var y: String?
        var y_hex: String?
        var d: String?
        var d_hex: String?
    }
}

extension COSEVector.Key {
    fileprivate func bytes(
        _ base64: KeyPath<COSEVector.Key, String?>, _ hex: KeyPath<COSEVector.Key, String?>
    ) throws -> [UInt8] {
        if let digits = self[keyPath: hex] { return TestSupport.bytes(digits) }
        let url: String = try #require(self[keyPath: base64])
        var text = String(url.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while !text.count.isMultiple(of: 4) { text.append("=") }
        return Array(try #require(Data(base64Encoded: text)))
    }
}
