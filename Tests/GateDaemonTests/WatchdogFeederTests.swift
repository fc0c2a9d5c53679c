import GateModel
import Hardware
import NIOCore
import NIOEmbedded
import Testing

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct WatchdogFeederTests {
    /// Unchecked: lives on one loop, the test's.
    private final class Dog: Watchdog, @unchecked Sendable {
        var fault: String?
        var meals = 0
        var isStopped = false

        func feed() { meals += 1 }
        func stop() { isStopped = true }
    }

    @Test func `each is fed twice a second, from the loop alone, until the stop`() async throws {
        let loop = NIOAsyncTestingEventLoop()
        let clock = FakeClock()
        let dogs = [Dog(), Dog()]
        await loop.advanceTime(to: .uptimeNanoseconds(clock.monotonic.nanoseconds))
        let feeder = try await loop.submit {
            let feeder = NIOLoopBound(WatchdogFeeder(dogs, eventLoop: loop, clock: clock), eventLoop: loop)
            feeder.value.start()
            return feeder
        }.get()
        for _ in 0..<4 {
            clock.advance(by: .milliseconds(500))
            await loop.advanceTime(to: .uptimeNanoseconds(clock.monotonic.nanoseconds))
        }
        #expect(dogs.map(\.meals) == [5, 5])
        // Time goes on and the loop stands still: nobody is fed.
        clock.advance(by: .seconds(60))
        #expect(dogs.map(\.meals) == [5, 5])
        try await loop.submit { () in
            dogs[1].fault = "it bites"
            #expect(feeder.value.fault == "it bites")
            feeder.value.stop()
        }.get()
        await loop.advanceTime(by: .seconds(10))
        #expect(dogs.map(\.meals) == [5, 5])
        #expect(dogs.map(\.isStopped) == [true, true])
    }
}
