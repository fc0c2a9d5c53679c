import AsyncHTTPClient
import DurableFiles
import FoundationEssentials
import GateModel
import ListStore
import Logging
import NIOCore
import NIOPosix
import Orders
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

    private func store() throws -> SignedFileStore {
        guard let keyCheck else {
            throw StartError("no list is taken while the deployment key cannot be read")
        }
        try StateDirectory.make(directory)
        return SignedFileStore(
            directory: directory, key: ListKey(epoch: settings.deploymentKey.epoch, check: keyCheck),
            authority: authority())
    }

    /// The key that changes of mode and releases are signed with.
    func publisherKey() throws -> TrustedKey {
        let text = try SecretFile.read(settings.central.publisherKeyFile)
        guard let key = TrustedKey(text: text) else {
            throw StartError("\(settings.central.publisherKeyFile) does not hold a public key of 64 hexadecimal digits")
        }
        return key
    }

    /// What is trusted. Another root file begins anew, in a folder of its own.
    private func metadata() throws -> MetadataStore {
        let root = try rootFile()
        try StateDirectory.make(directory)
        let store = MetadataStore(directory: metadataFolder(of: root))
        // One that the disk has damaged is begun anew: the way leads over the same roots.
        let stored = (try? store.content(of: "root")).flatMap(\.self)
        let isUsable = stored.map { (try? TrustedMetadataSet(trustedRoot: $0, now: 0)) != nil } ?? false
        if !isUsable { try store.initialise(trustedRoot: root) }
        return store
    }

    private func rootFile() throws -> [UInt8] {
        let path = settings.central.rootFile
        guard let root = try PlainFile.content(of: path, atMost: RepositoryLimits().root) else {
            throw StartError("\(path) is not there; copy root.json of the central service to it")
        }
        return root
    }

    private func metadataFolder(of root: [UInt8]) -> String {
        "\(directory)/metadata-\(FileDigests.sha256(of: root).prefix(16))"
    }

    /// List and mandate of another authority do not stay in force. Of a root file that is missing or damaged nobody knows
    /// whose it was.
    private func authority() -> String? {
        guard let root = try? rootFile(), (try? TrustedMetadataSet(trustedRoot: root, now: 0)) != nil else {
            return nil
        }
        return FileDigests.sha256(of: root)
    }

    /// Puts what is stored in force, verified as if it had just come.
    func load() async {
        defer { loaded.succeed() }
        if let key = try? publisherKey() { await gatekeeper.honourReleases(signedBy: key) }
        do {
            let store = try store()
            let now = await gatekeeper.time()
            let (files, said) = try await NIOThreadPool.singleton.runIfActive {
                let files = try store.load(at: now)
                return (files, try? metadata().said(of: files?.list, at: now))
            }
            // Whatever a gate without a usable record may have been fetching.
            guard var files else { return await eraseList() }
            files.issued = said?.issued
            files.signaturesEnd = said?.signaturesEnd
            await gatekeeper.install(files)
            if let fault = files.listFault { await gatekeeper.refused("the stored list cannot be used: \(fault)") }
            // The mandate may have ended while the daemon was off.
            if files.list == nil, files.listFault == nil { await eraseList() }
        } catch {
            await gatekeeper.refused("what is stored cannot be used: \(error)")
            // Without a mandate that can be read there is none (principle 7).
            await eraseList()
        }
    }

    /// Fetches until cancelled.
    func fetch() async throws {
        try await loaded.futureResult.get()
        let client = CentralClient(
            http: http, url: settings.central.url, token: "", clock: clock, health: health)
        let fetcher = SignedFileFetcher(
            client: client, metadata: try metadata(), store: try store(), every: settings.central.refreshEvery,
            downloadLimit: settings.central.downloadLimit, time: { await gatekeeper.time() }
        ) { news in
            switch news {
            case .installed(let files): await gatekeeper.install(files)
            case .confirmed(let issued, let end): await gatekeeper.confirm(issued: issued, end)
            case .refused(let reason): await gatekeeper.refused(reason)
            }
        }
        try await fetcher.run(inForce: await gatekeeper.files) { await gatekeeper.files?.list != nil }
    }

    /// Needs no key: a gate that has lost it must be able to do this, too.
    func eraseList() async {
        do {
            try StateDirectory.make(directory)
            let store = SignedFileStore(directory: directory, key: ListKey(epoch: 0, check: 0))
            try await NIOThreadPool.singleton.runIfActive { try store.eraseList() }
        } catch {
            log.error("the list could not be erased: \(error)")
        }
    }
}

extension MetadataStore {
    /// What the publisher said last: when it said that `list` is the newest (`nil` if what is stored does not tell, or names a
    /// newer one), and until when its signatures hold.
    fileprivate func said(
        of list: OrderList?, at now: WallTime
    ) throws -> (issued: WallTime?, signaturesEnd: SignaturesEnd?) {
        var client = RepositoryClient(now: now.secondsSince1970, source: .store)
        func read() throws { while case .read(let role) = client.step { client.take(try content(of: role)) } }
        try read()
        var names: [OrderFileName] = []
        for role in ["orders-bulk", "orders"] {
            client.load(role)
            try read()
            names += client.trusted?.foundTargets(of: role).compactMap { OrderFileName($0.name) } ?? []
        }
        let end = client.trusted?.signaturesEnd
        guard let list, PublishedOrders(names).newest == list.listVersion else { return (nil, end) }
        return (client.trusted?.timestamp?.issued.map { WallTime(secondsSince1970: $0) }, end)
    }
}
