import Credentials
import GateModel

extension FuzzTarget {
    static let signedMessages = [
        FuzzTarget("cbor", longestInput: 1024, seeds: { tokens.map(delivered) }) { input in
            guard let value = try? CBORValue(decoding: input.payload) else { return }
            let encoded = value.encoded
            guard let again = try? CBORValue(decoding: encoded, form: .deterministic) else {
                return expect(encoded.count > CBORValue.mostBytes, "what was read is written in its one form")
            }
            expect(again.encoded == encoded, "a value has one form")
            let isDeterministic = (try? CBORValue(decoding: input.payload, form: .deterministic)) != nil
            expect(isDeterministic == (encoded == input.payload), "no other form counts as the one")
        },
        FuzzTarget("cose", longestInput: 1024, seeds: { tokens.map(delivered) }) { input in
            guard let message = try? COSESign1(decoding: input.payload) else { return }
            let again = try? COSESign1(decoding: message.encoded)
            expect(again?.encoded == message.encoded, "a message is read from what it is written as")
            guard let key, let text = try? message.payload(verifiedBy: key.publicKey) else { return }
            expect(
                tokens.contains { (try? COSESign1(decoding: $0).payload(verifiedBy: key.publicKey)) == text },
                "only what was signed is opened")
        },
        FuzzTarget("base45", longestInput: 512) { input in
            guard let bytes = Base45.decode(input.payload) else { return }
            expect(Array(Base45.encode(bytes).utf8) == input.payload, "bytes have one text")
        },
        FuzzTarget("release-text", longestInput: 400, seeds: { texts.map { delivered(Array($0.utf8)) } }) { input in
            guard let release = opened(input.text) else { return }
            expect(releases.contains(release) && texts.contains(input.text), "no other text is a release")
        },
        // With the prefix and the signature right, so that the claims themselves are what is tried.
        FuzzTarget("release-claims", longestInput: 256, seeds: { claims.map(delivered) }, run: signedClaims),
    ]

    private static let start = WallTime(secondsSince1970: 1_790_000_000)

    /// The same in every run.
    private static let key = COSESigningKey(ed25519: [UInt8](repeating: 0x11, count: 32))

    private static let releases: [Release] = [(1, 1), (4711, 60), (999_999_999_999, 86_400)].compactMap {
        number, seconds in
        OrderReference(number).flatMap {
            try? Release(
                id: ReleaseID(rawValue: number), deployment: "D", keyEpoch: 1, subject: SubjectToken(rawValue: .max),
                order: $0, issued: start, notBefore: start, expires: start.advanced(bySeconds: seconds))
        }
    }

    private static let texts: [String] = releases.compactMap { release in
        key.flatMap { try? release.text(signedBy: $0) }
    }

    private static let tokens: [[UInt8]] = texts.compactMap {
        Base45.decode($0.utf8.dropFirst(Release.prefix.utf8.count))
    }

    private static let claims: [[UInt8]] = tokens.compactMap { token in
        key.flatMap { try? COSESign1(decoding: token).payload(verifiedBy: $0.publicKey) }
    }

    private static func opened(_ text: String) -> Release? {
        key.flatMap { try? Release.open(text, trusted: [$0.publicKey], deployment: "D", keyEpoch: 1) }
    }

    private static func signedClaims(_ input: FuzzInput) {
        guard let key else { return expect(false, "32 bytes are a key") }
        let header: CBORMap = [COSESign1.Label.keyID: .bytes(key.publicKey.fingerprint)]
        guard let message = try? COSESign1(signing: input.payload, protected: header, with: key) else {
            return expect(false, "any bytes can be signed")
        }
        let text = Release.prefix + Base45.encode(message.encoded)
        guard let release = opened(text) else { return }
        expect((try? release.text(signedBy: key)) == text, "a release has one text")
        expect(release.expires.seconds(since: release.notBefore) <= Release.longestSeconds, "no release is too long")
        expect(release.deployment == "D" && release.keyEpoch == 1, "no other gate's release is taken")
        var honoured = HonouredReleases()
        for now in [release.notBefore.advanced(bySeconds: -1), release.notBefore, release.expires] {
            let isHonoured = (try? honoured.honour(release, at: now)) != nil
            expect(isHonoured == (now == release.notBefore), "a release counts in its time alone")
        }
    }

    /// With a header that delivers it at once.
    private static func delivered(_ content: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 8) + content }
}
