import EventStream
public import GateModel
public import Ledger
import Synchronization

/// Wakes the uploader.
public final class UploadBell: Sendable {
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let urgent = Atomic<Bool>(false)

    public init() {
        (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// A household exit is durable: it goes now, whatever the back-off says.
    public func ringUrgently() {
        urgent.store(true, ordering: .releasing)
        continuation.yield()
    }

    func ring() { continuation.yield() }

    func takeUrgent() -> Bool { urgent.exchange(false, ordering: .acquiringAndReleasing) }
}

/// Sends the ledger to the central service: household exits at once, everything in order and exactly once.
///
/// Exactly once by position: the service applies a batch and moves its position in one transaction and answers with the
/// position; the gate confirms what that says and nothing else, so a batch that is sent twice is applied once.
public struct EventUploader: Sendable {
    let client: CentralClient
    let ledger: Ledger
    let bell: UploadBell
    let every: Duration
    let clock: any TimeSource

    public init(client: CentralClient, ledger: Ledger, bell: UploadBell, every: Duration, clock: any TimeSource) {
        self.client = client
        self.ledger = ledger
        self.bell = bell
        self.every = every
        self.clock = clock
    }

    /// Goes on until cancelled.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [bell, every] in
                while true {
                    bell.ring()
                    try await Task.sleep(for: every)
                }
            }
            var backoff = Backoff()
            var generator = SystemRandomNumberGenerator()
            var notBefore = MonotonicTime(nanoseconds: 0)
            for await _ in bell.rings {
                guard bell.takeUrgent() || clock.monotonic >= notBefore else { continue }
                do {
                    // The stream brings every household exit too, so it goes on where alerts fail.
                    var alertError: (any Error)?
                    do { try await sendAlerts() } catch { alertError = error }
                    try await sendStream()
                    if let alertError { throw alertError }
                    backoff.succeed()
                } catch let error as CancellationError {
                    throw error
                } catch {
                    client.health.failed("\(error)")
                    let wait = backoff.fail(using: &generator)
                    notBefore = clock.monotonic.advanced(by: wait)
                    group.addTask { [bell] in
                        try await Task.sleep(for: wait)
                        bell.ring()
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Household exits first: each goes by itself, beside the stream, in which it comes again in its place.
    private func sendAlerts() async throws {
        for alert in try await ledger.urgentUnsent() {
            let _: AlertReceipt = try await client.post("/v1/gates/\(ledger.gate)/alerts", alert)
            try await ledger.markAlerted(epoch: alert.epoch, sequence: alert.event.sequence)
        }
    }

    private func sendStream() async throws {
        var setbacks = 0
        while true {
            let batch = try await ledger.unsent(limit: EventBatch.largestCount)
            guard let first = batch.events.first else { return }
            let position: StreamPosition = try await client.post("/v1/gates/\(ledger.gate)/events", batch)
            switch position.verdict {
            case .accepted:
                guard position.next > first.sequence else {
                    throw CentralError("the central service took events and did not move its position")
                }
                do throws(LedgerError) {
                    try await ledger.confirm(epoch: batch.epoch, through: position.next - 1, at: clock.now().wall)
                } catch .confirmedBeyondHeld {
                    // The service knows events that this gate does not: an older ledger was put back.
                    _ = try await ledger.startNewEpoch(at: clock.now())
                    setbacks += 1
                }
            case .gap where position.next < first.sequence:
                // The service lost what it had confirmed (an older backup, say): it gets it again, or a new stream.
                if try await !ledger.resend(epoch: batch.epoch, from: max(1, position.next)) {
                    _ = try await ledger.startNewEpoch(at: clock.now())
                }
                setbacks += 1
            case .gap, .fork:
                _ = try await ledger.startNewEpoch(at: clock.now())
                setbacks += 1
            }
            // Each new stream is written to the disk: a service that takes none must not have it filled.
            guard setbacks < 3 else { throw CentralError("the central service goes on refusing the gate's events") }
            // A new household exit does not wait behind a long backlog.
            try? await sendAlerts()
        }
    }
}
