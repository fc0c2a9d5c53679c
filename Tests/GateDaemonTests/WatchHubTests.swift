import Control
import GateModel
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct WatchHubTests {
    private func line(_ number: Int) -> WatchLine { .uplink("\(number)", at: WallTime(secondsSince1970: 0)) }

    @Test func `every watcher gets what comes after it subscribed, in order`() async throws {
        let hub = WatchHub()
        hub.publish(line(0))
        let first = hub.subscribe()
        hub.publish(line(1))
        let second = hub.subscribe()
        hub.publish(line(2))
        var lines = first.makeAsyncIterator()
        #expect(await lines.next()?.detail == "1")
        #expect(await lines.next()?.detail == "2")
        var others = second.makeAsyncIterator()
        #expect(await others.next()?.detail == "2")
    }

    @Test func `a slow watcher loses the oldest lines and holds nobody up`() async throws {
        let hub = WatchHub()
        let slow = hub.subscribe()
        for number in 0..<1000 { hub.publish(line(number)) }
        var lines = slow.makeAsyncIterator()
        #expect(await lines.next()?.detail == "744")
    }

    @Test func `principle 9: what is watched names nobody`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let watching = gate.watch.subscribe()
            for number in [Person.isolated, Person.exposed, Person.clear] {
                for point in [TestGate.frontOut, TestGate.checkIn] { try await gate.scan(number, at: point) }
            }
            await gate.advance(by: .seconds(10))
            gate.watch.publish(line(-1))
            let secrets = try [Person.isolated, Person.exposed, Person.clear].flatMap {
                [$0, try gate.token($0).description]
            }
            for await line in watching {
                if line.detail == "-1" { break }
                for secret in secrets { #expect(!"\(line)".contains(secret)) }
            }
        }
    }
}
