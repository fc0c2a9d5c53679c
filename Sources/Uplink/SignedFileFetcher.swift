import DurableFiles
import EventStream
import FoundationEssentials
public import GateModel
public import ListStore
import Orders
import Repository
import TrustedFiles

/// What the gate is told of the signed files.
public enum FileNews: Sendable {
    /// New files are verified and in force on disk.
    case installed(FilesInForce)
    /// The publisher has said at `issued` that what is in force is the last.
    case confirmed(issued: WallTime, SignaturesEnd?)
    /// An offer was refused; what was in force stays.
    case refused(reason: String)
}

/// Looks for newer signed files, verifies them, and puts them in force: fetch, verify, rename, swap.
///
/// The central service is asked to answer when there is a change; where it does not, the gate looks in its own time.
/// Either way only what is signed counts.
public struct SignedFileFetcher: Sendable {
    /// How long the central service is asked to wait for a change, in seconds.
    static let hintSeconds = 20

    let client: CentralClient
    let metadata: MetadataStore
    let store: SignedFileStore
    let every: Duration
    let downloadLimit: Int64?
    let time: @Sendable () async -> WallTime
    let news: @Sendable (FileNews) async -> Void

    /// - Parameters:
    ///   - metadata: holds a root file already.
    ///   - every: how often to look where there are no hints.
    ///   - downloadLimit: bytes a second.
    ///   - time: what the gate takes the time to be.
    public init(
        client: CentralClient, metadata: MetadataStore, store: SignedFileStore, every: Duration,
        downloadLimit: Int64? = nil, time: @escaping @Sendable () async -> WallTime,
        news: @escaping @Sendable (FileNews) async -> Void
    ) {
        self.client = client
        self.metadata = metadata
        self.store = store
        self.every = every
        self.downloadLimit = downloadLimit
        self.time = time
        self.news = news
    }

    /// Goes on until cancelled.
    ///
    /// - Parameters:
    ///   - inForce: what was loaded at the start.
    ///   - holdsList: whether the gate still holds the list that it was given. It drops it with the mandate; should the
    ///     mandate be valid after all (the wall clock was wrong, say), the list is fetched again.
    public func run(inForce: FilesInForce?, holdsList: @Sendable () async -> Bool = { true }) async throws {
        var state = State(inForce: inForce)
        var backoff = Backoff(base: min(.milliseconds(500), every), cap: every)
        var generator = SystemRandomNumberGenerator()
        while true {
            try Task.checkCancellation()
            if await !holdsList() {
                state.inForce?.dropList()
                if state.merge != nil {
                    state.endMerge()
                    try? await offLoop { [store] in store.removeMerged() }
                }
            }
            do {
                let version = try await look(&state)
                backoff.succeed()
                await wait(for: version, &state, using: &generator)
            } catch let error as CancellationError {
                throw error
            } catch {
                // With the service in trouble nothing is news: the client's health tells it.
                if Self.isTroubleOfTheLine(error) {
                    client.health.failed("\(error)")
                } else {
                    await refuse(Self.words(for: error), as: Self.kind(of: error), &state)
                }
                try await Task.sleep(for: backoff.fail(using: &generator))
            }
        }
    }

    struct State {
        var inForce: FilesInForce?
        var refusal: String?
        /// The version of the snapshot that was seen last.
        var version: Int64 = 0
        /// What makes the next base of the one in force.
        var merge: BackgroundMerge?
        /// The delta whose merge had no room. It is not tried again, for the sake of the disk.
        var unmerged: NamedFile?

        mutating func endMerge() {
            merge?.cancel()
            merge = nil
        }
    }

    /// The same refusal is told once.
    ///
    /// - Parameter kind: what is the same, where the words are not.
    private func refuse(_ reason: String, as kind: String? = nil, _ state: inout State) async {
        if state.refusal != kind ?? reason { await news(.refused(reason: reason)) }
        state.refusal = kind ?? reason
    }

    /// Words that say what time it is differ each time.
    private static func kind(of error: any Error) -> String {
        if case MetadataError.expired(let file, let expires, _) = error {
            "expired \(file) \(expires)"
        } else {
            "\(error)"
        }
    }

    /// What goes back is refused, and at the central service somebody can do something about it.
    private static func words(for error: any Error) -> String {
        switch error {
        case MetadataError.rollback, MetadataError.namesOlder, Refusal.olderList:
            "\(error) If a backup was put back at the central service: gatehouse-central orders approve --after-backup"
        default: "\(error)"
        }
    }

    static func isTroubleOfTheLine(_ error: any Error) -> Bool {
        switch error {
        case is FetchError, is CentralError: true
        case MetadataError.missing: true
        default: false
        }
    }

    /// One look at what is published. Gives the version of the snapshot.
    func look(_ state: inout State) async throws -> Int64 {
        let now = await time()
        var settings = RepositorySettings(metadataURL: "\(client.url)/metadata", targetsURL: "\(client.url)/targets")
        settings.bandwidth = downloadLimit
        var access = RepositoryAccess(settings, store: metadata, http: client.http, now: now.secondsSince1970)
        try await access.refresh()
        let issued = access.client.trusted?.timestamp?.issued.map { WallTime(secondsSince1970: $0) }
        let published = try await SignedPublication(&access)
        let folder = store.folder
        let download = access
        let update = SignedFileUpdate(store: store) { try await download.download($0, into: folder) }
        var isNew = try await takeMerge(&state, update)
        if let files = try await update.takeMandate(published, over: state.inForce) {
            state.inForce = files
            isNew = true
        }
        do {
            if let files = try await update.takeList(published, over: state.inForce, at: now) {
                state.inForce = files
                isNew = true
            }
        } catch {
            // A list that was not taken makes nothing fresh.
            if isNew, let files = state.inForce {
                await news(.installed(files))
                // What was refused before is told again, as it is no longer shown.
                state.refusal = nil
            }
            throw error
        }
        startMerge(&state, published)
        state.refusal = nil
        let signaturesEnd = access.client.trusted?.signaturesEnd
        state.inForce?.signaturesEnd = signaturesEnd
        if let issued { state.inForce?.issued = issued }
        if isNew, let files = state.inForce {
            await news(.installed(files))
        } else if let issued {
            await news(.confirmed(issued: issued, signaturesEnd))
        }
        client.health.succeeded(at: client.clock.monotonic)
        return access.client.trusted?.snapshot?.header.version ?? 0
    }

    /// Begins to make the next base, where the list stands on a delta to it.
    private func startMerge(_ state: inout State, _ published: SignedPublication) {
        guard let record = state.inForce?.record, let first = record.deltas.first,
            case .bulkDelta(_, let to)? = OrderFileName(first.name), let target = published.orders[.book(to)],
            let book = try? NamedFile(target)
        else { return state.endMerge() }
        guard state.merge?.first != first, state.unmerged != first else { return }
        state.endMerge()
        state.merge = BackgroundMerge(of: record, first, into: book, store)
    }

    /// Puts a merge that is done in force. If it came to another book than was signed for, that one is fetched.
    private func takeMerge(_ state: inout State, _ update: SignedFileUpdate) async throws -> Bool {
        guard let merge = state.merge, let outcome = merge.outcome, let files = state.inForce else { return false }
        state.endMerge()
        guard files.record.deltas.first == merge.first else { return false }
        do {
            try outcome.get()
            state.inForce = try await update.takeMerged(merge.book, over: files)
            return true
        } catch let error where error is FileTrouble || error is OrderBookBuildError {
            await refuse("the changes could not be merged, and stay beside the list: \(error)", &state)
            state.unmerged = merge.first
        } catch {
            await refuse("the changes do not come to the list, which is fetched: \(error)", &state)
            state.inForce?.list = nil
        }
        return false
    }

    /// Returns when there may be something new.
    private func wait(
        for version: Int64, _ state: inout State, using generator: inout some RandomNumberGenerator
    ) async {
        let isProgress = version != state.version
        state.version = version
        // Where another server serves the files there are no hints, which is no trouble.
        let hints = CentralClient(
            http: client.http, url: client.url, token: "", clock: client.clock, health: UplinkHealth())
        let asked = client.clock.monotonic
        // A merge that ends meanwhile is taken at the next look.
        let seconds = state.merge == nil ? Self.hintSeconds : 2
        let path = "/v1/changes?after=\(version)&wait=\(seconds)"
        if let hint: PublishedVersion = try? await hints.get(path) {
            let isOver = client.clock.monotonic.since(asked) > .seconds(1)
            // A hint that leads to nothing new, or that comes at once without one, is no reason to hurry.
            if hint.version == UInt64(clamping: version) ? isOver : isProgress { return }
        }
        try? await Task.sleep(for: every * Double.random(in: 0.5...1.5, using: &generator))
    }
}
