public import Credentials
import GRDB
public import GateModel
import TrustedFiles

/// Signs releases of orders, which the released persons show at gates that cannot be told over the network.
public struct ReleaseIssuer: Sendable {
    /// A release counts from so many seconds before its issue, because clocks of gates go wrong by some.
    public static let leeway: Int64 = 300

    private let store: CentralStore
    private let deploymentKey: DeploymentKey
    private let key: COSESigningKey

    public init(directory: DataDirectory) throws(CentralError) {
        store = try directory.openStore()
        deploymentKey = try directory.deploymentKey(epoch: store.keyEpoch)
        let secret = try directory.publisherKey().secretText
        guard let key = [UInt8](hex: secret).flatMap({ COSESigningKey(ed25519: $0) }) else {
            throw .cannotRead(path: directory.publisherKeyPath, reason: "it is not an Ed25519 key")
        }
        self.key = key
    }

    /// A new release, and the text of its QR code.
    ///
    /// - Parameters:
    ///   - document: a document number, a machine-readable zone, or the canonical text of a travel document or card: what
    ///     the order was filed on.
    ///   - order: the reference of the order that is lifted.
    ///   - hours: how long it counts from now, 1 to 24; of 24 the ``leeway`` is taken off.
    ///   - operator: who orders it, and `reason` why: both are kept, with the order's reference.
    ///   - acceptPlaceholders: takes document numbers that nobody can have, for demonstrations.
    public func issue(
        document: String, order: OrderReference, hours: Int, by operator: String, because reason: String,
        acceptPlaceholders: Bool = false, at now: WallTime
    ) throws(CentralError) -> (release: Release, text: String) {
        try ListAct.checkNames(`operator`, reason)
        let credential: Credential
        do throws(UnreadableReason) {
            let rules = DocumentNumber.Rules(acceptPlaceholders: acceptPlaceholders)
            // One that has run out still names its holder.
            credential = try Credential(document, today: nil, rules: rules)
        } catch { throw .unusable(reason: "The document cannot be used: \(error.explanation).") }
        guard (1...24).contains(hours) else { throw .unusable(reason: "A release lasts 1 to 24 hours.") }
        let notBefore = now.advanced(bySeconds: -Self.leeway)
        let release: Release
        let text: String
        do {
            release = try Release(
                id: .random(), deployment: store.deployment, keyEpoch: deploymentKey.epoch,
                subject: deploymentKey.subjectToken(of: credential), order: order, issued: now, notBefore: notBefore,
                expires: min(
                    now.advanced(bySeconds: Int64(hours) * 3600),
                    notBefore.advanced(bySeconds: Release.longestSeconds)))
            text = try release.text(signedBy: key)
        } catch { throw .unusable(reason: "No release was made: \(error).") }
        try store.write { db in
            try db.execute(
                sql: "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    release.id.description, now.secondsSince1970, release.expires.secondsSince1970,
                    Int64(clamping: order.rawValue), `operator`, reason,
                ])
        }
        return (release, text)
    }
}
