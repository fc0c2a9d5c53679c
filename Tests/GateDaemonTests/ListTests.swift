import Control
import EventStream
import Foundation
import GateModel
import ListStore
import Testing
import TrustedFiles

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct ListTests {
    @Test func `principle 15: each decision carries the version and age of its list`() async throws {
        try await TestGate.with { gate in
            try await gate.install(version: 7, ageSeconds: 60)
            await gate.advance(by: .seconds(30))
            let answer = try await gate.scan(Person.clear, at: TestGate.frontIn)
            #expect(answer.listVersion == 7 && answer.listAgeSeconds == 90)
            try await gate.install(version: 8, ageSeconds: 0)
            #expect(try await gate.scan(Person.clear, at: TestGate.frontIn).listVersion == 8)
            let installed = try await gate.allFacts().filter { if case .listInstalled = $0 { true } else { false } }
            #expect(
                installed == [
                    .listInstalled(ListInstalled(version: 7, orders: 3)),
                    .listInstalled(ListInstalled(version: 8, orders: 3)),
                ])
        }
    }

    @Test
    func
        `principle 15: an expired list refers clear people at a checkpoint, admits at the community gate, and bricks nothing`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install(ageSeconds: 86_400)
            #expect(try await gate.scan(Person.clear, at: TestGate.checkIn).policyCase == .clearOnExpiredList)
            #expect(try await gate.scan(Person.clear, at: TestGate.checkIn).outcome == .refer)
            #expect(try await gate.scan(Person.clear, at: TestGate.frontIn).outcome == .admit)
            #expect(try await gate.scan(Person.clear, at: TestGate.checkOut).outcome == .admit)
            #expect(await gate.gatekeeper.status().list.freshness == .expired)
        }
    }

    @Test func `principle 15: each access point judges the age of the list by its own limits`() async throws {
        let careful = """
              - name: careful
                site: checkpoint
                door:
                  lock: {chip: main, line: 20}
                  wiring: energise-to-release
                  exit-button: {chip: main, line: 21}
                access-points:
                  - {name: careful-in, direction: entry, list: {stale-after: 10m, expired-after: 30m}}
                  - {name: careful-out, direction: exit, list: {stale-after: 10m, expired-after: 30m}}

            """
        try await TestGate.with(lanes: careful) { gate in
            let points = ["careful-in", "careful-out"].map(AccessPointID.init(rawValue:))
            try await gate.install(ageSeconds: 0)
            for (minutes, policyCase) in [
                (9, PolicyCase.clear), (1, .clearOnStaleList), (19, .clearOnStaleList), (1, .clearOnExpiredList),
            ] {
                await gate.advance(by: .seconds(minutes * 60))
                let entry = try await gate.scan(Person.clear, at: points[0])
                #expect(entry.policyCase == policyCase)
                #expect(entry.outcome == (policyCase == .clearOnExpiredList ? .refer : .admit))
                #expect(try await gate.scan(Person.clear, at: points[1]).outcome == .admit)
                let shown: [PolicyCase: ListStatus.Freshness] = [
                    .clear: .fresh, .clearOnStaleList: .stale, .clearOnExpiredList: .expired,
                ]
                #expect(await gate.gatekeeper.status().list.freshness == shown[policyCase], "the strictest is shown")
                #expect(try await gate.scan(Person.clear, at: TestGate.checkIn).policyCase == .clear)
            }
        }
    }

    @Test func `principle 15: a list from the future shows that the clock is behind, and its time is taken`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install(ageSeconds: -3600)
            let list = await gate.gatekeeper.status().list
            #expect(list.freshness == .fresh)
            #expect(list.ageSeconds == 0)
            await gate.advance(by: .seconds(60))
            #expect(await gate.gatekeeper.status().list.ageSeconds == 60)
        }
    }

    @Test(arguments: [-400, 400] as [Int64])
    func `principle 15: a wall clock that jumps by years changes neither age nor mandate`(days: Int64) async throws {
        try await TestGate.with { gate in
            try await gate.install(ageSeconds: 10, mandateSeconds: 3600)
            gate.clock.loseSynchronisation()
            gate.clock.setWall(forwardBy: days * 86_400)
            await gate.advance(by: .seconds(30))
            let status = await gate.gatekeeper.status()
            #expect(status.list.ageSeconds == 40 && status.list.freshness == .fresh)
            #expect(status.mandate.valid)
            #expect(await !gate.gatekeeper.dropListWithoutMandate())
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).outcome == .refer)
        }
    }

    @Test func `principle 15: what the publisher confirms is fresh, however old it is`() async throws {
        try await TestGate.with { gate in
            try await gate.install(ageSeconds: 86_400)
            #expect(await gate.gatekeeper.status().list.freshness == .expired)
            await gate.gatekeeper.confirm(issued: gate.clock.now().wall)
            let answer = try await gate.scan(Person.clear, at: TestGate.checkIn)
            #expect(answer.outcome == .admit && answer.listAgeSeconds == 0)
        }
    }

    @Test func `principle 8: an order counts until its end and not after`() async throws {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: 89 * 86_400)
            await gate.advance(by: .seconds(5 * 86_400 - 60))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .exposureHigh)
            await gate.advance(by: .seconds(60))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .clearOnExpiredList)
        }
    }

    @Test func `principle 7: when the mandate ends nobody is checked and the list leaves memory, with no network`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: 3600)
            #expect(await !gate.gatekeeper.dropListWithoutMandate())
            await gate.advance(by: .seconds(3599))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).outcome == .refer)
            await gate.advance(by: .seconds(1))
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).policyCase == .noMandate)
            #expect(await gate.gatekeeper.dropListWithoutMandate())
            #expect(await !gate.gatekeeper.dropListWithoutMandate())
            #expect(await gate.gatekeeper.files?.list == nil)
            let status = await gate.gatekeeper.status()
            #expect(!status.mandate.valid)
            #expect(status.list.freshness == .none && status.list.orders == 0)
            #expect(try await gate.allFacts().contains(.mandateEnded(ListErased(version: 7))))
        }
    }

    @Test func `principle 7: a list that could not be opened is erased with its mandate, too`() async throws {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: 60)
            let files = try #require(await gate.gatekeeper.files)
            let base = NamedFile(name: "orders/bulk/1.book", content: [1])
            await gate.gatekeeper.install(FilesInForce(record: ListRecord(base: base), mandate: files.mandate))
            #expect(await !gate.gatekeeper.dropListWithoutMandate())
            await gate.advance(by: .seconds(60))
            #expect(await gate.gatekeeper.dropListWithoutMandate())
            #expect(await !gate.gatekeeper.dropListWithoutMandate())
        }
    }

    @Test func `principle 15: a publisher whose clock is far ahead changes no age and ends no mandate`() async throws {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: 3600)
            await gate.gatekeeper.confirm(issued: gate.clock.now().wall.advanced(bySeconds: 100 * 86_400))
            #expect(await gate.gatekeeper.status().mandate.valid)
            #expect(await gate.gatekeeper.status().list.freshness == .stale)
            await gate.gatekeeper.confirm(issued: gate.clock.now().wall)
            #expect(await gate.gatekeeper.status().list.freshness == .fresh)
        }
    }

    @Test func `a list without any mandate is dropped too`() async throws {
        try await TestGate.with { gate in
            try await gate.install(mandateSeconds: nil)
            #expect(await gate.gatekeeper.dropListWithoutMandate())
        }
    }

    @Test func `a refused offer is told until the next list is taken, and the old one stays`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            await gate.gatekeeper.refused("it is not signed")
            #expect(await gate.gatekeeper.status().list.lastRefusal == "it is not signed")
            #expect(try await gate.scan(Person.exposed, at: TestGate.checkIn).listVersion == 7)
            try await gate.install(version: 8)
            #expect(await gate.gatekeeper.status().list.lastRefusal == nil)
            #expect(try await gate.allFacts().contains(.listRefused(ListRefused(reason: "it is not signed"))))
        }
    }
}
