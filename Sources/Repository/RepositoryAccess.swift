public import AsyncHTTPClient
import DurableFiles
public import ListStore
import NIOCore
import NIOPosix
public import TrustedFiles

/// A TUF client at work: over HTTP, with what it trusts on disk. One serves one update: make another for the next.
public struct RepositoryAccess: Sendable {
    /// How the update stands.
    public private(set) var client: RepositoryClient
    private let store: MetadataStore
    private let settings: RepositorySettings
    private let fetcher: HTTPFetcher

    /// - Parameters:
    ///   - settings: where the repository is.
    ///   - store: what is trusted; it has to hold a root file.
    ///   - http: made with ``httpConfiguration(for:)``.
    ///   - now: 5.1, when the update begins, in seconds since 1970.
    public init(_ settings: RepositorySettings, store: MetadataStore, http: HTTPClient, now: Int64) {
        self.settings = settings
        self.store = store
        client = RepositoryClient(now: now, limits: settings.limits)
        fetcher = HTTPFetcher(http: http, settings: settings)
    }

    /// What the HTTP client has to be made with: above all it follows no redirect.
    public static func httpConfiguration(for settings: RepositorySettings) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        let silence = TimeAmount(settings.silence)
        configuration.timeout = .init(connect: silence, read: silence)
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Brings root, timestamp, snapshot and targets up to date. What was trusted before stays if it fails.
    ///
    /// - Throws: ``MetadataError``, ``FetchError``, ``FileTrouble``.
    public mutating func refresh() async throws { try await run() }

    /// The target called `name`, with the metadata that is needed to know. After ``refresh()``.
    ///
    /// - Throws: as ``refresh()``.
    public mutating func find(_ name: String) async throws -> FoundTarget {
        client.find(name)
        try await run()
        guard let found = client.found else { throw MetadataError.noSuchTarget(name: name) }
        return found
    }

    /// All targets that `role` signs for, where the role `targets` delegates to it. After ``refresh()``.
    ///
    /// Whether it may sign for a name is for the caller to say: the patterns of the delegation are not looked at.
    /// - Throws: as ``refresh()``.
    public mutating func targets(of role: String) async throws -> [FoundTarget] {
        client.load(role)
        try await run()
        return client.trusted?.foundTargets(of: role) ?? []
    }

    private mutating func run() async throws {
        while true {
            switch client.step {
            case .read(let role): client.take(try await stored(role))
            case .fetch(let request):
                let url = RepositorySettings.url(settings.metadataURL, request.path)
                client.take(try await fetcher.content(url, limit: request.limit))
            case .store(let role, let bytes):
                try await offLoop { [store] in try store.store(role, bytes) }
                client.proceed()
            case .remove(let roles):
                try await offLoop { [store] in try store.remove(roles) }
                client.proceed()
            case .done: return
            case .refused(let error): throw error
            }
        }
    }

    /// Of the root all depends; what else cannot be read is fetched anew.
    private func stored(_ role: String) async throws -> [UInt8]? {
        try await offLoop { [store] in
            do {
                return try store.content(of: role)
            } catch  where role != "root" {
                return nil
            }
        }
    }

    /// Fetches a target, unless the very file is there already. What broke off before is gone on with.
    ///
    /// - Throws: ``MetadataError`` if it is not what was announced, ``FetchError``, and ``FileTrouble`` if there is no room, say.
    ///   What was in its place before stays.
    public func download(_ target: FoundTarget, into folder: TargetFolder) async throws {
        guard let base = settings.targetsURL else { throw FetchError.noTargetsURL }
        let url = RepositorySettings.url(base, target.path)
        guard try await !offLoop({ try folder.holds(target) }) else { return }
        let part = try await offLoop { try folder.receive(target) }
        let isResumed = part.received > 0
        do {
            do {
                try await receive(part, target, url)
            } catch  where isResumed && Self.isOfAnotherFile(error) {
                // The beginning may be of a file that has been replaced since.
                try await offLoop { try part.restart() }
                try await receive(part, target, url)
            }
        } catch {
            if part.received == 0 || error is FileTrouble || Self.isOfAnotherFile(error) {
                try? await offLoop { part.discard() }
            }
            throw error
        }
    }

    private static func isOfAnotherFile(_ error: any Error) -> Bool {
        if case FetchError.tooLong = error { true } else { error is MetadataError }
    }

    private func receive(_ part: PartialTarget, _ target: FoundTarget, _ url: String) async throws {
        let length = target.file.length
        var mustRestart = false
        repeat {
            let offset = mustRestart ? 0 : part.received
            if mustRestart { try await offLoop { try part.restart() } }
            mustRestart = false
            guard offset < length else { break }
            let pace = Pace(settings.bandwidth)
            var received: Int64 = 0
            try await fetcher.get(
                url, from: offset, limit: length, time: settings.time(for: length - offset),
                begin: { beginning in
                    switch beginning {
                    case .rest: break
                    case .whole where offset == 0: break
                    case .whole: try await offLoop { try part.restart() }
                    case .noRest: mustRestart = true
                    }
                },
                each: { piece in
                    try await offLoop { try part.write(piece) }
                    received += Int64(piece.count)
                    try await pace.keep(after: received)
                })
        } while mustRestart
        try await offLoop { try part.commit() }
    }
}

/// Runs blocking file work on NIO's thread pool, away from the event loops and Swift's own threads.
package func offLoop<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(work)
}
