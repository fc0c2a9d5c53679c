import Credentials
import FoundationEssentials
import GRDB
public import GateModel
public import Orders
import TrustedFiles

/// What an import of an order list came to.
public struct ImportSummary: Sendable {
    /// The version of the published list; `nil` if nothing was published.
    public var listVersion: UInt64?
    public var accepted: Int
    /// In the order of the file; never with the content of a row.
    public var rejected: [RejectedRow]

    /// `line N: reason` for each rejected row.
    public var rejectedLines: [String] { rejected.map(\.description) }
}

/// Signs lists and mandates and puts them where the gates fetch them.
///
/// Each publication has a higher version than all before it. The named files never change once published; only the
/// manifest is replaced, whole, so a gate sees either the old publication or the new one. Publishing works while
/// `serve` runs, and two at once wait for each other.
public struct Publisher: Sendable {
    private let directory: DataDirectory
    private let store: CentralStore
    private let key: PublisherKey

    public init(directory: DataDirectory) throws(CentralError) {
        self.directory = directory
        store = try directory.openStore()
        key = try directory.publisherKey()
    }

    /// Makes an order book of a list in CSV (see `OrderCSV`) and publishes it in place of the whole list before.
    ///
    /// - Parameters:
    ///   - strict: publishes nothing if a row is rejected.
    ///   - acceptPlaceholders: takes document numbers that nobody can have, for demonstrations.
    public func publishOrders(
        csv: [UInt8], at now: WallTime, strict: Bool, acceptPlaceholders: Bool
    ) throws(CentralError) -> ImportSummary {
        let deploymentKey = try directory.deploymentKey(epoch: store.keyEpoch)
        let rules = DocumentNumber.Rules(acceptPlaceholders: acceptPlaceholders)
        let today = CalendarDate(now)
        let list: OrderImport
        do {
            list = try OrderCSV.read(
                csv, now: now,
                subject: { text in
                    do throws(UnreadableReason) {
                        return .success(
                            deploymentKey.subjectToken(of: try Credential(text, today: today, rules: rules)))
                    } catch { return .failure(error) }
                },
                household: { deploymentKey.householdToken(of: $0) })
        } catch { throw .unusable(reason: error.description) }
        var summary = ImportSummary(listVersion: nil, accepted: list.accepted.count, rejected: list.rejected)
        guard list.rejected.isEmpty || !strict else { return summary }
        // One bad export must not end every order there is. A list without rows says so on purpose.
        guard !list.accepted.isEmpty || list.rejected.isEmpty else { return summary }

        summary.listVersion = try publish(.orders, at: now) { _, listVersion in
            let builder = OrderBookBuilder(
                listVersion: listVersion, created: now, keyEpoch: deploymentKey.epoch, keyCheck: deploymentKey.keyCheck)
            return (Self.orderFileName(listVersion), try builder.build(list.accepted))
        }.listVersion
        return summary
    }

    /// Publishes a mandate in place of the one before, and gives its end.
    ///
    /// - Parameter days: how long it applies from now, 1 to 90.
    public func publishMandate(
        reference: String, legalBasis: String, area: String, days: Int, at now: WallTime
    ) throws(CentralError) -> WallTime {
        let mandate: Mandate
        do throws(MandateError) {
            // More days than a mandate may have are refused, and no number of them overflows.
            let until = now.advanced(bySeconds: Int64(min(max(days, 0), 100_000)) * 86_400)
            mandate = try Mandate(reference: reference, legalBasis: legalBasis, area: area, from: now, until: until)
        } catch { throw .unusable(reason: error.description) }
        _ = try publish(.mandate, at: now) { version, _ in ("mandate-\(version).json", try mandate.json()) }
        return mandate.until
    }

    private func publish(
        _ role: Manifest.Role, at now: WallTime,
        content: (_ version: UInt64, _ listVersion: UInt64) throws -> (name: String, bytes: [UInt8])
    ) throws(CentralError) -> (version: UInt64, listVersion: UInt64) {
        // The open transaction keeps every other publisher out until the manifest stands.
        try store.write { db in
            let current = try currentManifest()
            let row = try Row.fetchOne(db, sql: "SELECT version, listVersion FROM service")
            let storedVersion = UInt64(clamping: try row?.integer("version") ?? 0)
            let storedListVersion = UInt64(clamping: try row?.integer("listVersion") ?? 0)
            // After a loss of power the manifest may be newer than the database.
            let publishedListVersion = current?.file(.orders).flatMap { Self.listVersion(ofFile: $0.name) } ?? 0
            let version = max(storedVersion, current?.version ?? 0) + 1
            let lastListVersion = max(storedListVersion, publishedListVersion)
            let listVersion = role == .orders ? lastListVersion + 1 : lastListVersion

            let (name, bytes) = try content(version, listVersion)
            try DurableFile.write(bytes, to: "\(directory.publicPath)/\(name)", mode: 0o644)
            let file = Manifest.File(role: role, name: name, content: bytes)
            let others = current?.files.filter { $0.role != role } ?? []
            let manifest = try Manifest(
                version: version, deployment: store.deployment, created: now.secondsSince1970, files: [file] + others)
            try DurableFile.write(try manifest.sealed(with: key), to: directory.manifestPath, mode: 0o644)
            try db.execute(
                sql: "UPDATE service SET version = ?, listVersion = ?",
                arguments: [Int64(clamping: version), Int64(clamping: listVersion)])
            // A gate may be fetching what the last manifest named; what is older goes.
            removeFiles(otherThan: Set((manifest.files + (current?.files ?? [])).map(\.name)))
            return (version, listVersion)
        }
    }

    /// What is published now; `nil` if nothing was.
    private func currentManifest() throws -> Manifest? {
        guard let content = FileManager.default.contents(atPath: directory.manifestPath) else { return nil }
        do {
            return try Manifest.open(
                envelopeBytes: Array(content), trusted: key.trusted, deployment: store.deployment, notOlderThan: nil)
        } catch {
            throw CentralError.cannotRead(path: directory.manifestPath, reason: "\(error) Remove it to publish anew")
        }
    }

    private func removeFiles(otherThan kept: Set<String>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.publicPath)) ?? []
        for name in names where !kept.contains(name) && (name.hasPrefix("orders-") || name.hasPrefix("mandate-")) {
            // One that cannot be removed now is found again the next time.
            try? FileManager.default.removeItem(atPath: "\(directory.publicPath)/\(name)")
        }
    }

    private static func orderFileName(_ listVersion: UInt64) -> String { "orders-\(listVersion).ghob" }

    private static func listVersion(ofFile name: String) -> UInt64? {
        guard name.hasPrefix("orders-"), name.hasSuffix(".ghob") else { return nil }
        return UInt64(name.dropFirst("orders-".count).dropLast(".ghob".count))
    }
}
