import Control
import Credentials
import EventStream
import Foundation
import GateModel
import ReaderProtocols
import Testing
import TrustedFiles

@testable import GateDaemon

/// Principle 10: an offline gate honours a signed release.
@Suite(.timeLimit(.minutes(1))) struct ReleasedPersonTests {
    private let reader = ReaderID(rawValue: "code-in")
    private let secret = String(repeating: "11", count: 32)
    /// The order of ``Person/isolated`` in the list of ``TestGate``.
    private let isolation: UInt64 = 880_000
    /// That of ``Person/exposed``.
    private let exposure: UInt64 = 880_001

    /// A gate with a list, which knows the key of the authority.
    private func withGate(_ body: (TestGate) async throws -> Void) async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let publisher = try #require(PublisherKey(secretText: secret))
            await gate.gatekeeper.honourReleases(signedBy: publisher.trusted)
            try await body(gate)
        }
    }

    private func release(
        of number: String, order: UInt64, at gate: TestGate, deployment: String = "town", seconds: Int64 = 3600
    ) throws -> Release {
        let now = gate.clock.now().wall
        return try Release(
            id: ReleaseID(rawValue: 0xFEED), deployment: deployment, keyEpoch: 1, subject: try gate.token(number),
            order: try #require(OrderReference(order)), issued: now, notBefore: now,
            expires: now.advanced(bySeconds: seconds))
    }

    private func code(_ release: Release, secret: String? = nil) throws -> String {
        let seed = try #require([UInt8](hex: secret ?? self.secret))
        return try release.text(signedBy: try #require(COSESigningKey(ed25519: seed)))
    }

    private func facts(_ gate: TestGate) async throws -> [Fact] {
        try await gate.allFacts().filter {
            switch $0 {
            case .releaseHonoured, .releaseRefused: true
            default: false
            }
        }
    }

    @Test func `who shows a release is clear until its end, with the document after it`() async throws {
        try await withGate { gate in
            let release = try release(of: Person.exposed, order: exposure, at: gate)
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).outcome == .refer)
            let shown = try await gate.scan(try code(release), at: TestGate.checkIn)
            #expect(shown.outcome == .retry && shown.caseCode == nil)
            #expect(shown.unreadable?.contains("honoured for 60 min") == true)
            #expect(gate.chip.lines[Line.checkLock] == true, "a release alone opens nothing")
            let answer = try await gate.scan(Person.exposed, at: TestGate.checkIn)
            #expect(answer.outcome == .admit && answer.policyCase == .clear)
            #expect(gate.chip.lines[Line.checkLock] == false)
            // At every access point, and once is enough.
            #expect(try await gate.scan(Person.exposed, at: TestGate.frontIn).policyCase == .clear)
            await gate.advance(by: .seconds(3599))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .clear)
            await gate.advance(by: .seconds(1))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .exposureHigh)
        }
    }

    @Test func `principle 9: of a released person's crossing a count is left, and of the release its order`()
        async throws
    {
        try await withGate { gate in
            let release = try release(of: Person.isolated, order: isolation, at: gate)
            try await gate.scan(try code(release), at: TestGate.frontOut)
            try await gate.scan(try code(release), at: TestGate.frontIn)
            #expect(try await gate.scan(Person.isolated, at: TestGate.frontOut).policyCase == .clear)
            let facts = try await gate.allFacts()
            #expect(facts.decided.isEmpty)
            #expect(facts.allSatisfy { !$0.carriesIdentity })
            #expect(facts.count(.admitted, at: TestGate.frontOut) == 1)
            let honoured = ReleaseHonoured(
                accessPoint: TestGate.frontOut, release: release.id, order: release.order, until: release.expires)
            #expect(facts.filter { $0.typeName.hasPrefix("release.") } == [.releaseHonoured(honoured)], "once")
            #expect(!gate.isDurable("\(release.subject)"))
        }
    }

    @Test func `a release lifts no other order and releases nobody else`() async throws {
        try await withGate { gate in
            try await gate.scan(
                try code(try release(of: Person.exposed, order: isolation, at: gate)), at: TestGate.checkIn)
            try await gate.scan(
                try code(try release(of: Person.clear, order: exposure, at: gate)), at: TestGate.checkIn)
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .exposureHigh)
            #expect(try await gate.scan(Person.isolated, at: TestGate.checkIn).policyCase == .isolation)
            #expect(try await facts(gate).count == 2)
        }
    }

    @Test func `a release that is not in order is told to the attendant, recorded once, and lifts nothing`()
        async throws
    {
        try await withGate { gate in
            let watching = gate.watch.subscribe()
            let foreign = try code(try release(of: Person.exposed, order: exposure, at: gate, deployment: "village"))
            let forged = try code(
                try release(of: Person.exposed, order: exposure, at: gate), secret: String(repeating: "22", count: 32))
            let refused = try await gate.scan(foreign, at: TestGate.checkIn)
            #expect(refused.outcome == .retry)
            #expect(refused.unreadable?.contains("for deployment village") == true)
            let line = try await watching.next { $0.what == .decided }
            #expect(line.detail == refused.unreadable)
            #expect(try await gate.scan(forged, at: TestGate.checkIn).outcome == .retry)
            #expect(try await gate.scan("GHR1:NOTHING", at: TestGate.checkIn).outcome == .refer, "the third time")
            await gate.advance(by: .seconds(30))
            #expect(try await gate.scan(forged, at: TestGate.checkIn).outcome == .retry)
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .exposureHigh)
            let refusals = try await facts(gate)
            #expect(
                refusals == [
                    .releaseRefused(
                        ReleaseRefused(accessPoint: TestGate.checkIn, reason: refused.unreadable ?? "")),
                    .releaseRefused(
                        ReleaseRefused(accessPoint: TestGate.checkIn, reason: ReleaseError.unknownKey.description)),
                ])
        }
    }

    @Test func `a release that ended, or that nobody's key can check, is refused`() async throws {
        try await withGate { gate in
            let text = try code(try release(of: Person.exposed, order: exposure, at: gate, seconds: 60))
            await gate.advance(by: .seconds(60))
            #expect(try await gate.scan(text, at: TestGate.checkIn).unreadable?.contains("ended 0 s ago") == true)
        }
        try await TestGate.with { gate in
            try await gate.install()
            let text = try code(try release(of: Person.exposed, order: exposure, at: gate))
            #expect(
                try await gate.scan(text, at: TestGate.checkIn).unreadable == ReleaseError.unknownKey.description)
        }
    }

    @Test func `principle 17: a release that was read too long ago is not honoured`() async throws {
        try await withGate { gate in
            let text = try code(try release(of: Person.exposed, order: exposure, at: gate))
            await gate.advance(by: .seconds(10))
            let now = gate.clock.now().monotonic
            await gate.gatekeeper.handle(
                .scan(ScannedText(text: text, aim: nil)), from: reader, at: TestGate.checkIn,
                readAt: now.advanced(by: .milliseconds(-3001)))
            #expect(await gate.gatekeeper.readerCounts[reader]?.stale == 1)
            #expect(await gate.gatekeeper.honoured.count == 0)
        }
    }

    @Test func `the document counts at once after a release, even if it was just shown`() async throws {
        try await withGate { gate in
            let text = try code(try release(of: Person.exposed, order: exposure, at: gate))
            for scan in [Person.exposed, text, Person.exposed] {
                await gate.gatekeeper.handle(
                    .scan(ScannedText(text: scan, aim: nil)), from: reader, at: TestGate.checkIn,
                    readAt: gate.clock.now().monotonic)
            }
            #expect(await gate.gatekeeper.readerCounts[reader]?.reads == 3)
            #expect(await gate.gatekeeper.readerCounts[reader]?.repeated == 0)
            let facts = try await gate.allFacts()
            #expect(facts.decided.map(\.outcome) == [.refer])
            #expect(facts.count(.admitted, at: TestGate.checkIn) == 1)
        }
    }

    @Test func `principle 7: without a mandate a release is a code like any other, and none is kept`() async throws {
        try await withGate { gate in
            try await gate.install(mandateSeconds: 60)
            let text = try code(try release(of: Person.exposed, order: exposure, at: gate))
            try await gate.scan(text, at: TestGate.checkIn)
            #expect(await gate.gatekeeper.honoured.count == 1)
            await gate.advance(by: .seconds(60))
            #expect(await gate.gatekeeper.dropListWithoutMandate())
            #expect(await gate.gatekeeper.honoured.count == 0)
            #expect(try await gate.scan(text, at: TestGate.checkIn).policyCase == .noMandate)
            #expect(await gate.gatekeeper.honoured.count == 0)
        }
    }

    @Test func `a release that is over is forgotten in time`() async throws {
        try await withGate { gate in
            try await gate.scan(
                try code(try release(of: Person.exposed, order: exposure, at: gate, seconds: 60)), at: TestGate.checkIn)
            await gate.advance(by: .seconds(60))
            await gate.gatekeeper.forgetReleases()
            #expect(await gate.gatekeeper.honoured.count == 0)
        }
    }
}
