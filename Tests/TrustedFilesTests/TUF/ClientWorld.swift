import TrustedFiles

/// A client of a ``SampleRepository`` with what it has stored, and a log of what it did.
struct ClientWorld {
    var repository = SampleRepository()
    var limits = RepositoryLimits()
    /// Roles whose files the repository does not have.
    var absent: Set<String> = []
    /// By version.
    var roots: [Int64: [UInt8]] = [:]
    /// By role.
    var stored: [String: [UInt8]] = [:]
    private(set) var log: [String] = []
    private(set) var client: RepositoryClient?

    init() { try? trustRoot() }

    var refusal: MetadataError? {
        if case .refused(let error)? = client?.step { error } else { nil }
    }

    /// What the last run asked the repository for.
    var fetched: [String] {
        log.filter { $0.hasPrefix("fetch ") }.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
    }

    /// Begins with the repository's root of now.
    mutating func trustRoot() throws { stored["root"] = try repository.file("root") }

    /// Publishes the root as it is, under the next version, signed by the keys of now and of version 1.
    mutating func publishRoot() throws {
        repository.root.header.version += 1
        roots[repository.root.header.version] = try repository.rootFile()
    }

    mutating func update(now: Int64 = SampleRepository.now) throws {
        client = RepositoryClient(now: now, limits: limits)
        try run()
    }

    mutating func load(now: Int64 = SampleRepository.now) throws {
        client = RepositoryClient(now: now, source: .store, limits: limits)
        try run()
    }

    mutating func find(_ name: String) throws {
        client?.find(name)
        try run()
    }

    private mutating func run() throws {
        log = []
        while let step = client?.step {
            switch step {
            case .read(let role):
                log.append("read \(role)")
                client?.take(stored[role])
            case .fetch(let request):
                log.append("fetch \(request.path) \(request.limit)")
                let bytes = try answer(request.path)
                client?.take(bytes)
            case .store(let role, let bytes):
                log.append("store \(role)")
                stored[role] = bytes
                client?.proceed()
            case .remove(let roles):
                log.append("remove \(roles.joined(separator: " "))")
                for role in roles { stored[role] = nil }
                client?.proceed()
            case .done:
                log.append("done")
                return
            case .refused:
                log.append("refused")
                return
            }
        }
    }

    private func answer(_ path: String) throws -> [UInt8]? {
        let parts = path.split(separator: ".", maxSplits: 1)
        let version = parts.first.flatMap { Int64($0) }
        let name = version == nil ? path : String(parts.last ?? "")
        if name == "root.json" { return version.flatMap { roots[$0] } }
        let known = ["timestamp", "snapshot", "targets"] + repository.delegated.keys
        let role = known.first { RepositoryClient.fileName(of: $0) == name }
        guard let role, !absent.contains(role) else { return nil }
        return try repository.file(role)
    }
}
