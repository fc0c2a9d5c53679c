import Control
import EventStream
import GateModel
import ReaderProtocols
import Testing

@testable import GateDaemon

/// What readers hand over: unreadable things, stale things, cards.
@Suite(.timeLimit(.minutes(1))) struct ReadingTests {
    private let reader = ReaderID(rawValue: "card-in")

    private func outcomes(_ texts: [String], at point: AccessPointID) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        try await TestGate.with { gate in
            try await gate.install()
            for text in texts { outcomes.append(try await gate.scan(text, at: point).outcome) }
        }
        return outcomes
    }

    @Test func `the third unreadable presentation in a row is referred at an entry, and then it begins anew`()
        async throws
    {
        for point in [TestGate.frontIn, TestGate.checkIn] {
            #expect(
                try await outcomes(["x", "y", "z", "x", "y", "z"], at: point) == [
                    .retry, .retry, .refer, .retry, .retry, .refer,
                ])
        }
    }

    @Test func `something readable between begins the count anew`() async throws {
        #expect(
            try await outcomes(["x", "y", Person.clear, "x", "y", "z"], at: TestGate.frontIn) == [
                .retry, .retry, .admit, .retry, .retry, .refer,
            ])
    }

    @Test func `principle 1: an exit never refers, however often nothing can be read`() async throws {
        for point in [TestGate.frontOut, TestGate.checkOut] {
            #expect(try await outcomes(Array(repeating: "x", count: 12), at: point).allSatisfy { $0 == .retry })
        }
    }

    @Test func `the attendant is told why a text cannot be used, without the text`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let answer = try await gate.scan("000000190001010018", at: TestGate.frontIn)
            #expect(answer.unreadable == UnreadableReason.wrongCheckDigit.explanation)
            #expect(answer.policyCase == .unreadable)
            let facts = try await gate.allFacts()
            #expect(facts.count(.retried, at: TestGate.frontIn) == 1)
            #expect(facts.decided.isEmpty)
        }
    }

    @Test func `principle 17: what was waiting while the loop stood still is dropped, however fresh it looks`()
        async throws
    {
        try await TestGate.with { gate in
            try await gate.install()
            let document = try #require(card(Person.clear))
            await gate.gatekeeper.keepBeating()
            gate.clock.advance(by: .seconds(10))
            await gate.gatekeeper.handle(
                .document(document), from: reader, at: TestGate.frontIn, readAt: gate.clock.now().monotonic)
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(await gate.gatekeeper.readerCounts[reader]?.stale == 1)
            // The loop runs again: the next read counts.
            await gate.gatekeeper.keepBeating()
            await gate.gatekeeper.handle(
                .document(document), from: reader, at: TestGate.frontIn, readAt: gate.clock.now().monotonic)
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `principle 17: a read that is too old is dropped and counted, and moves nothing`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let document = try #require(card(Person.clear))
            gate.clock.advance(by: .seconds(10))
            let now = gate.clock.now().monotonic
            await gate.gatekeeper.handle(
                .document(document), from: reader, at: TestGate.frontIn, readAt: now.advanced(by: .milliseconds(-3001)))
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(await gate.gatekeeper.readerCounts[reader]?.stale == 1)
            #expect(await gate.gatekeeper.readerCounts[reader]?.reads == 0)
            await gate.gatekeeper.handle(
                .document(document), from: reader, at: TestGate.frontIn, readAt: now.advanced(by: .milliseconds(-2999)))
            #expect(gate.chip.lines[Line.frontLock] == true)
        }
    }

    @Test func `principle 17: an attendant's scan that comes too late is refused`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            gate.clock.jump(by: .seconds(4))
            let failure = await #expect(throws: ControlFailure.self) {
                try await gate.scan(Person.clear, at: TestGate.frontIn)
            }
            #expect(failure?.error.contains("too slow") == true)
            #expect(gate.chip.lines[Line.frontLock] == false)
            #expect(try await gate.allFacts().count(.presented, at: TestGate.frontIn) == 0)
        }
    }

    @Test func `the same person within three seconds is one presentation, by card or by code`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let watching = gate.monitor.subscribe()
            let document = try #require(card(Person.exposed))
            let scan = ReaderEvent.scan(ScannedText(text: Person.exposed, aim: nil))
            for (event, wait) in [(ReaderEvent.document(document), 0), (scan, 1), (scan, 2), (scan, 3)] {
                await gate.advance(by: .seconds(wait))
                let now = gate.clock.now().monotonic
                await gate.gatekeeper.handle(event, from: reader, at: TestGate.checkIn, readAt: now)
            }
            #expect(await gate.gatekeeper.readerCounts[reader]?.repeated == 2)
            #expect(try await gate.allFacts().decided.count == 2)
            let line = try await watching.next { $0.reader == reader }
            #expect(line.what == "a credential, in order")
        }
    }

    @Test func `five failures in a minute raise one event and slow the entry down, and never an exit`() async throws {
        for (point, slowed) in [(TestGate.frontIn, UInt64(2)), (TestGate.frontOut, 0)] {
            try await TestGate.with { gate in
                try await gate.install()
                for _ in 0..<7 {
                    let now = gate.clock.now().monotonic
                    await gate.gatekeeper.handle(.unreadable(.qrCode), from: reader, at: point, readAt: now)
                    await gate.advance(by: .seconds(1))
                }
                #expect(await gate.gatekeeper.readerCounts[reader]?.slowed == slowed)
                let facts = try await gate.allFacts()
                let failing = facts.compactMap {
                    if case .accessPointFailing(let failing) = $0 { failing } else { nil }
                }
                #expect(failing.map(\.accessPoint) == [point])
                #expect(failing.first?.failures == 5)
            }
        }
    }

    @Test func `a card and a code are reduced to the same token`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let document = try #require(card(Person.exposed))
            await gate.gatekeeper.handle(
                .document(document), from: reader, at: TestGate.checkIn, readAt: gate.clock.now().monotonic)
            await gate.advance(by: .seconds(3))
            let scan = ScannedText(text: Person.exposed, aim: nil)
            await gate.gatekeeper.handle(
                .scan(scan), from: reader, at: TestGate.checkIn, readAt: gate.clock.now().monotonic)
            let decided = try await gate.allFacts().decided
            #expect(decided.map(\.credential) == [.idCard, .qrCode])
            let token = try gate.token(Person.exposed)
            #expect(decided.map(\.subject) == [token, token])
        }
    }

    @Test func `principle 1: a card that has run out is no reason at an exit, and one at an entry`() async throws {
        try await TestGate.with { gate in
            try await gate.install()
            let now = gate.clock.now().monotonic
            let watching = gate.watch.subscribe()
            let document = try #require(card(Person.clear, until: 2001))
            for point in [TestGate.checkIn, TestGate.checkOut] {
                await gate.gatekeeper.handle(.document(document), from: reader, at: point, readAt: now)
            }
            #expect(try await watching.next { $0.accessPoint == TestGate.checkIn }.policyCase == .unreadable)
            #expect(
                try await watching.next { $0.accessPoint == TestGate.checkOut && $0.what == .decided }.outcome == .admit
            )
        }
    }

    @Test func `a reader's health is recorded with its reason`() async throws {
        try await TestGate.with { gate in
            let now = gate.clock.now().monotonic
            await gate.gatekeeper.handle(
                .health(.degraded, "no answer"), from: reader, at: TestGate.frontIn, readAt: now)
            let fact = Fact.readerChanged(ReaderChanged(reader: reader, state: .degraded, reason: "no answer"))
            let facts = try await gate.allFacts()
            #expect(facts.contains(fact))
        }
    }

    private func card(_ number: String, until year: Int? = nil) -> SDTDocument? {
        guard let from = CalendarDate(year: 2000, month: 1, day: 1), let number = InlineText(number) else { return nil }
        let until = year.flatMap { CalendarDate(year: $0, month: 1, day: 1) }
        let type: DocumentType = number.text.hasPrefix("8") ? .hongKongMacaoTaiwan : .resident
        return SDTDocument(number: number, type: type, validity: DocumentValidity(from: from, until: until))
    }
}
