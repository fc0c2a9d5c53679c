import Central
import EventStream
import GateModel
import Testing

@Suite struct IngestTests {
    let scratch: Scratch
    var store: CentralStore { scratch.store }

    init() throws { scratch = try Scratch() }

    @Test func `a gate without events is asked for the first`() async throws {
        #expect(try await store.position(of: "north") == StreamPosition(verdict: .accepted, epoch: nil, next: 1))
    }

    @Test func `batches move the position and are there after reopening`() async throws {
        let events = try chain((1...5).map(plain))
        #expect(try await store.send(events[..<2]) == StreamPosition(verdict: .accepted, epoch: epochA, next: 3))
        #expect(try await store.send(events[2...]) == StreamPosition(verdict: .accepted, epoch: epochA, next: 6))
        let reopened = try scratch.directory.openStore()
        #expect(try await reopened.position(of: "north").next == 6)
        #expect(try reopened.storedSequences() == [1, 2, 3, 4, 5])
        #expect(try reopened.verify() == (streams: 1, events: 5))
        #expect(try reopened.alarms(of: nil).isEmpty)
    }

    @Test func `a batch that is sent again changes nothing`() async throws {
        let events = try chain((1...5).map(plain))
        _ = try await store.send(events[..<3])
        #expect(try await store.send(events[..<3]).next == 4)
        #expect(try await store.send(events) == StreamPosition(verdict: .accepted, epoch: epochA, next: 6))
        #expect(try store.storedSequences() == [1, 2, 3, 4, 5])
        #expect(try store.alarms(of: nil).isEmpty)
    }

    @Test func `missing events are asked for and nothing behind them is taken`() async throws {
        let events = try chain((1...6).map(plain))
        #expect(try await store.send(events[2...]) == StreamPosition(verdict: .gap, epoch: epochA, next: 1))
        _ = try await store.send(events[..<2])
        #expect(try await store.send(events[3...]) == StreamPosition(verdict: .gap, epoch: epochA, next: 3))
        #expect(try await store.send([events[2], events[4]]) == StreamPosition(verdict: .gap, epoch: epochA, next: 3))
        #expect(try store.storedSequences() == [1, 2])
        #expect(try await store.send(events).next == 7)
    }

    @Test func `an event that comes again with another content is a fork`() async throws {
        let events = try chain((1...4).map(plain))
        _ = try await store.send(events)
        let other = try chain([plain(1), plain(2), plain(30), plain(40), plain(50)])
        #expect(try await store.send(other) == StreamPosition(verdict: .fork, epoch: epochA, next: 5))
        _ = try await store.send(other)
        let alarms = try store.alarms(of: "north")
        #expect(alarms.map(\.kind) == [.fork])
        #expect(alarms.map(\.sequence) == [3])
        #expect(try store.storedSequences() == [1, 2, 3, 4])
        #expect(try store.verify().events == 4)
    }

    @Test func `a known hash with another body is a fork`() async throws {
        var events = try chain((1...2).map(plain))
        _ = try await store.send(events)
        events[1].body = try plain(9).body()
        #expect(try await store.send(events).verdict == .fork)
    }

    @Test func `a new event that does not follow is a fork, and its whole batch is refused`() async throws {
        var events = try chain((1...4).map(plain))
        _ = try await store.send(events[..<1])
        events[2].body = try plain(9).body()
        #expect(try await store.send(events[1...]) == StreamPosition(verdict: .fork, epoch: epochA, next: 2))
        #expect(try store.storedSequences() == [1])
        #expect(try store.alarms(of: nil).map(\.sequence) == [3])
    }

    @Test func `the first event of a stream must follow from its gate and epoch`() async throws {
        let events = try chain([plain(1)], gate: "south")
        #expect(try await store.send(events) == StreamPosition(verdict: .fork, epoch: epochA, next: 1))
        #expect(try await store.position(of: "north").epoch == nil)
    }

    @Test func `an event with number zero is refused`() async throws {
        let event = ChainedEvent(sequence: 0, body: "{}", after: .genesis(gate: "north", epoch: epochA))
        #expect(try await store.send([event]).verdict == .fork)
        let last = ChainedEvent(sequence: .max, body: "{}", after: .genesis(gate: "north", epoch: epochA))
        #expect(try await store.send([last]).verdict == .gap)
    }

    @Test func `a new epoch begins a new stream and raises an alarm, late batches still find the old one`() async throws
    {
        let old = try chain((1...4).map(plain))
        _ = try await store.send(old[..<2])
        let new = try chain((1...2).map(plain), epoch: epochB)
        #expect(try await store.send(new, epoch: epochB) == StreamPosition(verdict: .accepted, epoch: epochB, next: 3))
        #expect(try await store.position(of: "north") == StreamPosition(verdict: .accepted, epoch: epochB, next: 3))
        #expect(try await store.send(old) == StreamPosition(verdict: .accepted, epoch: epochA, next: 5))
        #expect(try await store.position(of: "north").epoch == epochB)
        #expect(try store.alarms(of: nil).map(\.kind) == [.newEpoch])
        #expect(try store.verify() == (streams: 2, events: 6))
    }

    @Test func `gates do not disturb one another`() async throws {
        _ = try await store.send(try chain([plain(1)]))
        _ = try await store.send(try chain([plain(1), plain(2)], gate: "south"), gate: "south")
        #expect(try await store.position(of: "north").next == 2)
        #expect(try await store.position(of: "south").next == 3)
        #expect(try store.storedSequences(of: "south") == [1, 2])
        #expect(try store.alarms(of: nil).isEmpty)
    }

    @Test func `the same batch from many connections at once is stored once`() async throws {
        let events = try chain((1...50).map(plain))
        let store = store
        let verdicts = try await withThrowingTaskGroup(of: StreamPosition.self) { group in
            for start in 0..<10 { group.addTask { try await store.send(events[..<(5 * start + 5)]) } }
            return try await group.reduce(into: [StreamPosition]()) { $0.append($1) }
        }
        #expect(verdicts.allSatisfy { $0.verdict == .accepted })
        #expect(try store.verify().events == 50)
    }

    @Test func `an alert is stored once and agrees with its event`() async throws {
        let events = try chain([plain(1), householdExit(7)])
        let alert = EventAlert(epoch: epochA, event: events[1])
        try await store.take(alert, from: "north", at: now)
        try await store.take(alert, from: "north", at: now)
        _ = try await store.send(events)
        try await store.take(alert, from: "north", at: now)
        let stored = try store.alerts(of: "north")
        #expect(stored.map(\.body) == [events[1].body])
        #expect(stored.map(\.place?.hash) == [events[1].hash])
        #expect(try store.alarms(of: nil).isEmpty)
    }

    @Test func `a household exit that was alerted unrecorded gets its place when the stream brings it`() async throws {
        let events = try chain([plain(1), householdExit(7)])
        let alert = UnrecordedAlert(body: events[1].body)
        for _ in 0..<2 { try await store.take(alert, from: "north", at: now) }
        let early = try store.alerts(of: "north")
        #expect(early.map(\.body) == [events[1].body])
        #expect(early.map(\.place) == [nil])
        #expect(early.first?.line.contains("not recorded yet") == true)
        #expect(early.first?.json().contains(#""sequence":null"#) == true)
        _ = try await store.send(events)
        try await store.take(EventAlert(epoch: epochA, event: events[1]), from: "north", at: now)
        try await store.take(alert, from: "north", at: now)
        #expect(try store.alerts(of: "north").map(\.place?.sequence) == [2])
        #expect(try store.alarms(of: nil).isEmpty)
    }

    @Test func `an unrecorded alert that the stream contradicts raises an alarm`() async throws {
        var other = try householdExit(7)
        other.at.wall = now.advanced(bySeconds: 1)
        try await store.take(UnrecordedAlert(body: try other.body()), from: "north", at: now)
        _ = try await store.send(try chain([householdExit(7)]))
        #expect(try store.alarms(of: nil).map(\.kind) == [.alertDiffers])
    }

    @Test func `a household exit that comes again in a new stream is one alert`() async throws {
        _ = try await store.send(try chain([householdExit(7)]))
        _ = try await store.send(try chain([plain(1), householdExit(7)], epoch: epochB), epoch: epochB)
        #expect(try store.alerts(of: "north").map(\.place?.epoch) == [epochA])
    }

    @Test(arguments: [true, false])
    func `an alert that differs from its event raises an alarm`(alertFirst: Bool) async throws {
        let events = try chain([plain(1), householdExit(7)])
        let other = try chain([plain(2), householdExit(7)])
        let alert = EventAlert(epoch: epochA, event: other[1])
        if alertFirst { try await store.take(alert, from: "north", at: now) }
        #expect(try await store.send(events).verdict == .accepted)
        if !alertFirst { try await store.take(alert, from: "north", at: now) }
        #expect(try store.alarms(of: nil).map(\.kind) == [.alertDiffers])
    }

    @Test func `lines for programs hold the event as an object`() async throws {
        _ = try await store.send(try chain([plain(1)]))
        var lines: [String] = []
        try store.forEachEvent(of: nil, after: 0) { lines.append($0.json()) }
        let line = try #require(lines.first)
        #expect(line.contains(#""event":{"at":{"#))
        #expect(line.contains(#""gate":"north""#))
        #expect(line.contains(#""epoch":"000000000000000a""#))
        #expect(line.contains(#""receivedAt":1700000000"#))
    }

    @Test func `a time reads as in UTC`() {
        #expect(now.text == "2023-11-14T22:13:20Z")
        #expect(WallTime(secondsSince1970: -1).text == "1969-12-31T23:59:59Z")
    }
}
