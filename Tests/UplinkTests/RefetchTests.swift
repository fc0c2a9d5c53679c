import DurableFiles
import Foundation
import GateModel
import ListStore
import Orders
import Synchronization
import Testing
import TrustedFiles

@testable import Uplink

/// One look after another, as a test orders them.
private struct LookingGate {
    let folder: GateFolder
    let central: FakeCentral
    let time: WallTime
    var state = SignedFileFetcher.State(inForce: nil)

    init(_ central: FakeCentral, folder: GateFolder? = nil, at time: WallTime = Publication.now) throws {
        self.folder = try folder ?? GateFolder()
        self.central = central
        self.time = time
    }

    mutating func look(_ offer: Publication) async throws {
        central.answer(try offer.handler())
        let fetcher = SignedFileFetcher(
            client: central.client(), metadata: folder.metadata, store: folder.store, every: .seconds(60),
            time: { [time] in time }
        ) { _ in }
        _ = try await fetcher.look(&state)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RefetchTests {
    @Test func `what did not change is not fetched again`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(1))
            try await gate.look(Publication(2, base: 1) { $0.mandateReference = "M-2" })
            #expect(gate.state.inForce?.mandate?.reference == "M-2")
            // The root is signed for longer, and all others end together.
            let end = Publication.created.advanced(bySeconds: 90 * 86_400)
            #expect(gate.state.inForce?.signaturesEnd == SignaturesEnd(role: "mandate", at: end))
            try await gate.look(Publication(2, base: 1) { $0.mandateReference = "M-2" })
            let targets = central.paths.filter { $0.hasPrefix("/targets") }
            #expect(
                targets.map { $0.split(separator: ".").suffix(2).joined(separator: ".") } == [
                    "mandate.json", "1.book", "mandate.json",
                ])
        }
    }

    @Test func `principle 7: with the mandate the list is erased from the disk, and comes back with the next mandate`()
        async throws
    {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(3) { $0.deltas = [4, 5] })
            #expect(gate.folder.stored.filter { $0.contains("orders") }.count == 3)
            try gate.folder.store.eraseList()
            // Nothing of anybody is in any file, as raw bytes: every subject of the list is looked for.
            let all = try raw(gate.folder.scratch.path)
            #expect(!all.isEmpty)
            for file in all {
                #expect(!file.name.contains("orders%2F"), "\(file.name)")
                #expect(!file.content.starts(with: Array("GHORDERS".utf8)))
            }
            gate.state.inForce?.dropList()
            try await gate.look(
                Publication(6, base: 3) {
                    $0.deltas = [4, 5]
                    $0.mandateReference = "M-2"
                })
            #expect(gate.state.inForce?.list?.listVersion == 5)
            #expect(try gate.folder.load()?.list?.listVersion == 5)
        }
    }

    private func raw(_ path: String) throws -> [(name: String, content: [UInt8])] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path)
        return try names.filter { $0 != "metadata" }.map { name in
            (name, Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)"))))
        }
    }

    @Test func `files that were altered on the disk are noticed at the start, and fetched again`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            let offer = Publication(4, base: 3) { $0.deltas = [4] }
            try await gate.look(offer)
            for name in gate.folder.stored {
                let url = URL(filePath: "\(gate.folder.scratch.path)/\(name)")
                let content = try Data(contentsOf: url)
                for damaged in [content + [0], Data(content.dropLast()), Data()] {
                    try damaged.write(to: url)
                    guard name.contains("orders") else {
                        #expect(throws: (any Error).self, "\(name) with \(damaged.count) of \(content.count) bytes") {
                            try gate.folder.load()
                        }
                        continue
                    }
                    // A damaged list does not take the mandate with it, nor a damaged change the list before it.
                    let files = try #require(try gate.folder.load())
                    #expect(files.list?.listVersion == (name.contains("book") ? nil : 3))
                    #expect(files.listFault != nil && files.mandate != nil)
                    var restarted = try LookingGate(central, folder: gate.folder)
                    restarted.state.inForce = files
                    try await restarted.look(offer)
                    #expect(try gate.folder.load()?.list?.listVersion == 4)
                }
                try content.write(to: url)
            }
        }
    }

    @Test func `what is no plain file in the place of a stored one is not waited for`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(2) { $0.deltas = [3] })
            let record = try #require(gate.state.inForce?.record)
            for file in [record.mandate, record.deltas.first, record.base].compactMap(\.self) {
                let path = gate.folder.store.path(file)
                let content = try Data(contentsOf: URL(filePath: path))
                try FileManager.default.removeItem(atPath: path)
                #expect(unsafe mkfifo(path, 0o600) == 0)
                if file == record.mandate {
                    #expect(throws: FileTrouble.self) { try gate.folder.load() }
                } else {
                    #expect(try gate.folder.load()?.listFault != nil)
                }
                try FileManager.default.removeItem(atPath: path)
                try content.write(to: URL(filePath: path))
            }
            #expect(try gate.folder.load()?.list?.listVersion == 3)
        }
    }

    @Test func `who was away for long takes the list as it is now`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(2) { $0.deltas = [3] })
            #expect(gate.state.inForce?.list?.listVersion == 3)
            // The change after 3 is not published any more, only those from the base on.
            try await gate.look(Publication(9, base: 2) { $0.deltas = [3, 4, 5] })
            #expect(gate.state.inForce?.list?.listVersion == 5)
            // A new base without a way to it.
            try await gate.look(Publication(20) { $0.deltas = [21] })
            #expect(gate.state.inForce?.list?.listVersion == 21)
            #expect(gate.state.inForce?.list?.base.listVersion == 20)
        }
    }

    @Test func `a publisher whose backup was put back is followed to its own list, not to a mixture`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(7, base: 5) { $0.deltas = [6, 7] })
            // From 6 on it counts anew, with other people.
            try await gate.look(
                Publication(8, base: 5) { ($0.deltas, $0.begunAnewAt, $0.subjectOffset) = ([6, 7, 8], 6, 100) })
            let list = try #require(gate.state.inForce?.list)
            #expect(list.listVersion == 8 && list.count == 8)
            for subject in [106, 107, 108] as [UInt64] {
                #expect(list.order(for: SubjectToken(rawValue: subject)) != nil)
            }
            for subject in [6, 7] as [UInt64] { #expect(list.order(for: SubjectToken(rawValue: subject)) == nil) }
            #expect(try gate.folder.load()?.list?.count == 8)
            // Also where it has come to the very version that the gate has.
            try await gate.look(Publication(9, base: 5) { ($0.deltas, $0.subjectOffset) = ([6, 7, 8], 200) })
            #expect(gate.state.inForce?.list?.order(for: SubjectToken(rawValue: 208)) != nil)
            #expect(gate.state.inForce?.list?.order(for: SubjectToken(rawValue: 108)) == nil)
            // And a base of its own, of the number of one that the gate has.
            try await gate.look(Publication(10, base: 9))
            try await gate.look(Publication(11, base: 9) { ($0.deltas, $0.begunAnewAt) = ([10], 9) })
            #expect(gate.state.inForce?.list?.listVersion == 10)
            #expect(central.paths.count { $0.hasSuffix(".9.book") } == 2)
        }
    }

    @Test func `the next book is made of the one in force, while looking goes on`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(2) { $0.deltas = [3] })
            let offer = Publication(9, base: 6) { ($0.bulkDeltaFrom, $0.deltas) = (2, [7]) }
            try await gate.look(offer)
            #expect(gate.state.inForce?.list?.listVersion == 7)
            #expect(gate.state.inForce?.list?.base.listVersion == 2)
            let merge = try #require(gate.state.merge)
            await merge.end()
            let more = Publication(10, base: 6) { ($0.bulkDeltaFrom, $0.deltas) = (2, [7, 8]) }
            try await gate.look(more)
            #expect(gate.state.inForce?.list?.base.listVersion == 6)
            #expect(gate.state.inForce?.list?.listVersion == 8)
            #expect(gate.state.inForce?.list?.count == 8)
            #expect(gate.state.merge == nil)
            #expect(central.paths.count { $0.hasSuffix(".book") } == 1, "the next book is not fetched")
            let loaded = try #require(try gate.folder.load())
            #expect(loaded.list?.base.listVersion == 6 && loaded.list?.listVersion == 8)
            #expect(loaded.record == gate.state.inForce?.record)
        }
    }

    @Test func `a merge that comes to another book than was signed for is given up, and the book is fetched`()
        async throws
    {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(2))
            // The delta leaves one order out.
            let offer = Publication(9, base: 6) { ($0.bulkDeltaFrom, $0.bulkDeltaLacksOne) = (2, true) }
            try await gate.look(offer)
            #expect(gate.state.inForce?.list?.count == 5)
            let merge = try #require(gate.state.merge)
            await merge.end()
            try await gate.look(offer)
            #expect(gate.state.inForce?.list?.base.listVersion == 6)
            #expect(gate.state.inForce?.list?.count == 6)
            #expect(try gate.folder.load()?.list?.count == 6)
        }
    }

    @Test func `who follows every change keeps few files`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            for last in UInt64(2)...75 {
                try await gate.look(
                    Publication(Int64(last), base: 2) { $0.deltas = Array((2...last).dropFirst().suffix(2)) })
                #expect(gate.state.inForce?.list?.listVersion == last)
            }
            // Of 73 changes 64 are in one file, 8 in another.
            #expect(gate.folder.stored.count == 3 + 3, "\(gate.folder.stored)")
            let loaded = try #require(try gate.folder.load())
            #expect(loaded.list?.listVersion == 75 && loaded.list?.count == 75 && loaded.addedSinceBulk == 73)
        }
    }

    @Test func `principle 15: a list that is not taken makes the one in force no fresher`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            try await gate.look(Publication(2))
            let later = Publication.created.advanced(bySeconds: 60)
            await #expect(throws: Refusal.self) {
                try await gate.look(
                    Publication(3, base: 2) { ($0.deltas, $0.allowance, $0.issued) = ([3], 0, later) })
            }
            await #expect(throws: Refusal.self) { try await gate.look(Publication(4, base: 1) { $0.issued = later }) }
            #expect(gate.state.inForce?.issued == Publication.created)
            try await gate.look(Publication(5, base: 2) { $0.issued = later })
            #expect(gate.state.inForce?.issued == later)
        }
    }

    @Test func `a disk that cannot be written is tried again with the same offer`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            var gate = try LookingGate(central)
            let path = gate.folder.scratch.path
            // A folder in the place of the record: it cannot be renamed over.
            try FileManager.default.createDirectory(
                atPath: "\(path)/list.json/full", withIntermediateDirectories: true)
            await #expect(throws: FileTrouble.self) { try await gate.look(Publication(1)) }
            #expect(gate.state.inForce == nil)
            try FileManager.default.removeItem(atPath: "\(path)/list.json")
            try await gate.look(Publication(1))
            #expect(gate.state.inForce?.list?.listVersion == 1)
        }
    }

    @Test func `principle 7: without a mandate in force the list is not even fetched`() async throws {
        try await FakeCentral.with({ _ in .notFound }) { central in
            // Metadata is valid for ninety days, the mandate for one.
            var gate = try LookingGate(central, at: Publication.created.advanced(bySeconds: 2 * 86_400))
            try await gate.look(Publication(1))
            #expect(gate.state.inForce?.list == nil && gate.state.inForce?.mandate != nil)
            #expect(!central.paths.contains { $0.hasSuffix(".book") })
            // The clock was wrong: now the mandate is in force after all, and the list comes.
            var righted = try LookingGate(central, folder: gate.folder)
            righted.state = gate.state
            try await righted.look(Publication(1))
            #expect(righted.state.inForce?.list?.count == 1)
            // A mandate that is withdrawn.
            try await righted.look(Publication(2, base: 1) { $0.hasMandate = false })
            #expect(righted.state.inForce?.mandate == nil)
        }
    }
}
