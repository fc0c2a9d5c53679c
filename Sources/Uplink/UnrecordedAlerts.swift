public import EventStream
public import GateModel

/// Alerts the central service to household exits that the disk does not take: the report must not depend on the disk.
///
/// Works without a ledger. What becomes durable meanwhile goes the ordinary way too; its crossing makes the two one.
public struct UnrecordedAlerts: Sendable {
    /// A household exit that is not on disk after this long is alerted from memory.
    public static let patience = Duration.seconds(1)

    let client: CentralClient
    let gate: String
    let clock: any TimeSource
    /// The household exits of this time or earlier that are not on disk.
    let waiting: @Sendable (MonotonicTime) -> [GateEvent]
    private var told: Set<CrossingID> = []

    public init(
        client: CentralClient, gate: String, clock: any TimeSource,
        waiting: @escaping @Sendable (MonotonicTime) -> [GateEvent]
    ) {
        self.client = client
        self.gate = gate
        self.clock = clock
        self.waiting = waiting
    }

    /// Goes on until cancelled.
    public func run() async throws {
        var alerts = self
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        while true {
            var wait = Self.patience
            do {
                try await alerts.send()
                backoff.succeed()
            } catch let error as CancellationError {
                throw error
            } catch {
                wait += backoff.fail(using: &generator)
            }
            try await Task.sleep(for: wait)
        }
    }

    /// Sends each exit that waits and was not sent yet.
    mutating func send() async throws {
        let exits = waiting(clock.monotonic.advanced(by: .zero - Self.patience))
        told.formIntersection(exits.compactMap(\.fact.householdExit))
        for event in exits {
            guard let crossing = event.fact.householdExit, !told.contains(crossing) else { continue }
            let alert = UnrecordedAlert(body: try event.body())
            let _: AlertReceipt = try await client.post("/v1/gates/\(gate)/alerts/unrecorded", alert)
            told.insert(crossing)
        }
    }
}
