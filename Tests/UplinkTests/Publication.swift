import Foundation
import GateModel
import ListStore
import Orders
import TrustedFiles

/// What an authority publishes at one time, right unless a test makes it wrong.
struct Publication: Sendable {
    enum Role: String, CaseIterable {
        case root, targets, snapshot, timestamp
        case bulk = "orders-bulk"
        case orders, mandate
    }

    /// The second signs for whole lists, too.
    static let secondKey = PublisherKey()
    static let keys = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, PublisherKey()) })
    /// In the middle of every mandate.
    static let now = created.advanced(bySeconds: 3600)
    static let created = WallTime(secondsSince1970: 1_800_000_000)
    static let listKey = ListKey(epoch: 1, check: 0xC0FFEE)

    /// The version of all metadata.
    var version: Int64
    /// The version of the book.
    var base: UInt64
    /// Each leads from one version to the next, and puts one order on the list: the subject is the version.
    var deltas: [UInt64] = []
    /// A delta that leads from another base to this one.
    var bulkDeltaFrom: UInt64?
    var bulkDeltaLacksOne = false
    /// Another version than the names of deltas say.
    var deltaLeadsTo: UInt64?
    /// Versions from here on were made after a backup had been put back, so others of the same number may be at gates.
    var begunAnewAt: UInt64?
    /// Whose orders the deltas put on the list: the subject is the version and this.
    var subjectOffset: UInt64 = 0
    var allowance: Int64 = 1000
    var keyCheck: UInt64 = 0xC0FFEE
    var mandateReference = "M-1"
    var hasMandate = true
    var issued = Publication.created
    /// Who signs instead of the role itself.
    var signers: [Role: PublisherKey] = [:]
    /// Changes the content of an order file before it is signed for.
    var forge: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes what is served.
    var damage: @Sendable (_ path: String, [UInt8]) -> [UInt8] = { $1 }
    /// In seconds after ``created``.
    var lifetime: Int64 = 90 * 86_400

    init(_ version: Int64, base: UInt64? = nil, _ change: (inout Publication) -> Void = { _ in }) {
        self.version = version
        self.base = base ?? UInt64(clamping: version)
        change(&self)
    }

    private static func key(_ role: Role) throws -> PublisherKey { try required(keys[role]) }

    private func header(_ more: [String: JSONValue] = [:]) -> MetadataHeader {
        MetadataHeader(
            version: version, expires: Self.created.secondsSince1970 + lifetime, unrecognized: more)
    }

    private func signed<Body: MetadataBody>(_ body: Body, _ role: Role, and second: PublisherKey? = nil) throws
        -> [UInt8]
    {
        var file = SignedMetadata(body)
        try file.sign(with: signers[role] ?? Self.key(role))
        if let second { try file.sign(with: second) }
        return file.encoded()
    }

    static func root() throws -> [UInt8] {
        var signers: [String: (keys: [TrustedKey], threshold: Int64)] = [:]
        for role in [Role.root, .targets, .snapshot, .timestamp] {
            signers[role.rawValue] = ([try key(role).trusted], 1)
        }
        var file = SignedMetadata(
            RootMetadata(
                header: MetadataHeader(version: 1, expires: created.secondsSince1970 + 400 * 86_400), signers: signers))
        try file.sign(with: key(.root))
        return file.encoded()
    }

    private static func delegations() throws -> Delegations {
        var all: [String: MetadataKey] = [:]
        var roles: [DelegatedRole] = []
        for (role, patterns) in [
            (Role.bulk, ["orders/bulk/*"]), (.orders, ["orders/*"]), (.mandate, ["mandate.json"]),
        ] {
            let own = try [key(role)] + (role == .bulk ? [secondKey] : [])
            for key in own.map({ MetadataKey($0.trusted) }) { all[key.keyid] = key }
            roles.append(
                DelegatedRole(
                    name: role.rawValue,
                    signers: RoleKeys(
                        keyids: own.map { MetadataKey($0.trusted).keyid }, threshold: Int64(own.count)),
                    coverage: .paths(patterns)))
        }
        return Delegations(keys: all, roles: .listed(roles))
    }

    private func head(_ version: UInt64) -> OrderBookHead {
        let isNew = begunAnewAt.map { version >= $0 } ?? false
        return OrderBookHead(
            listVersion: version, created: Self.created.advanced(bySeconds: isNew ? 1 : 0), keyEpoch: 1,
            keyCheck: keyCheck)
    }

    static func order(_ number: UInt64) throws -> Order {
        Order(
            kind: .isolation, reason: .closeContact, ends: created.advanced(bySeconds: 20 * 86_400),
            household: HouseholdToken(rawValue: 1), reference: try required(OrderReference(number)))
    }

    /// The book of a version: one order for each version up to it.
    func book() throws -> [UInt8] {
        try OrderBookBuilder(
            listVersion: base, created: head(base).created, keyEpoch: 1, keyCheck: keyCheck
        ).build((1...base).map { (SubjectToken(rawValue: $0), try Self.order($0)) })
    }

    private func delta(from: UInt64, to: UInt64, without lacking: UInt64? = nil) throws -> [UInt8] {
        try OrderDelta(
            base: head(from), head: head(deltaLeadsTo ?? to),
            changes: (from + 1...to).filter { $0 != lacking }.map {
                (SubjectToken(rawValue: $0 + subjectOffset), try Self.order($0))
            }
        ).bytes()
    }

    /// Every path with its content.
    func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        func publish(_ name: String, _ content: [UInt8]) -> TargetFile {
            let target = TargetFile(content: content)
            var parts = name.split(separator: "/").map(String.init)
            let last = parts.removeLast()
            files["/targets/" + (parts + ["\(target.hashes["sha256"] ?? "").\(last)"]).joined(separator: "/")] = content
            return target
        }
        var bulk = ["orders/bulk/\(base).book": publish("orders/bulk/\(base).book", forge(try book()))]
        if let from = bulkDeltaFrom {
            let name = "orders/bulk/\(from)-\(base).delta"
            let lacking = bulkDeltaLacksOne ? from + 1 : nil
            bulk[name] = publish(name, forge(try delta(from: from, to: base, without: lacking)))
        }
        var orders: [String: TargetFile] = [:]
        for version in deltas {
            let name = "orders/\(version - 1)-\(version).delta"
            orders[name] = publish(name, forge(try delta(from: version - 1, to: version)))
        }
        let mandate = try Mandate(
            reference: mandateReference, legalBasis: "a law", area: "a town", from: Self.created,
            until: Self.created.advanced(bySeconds: 86_400)
        ).json()
        var mandates: [String: TargetFile] = [:]
        if hasMandate { mandates[Mandate.targetName] = publish(Mandate.targetName, mandate) }

        files["/metadata/\(version).targets.json"] = try signed(
            TargetsMetadata(header: header(), targets: [:], delegations: try Self.delegations()), .targets)
        let roles: [(Role, [String: TargetFile])] = [(.bulk, bulk), (.orders, orders), (.mandate, mandates)]
        for (role, targets) in roles {
            let more: [String: JSONValue] = role == .bulk ? ["allowance": .integer(allowance)] : [:]
            files["/metadata/\(version).\(role.rawValue).json"] = try signed(
                TargetsMetadata(header: header(more), targets: targets), role,
                and: role == .bulk ? Self.secondKey : nil)
        }
        let names = ["targets", "orders-bulk", "orders", "mandate"]
        let snapshot = try signed(
            SnapshotMetadata(
                header: header(),
                meta: Dictionary(uniqueKeysWithValues: names.map { ("\($0).json", MetaFile(version: version)) })),
            .snapshot)
        files["/metadata/\(version).snapshot.json"] = snapshot
        files["/metadata/timestamp.json"] = try signed(
            TimestampMetadata(
                header: header(["issued": .integer(issued.secondsSince1970)]),
                snapshot: MetaFile(version: version, content: snapshot)), .timestamp)
        return files.reduce(into: [:]) { $0[$1.key] = damage($1.key, $1.value) }
    }

    /// Answers with the files as they are.
    func handler() throws -> FakeCentral.Handler {
        let files = try files()
        return { request in files[request.path].map { FakeAnswer(body: $0) } ?? .notFound }
    }
}

func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw CocoaError(.coderValueNotFound) }
    return value
}

/// Where a gate keeps its files.
struct GateFolder {
    let scratch: Scratch
    let metadata: MetadataStore
    let store: SignedFileStore

    init() throws {
        scratch = try Scratch()
        store = SignedFileStore(directory: scratch.path, key: Publication.listKey)
        metadata = MetadataStore(directory: "\(scratch.path)/metadata")
        try metadata.initialise(trustedRoot: try Publication.root())
    }

    /// What is there beside the metadata.
    var stored: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) ?? []).filter { $0 != "metadata" }
            .sorted()
    }

    /// The same when the gate starts anew.
    func load() throws -> FilesInForce? { try store.load(at: Publication.now) }
}
