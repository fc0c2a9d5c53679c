public import GateModel

/// The word of the authority that one order does not hold a person any more, for a gate that cannot be told so over the
/// network (principle 10).
///
/// It lifts the order that it names and no other: who gets a new order, with another reference, is on the list again
/// however long the release lasts. It admits nobody: it is shown before the document, and without the document that its
/// token was made of it changes nothing, so a copy of it is of no use to others.
///
/// ## What it reveals
///
/// Whoever reads it learns that somebody in the deployment had an order of this reference and that it was lifted, when,
/// and by which key. The person stands in it as the subject token alone: it links the releases of one person within a key
/// epoch, and who holds the deployment key can find the number behind it by trying all (principle 20). It is as private
/// as the letter that it is printed on.
///
/// ## Layout
///
/// A CBOR Web Token (RFC 8392) in COSE_Sign1 with tag 18, all in deterministic CBOR, so that one release has one text:
///
/// | where | label | what |
/// |---|---|---|
/// | protected header | 1 | the algorithm, EdDSA |
/// | | 4 | which key: the first 8 bytes of SHA-256 of the public key |
/// | claims | 1 `iss` | the deployment |
/// | | 4 `exp`, 5 `nbf`, 6 `iat` | whole seconds since 1970 |
/// | | 7 `cti` | the ``ReleaseID``, 8 bytes |
/// | | −65537 | `[key epoch, subject token (8 bytes), order reference]` |
///
/// The unprotected header is empty. The private claim has the first of the labels that RFC 8392 leaves to anybody. The key
/// is the publisher's: what it signs for files begins with `DSSEv1`, what it signs here never does, so that neither passes
/// for the other.
public struct Release: Hashable, Sendable {
    /// From the first to the last second in which a release may count.
    public static let longestSeconds: Int64 = 86_400

    public let id: ReleaseID
    /// Which gates may honour it.
    public let deployment: String
    /// Which deployment key made the token.
    public let keyEpoch: UInt32
    public let subject: SubjectToken
    /// The one order that is lifted.
    public let order: OrderReference
    public let issued: WallTime
    public let notBefore: WallTime
    /// It counts while the wall clock is before this time.
    public let expires: WallTime

    /// Throws unless it ends after it begins, lasts no longer than ``longestSeconds`` and has times from 1970 to 2106, which
    /// four bytes hold.
    ///
    /// - Parameter deployment: must be a ``GateModel/ConfiguredName``, as in the configurations of gates.
    public init(
        id: ReleaseID, deployment: String, keyEpoch: UInt32, subject: SubjectToken, order: OrderReference,
        issued: WallTime, notBefore: WallTime, expires: WallTime
    ) throws(ReleaseError) {
        guard ConfiguredName.isOne(deployment) else { throw .impossibleDeployment }
        let times = WallTime(secondsSince1970: 0)...WallTime(secondsSince1970: Int64(UInt32.max))
        guard times.contains(issued), times.contains(notBefore), times.contains(expires), notBefore < expires else {
            throw .impossibleTimes
        }
        let seconds = expires.seconds(since: notBefore)
        guard seconds <= Self.longestSeconds else { throw .tooLong(seconds: seconds) }
        self.id = id
        self.deployment = deployment
        self.keyEpoch = keyEpoch
        self.subject = subject
        self.order = order
        self.issued = issued
        self.notBefore = notBefore
        self.expires = expires
    }

    public func isValid(at now: WallTime) -> Bool { now >= notBefore && now < expires }

    /// Throws if it does not count yet, or no longer.
    public func check(at now: WallTime) throws(ReleaseError) {
        guard now >= notBefore else { throw .notYetValid(inSeconds: notBefore.seconds(since: now)) }
        guard now < expires else { throw .expired(secondsAgo: now.seconds(since: expires)) }
    }
}

// MARK: Text

extension Release {
    /// What the text of a release begins with, and no other code that a gate is shown.
    public static let prefix = "GHR1:"
    /// In characters. The longest that ``text(signedBy:)`` gives has 284. With a deployment of up to 20 characters and a key
    /// epoch below 24 it has at most 247: a scanner that packs what it reads into one SSI packet can send 250.
    public static let longestText = 300

    /// Whether a text wants to be a release. Not a proof of anything.
    public static func isRelease(_ text: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// What stands in the QR code: ``prefix`` and the signed token in ``Base45``, all of it in the alphanumeric mode.
    public func text(signedBy key: COSESigningKey) throws(COSEError) -> String {
        let header: CBORMap = [COSESign1.Label.keyID: .bytes(key.publicKey.fingerprint)]
        let message = try COSESign1(signing: CBORValue.map(claims).encoded, protected: header, with: key)
        return Self.prefix + Base45.encode(message.encoded)
    }

    /// Reads what was scanned and checks who signed it and for whom. The time is for ``check(at:)``.
    ///
    /// - Parameters:
    ///   - trusted: the keys of the authority.
    ///   - deployment: that of this gate.
    ///   - keyEpoch: that of this gate's deployment key.
    public static func open(
        _ text: String, trusted: [COSEPublicKey], deployment: String, keyEpoch: UInt32
    ) throws(ReleaseError) -> Release {
        guard isRelease(text), text.utf8.count <= longestText,
            let bytes = Base45.decode(text.utf8.dropFirst(prefix.utf8.count)),
            let message = try? COSESign1(decoding: bytes, form: .deterministic), message.encoded == bytes,
            message.unprotected == [:], let keyID = message.keyID
        else { throw .damaged }
        guard let key = trusted.first(where: { $0.fingerprint == keyID }) else { throw .unknownKey }
        let payload: [UInt8]
        do throws(COSEError) { payload = try message.payload(verifiedBy: key) } catch { throw .badSignature }
        // Algorithm and key id.
        guard message.protected.entries.count == 2 else { throw .unknownForm }
        let release = try Release(claims: payload)
        guard release.deployment == deployment else {
            throw .otherDeployment(expected: deployment, found: release.deployment)
        }
        guard release.keyEpoch == keyEpoch else {
            throw .otherKeyEpoch(expected: keyEpoch, found: release.keyEpoch)
        }
        return release
    }
}

// MARK: Claims

extension Release {
    private enum Claim {
        static let issuer: Int64 = 1
        static let expires: Int64 = 4
        static let notBefore: Int64 = 5
        static let issued: Int64 = 6
        static let id: Int64 = 7
        static let lifted: Int64 = -65_537
    }

    private var claims: CBORMap {
        [
            Claim.issuer: .text(deployment), Claim.expires: CBORValue(expires.secondsSince1970),
            Claim.notBefore: CBORValue(notBefore.secondsSince1970), Claim.issued: CBORValue(issued.secondsSince1970),
            Claim.id: .bytes(id.rawValue.bigEndianBytes),
            Claim.lifted: .array([
                .unsigned(UInt64(keyEpoch)), .bytes(subject.rawValue.bigEndianBytes), .unsigned(order.rawValue),
            ]),
        ]
    }

    private init(claims bytes: [UInt8]) throws(ReleaseError) {
        guard let claims = (try? CBORValue(decoding: bytes))?.map, let lifted = claims[Claim.lifted]?.array,
            lifted.count == 3,
            let deployment = claims[Claim.issuer]?.text, let expires = claims[Claim.expires]?.time,
            let notBefore = claims[Claim.notBefore]?.time, let issued = claims[Claim.issued]?.time,
            let id = claims[Claim.id]?.word, let epoch = lifted[0].unsigned.flatMap(UInt32.init(exactly:)),
            let subject = lifted[1].word, let order = lifted[2].unsigned.flatMap({ OrderReference($0) })
        else { throw .unknownForm }
        try self.init(
            id: ReleaseID(rawValue: id), deployment: deployment, keyEpoch: epoch,
            subject: SubjectToken(rawValue: subject), order: order, issued: issued, notBefore: notBefore,
            expires: expires)
        // Nothing else stands in it, and nothing in another way.
        guard CBORValue.map(self.claims).encoded == bytes else { throw .unknownForm }
    }
}

extension CBORValue {
    fileprivate var time: WallTime? { integer.map { WallTime(secondsSince1970: $0) } }

    /// 8 bytes, big-endian.
    fileprivate var word: UInt64? {
        guard let bytes, bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension UInt64 {
    fileprivate var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }
}
