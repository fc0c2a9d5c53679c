/// A TUF client without input and output: section 5 of the specification as a machine that says what to do next and is fed
/// with what came of it.
///
///     while true {
///         switch client.step {
///         case .read(let role): client.take(bytes that are stored of the role, or nil)
///         case .fetch(let request): client.take(bytes that came, or nil if the repository has no such file)
///         case .store(let role, let bytes): put them in place of what is stored of the role; client.proceed()
///         case .remove(let roles): remove what is stored of them; client.proceed()
///         case .done, .refused: return
///         }
///     }
///
/// When the caller cannot do what a step says, for lack of a network or of room, it drops the client: what is stored is good for
/// the next one. After ``Step/done`` targets can be looked for, one after the other, with ``find(_:)``.
public struct RepositoryClient: Sendable {
    /// What to work from.
    public enum Source: Hashable, Sendable {
        /// The repository. Nothing that has expired is taken.
        case repository
        /// What is stored, as it is: nothing is fetched, and that files have expired, are missing or do not belong together is
        /// no error but one of the ``RepositoryClient/findings``. Signatures are checked.
        case store
    }

    /// What to do next.
    public enum Step: Hashable, Sendable {
        case read(role: String)
        case fetch(MetadataRequest)
        case store(role: String, bytes: [UInt8])
        case remove(roles: [String])
        /// Everything is up to date, or the target is ``RepositoryClient/found``.
        case done
        case refused(MetadataError)
    }

    /// The name under which what is stored of `role` is kept.
    public static func fileName(of role: String) -> String { "\(URLQuoting.quoted(role)).json" }

    /// `nil` before a root file has been read.
    public private(set) var trusted: TrustedMetadataSet?
    /// What there is to say of stored files that were used as they are.
    public private(set) var findings: [MetadataError] = []
    /// The target of the last ``find(_:)``.
    public private(set) var found: FoundTarget?

    private let now: Int64
    private let limits: RepositoryLimits
    private let source: Source
    private var place = Place.readRoot
    /// What has to be stored or removed before the machine goes on.
    private var pending: [Step] = []
    private var rotations = 0
    private var isRefreshed = false
    private var search: Search?

    private enum Place: Hashable {
        case readRoot
        case fetchRoot(version: Int64)
        case readTimestamp
        case fetchTimestamp
        case readSnapshot
        case fetchSnapshot(MetaFile)
        case readTargets(Delegation)
        case fetchTargets(Delegation, MetaFile)
        case done
        case refused(MetadataError)
    }

    private struct Delegation: Hashable {
        var role: String
        var delegator: String
        static let topLevel = Delegation(role: "targets", delegator: "root")
    }

    private struct Search {
        let name: String
        /// The next one last.
        var toVisit = [Delegation.topLevel]
        var visited: Set<String> = []
    }

    /// - Parameters:
    ///   - now: 5.1, the time at which the update begins, in seconds since 1970.
    ///   - source: what to work from.
    ///   - limits: how much the repository may ask.
    public init(now: Int64, source: Source = .repository, limits: RepositoryLimits = RepositoryLimits()) {
        self.now = now
        self.source = source
        self.limits = limits
    }

    public var step: Step {
        if let first = pending.first { return first }
        switch place {
        case .readRoot: return .read(role: "root")
        case .readTimestamp: return .read(role: "timestamp")
        case .readSnapshot: return .read(role: "snapshot")
        case .readTargets(let delegation): return .read(role: delegation.role)
        case .fetchRoot(let version):
            return .fetch(MetadataRequest(path: "\(version).root.json", limit: limits.root, mayBeMissing: true))
        case .fetchTimestamp:
            return .fetch(MetadataRequest(path: "timestamp.json", limit: limits.timestamp, mayBeMissing: false))
        case .fetchSnapshot(let meta): return .fetch(request("snapshot", meta, limits.snapshot))
        case .fetchTargets(let delegation, let meta): return .fetch(request(delegation.role, meta, limits.targets))
        case .done: return .done
        case .refused(let error): return .refused(error)
        }
    }

    private func request(_ role: String, _ meta: MetaFile, _ usual: Int) -> MetadataRequest {
        let name = Self.fileName(of: role)
        return MetadataRequest(
            path: trusted?.root.consistentSnapshot == true ? "\(meta.version).\(name)" : name,
            limit: min(meta.length.map { Int(clamping: $0) } ?? usual, limits.largest), mayBeMissing: false)
    }

    /// What came of ``Step/read(role:)`` or ``Step/fetch(_:)``: `nil` if there is no such file.
    public mutating func take(_ bytes: [UInt8]?) {
        guard pending.isEmpty else { return }
        if case .fetch(let request) = step, let bytes, bytes.count > request.limit {
            place = .refused(.tooLong(file: request.path, limit: request.limit))
            return
        }
        do {
            switch source {
            case .repository: try takeForUpdate(bytes)
            case .store: try takeStored(bytes)
            }
        } catch {
            place = .refused(error)
        }
    }

    /// After ``Step/store(role:bytes:)`` or ``Step/remove(roles:)``.
    public mutating func proceed() {
        if !pending.isEmpty { pending.removeFirst() }
    }

    /// Looks for a target (5.6.7). Only after ``Step/done``; a search that was refused does no harm to the next.
    public mutating func find(_ name: String) {
        guard isRefreshed, pending.isEmpty else { return }
        found = nil
        search = Search(name: name)
        do {
            try continueSearch()
        } catch {
            place = .refused(error)
        }
    }

    /// Loads the metadata of a role to which `targets` delegates, to look at all that it signs for. Only after
    /// ``Step/done``.
    public mutating func load(_ role: String) {
        guard isRefreshed, pending.isEmpty else { return }
        search = nil
        if trusted?.targets(role, by: "targets") == nil {
            place = .readTargets(Delegation(role: role, delegator: "targets"))
        } else {
            place = .done
        }
    }

    // MARK: From the repository

    private mutating func takeForUpdate(_ bytes: [UInt8]?) throws(MetadataError) {
        switch place {
        case .readRoot:
            guard let bytes else { throw .noTrustedRoot }
            let set = try TrustedMetadataSet(trustedRoot: bytes, now: now)
            trusted = set
            nextRoot(after: set.root.header.version)
        case .fetchRoot(let version):
            guard let bytes else { return try finishRoot() }
            // What loses its keys goes first: were it still there after a loss of power, it would be trusted for good.
            if try trusted?.updateRoot(bytes) == true { pending.append(.remove(roles: ["timestamp", "snapshot"])) }
            pending.append(.store(role: "root", bytes: bytes))
            rotations += 1
            if rotations < limits.rootRotations { nextRoot(after: version) } else { try finishRoot() }
        case .readTimestamp:
            // What can no longer be read or is no longer signed as it should is as good as absent.
            if let bytes { try? trusted?.loadTimestamp(bytes) }
            place = .fetchTimestamp
        case .fetchTimestamp:
            guard let bytes else { throw .missing(file: "timestamp.json") }
            if try trusted?.updateTimestamp(bytes) == true { pending.append(.store(role: "timestamp", bytes: bytes)) }
            place = .readSnapshot
        case .readSnapshot:
            guard let meta = trusted?.timestamp?.snapshot else { throw .notYet(needs: "the timestamp") }
            let isCurrent = bytes.flatMap { try? trusted?.loadSnapshot($0) } ?? false
            place = isCurrent ? .readTargets(.topLevel) : .fetchSnapshot(meta)
        case .fetchSnapshot(let meta):
            guard let bytes else { throw .missing(file: request("snapshot", meta, 0).path) }
            try trusted?.updateSnapshot(bytes)
            pending.append(.store(role: "snapshot", bytes: bytes))
            place = .readTargets(.topLevel)
        case .readTargets(let delegation):
            guard let meta = try trusted?.announced(delegation.role) else { throw .noTrustedRoot }
            if let bytes, (try? trusted?.updateTargets(bytes, role: delegation.role, by: delegation.delegator)) != nil {
                try targetsAreLoaded()
            } else {
                place = .fetchTargets(delegation, meta)
            }
        case .fetchTargets(let delegation, let meta):
            guard let bytes else { throw .missing(file: request(delegation.role, meta, 0).path) }
            try trusted?.updateTargets(bytes, role: delegation.role, by: delegation.delegator)
            pending.append(.store(role: delegation.role, bytes: bytes))
            try targetsAreLoaded()
        case .done, .refused: return
        }
    }

    private mutating func nextRoot(after version: Int64) {
        let (next, overflow) = version.addingReportingOverflow(1)
        place = overflow ? .readTimestamp : .fetchRoot(version: next)
    }

    private mutating func finishRoot() throws(MetadataError) {
        try trusted?.checkRoot()
        place = .readTimestamp
    }

    // MARK: From the store

    private mutating func takeStored(_ bytes: [UInt8]?) throws(MetadataError) {
        switch place {
        case .readRoot:
            guard let bytes else { throw .noTrustedRoot }
            let set = try TrustedMetadataSet(trustedRoot: bytes, now: now)
            trusted = set
            do { try set.checkRoot() } catch { findings.append(error) }
            place = .readTimestamp
        case .readTimestamp:
            restore(bytes, "timestamp") { set, bytes throws(MetadataError) in try set.restoreTimestamp(bytes) }
            place = .readSnapshot
        case .readSnapshot:
            restore(bytes, "snapshot") { set, bytes throws(MetadataError) in try set.restoreSnapshot(bytes) }
            place = .readTargets(.topLevel)
        case .readTargets(let delegation):
            let isRestored = restore(bytes, delegation.role) { set, bytes throws(MetadataError) in
                try set.restoreTargets(bytes, role: delegation.role, by: delegation.delegator)
            }
            guard isRestored || search == nil else { throw .missing(file: Self.fileName(of: delegation.role)) }
            try targetsAreLoaded()
        case .fetchRoot, .fetchTimestamp, .fetchSnapshot, .fetchTargets, .done, .refused: return
        }
    }

    @discardableResult
    private mutating func restore(
        _ bytes: [UInt8]?, _ role: String,
        _ restore: (inout TrustedMetadataSet, [UInt8]) throws(MetadataError) -> [MetadataError]
    ) -> Bool {
        guard let bytes, var set = trusted else {
            findings.append(.missing(file: Self.fileName(of: role)))
            return false
        }
        do {
            findings += try restore(&set, bytes)
            trusted = set
            return true
        } catch {
            findings.append(error)
            return false
        }
    }

    // MARK: 5.6.7 The search

    private mutating func targetsAreLoaded() throws(MetadataError) {
        isRefreshed = true
        if search == nil { place = .done } else { try continueSearch() }
    }

    private mutating func continueSearch() throws(MetadataError) {
        guard var search else { return }
        while let delegation = search.toVisit.last {
            guard !search.visited.contains(delegation.role) else {
                search.toVisit.removeLast()
                continue
            }
            // The top-level role is no delegation.
            guard search.visited.count <= limits.delegations else {
                throw .tooManyRoles(name: search.name, limit: limits.delegations)
            }
            guard let targets = trusted?.targets(delegation.role, by: delegation.delegator) else {
                self.search = search
                place = .readTargets(delegation)
                return
            }
            search.toVisit.removeLast()
            search.visited.insert(delegation.role)
            if let file = targets.target(search.name) {
                try conclude(search.name, file, role: delegation.role)
                return
            }
            var children = targets.delegations?.roles(for: search.name)[...] ?? []
            if let terminating = children.firstIndex(where: \.isTerminating) {
                children = children[...terminating]
                search.toVisit = []
            }
            search.toVisit += children.reversed().map { Delegation(role: $0.name, delegator: delegation.role) }
        }
        throw .noSuchTarget(name: search.name)
    }

    private mutating func conclude(_ name: String, _ file: TargetFile, role: String) throws(MetadataError) {
        let isConsistent = trusted?.root.consistentSnapshot == true
        guard let target = FoundTarget(name, file, role: role, isConsistent: isConsistent) else {
            throw .noKnownDigest(file: name)
        }
        found = target
        search = nil
        place = .done
    }
}
