import Control
import GateModel
import NIOCore
import NIOEmbedded
import Testing

@testable import GateDaemon

/// An answer that is awaited, and what came of it. Unchecked: lives on the test's loop.
private final class Bench: @unchecked Sendable {
    let loop = NIOAsyncTestingEventLoop()
    let clock = FakeClock()
    private var awaited: AwaitedAnswer?
    private var answers: [Bool?] = []

    func ask(thenEnd answer: ReaderCommandAnswer? = nil) async throws {
        try await loop.submit { [self] in
            let awaited = self.awaited ?? AwaitedAnswer(eventLoop: loop, clock: clock)
            self.awaited = awaited
            try awaited.check()
            awaited.wait { self.answers.append($0.done) }
            if let answer { awaited.end(answer) }
        }.get()
    }

    func told() async throws -> [Bool?] { try await loop.submit { [self] in answers }.get() }
}

@Suite struct AwaitedAnswerTests {
    private static let done = ReaderCommandAnswer(done: true, answer: "done")

    @Test func `a second command is refused while a reader owes an answer, which goes to the first`() async throws {
        let bench = Bench()
        try await bench.ask()
        await #expect(throws: ControlFailure.self) { try await bench.ask() }
        #expect(try await bench.told() == [])
        bench.clock.advance(by: AwaitedAnswer.longest)
        await bench.loop.advanceTime(to: .uptimeNanoseconds(bench.clock.now().monotonic.nanoseconds))
        #expect(try await bench.told() == [nil], "nobody knows")
        try await bench.ask(thenEnd: Self.done)
        try await bench.ask(thenEnd: Self.done)
        #expect(try await bench.told() == [nil, true, true])
    }
}
