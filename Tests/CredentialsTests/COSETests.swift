import Credentials
import Crypto
import TestSupport
import Testing

struct COSETests {
    static let seed = [UInt8](repeating: 7, count: 32)

    static func key() throws -> COSESigningKey { try #require(COSESigningKey(ed25519: seed)) }

    /// A message of these parts with a right signature over what `signedHeader` and the payload say.
    static func message(
        protected: [UInt8], unprotected: CBORValue = .map([:]), payload: CBORValue = .bytes([1, 2, 3]),
        signedHeader: [UInt8]? = nil
    ) throws -> [UInt8] {
        let signed = CBORValue.array([
            .text("Signature1"), .bytes(signedHeader ?? protected), .bytes([]), .bytes(payload.bytes ?? []),
        ])
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        let signature = Array(try key.signature(for: signed.encoded))
        return CBORValue.array([.bytes(protected), unprotected, payload, .bytes(signature)]).encoded
    }

    static func header(_ map: CBORMap) -> [UInt8] { CBORValue.map(map).encoded }

    /// The payload, or why there is none.
    static func opened(_ message: [UInt8], lenient: Bool = false) throws -> Result<[UInt8], COSEError> {
        let key = try key()
        return Result { () throws(COSEError) in
            try COSESign1(decoding: message).payload(
                verifiedBy: key.publicKey, allowsUnprotectedAlgorithm: lenient)
        }
    }

    @Test func `what is signed is opened with the key that signed it`() throws {
        let key = try Self.key()
        var random = SeededGenerator(seed: 9052)
        for length in 0..<60 {
            let payload = random.bytes(length)
            let message = try COSESign1(signing: payload, with: key)
            let again = try COSESign1(decoding: message.encoded, form: .deterministic)
            #expect(again == message)
            #expect(try again.payload(verifiedBy: key.publicKey) == payload)
            #expect(again.keyID == nil)
        }
    }

    @Test func `a message is read untagged, with the tag of COSE_Sign1, and with that of a CWT ahead`() throws {
        let plain = try Self.message(protected: Self.header([1: CBORValue(-8)]))
        for tags in ["", "d2", "d83dd2"] { #expect(try Self.opened(bytes(tags) + plain).get() == [1, 2, 3]) }
        for tags in ["d83d", "d2d2", "d2d83d", "d83dd83dd2", "d862", "d1", "d9d9f7d2"] {
            #expect(try Self.opened(bytes(tags) + plain) == .failure(.notSigned))
        }
    }

    @Test func `an algorithm that is not signed counts only where it may`() throws {
        let open: CBORValue = .map([1: CBORValue(-8)])
        for message in [
            try Self.message(protected: [], unprotected: open),
            try Self.message(protected: [0xA0], unprotected: open, signedHeader: []),
        ] {
            #expect(try Self.opened(message) == .failure(.algorithmNotProtected))
            #expect(try Self.opened(message, lenient: true).get() == [1, 2, 3])
        }
        let none = try Self.message(protected: [])
        #expect(try Self.opened(none, lenient: true) == .failure(.algorithmNotProtected))
        // What is signed counts before what is not.
        let both = try Self.message(protected: Self.header([1: CBORValue(-7)]), unprotected: open)
        #expect(try Self.opened(both, lenient: true) == .failure(.otherAlgorithm))
    }

    @Test func `a key checks its own algorithm and no other`() throws {
        let ecdsa = P256.Signing.PrivateKey()
        let key = try #require(COSEPublicKey(p256: Array(ecdsa.publicKey.rawRepresentation)))
        let message = try COSESign1(decoding: try Self.message(protected: Self.header([1: CBORValue(-8)])))
        #expect(throws: COSEError.otherAlgorithm) { try message.payload(verifiedBy: key) }
        #expect(
            try Self.opened(try Self.message(protected: Self.header([1: CBORValue(-7)]))) == .failure(.otherAlgorithm))
        for unknown in [CBORValue(-35), CBORValue(-37), CBORValue(5), .text("EdDSA"), .negative(.max), .null] {
            let message = try Self.message(protected: Self.header([1: unknown]))
            #expect(try Self.opened(message) == .failure(.unknownAlgorithm))
        }
    }

    @Test func `a signature with ECDSA is checked, its halves in 64 bytes`() throws {
        let ecdsa = P256.Signing.PrivateKey()
        let header = Self.header([1: CBORValue(-7)])
        let signed = CBORValue.array([.text("Signature1"), .bytes(header), .bytes([]), .bytes([9])]).encoded
        let signature = try ecdsa.signature(for: signed)
        func message(_ signature: [UInt8]) throws -> COSESign1 {
            try COSESign1(
                decoding: CBORValue.array([.bytes(header), .map([:]), .bytes([9]), .bytes(signature)]).encoded)
        }
        let key = try #require(COSEPublicKey(p256: Array(ecdsa.publicKey.rawRepresentation)))
        #expect(try message(Array(signature.rawRepresentation)).payload(verifiedBy: key) == [9])
        for wrong in [
            Array(signature.derRepresentation), [], [UInt8](repeating: 0, count: 64),
            Array(signature.rawRepresentation.dropLast()),
            Array(signature.rawRepresentation) + [0], [UInt8](repeating: 0, count: 96),
        ] {
            #expect(throws: COSEError.badSignature) { try message(wrong).payload(verifiedBy: key) }
        }
    }

    static let critical: [CBORMap] = [
        [1: CBORValue(-8), 2: .array([])], [1: CBORValue(-8), 2: .null],
        [1: CBORValue(-8), 2: .array([CBORValue(99)]), 99: .null],
        [1: CBORValue(-8), 2: .array([CBORValue(4)])], [1: CBORValue(-8), 2: .array([.text("x")])],
        [1: CBORValue(-8), 2: .array([CBORValue(1), CBORValue(-70_000)]), -70_000: .null],
    ]

    @Test(arguments: critical)
    func `a critical parameter that is not known or not there is refused`(header: CBORMap) throws {
        #expect(try Self.opened(try Self.message(protected: Self.header(header))) == .failure(.criticalParameter))
    }

    @Test func `a critical parameter that is known is taken, and only where it is signed`() throws {
        let known: CBORMap = [1: CBORValue(-8), 2: .array([CBORValue(1), CBORValue(4)]), 4: .bytes([5])]
        #expect(try Self.opened(try Self.message(protected: Self.header(known))).get() == [1, 2, 3])
        let open = try Self.message(
            protected: Self.header([1: CBORValue(-8)]), unprotected: .map([2: .array([CBORValue(1)])]))
        #expect(try Self.opened(open) == .failure(.criticalParameter))
    }

    @Test func `other parameters are no hindrance`() throws {
        let header: CBORMap = [1: CBORValue(-8), 33: .bytes([1]), -70_000: .float(1)]
        let message = try Self.message(protected: Self.header(header), unprotected: .map([4: .bytes([8]), 99: .null]))
        #expect(try Self.opened(message).get() == [1, 2, 3])
        #expect(try COSESign1(decoding: message).keyID == [8])
        let both = try Self.message(
            protected: Self.header([1: CBORValue(-8), 4: .bytes([7])]), unprotected: .map([4: .bytes([8])]))
        #expect(try COSESign1(decoding: both).keyID == [7])
    }

    @Test func `what is not four parts of the right kinds is not signed`() throws {
        let header: CBORValue = .bytes(Self.header([1: CBORValue(-8)]))
        let good: [CBORValue] = [header, .map([:]), .bytes([]), .bytes([])]
        var bad: [CBORValue] = [
            .array([]), .array(Array(good[..<3])), .array(good + [.null]), .map([:]), .bytes([]), .null,
        ]
        for place in [0, 1, 3] {
            var parts = good
            parts[place] = .text("")
            bad.append(.array(parts))
        }
        bad.append(.array([.bytes([0x80]), .map([:]), .bytes([]), .bytes([])]))
        for value in bad { #expect(throws: COSEError.notSigned) { try COSESign1(decoding: value.encoded) } }
        #expect(throws: COSEError.noPayload) {
            try COSESign1(decoding: CBORValue.array([header, .map([:]), .null, .bytes([])]).encoded)
        }
        #expect(throws: COSEError.notCBOR(.truncated)) { try COSESign1(decoding: [0x84]) }
        #expect(throws: COSEError.notCBOR(.trailingBytes(count: 1))) {
            try COSESign1(decoding: try Self.message(protected: [0xA0, 0xA0]))
        }
        #expect(throws: COSEError.notCBOR(.duplicateKey(offset: 3))) {
            try COSESign1(decoding: try Self.message(protected: bytes("a201270127")))
        }
    }

    @Test func `the form that is asked for is that of the headers too`() throws {
        // A header with its entries the wrong way round, signed as it stands.
        let message = try Self.message(protected: bytes("a204410501 27"))
        #expect(try Self.opened(message).get() == [1, 2, 3])
        #expect(throws: COSEError.notCBOR(.notDeterministic)) { try COSESign1(decoding: message, form: .deterministic) }
    }

    @Test func `random messages are refused or read, and never trusted`() throws {
        var random = SeededGenerator(seed: 18)
        let good = try Self.message(protected: Self.header([1: CBORValue(-8)]))
        for round in 0..<3000 {
            var input = round.isMultiple(of: 2) ? random.bytes(round % 90) : good
            for _ in 0..<(round % 5 + 1) where !input.isEmpty {
                input[Int.random(in: input.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if case .success(let payload) = try Self.opened(input) { #expect(payload == [1, 2, 3]) }
        }
    }

    @Test func `bytes that are no key are refused, and a private key does not print itself`() throws {
        #expect(COSESigningKey(ed25519: [1, 2, 3]) == nil)
        #expect(COSEPublicKey(ed25519: [UInt8](repeating: 1, count: 33)) == nil)
        #expect(COSEPublicKey(p256: [UInt8](repeating: 1, count: 64)) == nil)
        #expect(COSEPublicKey(p256: []) == nil)
        let key = try #require(COSESigningKey(ed25519: [UInt8](repeating: 0x5A, count: 32)))
        var text = "\(key) \(String(reflecting: key))"
        dump(key, to: &text)
        #expect(!text.lowercased().contains("5a5a") && !text.contains("90"))
    }

    @Test(arguments: [
        COSEError.notCBOR(.truncated), .notSigned, .noPayload, .criticalParameter, .algorithmNotProtected,
        .unknownAlgorithm,
        .otherAlgorithm, .badSignature, .cannotSign(reason: "x"),
    ])
    func `an error has words`(error: COSEError) {
        #expect(error.description.utf8.count > 20)
    }
}
