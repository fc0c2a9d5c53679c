import AsyncHTTPClient
import Control
import Credentials
import EventStream
import Foundation
import GateModel
import Ledger
import ListStore
import NIOCore
import Orders
import Settings
import Testing
import TrustedFiles
import Uplink

@testable import GateDaemon

/// What the daemon does by itself now and then, on the files that it does it to.
@Suite(.timeLimit(.minutes(1))) struct HousekeepingTests {
    private let publisher = PublisherKey()

    private func with(_ body: (TestGate, Housekeeping) async throws -> Void) async throws {
        try await TestGate.with { gate in
            let key = publisher.trusted.text
            try Data(key.utf8).write(to: URL(filePath: gate.settings.central.publisherKeyFile))
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            let files = FileService(
                settings: gate.settings, keyCheck: gate.key.keyCheck, gatekeeper: gate.gatekeeper, http: http,
                clock: gate.clock, health: UplinkHealth(), loaded: gate.loop.makePromise(), log: .quiet)
            await files.load()
            let housekeeping = Housekeeping(
                gatekeeper: gate.gatekeeper, files: files, ledger: { [journal = gate.journal] in journal.ledger },
                clock: gate.clock, log: .quiet)
            try await body(gate, housekeeping)
            try await http.shutdown()
        }
    }

    @Test func `principle 7: when the mandate ends the list's file goes from the disk`() async throws {
        try await with { gate, housekeeping in
            let folder = "\(gate.directory)/files"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("the list".utf8).write(to: URL(filePath: "\(folder)/0123456789abcdef"))
            try await gate.install(mandateSeconds: 60)
            await housekeeping.round(0)
            #expect(FileManager.default.fileExists(atPath: "\(folder)/0123456789abcdef"))
            await gate.advance(by: .seconds(60))
            await housekeeping.round(1)
            // What is left says that there is no list.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["list.json"])
        }
    }

    @Test func `principle 7: list and mandate of another authority do not stay in force`() async throws {
        try await with { gate, housekeeping in
            let now = gate.clock.now().wall
            let content = try Mandate(
                reference: "M-1", legalBasis: "a law", area: "a town", from: now, until: now.advanced(bySeconds: 3600)
            ).json()
            let file = NamedFile(name: Mandate.targetName, content: content)
            func root() throws -> [UInt8] {
                let key = PublisherKey()
                let signers = ["root", "timestamp", "snapshot", "targets"].map { ($0, ([key.trusted], Int64(1))) }
                var file = SignedMetadata(
                    RootMetadata(
                        header: MetadataHeader(version: 1, expires: now.secondsSince1970 + 86_400),
                        signers: Dictionary(uniqueKeysWithValues: signers)))
                try file.sign(with: key)
                return file.encoded()
            }
            let (own, other) = (try root(), try root())
            let rootFile = URL(filePath: gate.settings.central.rootFile)
            try Data(own).write(to: rootFile)
            let store = SignedFileStore(
                directory: "\(gate.directory)/files", key: ListKey(epoch: 1, check: gate.key.keyCheck),
                authority: FileDigests.sha256(of: own))
            try Data(content).write(to: URL(filePath: store.path(file)))
            try store.commit(ListRecord(mandate: file))
            await housekeeping.files.load()
            #expect(await gate.gatekeeper.files?.mandate?.reference == "M-1")
            // Of a root file that is damaged nobody knows whose it was.
            for damaged in [Array(own.prefix(100)), [], Array("junk".utf8)] {
                try Data(damaged).write(to: rootFile)
                await housekeeping.files.load()
                #expect(await gate.gatekeeper.files?.mandate?.reference == "M-1")
            }
            try Data(other).write(to: rootFile)
            await housekeeping.files.load()
            #expect(await gate.gatekeeper.files?.record.mandate == nil)
            #expect(!FileManager.default.fileExists(atPath: store.path(file)))
        }
    }

    @Test func `principle 10: releases are honoured of whoever signs the list, and forgotten once they are over`()
        async throws
    {
        try await with { gate, housekeeping in
            try await gate.install()
            let now = gate.clock.now().wall
            let release = try Release(
                id: .random(), deployment: "town", keyEpoch: 1, subject: try gate.token(Person.exposed),
                order: try #require(OrderReference(880_001)), issued: now, notBefore: now,
                expires: now.advanced(bySeconds: 60))
            let seed = try #require([UInt8](hex: publisher.secretText))
            let text = try release.text(signedBy: try #require(COSESigningKey(ed25519: seed)))
            try await gate.scan(text, at: TestGate.checkIn)
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .clear)
            await housekeeping.round(1)
            #expect(await gate.gatekeeper.honoured.count == 1)
            await gate.advance(by: .seconds(60))
            await housekeeping.round(2)
            #expect(await gate.gatekeeper.honoured.count == 0)
        }
    }

    @Test func `principle 14: confirmed events are erased by the daemon once 14 days have passed`() async throws {
        try await with { gate, housekeeping in
            let ledger = try await gate.startWriting()
            _ = try await ledger.append([
                GateEvent(at: gate.clock.now(), fact: .listRefused(ListRefused(reason: "a reason")))
            ])
            let epoch = try await ledger.statistics().epoch
            try await ledger.confirm(epoch: epoch, through: 1, at: gate.clock.now().wall)
            await gate.advance(by: .seconds(14 * 86_400 - 1))
            await housekeeping.round(0)
            #expect(try await ledger.statistics().events == 1)
            await gate.advance(by: .seconds(1))
            await housekeeping.round(Housekeeping.roundsBetweenErasures)
            #expect(try await ledger.statistics().events == 0)
        }
    }

    @Test func `counts of a past quarter become an event`() async throws {
        try await with { gate, housekeeping in
            try await gate.install()
            try await gate.startWriting()
            try await gate.scan(Person.clear, at: TestGate.frontIn)
            await gate.advance(by: .seconds(900))
            // What was handed over is written by another task.
            while try await gate.facts().count(.presented, at: TestGate.frontIn) == 0 { await housekeeping.round(1) }
        }
    }
}
