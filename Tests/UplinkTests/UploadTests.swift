import EventStream
import Foundation
import GateModel
import Hummingbird
import Ledger
import Synchronization
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(1))) struct UploadTests {
    @Test func `events arrive once, in order, in batches, with the gate's token`() async throws {
        let tokens = Mutex<Set<String>>([])
        let stream = FakeStream()
        try await SendingGate.with(
            events: 1200,
            handler: { request in
                tokens.withLock { _ = $0.insert(request.authorization ?? "none") }
                return try stream.answer(request)
            }
        ) { gate in
            try await gate.waitUntilAllIsConfirmed()
            #expect(stream.applied.map(\.sequence) == Array(1...1200))
            #expect(gate.central.paths == Array(repeating: "/v1/gates/north/events", count: 3))
            #expect(tokens.withLock { $0 } == ["Bearer the-token"])
            #expect(gate.central.health.current.reachable)
        }
    }

    /// What may come instead of an answer, after the service has taken the batch.
    @Test(arguments: [
        FakeAnswer.trouble, FakeAnswer(body: Array("{}".utf8)), FakeAnswer(body: Array("[1,".utf8)),
        FakeAnswer(body: []),
        FakeAnswer(body: [UInt8](repeating: 0x20, count: 3 << 20)),
        FakeAnswer(body: Array(#"{"verdict":"accepted"}"#.utf8), breaksOffAfter: 5),
        FakeAnswer(body: Array(#"{"verdict":"perhaps","next":5}"#.utf8)),
        FakeAnswer(body: Array(#"{"verdict":"accepted","next":-1}"#.utf8)),
        FakeAnswer(status: .found, headers: [.location: "/elsewhere"]),
    ])
    func `an event whose answer was lost is sent again and taken once`(lost: FakeAnswer) async throws {
        let stream = FakeStream()
        let failures = Mutex(3)
        try await SendingGate.with(
            events: 600,
            handler: { request in
                let answer = try stream.answer(request)
                let fails = failures.withLock { left in
                    left -= 1
                    return left >= 0
                }
                return fails ? lost : answer
            }
        ) { gate in
            try await gate.waitUntilAllIsConfirmed()
            #expect(stream.applied.map(\.sequence) == Array(1...600))
            #expect(gate.central.paths.count == 5)
            #expect(stream.epochs.count == 1)
        }
    }

    @Test func `a service that lost everything gets it again`() async throws {
        try await SendingGate.with(events: 10) { gate in
            try await gate.waitUntilAllIsConfirmed()
            gate.stream.forget()
            _ = try await gate.ledger.append([SendingGate.plain(11)])
            try await gate.waitUntilAllIsConfirmed()
            #expect(gate.sequences == Array(1...11))
            #expect(gate.stream.epochs.count == 1)
        }
    }

    @Test func `principle 19: what the service lost and the gate has erased is declared by a new stream`() async throws
    {
        try await SendingGate.with(events: 10) { gate in
            try await gate.waitUntilAllIsConfirmed()
            let old = try await gate.ledger.statistics().epoch
            try await gate.ledger.eraseConfirmed(now: StillClock().at.advanced(bySeconds: 15 * 86_400))
            gate.stream.forget()
            _ = try await gate.ledger.append([SendingGate.plain(11)])
            try await gate.waitUntilAllIsConfirmed()
            let facts = try gate.stream.applied.map { try GateEvent(body: $0.body).fact }
            #expect(
                facts == [
                    .streamForked(StreamForked(previousEpoch: old, lastSequence: 10)), SendingGate.plain(11).fact,
                ])
        }
    }

    @Test func `a fork begins a new stream, which tells what was not confirmed`() async throws {
        let stream = FakeStream()
        let isFirst = Mutex(true)
        try await SendingGate.with(
            events: 3,
            handler: { request in
                let forks = isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
                guard forks else { return try stream.answer(request) }
                return try .json(StreamPosition(verdict: .fork, epoch: nil, next: 1))
            }
        ) { gate in
            try await gate.waitUntilAllIsConfirmed()
            let facts = try stream.applied.map { try GateEvent(body: $0.body).fact }
            guard case .streamForked(let fork) = facts.first else {
                Issue.record("\(facts)")
                return
            }
            #expect(fork.lastSequence == 0)
            #expect(Array(facts.dropFirst()) == (1...3).map { SendingGate.plain($0).fact })
            #expect(try await gate.ledger.verify() == 4)
        }
    }

    @Test(arguments: [
        StreamPosition(verdict: .fork, epoch: nil, next: 1), StreamPosition(verdict: .gap, epoch: nil, next: 99),
        StreamPosition(verdict: .gap, epoch: nil, next: 0), StreamPosition(verdict: .accepted, epoch: nil, next: .max),
        StreamPosition(verdict: .accepted, epoch: nil, next: 1),
        StreamPosition(verdict: .accepted, epoch: nil, next: 0),
    ])
    func `a service that never takes anything is not asked without end, and nothing is lost`(position: StreamPosition)
        async throws
    {
        let answer = try FakeAnswer.json(position)
        try await SendingGate.with(events: 3, handler: { _ in answer }) { gate in
            while gate.central.health.current.lastError == nil { await Task.yield() }
            #expect((1...3).contains(gate.central.paths.count))
            gate.central.answer { [stream = gate.stream] in try stream.answer($0) }
            try await gate.waitUntilAllIsConfirmed()
            let facts = try gate.stream.applied.map { try GateEvent(body: $0.body).fact }
            #expect(facts.suffix(3) == (1...3).map { SendingGate.plain($0).fact })
        }
    }

    @Test func `an older ledger that was put back begins a new stream`() async throws {
        let stream = FakeStream()
        try await SendingGate.with(
            events: 5,
            handler: { request in
                let batch = try JSONDecoder().decode(EventBatch.self, from: Data(request.body))
                guard batch.events.count < 6 else { return try stream.answer(request) }
                // The service holds 100 events of this stream already.
                return try .json(StreamPosition(verdict: .accepted, epoch: batch.epoch, next: 101))
            }
        ) { gate in
            try await gate.waitUntilAllIsConfirmed()
            let facts = try stream.applied.map { try GateEvent(body: $0.body).fact }
            #expect(facts.count == 6)
            #expect(Array(facts.dropFirst()) == (1...5).map { SendingGate.plain($0).fact })
        }
    }
}
