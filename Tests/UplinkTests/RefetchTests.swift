import Foundation
import GateModel
import ListStore
import Orders
import Testing
import TrustedFiles

@testable import Uplink

@Suite(.timeLimit(.minutes(1))) struct RefetchTests {
    /// The files in force after one offer on top of others.
    private func install(
        _ offer: Publication, over inForce: FilesInForce?, _ central: FakeCentral, _ store: SignedFileStore
    ) async throws -> FilesInForce? {
        central.answer(try offer.handler())
        let fetcher = SignedFileFetcher(client: central.client(), store: store, every: .seconds(60)) { _ in }
        return try await fetcher.install(try required(offer.files()["/files/manifest.json"]), over: inForce)
    }

    @Test func `what did not change is not fetched again`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        try await FakeCentral.with({ _ in .notFound }) { central in
            let first = try await install(Publication(1, list: 1), over: nil, central, store)
            let second = try await install(
                Publication(2, list: 1) { $0.mandateReference = "M-2" }, over: first, central, store)
            #expect(second?.mandate?.reference == "M-2")
            #expect(central.paths == ["/files/mandate.json", "/files/orders-1.book", "/files/mandate.json"])
            #expect(
                try await install(Publication(2, list: 1) { $0.mandateReference = "M-2" }, over: second, central, store)
                    == nil)
        }
    }

    @Test func `principle 7: a list that was erased with its mandate comes back with the next mandate`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        try await FakeCentral.with({ _ in .notFound }) { central in
            let first = try await install(Publication(1, list: 1), over: nil, central, store)
            store.eraseList(of: try required(first).manifest)
            let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
            #expect(!left.contains { $0.contains("orders") }, "\(left)")
            #expect(left.contains("manifest.json"), "an older manifest is still refused")
            let second = try await install(
                Publication(2, list: 1) { $0.mandateReference = "M-2" }, over: first, central, store)
            #expect(second?.book?.count == 1)
            #expect(try store.load(at: Publication.now)?.manifest.version == 2)
        }
    }

    @Test func `files that were altered on the disk are refused at the start`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        try await FakeCentral.with({ _ in .notFound }) { central in
            _ = try await install(Publication(1), over: nil, central, store)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
            let url = URL(filePath: "\(scratch.path)/\(name)")
            let content = try Data(contentsOf: url)
            for damaged in [content + [0], Data(content.dropLast()), Data()] {
                try damaged.write(to: url)
                guard name.contains("orders") else {
                    #expect(throws: (any Error).self, "\(name) with \(damaged.count) of \(content.count) bytes") {
                        try store.load(at: Publication.now)
                    }
                    continue
                }
                // A damaged list does not take the mandate with it: checking goes on, without a list.
                let files = try store.load(at: Publication.now)
                #expect(files?.book == nil && files?.listFault != nil && files?.mandate != nil)
            }
            try content.write(to: url)
        }
        #expect(try store.load(at: Publication.now)?.manifest.version == 1)
    }

    @Test func `a disk that cannot be written is tried again with the same offer`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: "\(scratch.path)/files", trust: Publication.trust)
        try await FakeCentral.with(try Publication(1).handler()) { central in
            let (news, telling) = AsyncStream.makeStream(of: FileNews.self)
            let fetcher = SignedFileFetcher(client: central.client(), store: store, every: .milliseconds(5)) {
                telling.yield($0)
            }
            let run = Task { try await fetcher.run(inForce: nil) }
            defer { run.cancel() }
            var pieces = news.makeAsyncIterator()
            guard case .refused(let reason) = await pieces.next() else {
                Issue.record("nothing was refused")
                return
            }
            #expect(reason.contains("No such file"))
            try FileManager.default.createDirectory(atPath: store.directory, withIntermediateDirectories: true)
            guard case .installed = await pieces.next() else {
                Issue.record("it was not tried again")
                return
            }
        }
    }

    @Test func `an announced size beyond all measure is refused before anything is fetched`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        let file = Manifest.File(
            role: .orders, name: "huge.book", size: .max, sha256: String(repeating: "0", count: 64))
        let envelope = try Manifest(version: 1, deployment: "town", created: 0, files: [file]).sealed(
            with: Publication.key)
        try await FakeCentral.with({ _ in .notFound }) { central in
            let fetcher = SignedFileFetcher(client: central.client(), store: store, every: .seconds(60)) { _ in }
            await #expect(throws: Refusal.self) { try await fetcher.install(envelope, over: nil) }
            #expect(central.paths.isEmpty)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ListWithoutMandateTests {
    @Test func `principle 7: without a mandate in force the list is not even fetched`() async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        let offer = Publication(1)
        try await FakeCentral.with(try offer.handler()) { central in
            let fetcher = SignedFileFetcher(
                client: central.client(StillClock(at: Publication.now.advanced(bySeconds: 90 * 86_400))), store: store,
                every: .seconds(60)
            ) { _ in }
            let envelope = try required(offer.files()["/files/manifest.json"])
            let files = try required(try await fetcher.install(envelope, over: nil))
            #expect(files.book == nil && files.mandate != nil)
            #expect(central.paths == ["/files/mandate.json"])

            // The wall clock was wrong: now the mandate is in force after all, and the list comes.
            let righted = SignedFileFetcher(
                client: central.client(StillClock(at: Publication.now)), store: store, every: .seconds(60)
            ) { _ in }
            #expect(try await righted.install(envelope, over: files)?.book?.count == 1)
        }
    }
}
