import EventStream
import Foundation
import GateModel
import Ledger
import Synchronization
import Testing

@testable import Uplink

/// What the central service knows of a gate's events, as the protocol says it.
final class FakeStream: Sendable {
    private struct State {
        var verifiers: [StreamEpoch: ChainVerifier] = [:]
        var applied: [(epoch: StreamEpoch, event: ChainedEvent)] = []
        var alerted: [ChainedEvent] = []
    }

    private let state = Mutex(State())

    /// Every event that was taken, in the order in which it was.
    var applied: [ChainedEvent] { state.withLock { $0.applied.map(\.event) } }
    var alerted: [ChainedEvent] { state.withLock { $0.alerted } }
    var epochs: [StreamEpoch] {
        state.withLock { $0.applied.reduce(into: []) { if $0.last != $1.epoch { $0.append($1.epoch) } } }
    }

    /// Forgets all, as a service does that lost its disk.
    func forget() { state.withLock { $0 = State() } }

    func answer(_ request: FakeRequest) throws -> FakeAnswer {
        if request.path.hasSuffix("/alerts") {
            let alert = try JSONDecoder().decode(EventAlert.self, from: Data(request.body))
            state.withLock { $0.alerted.append(alert.event) }
            return try .json(AlertReceipt())
        }
        return try .json(take(try JSONDecoder().decode(EventBatch.self, from: Data(request.body))))
    }

    private func take(_ batch: EventBatch) -> StreamPosition {
        state.withLock { state in
            var verifier = state.verifiers[batch.epoch] ?? ChainVerifier(gate: "north", epoch: batch.epoch)
            let next = verifier.nextSequence
            var new: [ChainedEvent] = []
            for event in batch.events where event.sequence >= next {
                do throws(ChainFault) {
                    try verifier.check(event)
                    new.append(event)
                } catch {
                    let verdict: StreamPosition.Verdict = if case .gap = error { .gap } else { .fork }
                    return StreamPosition(verdict: verdict, epoch: batch.epoch, next: next)
                }
            }
            state.verifiers[batch.epoch] = verifier
            state.applied += new.map { (batch.epoch, $0) }
            return StreamPosition(verdict: .accepted, epoch: batch.epoch, next: verifier.nextSequence)
        }
    }
}

/// A ledger whose events are sent to a fake central service.
struct SendingGate {
    let central: FakeCentral
    let stream: FakeStream
    let ledger: Ledger
    let bell: UploadBell

    /// - Parameters:
    ///   - events: how many plain events are held before the uploader starts.
    ///   - last: held behind them.
    ///   - handler: `nil` for a service that works.
    static func with(
        events: Int, last: [GateEvent] = [], handler: FakeCentral.Handler? = nil,
        _ body: (SendingGate) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        let stream = FakeStream()
        let clock = StillClock()
        let ledger = try Ledger(path: "\(scratch.path)/ledger.sqlite", gate: "north", at: clock.now())
        if events > 0 { _ = try await ledger.append((1...events).map(plain)) }
        if !last.isEmpty { _ = try await ledger.append(last) }
        try await FakeCentral.with(handler ?? { try stream.answer($0) }) { central in
            let bell = UploadBell()
            let uploader = EventUploader(
                client: central.client(clock), ledger: ledger, bell: bell, every: .seconds(3600), clock: clock)
            let run = Task { try await uploader.run() }
            defer { run.cancel() }
            try await body(SendingGate(central: central, stream: stream, ledger: ledger, bell: bell))
            run.cancel()
            _ = await run.result
        }
    }

    /// Waits until nothing is unsent; the clock stands still, so every retry needs the bell.
    func waitUntilAllIsConfirmed() async throws {
        while try await ledger.statistics().unsent > 0 {
            bell.ringUrgently()
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    var sequences: [UInt64] { stream.applied.map(\.sequence) }

    static func plain(_ number: Int) -> GateEvent {
        GateEvent(at: StillClock().now(), fact: .listRefused(ListRefused(reason: "number \(number)")))
    }

    static func householdExit() throws -> GateEvent {
        let point = AccessPoint(
            id: AccessPointID(rawValue: "out"), lane: LaneID(rawValue: "door"), direction: .exit, site: .communityGate)
        let order = Order(
            kind: .isolation, reason: .closeContact, ends: WallTime(secondsSince1970: 1_800_086_400),
            household: HouseholdToken(rawValue: 0xBB), reference: try required(OrderReference(7)))
        let decision = Decision(
            outcome: .admitAndReport, policyCase: .isolation, reports: true, advises: false,
            list: ListStamp(version: 1, ageSeconds: 1))
        return GateEvent(
            at: StillClock().now(),
            fact: .crossingDecided(
                CrossingDecided(
                    crossing: .random(), accessPoint: point, credential: .idCard,
                    presentedAt: MonotonicTime(nanoseconds: 1),
                    decision: decision, subject: SubjectToken(rawValue: 0xAA), order: order)))
    }
}
