import Foundation
import GateModel
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
    let folder: GateFolder
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
        let folder = try GateFolder()
        try await FakeCentral.with(try first.handler()) { central in
            let (news, telling) = AsyncStream.makeStream(of: FileNews.self)
            let told = Told()
            let fetcher = SignedFileFetcher(
                client: central.client(), metadata: folder.metadata, store: folder.store, every: .milliseconds(5),
                time: { Publication.now }
            ) { piece in
                if case .refused(let reason) = piece { told.refuse(reason) }
                telling.yield(piece)
            }
            let run = Task { try await fetcher.run(inForce: nil) }
            defer { run.cancel() }
            let gate = FetchingGate(central: central, folder: folder, news: news, told: told)
            if installs { #expect(try await gate.nextInstalled().list?.listVersion == first.base) }
            try await body(gate)
            run.cancel()
            _ = await run.result
        }
    }

    func nextInstalled() async throws -> FilesInForce {
        for await piece in news {
            if case .installed(let files) = piece, files.list != nil { return files }
        }
        throw CancellationError()
    }

    func nextConfirmed(after time: WallTime) async throws -> WallTime {
        for await piece in news { if case .confirmed(let issued, _) = piece, issued > time { return issued } }
        throw CancellationError()
    }

    func nextRefusal() async throws -> String {
        for await piece in news { if case .refused(let reason) = piece { return reason } }
        throw CancellationError()
    }

    /// Waits until the gate has looked for news four times more.
    func wait() async throws { for _ in 0..<4 { try await central.wait(for: "/metadata/timestamp.json") } }
}

@Suite(.timeLimit(.minutes(1))) struct FetchTests {
    @Test func `a good offer is put in force, once, and survives a restart`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            try await gate.wait()
            let loaded = try #require(try gate.folder.load())
            #expect(loaded.list?.listVersion == 5)
            #expect(loaded.list?.count == 5)
            #expect(loaded.mandate?.reference == "M-1")
            gate.central.answer(try Publication(6).handler())
            #expect(try await gate.nextInstalled().list?.listVersion == 6)
            #expect(try gate.folder.load()?.list?.listVersion == 6)
            #expect(gate.folder.stored.count == 3, "what is not in force any more is removed: \(gate.folder.stored)")
            #expect(gate.told.refusals.isEmpty)
        }
    }

    @Test func `changes come as small files on top of the book, and survive a restart`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            for last in UInt64(6)...9 {
                gate.central.answer(try Publication(Int64(last), base: 5) { $0.deltas = Array(6...last) }.handler())
                let files = try await gate.nextInstalled()
                #expect(files.list?.listVersion == last && files.list?.count == Int(last))
                #expect(files.list?.order(for: SubjectToken(rawValue: last)) != nil)
            }
            let loaded = try #require(try gate.folder.load())
            #expect(loaded.list?.listVersion == 9 && loaded.record.deltas.count == 4 && loaded.addedSinceBulk == 4)
            let books = gate.central.paths.filter { $0.hasSuffix(".book") }
            #expect(books.count == 1, "the book is fetched once")
        }
    }

    @Test func `principle 15: that nothing has changed is told, too`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            let later = Publication.created.advanced(bySeconds: 60)
            gate.central.answer(try Publication(6, base: 5) { $0.issued = later }.handler())
            #expect(try await gate.nextConfirmed(after: Publication.created) == later)
        }
    }

    static let wrong: [(String, Publication)] = [
        ("not JSON", Publication(6) { $0.damage = { $0.hasSuffix("timestamp.json") ? Array("<html>".utf8) : $1 } }),
        ("not JSON", Publication(6) { $0.damage = { $0.hasSuffix("timestamp.json") ? [] : $1 } }),
        ("0 valid signature", Publication(6) { $0.signers[.timestamp] = PublisherKey() }),
        ("0 valid signature", Publication(6) { $0.signers[.snapshot] = PublisherKey() }),
        ("0 valid signature", Publication(6) { $0.signers[.orders] = PublisherKey() }),
        ("1 valid signature", Publication(6) { $0.signers[.bulk] = PublisherKey() }),
        ("0 valid signature", Publication(6) { $0.signers[.mandate] = PublisherKey() }),
        ("older", Publication(4)),
        ("expired", Publication(6) { $0.lifetime = 60 }),
        ("that were announced", Publication(6) { $0.damage = { $0.hasSuffix(".book") ? Array($1.dropLast()) : $1 } }),
        (
            "not what was announced",
            Publication(6) { $0.damage = { $0.hasSuffix(".book") ? $1.dropLast() + [0x55] : $1 } }
        ),
        ("another deployment key", Publication(6) { $0.keyCheck = 1 }),
        ("not an order book", Publication(6) { $0.forge = { _ in Array("no book".utf8) } }),
        ("allowed 0", Publication(6, base: 5) { ($0.deltas, $0.allowance) = ([6], 0) }),
        ("holds version 9", Publication(6, base: 5) { ($0.deltas, $0.deltaLeadsTo) = ([6], 9) }),
        (
            "delta",
            Publication(6, base: 5) {
                ($0.deltas, $0.forge) = ([6], { $0.starts(with: Array("GHDELTAS".utf8)) ? Array($0.dropLast()) : $0 })
            }
        ),
        ("lead to version 5 of the list, not to version 7", Publication(6, base: 5) { $0.deltas = [7] }),
    ]

    @Test(arguments: wrong)
    func `a bad offer is refused with one piece of news, and the old files stay`(reason: String, offer: Publication)
        async throws
    {
        try await FetchingGate.with(Publication(5)) { gate in
            gate.central.answer(try offer.handler())
            let told = try await gate.nextRefusal()
            #expect(told.lowercased().contains(reason.lowercased()), "\(told)")
            try await gate.wait()
            #expect(gate.told.refusals == [told])
            let loaded = try #require(try gate.folder.load())
            #expect(loaded.list?.listVersion == 5 && loaded.mandate?.reference == "M-1")
            gate.central.answer(try Publication(7).handler())
            #expect(try await gate.nextInstalled().list?.listVersion == 7)
            #expect(gate.folder.stored.count == 3, "nothing is left of what was refused: \(gate.folder.stored)")
        }
    }

    @Test func `principle 5: with one signature no more orders come on the list than two people have allowed`()
        async throws
    {
        try await FetchingGate.with(Publication(5) { $0.allowance = 3 }) { gate in
            gate.central.answer(try Publication(8, base: 5) { ($0.deltas, $0.allowance) = ([6, 7, 8], 3) }.handler())
            #expect(try await gate.nextInstalled().list?.listVersion == 8)
            gate.central.answer(try Publication(9, base: 5) { ($0.deltas, $0.allowance) = ([9], 3) }.handler())
            #expect(try await gate.nextRefusal().contains("4 orders with one signature"))
            #expect(try gate.folder.load()?.list?.listVersion == 8)
            // Two people sign for the list as it is.
            gate.central.answer(try Publication(10, base: 9) { $0.bulkDeltaFrom = 5 }.handler())
            #expect(try await gate.nextInstalled().list?.listVersion == 9)
        }
    }

    @Test func `a list that is still refused is told again after a mandate was taken`() async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            gate.central.answer(try Publication(6, base: 5) { $0.deltas = [7] }.handler())
            let first = try await gate.nextRefusal()
            gate.central.answer(
                try Publication(7, base: 5) { ($0.deltas, $0.mandateReference) = ([7], "M-2") }.handler())
            #expect(try await gate.nextInstalled().mandate?.reference == "M-2")
            #expect(try await gate.nextRefusal() == first)
        }
    }

    @Test func `a first offer that is bad leaves nothing in force`() async throws {
        try await FetchingGate.with(Publication(1) { $0.signers[.timestamp] = PublisherKey() }, installs: false) {
            gate in
            _ = try await gate.nextRefusal()
            #expect(try gate.folder.load() == nil)
        }
    }

    @Test(arguments: [
        FakeAnswer.trouble, .notFound, FakeAnswer(body: [UInt8](repeating: 0x20, count: 1000), breaksOffAfter: 10),
        FakeAnswer(status: .noContent), FakeAnswer(status: .found, headers: [.location: "/elsewhere"]),
        FakeAnswer(body: [UInt8](repeating: 0x20, count: 2_000_000)),
    ])
    func `principle 4: a central service in trouble is no news: the old files stay, and the next good answer counts`(
        answer: FakeAnswer
    ) async throws {
        try await FetchingGate.with(Publication(5)) { gate in
            for suffix in ["/timestamp.json", "6.book"] {
                let good = try Publication(6).handler()
                gate.central.answer { request in
                    request.path.hasSuffix(suffix) ? answer : try await good(request)
                }
                try await gate.wait()
                #expect(gate.central.health.current.lastError != nil)
            }
            #expect(gate.told.refusals.isEmpty)
            #expect(!gate.central.paths.contains { $0.hasPrefix("/elsewhere") })
            #expect(try gate.folder.load()?.list?.listVersion == 5)
            gate.central.answer(try Publication(6).handler())
            #expect(try await gate.nextInstalled().list?.listVersion == 6)
        }
    }
}
