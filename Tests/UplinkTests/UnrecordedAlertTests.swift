import EventStream
import Foundation
import GateModel
import Synchronization
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(1))) struct UnrecordedAlertTests {
    @Test func `principle 1: a household exit that no disk takes is alerted from memory, once`() async throws {
        let exit = try SendingGate.householdExit()
        let waiting = Mutex([exit])
        let bodies = Mutex<[String]>([])
        try await FakeCentral.with({ request in
            #expect(request.path == "/v1/gates/north/alerts/unrecorded")
            let alert = try JSONDecoder().decode(UnrecordedAlert.self, from: Data(request.body))
            bodies.withLock { $0.append(alert.body) }
            return try .json(AlertReceipt())
        }) { central in
            var alerts = UnrecordedAlerts(
                client: central.client(), gate: "north", clock: StillClock(),
                waiting: { _ in waiting.withLock { $0 } })
            try await alerts.send()
            try await alerts.send()
            #expect(bodies.withLock { $0 } == [try exit.body()])
            waiting.withLock { $0 = [] }
            try await alerts.send()
            #expect(central.paths.count == 1)
        }
    }

    @Test func `an alert that was not taken is sent again`() async throws {
        let exit = try SendingGate.householdExit()
        try await FakeCentral.with({ _ in .trouble }) { central in
            var alerts = UnrecordedAlerts(
                client: central.client(), gate: "north", clock: StillClock(), waiting: { _ in [exit] })
            await #expect(throws: CentralError.self) { try await alerts.send() }
            central.answer { _ in try .json(AlertReceipt()) }
            try await alerts.send()
            #expect(central.paths.count == 2)
            #expect(central.health.current.reachable)
        }
    }

    @Test func `a new exit does not wait for the back-off of an older one`() async throws {
        let waiting = Mutex([try SendingGate.householdExit()])
        try await FakeCentral.with({ _ in .trouble }) { central in
            var alerts = UnrecordedAlerts(
                client: central.client(), gate: "north", clock: StillClock(), waiting: { _ in waiting.withLock { $0 } })
            #expect(alerts.hasNew)
            await #expect(throws: CentralError.self) { try await alerts.send() }
            #expect(!alerts.hasNew)
            let newer = try SendingGate.householdExit()
            waiting.withLock { $0.append(newer) }
            #expect(alerts.hasNew)
            central.answer { request in
                let alert = try JSONDecoder().decode(UnrecordedAlert.self, from: Data(request.body))
                return try alert.body == newer.body() ? .json(AlertReceipt()) : .trouble
            }
            await #expect(throws: CentralError.self) { try await alerts.send() }
            #expect(central.paths.count == 3, "the newest goes first")
        }
    }

    @Test func `only what has waited for a second is alerted from memory`() async throws {
        let asked = Mutex<[MonotonicTime]>([])
        try await FakeCentral.with({ _ in .trouble }) { central in
            var alerts = UnrecordedAlerts(client: central.client(), gate: "north", clock: StillClock()) { time in
                asked.withLock { $0.append(time) }
                return []
            }
            try await alerts.send()
            #expect(asked.withLock { $0 } == [StillClock().now().monotonic.advanced(by: .seconds(-1))])
        }
    }
}
