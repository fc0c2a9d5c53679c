import Foundation
import Hummingbird
import ListStore
import Orders
import Synchronization
import Testing
import TrustedFiles

@testable import Uplink

/// A gate's signed files, fetched from a fake central service until the test is over.
private struct FetchingGate {
    let central: FakeCentral
    let store: SignedFileStore
    let news: AsyncStream<FileNews>
    let told: Told

    final class Told: Sendable {
        private let list = Mutex<[String]>([])

        var refusals: [String] { list.withLock { $0 } }

        func refuse(_ reason: String) { list.withLock { $0.append(reason) } }
    }

    static func with(
        _ first: Publication, installs: Bool = true, _ body: (FetchingGate) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        let store = SignedFileStore(directory: scratch.path, trust: Publication.trust)
        try await FakeCentral.with(try first.handler()) { central in
            let (news, telling) = AsyncStream.makeStream(of: FileNews.self)
            let told = Told()
            let fetcher = SignedFileFetcher(client: central.client(), store: store, every: .milliseconds(5)) { piece in
                if case .refused(let reason) = piece { told.refuse(reason) }
                telling.yield(piece)
            }
            let run = Task { try await fetcher.run(inForce: nil) }
            defer { run.cancel() }
            let gate = FetchingGate(central: central, store: store, news: news, told: told)
            if installs { #expect(try await gate.nextInstalled().manifest.version == first.version) }
            try await body(gate)
            run.cancel()
            _ = await run.result
        }
        _ = scratch.path
    }

    func nextInstalled() async throws -> FilesInForce {
        for await piece in news { if case .installed(let files) = piece { return files } }
        throw CancellationError()
    }

    func nextRefusal() async throws -> String {
        for await piece in news { if case .refused(let reason) = piece { return reason } }
        throw CancellationError()
    }

    /// Waits until the gate has looked for news four times more.
    func wait() async throws { for _ in 0..<4 { try await central.wait(for: "/files/manifest.json") } }

    var stored: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: store.directory)) ?? []).sorted() }
}

@Suite(.timeLimit(.minutes(1))) struct FetchTests {
    @Test func `a good offer is put in force, once, and survives a restart`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            try await gate.wait()
            let loaded = try #require(try gate.store.load(at: Publication.now))
            #expect(loaded.manifest.version == 5)
            #expect(loaded.book?.count == 1)
            #expect(loaded.mandate?.reference == "M-1")
            gate.central.answer(try Publication(6).handler())
            #expect(try await gate.nextInstalled().book?.listVersion == 6)
            #expect(try gate.store.load(at: Publication.now)?.manifest.version == 6)
            #expect(gate.stored.count == 3, "what is not in force any more is removed: \(gate.stored)")
            #expect(gate.told.refusals.isEmpty)
        }
    }

    @Test(arguments: [
        ("is not a signed manifest", Publication(6) { $0.seal = { _ in Array("{}".utf8) } }),
        ("is not a signed manifest", Publication(6) { $0.seal = { _ in Array("<html>".utf8) } }),
        ("is not a signed manifest", Publication(6) { $0.seal = { _ in [] } }),
        ("is not a signed manifest", Publication(6) { $0.seal = { Array($0.dropLast(5)) } }),
        ("is larger than", Publication(6) { $0.seal = { $0 + [UInt8](repeating: 0x20, count: 200_000) } }),
        ("signed with key", Publication(6) { $0.signer = PublisherKey() }),
        ("is for deployment village", Publication(6) { $0.deployment = "village" }),
        ("older than version 5", Publication(4)),
        ("two different manifests of version 5", Publication(5, list: 6)),
        ("ended after 487 of 488", Publication(6) { $0.damage = { Array($0.dropLast()) } }),
        ("ended after 0 of 488", Publication(6) { $0.damage = { _ in [] } }),
        ("is larger than the 488", Publication(6) { $0.damage = { $0 + [0] } }),
        ("is larger than", Publication(6) { $0.damage = { $0 + [UInt8](repeating: 0, count: 100_000) } }),
        ("SHA-256 differs", Publication(6) { $0.damage = { $0.dropLast() + [0xFF] } }),
        ("another deployment key", Publication(6) { $0.keyCheck = 1 }),
        ("older than version 5 in force", Publication(6, list: 4)),
        ("is not an order book", Publication(6) { $0.forge = { _ in Array("no book".utf8) } }),
    ])
    func `a bad offer is refused with one piece of news, and the old files stay`(reason: String, offer: Publication)
        async throws
    {
        try await FetchingGate.with(Publication(5)) { gate in
            gate.central.answer(try offer.handler())
            let told = try await gate.nextRefusal()
            #expect(told.contains(reason), "\(told)")
            try await gate.wait()
            #expect(gate.told.refusals == [told])
            let loaded = try #require(try gate.store.load(at: Publication.now))
            #expect(loaded.manifest.version == 5 && loaded.book?.listVersion == 5)
            gate.central.answer(try Publication(7).handler())
            #expect(try await gate.nextInstalled().manifest.version == 7)
            #expect(gate.stored.count == 3, "nothing is left of what was refused: \(gate.stored)")
        }
    }

    @Test func `a first offer that is bad leaves nothing in force`() async throws {
        try await FetchingGate.with(Publication(1) { $0.signer = PublisherKey() }, installs: false) { gate in
            _ = try await gate.nextRefusal()
            #expect(try gate.store.load(at: Publication.now) == nil)
        }
    }

    @Test(arguments: [
        FakeAnswer.trouble, .notFound, FakeAnswer(body: [UInt8](repeating: 0x20, count: 1000), breaksOffAfter: 10),
        FakeAnswer(status: .noContent),
    ])
    func `principle 4: a central service in trouble is no news: the old files stay, and the next good answer counts`(
        answer: FakeAnswer
    ) async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            for path in ["/files/manifest.json", "/files/orders-6.book"] {
                let good = try Publication(6).handler()
                gate.central.answer { request in request.path == path ? answer : try await good(request) }
                for _ in 0..<3 { try await gate.central.wait(for: path) }
                if path == "/files/manifest.json" { #expect(gate.central.health.current.lastError != nil) }
            }
            #expect(gate.told.refusals.isEmpty)
            #expect(try gate.store.load(at: Publication.now)?.manifest.version == 5)
            gate.central.answer(try Publication(6).handler())
            #expect(try await gate.nextInstalled().manifest.version == 6)
        }
    }

    @Test func `a redirect is not followed`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            let good = try Publication(6).files()
            gate.central.answer { request in
                request.path == "/files/manifest.json"
                    ? FakeAnswer(status: .found, headers: [.location: "/elsewhere/manifest.json"])
                    : FakeAnswer(body: good["/files/manifest.json"] ?? [])
            }
            try await gate.wait()
            #expect(!gate.central.paths.contains { $0.hasPrefix("/elsewhere") })
            #expect(try gate.store.load(at: Publication.now)?.manifest.version == 5)
        }
    }
}
