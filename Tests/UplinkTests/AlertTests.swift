import EventStream
import Foundation
import GateModel
import Ledger
import Synchronization
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(1))) struct AlertTests {
    private let alerts = "/v1/gates/north/alerts"
    private let events = "/v1/gates/north/events"

    @Test func `a household exit goes before the backlog, and comes again in its place`() async throws {
        try await SendingGate.with(events: 700, last: [try SendingGate.householdExit()]) { gate in
            try await gate.waitUntilAllIsConfirmed()
            #expect(gate.central.paths == [alerts, events, events])
            #expect(gate.stream.alerted.map(\.sequence) == [701])
            #expect(gate.sequences == Array(1...701))
            #expect(gate.stream.applied.last == gate.stream.alerted.first, "the copy and the event are one")
        }
    }

    @Test func `a household exit during a long upload does not wait for its end`() async throws {
        let stream = FakeStream()
        let exit = try SendingGate.householdExit()
        let ledger = Mutex<Ledger?>(nil)
        try await SendingGate.with(
            events: 0,
            handler: { request in
                // While the first batch is under way somebody leaves.
                if stream.applied.isEmpty { _ = try await ledger.withLock { $0 }?.append([exit]) }
                return try stream.answer(request)
            }
        ) { gate in
            ledger.withLock { $0 = gate.ledger }
            _ = try await gate.ledger.append((1...1200).map(SendingGate.plain))
            try await gate.waitUntilAllIsConfirmed()
            #expect(gate.central.paths == [events, alerts, events, events])
        }
    }

    @Test func `a household exit is alerted during back-off, everything else waits`() async throws {
        try await SendingGate.with(events: 1, handler: { _ in .trouble }) { gate in
            while gate.central.health.current.lastError == nil { await Task.yield() }
            let before = gate.central.paths
            #expect(before == [events])
            // The clock stands still, so the back-off never ends by itself.
            gate.bell.ring()
            gate.central.answer { [stream = gate.stream] in try stream.answer($0) }
            _ = try await gate.ledger.append([SendingGate.householdExit()])
            gate.bell.ring()
            gate.bell.ringUrgently()
            try await gate.central.wait(for: alerts)
            #expect(gate.central.paths.starts(with: [events, alerts]))
            while try await gate.ledger.statistics().unsent > 0 { await Task.yield() }
            #expect(gate.sequences == [1, 2])
        }
    }

    @Test func `an alert that fails does not hold up the stream, which brings the household exit too`() async throws {
        let stream = FakeStream()
        let isFirst = Mutex(true)
        try await SendingGate.with(
            events: 0, last: [try SendingGate.householdExit()],
            handler: { request in
                let answer = try stream.answer(request)
                let fails = isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
                return fails ? .trouble : answer
            }
        ) { gate in
            try await gate.waitUntilAllIsConfirmed()
            #expect(gate.central.paths == [alerts, events])
            #expect(try await gate.ledger.urgentUnsent().isEmpty)
        }
    }
}
