import GateModel
public import ListStore
import NIOPosix
import Orders
import TrustedFiles

/// What the gate is told of the signed files.
public enum FileNews: Sendable {
    /// New files are verified and in force on disk.
    case installed(FilesInForce)
    /// An offer was refused; what was in force stays.
    case refused(reason: String)
}

/// Looks for newer signed files, verifies them, and puts them in force: fetch, verify, rename, swap.
public struct SignedFileFetcher: Sendable {
    let client: CentralClient
    let store: SignedFileStore
    let every: Duration
    let news: @Sendable (FileNews) async -> Void

    public init(
        client: CentralClient, store: SignedFileStore, every: Duration,
        news: @escaping @Sendable (FileNews) async -> Void
    ) {
        self.client = client
        self.store = store
        self.every = every
        self.news = news
    }

    /// Goes on until cancelled.
    ///
    /// - Parameters:
    ///   - inForce: what was loaded at the start.
    ///   - holdsList: whether the gate still holds the list that it was given. It drops it with the mandate; should the
    ///     mandate be valid after all (the wall clock was wrong, say), the list is fetched again.
    public func run(inForce: FilesInForce?, holdsList: @Sendable () async -> Bool = { true }) async throws {
        var inForce = inForce
        var refused: Refused?
        var backoff = Backoff(base: min(.milliseconds(500), every), cap: every)
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            var wait = every
            do {
                let envelope = try await manifestEnvelope()
                if await !holdsList() { inForce?.book = nil }
                // What was refused for good is not fetched again; what broke off is.
                if refused?.envelope != envelope {
                    do {
                        if let files = try await install(envelope, over: inForce) {
                            inForce = files
                            await news(.installed(files))
                        }
                        refused = nil
                    } catch {
                        if error is CentralError || error is CancellationError { throw error }
                        // A broken download and a full disk may be over the next time.
                        let mayPass = error is FileError || error is FileTrouble || error is OversizedAnswer
                        await refuse("\(error)", envelope: mayPass ? nil : envelope, &refused)
                    }
                }
                backoff.succeed()
            } catch let error as CancellationError {
                throw error
            } catch {
                if error is OversizedAnswer { await refuse("\(error)", envelope: nil, &refused) }
                wait = backoff.fail(using: &generator)
            }
            try await Task.sleep(for: wait)
        }
    }

    private struct Refused {
        var envelope: [UInt8]?
        var reason: String
    }

    /// The same refusal is told once.
    private func refuse(_ reason: String, envelope: [UInt8]?, _ refused: inout Refused?) async {
        if refused?.reason != reason { await news(.refused(reason: reason)) }
        refused = Refused(envelope: envelope, reason: reason)
    }

    private func manifestEnvelope() async throws -> [UInt8] {
        var envelope: [UInt8] = []
        try await client.download("/files/\(SignedFileStore.manifestName)", limit: SignedEnvelope.largestByteCount) {
            envelope += $0
        }
        return envelope
    }

    /// The new files, or `nil` if there is nothing newer.
    func install(_ envelope: [UInt8], over inForce: FilesInForce?) async throws -> FilesInForce? {
        let manifest = try Manifest.open(
            envelopeBytes: envelope, trusted: store.trust.key, deployment: store.trust.deployment,
            notOlderThan: inForce?.manifest.version)
        let now = client.clock.now().wall
        if let inForce, manifest.version == inForce.manifest.version {
            guard manifest == inForce.manifest else { throw Refusal.twoOfOneVersion(manifest.version) }
            let lacksList =
                manifest.file(.orders) != nil && inForce.book == nil
                && SignedFileStore.mayHoldList(inForce.mandate, at: now)
            guard lacksList else { return nil }
        }
        for file in manifest.files where file.size > Self.largestFile {
            throw Refusal.tooLarge(name: file.name, size: file.size)
        }
        if let file = manifest.file(.mandate) { try await fetchUnlessStored(file) }
        // Without a mandate the gate does not even fetch the list (principle 7).
        let mayHoldList = try await offLoop { [store] in
            SignedFileStore.mayHoldList(try store.mandate(of: manifest), at: now)
        }
        if mayHoldList, let file = manifest.file(.orders) { try await fetchUnlessStored(file) }
        return try await offLoop { [store] in
            let files = try store.open(manifest, notOlderThan: inForce?.book?.listVersion ?? 0, at: now)
            try store.commit(envelope: envelope, manifest: manifest)
            return files
        }
    }

    private func fetchUnlessStored(_ file: Manifest.File) async throws {
        guard try await !offLoop({ [store] in store.holds(file) }) else { return }
        let writer = try await offLoop { [store] in try VerifiedWriter(store: store, file: file) }
        try await client.download("/files/\(file.name)", limit: Int(file.size)) { piece in
            try await offLoop { try writer.write(piece) }
        }
        try await offLoop { try writer.commit() }
    }

    /// A gate's disk is small: 1 GiB is a hundred times the list of a province.
    static let largestFile: UInt64 = 1 << 30
}

/// Verifies a file while it is written; only a whole and right one appears in its place.
private final class VerifiedWriter: @unchecked Sendable {
    // Unchecked: one fetch uses it, one call after the other.
    private let output: AtomicFile
    private var verifier: FileVerifier

    init(store: SignedFileStore, file: Manifest.File) throws {
        output = try AtomicFile(path: store.path(file))
        verifier = FileVerifier(expecting: file)
    }

    func write(_ piece: [UInt8]) throws {
        try verifier.update(piece)
        try output.write(piece)
    }

    func commit() throws {
        try verifier.finish()
        try output.commit()
    }
}

/// Runs blocking file work on NIO's thread pool, away from the event loops and Swift's own threads.
func offLoop<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(work)
}
