import AsyncHTTPClient
import GateModel
import ListStore
import Logging
import NIOCore
import NIOPosix
import Settings
import TrustedFiles
import Uplink

/// Keeps the signed files: reads them at the start, fetches newer ones, erases them when the mandate is over.
struct FileService: Sendable {
    let settings: GateSettings
    /// The deployment key's fingerprint, `nil` where the key cannot be read.
    let keyCheck: UInt64?
    let gatekeeper: Gatekeeper
    let http: HTTPClient
    let clock: any TimeSource
    let health: UplinkHealth
    /// Kept once what is stored has been read: before that, nobody knows what may be older.
    let loaded: EventLoopPromise<Void>
    let log: Logger

    private var directory: String { "\(settings.stateDirectory)/files" }

    /// Whose list is taken, of that one releases are honoured.
    private func store() async throws -> SignedFileStore {
        guard let keyCheck else {
            throw StartError("no list is taken while the deployment key cannot be read")
        }
        let key = try publisherKey()
        await gatekeeper.honourReleases(signedBy: key)
        try StateDirectory.make(directory)
        let trust = Trust(
            key: key, deployment: settings.central.deployment, keyEpoch: settings.deploymentKey.epoch,
            keyCheck: keyCheck)
        return SignedFileStore(directory: directory, trust: trust)
    }

    /// The authority's key.
    func publisherKey() throws -> TrustedKey {
        let text = try SecretFile.read(settings.central.publisherKeyFile)
        guard let key = TrustedKey(text: text) else {
            throw StartError("\(settings.central.publisherKeyFile) does not hold a public key of 64 hexadecimal digits")
        }
        return key
    }

    /// Puts what is stored in force, verified as if it had just come.
    func load() async {
        defer { loaded.succeed() }
        do {
            let store = try await store()
            let now = clock.now().wall
            let files = try await NIOThreadPool.singleton.runIfActive { try store.load(at: now) }
            guard let files else { return }
            await gatekeeper.install(files)
            if let fault = files.listFault { await gatekeeper.refused("the stored list cannot be used: \(fault)") }
            // The mandate may have ended while the daemon was off.
            if files.book == nil, files.listFault == nil { await eraseList(of: files.manifest) }
        } catch {
            await gatekeeper.refused("what is stored cannot be used: \(error)")
        }
    }

    /// Fetches until cancelled.
    func fetch() async throws {
        try await loaded.futureResult.get()
        let client = CentralClient(
            http: http, url: settings.central.url, token: "", clock: clock, health: health)
        let store = try await store()
        let fetcher = SignedFileFetcher(client: client, store: store, every: settings.central.refreshEvery) { news in
            switch news {
            case .installed(let files): await gatekeeper.install(files)
            case .refused(let reason): await gatekeeper.refused(reason)
            }
        }
        try await fetcher.run(inForce: await gatekeeper.files) { await gatekeeper.files?.book != nil }
    }

    func eraseList(of manifest: Manifest) async {
        do {
            let store = try await store()
            try await NIOThreadPool.singleton.runIfActive { store.eraseList(of: manifest) }
        } catch {
            log.error("the list could not be erased: \(error)")
        }
    }
}
