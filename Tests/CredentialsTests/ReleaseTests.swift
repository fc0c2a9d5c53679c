import Credentials
import Crypto
import GateModel
import TestSupport
import Testing

struct ReleaseTests {
    static let start = WallTime(secondsSince1970: 1_790_000_000)
    static let end = start.advanced(bySeconds: 3600)

    static func key(_ byte: UInt8 = 7) throws -> COSESigningKey {
        try #require(COSESigningKey(ed25519: [UInt8](repeating: byte, count: 32)))
    }

    static func release(
        id: UInt64 = 0x0102_0304_0506_0708, deployment: String = "town-a", keyEpoch: UInt32 = 3,
        subject: UInt64 = 0xA1A2_A3A4_A5A6_A7A8, order: UInt64 = 4711, issued: WallTime = start,
        notBefore: WallTime = start, expires: WallTime = end
    ) throws -> Release {
        try Release(
            id: ReleaseID(rawValue: id), deployment: deployment, keyEpoch: keyEpoch,
            subject: SubjectToken(rawValue: subject), order: try #require(OrderReference(order)), issued: issued,
            notBefore: notBefore, expires: expires)
    }

    /// The release, or why there is none, as a gate of `town-a` with epoch 3 sees it.
    static func opened(
        _ text: String, trusted: [COSEPublicKey]? = nil, deployment: String = "town-a", keyEpoch: UInt32 = 3
    ) throws -> Result<Release, ReleaseError> {
        let trusted = try trusted ?? [key().publicKey]
        return Result { () throws(ReleaseError) in
            try Release.open(text, trusted: trusted, deployment: deployment, keyEpoch: keyEpoch)
        }
    }

    /// The text of these claims, rightly signed.
    static func text(
        claims: [UInt8], protected: CBORMap? = nil, unprotected: CBORMap = [:], key: COSESigningKey? = nil
    ) throws -> String {
        let key = try key ?? self.key()
        let header = protected ?? [4: .bytes(key.publicKey.fingerprint)]
        let message = try COSESign1(signing: claims, protected: header, unprotected: unprotected, with: key)
        return Release.prefix + Base45.encode(message.encoded)
    }

    static let claims: CBORMap = [
        1: .text("town-a"), 4: CBORValue(end.secondsSince1970), 5: CBORValue(start.secondsSince1970),
        6: CBORValue(start.secondsSince1970), 7: .bytes([1, 2, 3, 4, 5, 6, 7, 8]),
        -65_537: .array([.unsigned(3), .bytes([0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8]), .unsigned(4711)]),
    ]

    // MARK: Text

    // Computed once and read by hand; a release printed today must be readable tomorrow, so it never changes.
    @Test func `a release has the layout that is published`() throws {
        let release = try Self.release()
        let text = try release.text(signedBy: try Self.key())
        #expect(text == (try Self.text(claims: CBORValue.map(Self.claims).encoded)))
        let message = try #require(Base45.decode(text.utf8.dropFirst(5)))
        #expect(
            message.starts(
                with: bytes(
                    """
                    d2 84                                   # COSE_Sign1
                    4d a2 01 27 04 48 \(Self.fingerprint)   # EdDSA, key id
                    a0
                    58 38 a6                                # six claims
                    01 66 746f776e2d61                      # iss "town-a"
                    04 1a 6ab14990                          # exp
                    05 1a 6ab13b80                          # nbf
                    06 1a 6ab13b80                          # iat
                    07 48 0102030405060708                  # cti
                    3a 00010000 83 03 48 a1a2a3a4a5a6a7a8 19 1267
                    58 40
                    """)), "\(message.map { String($0, radix: 16) })")
        #expect(try Self.opened(text).get() == release)
    }

    static let fingerprint: String = {
        let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 7, count: 32))
        let raw = key.map { Array($0.publicKey.rawRepresentation) } ?? []
        return SHA256.hash(data: raw).prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }()

    @Test func `every release survives its own text, which is the only one it has`() throws {
        var random = SeededGenerator(seed: 8392)
        let key = try Self.key()
        for _ in 0..<300 {
            let start = WallTime(secondsSince1970: Int64(random.next() >> UInt64.random(in: 33..<64, using: &random)))
            let deployment = String(repeating: "d", count: Int.random(in: 1...40, using: &random))
            let epoch = UInt32(truncatingIfNeeded: random.next() >> UInt64.random(in: 32..<64, using: &random))
            let release = try Self.release(
                id: random.next(), deployment: deployment, keyEpoch: epoch, subject: random.next(),
                order: UInt64.random(in: OrderReference.range, using: &random), issued: start, notBefore: start,
                expires: start.advanced(bySeconds: Int64.random(in: 1...86_400, using: &random)))
            let text = try release.text(signedBy: key)
            #expect(try release.text(signedBy: key) == text)
            #expect(try Self.opened(text, deployment: deployment, keyEpoch: epoch).get() == release)
        }
    }

    @Test func `a text is of the alphanumeric mode and as short as promised`() throws {
        let key = try Self.key()
        func longest(_ characters: Int, keyEpoch: UInt32) throws -> String {
            try Self.release(
                id: .max, deployment: String(repeating: "W", count: characters), keyEpoch: keyEpoch, subject: .max,
                order: OrderReference.range.upperBound
            ).text(signedBy: key)
        }
        #expect(try longest(40, keyEpoch: .max).utf8.count == 284)
        #expect(try longest(20, keyEpoch: 23).utf8.count == 247)
        #expect(try longest(40, keyEpoch: .max).utf8.count <= Release.longestText)
        let allowed = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)
        #expect(try Set(longest(40, keyEpoch: 1).utf8).isSubset(of: allowed))
        #expect(try Self.release().text(signedBy: key).utf8.count < 230)
    }

    @Test(arguments: ["GHR1:", "GHR1:A", "GHR1:\u{301}"])
    func `a text that begins as a release wants to be one`(text: String) throws {
        #expect(Release.isRelease(text))
        #expect(try Self.opened(text) == .failure(.damaged))
    }

    @Test(arguments: ["", "GHR1", "ghr1:AB", " GHR1:AB", "HC1:AB", "GHR2:AB"])
    func `other texts are none`(text: String) throws {
        #expect(!Release.isRelease(text))
        #expect(try Self.opened(text) == .failure(.damaged))
    }

    // MARK: Who may clear whom

    @Test func `a release of another deployment or key epoch is refused`() throws {
        let text = try Self.release().text(signedBy: try Self.key())
        #expect(
            try Self.opened(text, deployment: "town-b")
                == .failure(.otherDeployment(expected: "town-b", found: "town-a")))
        #expect(try Self.opened(text, keyEpoch: 4) == .failure(.otherKeyEpoch(expected: 4, found: 3)))
    }

    @Test func `a release of a key that is not trusted is refused`() throws {
        let text = try Self.release().text(signedBy: try Self.key(8))
        #expect(try Self.opened(text) == .failure(.unknownKey))
        #expect(try Self.opened(text, trusted: []) == .failure(.unknownKey))
        let both = [try Self.key().publicKey, try Self.key(8).publicKey]
        #expect(try Self.opened(text, trusted: both).get() == (try Self.release()))
        // Who takes the name of the trusted key does not have it.
        let forged = try Self.text(
            claims: CBORValue.map(Self.claims).encoded, protected: [4: .bytes(try Self.key().publicKey.fingerprint)],
            key: try Self.key(8))
        #expect(try Self.opened(forged) == .failure(.badSignature))
    }

    @Test func `no change of a release is taken`() throws {
        let text = try Self.release().text(signedBy: try Self.key())
        let message = try #require(Base45.decode(text.utf8.dropFirst(5)))
        var errors: Set<String> = []
        for place in message.indices {
            for bit in 0..<8 {
                var changed = message
                changed[place] ^= 1 << bit
                guard case .failure(let error) = try Self.opened(Release.prefix + Base45.encode(changed)) else {
                    Issue.record("byte \(place), bit \(bit) was changed and the release taken")
                    continue
                }
                errors.insert("\(error)")
            }
        }
        #expect(errors == Set([ReleaseError.damaged, .unknownKey, .badSignature].map(\.description)))
    }

    @Test func `no release with a character changed, lost, added or moved is taken`() throws {
        let text = Array(try Self.release().text(signedBy: try Self.key()).utf8)
        var random = SeededGenerator(seed: 45)
        for place in text.indices {
            var changed: [[UInt8]] = [Array(text[..<place]), Array(text[..<place] + text[(place + 1)...])]
            changed.append(text[..<place] + [text[place], text[place]] + text[(place + 1)...])
            var other = text
            other[place] = UInt8.random(in: 0x20...0x7E, using: &random)
            if other != text { changed.append(other) }
            for text in changed {
                #expect(throws: ReleaseError.self) { try Self.opened(String(decoding: text, as: UTF8.self)).get() }
            }
        }
    }

    @Test func `random codes are refused`() throws {
        var random = SeededGenerator(seed: 3)
        for length in 0..<600 {
            let text = Release.prefix + Base45.encode(random.bytes(length % 200))
            #expect(try Self.opened(text) == .failure(.damaged))
        }
        let long = Release.prefix + Base45.encode(random.bytes(250))
        #expect(try Self.opened(long) == .failure(.damaged))
    }

    // MARK: One form

    @Test func `what is signed by the authority and is no release is refused`() throws {
        var wrong: [CBORValue] = [.map([:]), .array([]), .unsigned(1)]
        for (place, entry) in Self.claims.entries.enumerated() {
            var claims = Self.claims
            claims.entries.remove(at: place)
            wrong.append(.map(claims))
            for value in [
                CBORValue.null, .float(1), CBORValue(-1), .bytes([1]), .text(""), .array([]), .negative(.max),
            ] {
                claims = Self.claims
                claims.entries[place] = CBORMap.Entry(key: entry.key, value: value)
                wrong.append(.map(claims))
            }
        }
        wrong.append(.map(CBORMap(Self.claims.entries + [CBORMap.Entry(key: CBORValue(2), value: .text("x"))])))
        for claims in wrong {
            let result = try Self.opened(try Self.text(claims: claims.encoded))
            let isRefused = [.failure(.unknownForm), .failure(.impossibleTimes), .failure(.impossibleDeployment)]
                .contains(result)
            #expect(isRefused, "\(claims): \(result)")
        }
        #expect(try Self.opened(try Self.text(claims: [])) == .failure(.unknownForm))
    }

    @Test func `claims in another than their one form are refused`() throws {
        let good = CBORValue.map(Self.claims).encoded
        #expect(try Self.opened(try Self.text(claims: good)).get() == (try Self.release()))
        // Without a length ahead, and with a longer head for 3.
        let open = [0xBF] + good.dropFirst() + [0xFF]
        #expect(try Self.opened(try Self.text(claims: open)) == .failure(.unknownForm))
        let place = try #require(good.lastIndex(of: 0x83))
        let long = good[...place] + [0x18] + good[(place + 1)...]
        #expect(try Self.opened(try Self.text(claims: Array(long))) == .failure(.unknownForm))
    }

    @Test func `a message with other headers or tags is not the text that was made`() throws {
        let claims = CBORValue.map(Self.claims).encoded
        let keyID = try Self.key().publicKey.fingerprint
        #expect(try Self.opened(try Self.text(claims: claims, unprotected: [99: .null])) == .failure(.damaged))
        #expect(
            try Self.opened(try Self.text(claims: claims, protected: [:], unprotected: [4: .bytes(keyID)]))
                == .failure(.damaged))
        #expect(
            try Self.opened(try Self.text(claims: claims, protected: [3: .unsigned(60), 4: .bytes(keyID)]))
                == .failure(.unknownForm))
        let text = try Self.text(claims: claims)
        let message = try #require(Base45.decode(text.utf8.dropFirst(5)))
        for bare in [Array(message.dropFirst()), bytes("d83d") + message] {
            #expect(try Self.opened(Release.prefix + Base45.encode(bare)) == .failure(.damaged))
        }
    }

    // MARK: Time

    @Test func `a release counts from its beginning and until its end`() throws {
        let release = try Self.release()
        for (offset, counts) in [(-1, false), (0, true), (1800, true), (3599, true), (3600, false), (86_400, false)] {
            #expect(release.isValid(at: Self.start.advanced(bySeconds: Int64(offset))) == counts)
        }
        #expect(throws: ReleaseError.notYetValid(inSeconds: 1)) {
            try release.check(at: Self.start.advanced(bySeconds: -1))
        }
        #expect(throws: ReleaseError.expired(secondsAgo: 0)) { try release.check(at: Self.end) }
        #expect(throws: ReleaseError.notYetValid(inSeconds: .max)) {
            try release.check(at: WallTime(secondsSince1970: .min))
        }
        #expect(throws: Never.self) { try release.check(at: Self.start) }
    }

    @Test func `no release of more than a day is made or taken`() throws {
        let day = Self.start.advanced(bySeconds: 86_400)
        #expect(try Self.release(expires: day).isValid(at: day.advanced(bySeconds: -1)))
        #expect(throws: ReleaseError.tooLong(seconds: 86_401)) { try Self.release(expires: day.advanced(bySeconds: 1)) }
        let zero = WallTime(secondsSince1970: 0)
        let last = WallTime(secondsSince1970: Int64(UInt32.max))
        #expect(throws: ReleaseError.tooLong(seconds: Int64(UInt32.max))) {
            try Self.release(issued: zero, notBefore: zero, expires: last)
        }
        var claims = Self.claims
        claims.entries[1] = CBORMap.Entry(key: CBORValue(4), value: CBORValue(day.secondsSince1970 + 1))
        let text = try Self.text(claims: CBORValue.map(claims).encoded)
        #expect(try Self.opened(text) == .failure(.tooLong(seconds: 86_401)))
    }

    @Test func `a release that no gate could honour is not made`() throws {
        #expect(throws: ReleaseError.impossibleTimes) { try Self.release(expires: Self.start) }
        #expect(throws: ReleaseError.impossibleTimes) {
            try Self.release(issued: WallTime(secondsSince1970: -1))
        }
        for never in [Int64.max, Int64(UInt32.max) + 1] {
            #expect(throws: ReleaseError.impossibleTimes) {
                try Self.release(expires: WallTime(secondsSince1970: never))
            }
        }
        for name in ["", "a b", ".a", "größe", String(repeating: "a", count: 41)] {
            #expect(throws: ReleaseError.impossibleDeployment) { try Self.release(deployment: name) }
        }
    }

    @Test(arguments: [
        ReleaseError.damaged, .unknownKey, .badSignature, .unknownForm, .otherDeployment(expected: "a", found: "b"),
        .otherKeyEpoch(expected: 1, found: 2), .notYetValid(inSeconds: 61), .expired(secondsAgo: 7260),
        .tooLong(seconds: 90_000),
        .impossibleTimes, .impossibleDeployment,
    ])
    func `an error has words`(error: ReleaseError) {
        #expect(error.description.utf8.count > 20)
    }

    @Test func `times are told in units that a person reads`() {
        #expect(ReleaseError.expired(secondsAgo: 119).description.contains("119 s ago"))
        #expect(ReleaseError.expired(secondsAgo: 120).description.contains("2 min ago"))
        #expect(ReleaseError.expired(secondsAgo: 7260).description.contains("2 h 1 min ago"))
        #expect(ReleaseError.notYetValid(inSeconds: .max).description.contains("days by this gate's clock"))
        #expect(ReleaseError.tooLong(seconds: 90_000).description.contains("25 h 0 min, and 24 h 0 min"))
    }
}
