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
    /// Tried at least once; a new one does not wait for a back-off.
    private var tried: Set<CrossingID> = []

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
        var notBefore = MonotonicTime(nanoseconds: 0)
        while true {
            if clock.monotonic >= notBefore || alerts.hasNew {
                do {
                    try await alerts.send()
                    backoff.succeed()
                } catch let error as CancellationError {
                    throw error
                } catch {
                    notBefore = clock.monotonic.advanced(by: backoff.fail(using: &generator))
                }
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private var due: [GateEvent] { waiting(clock.monotonic.advanced(by: .zero - Self.patience)) }

    /// Whether an exit waits that was not tried yet.
    var hasNew: Bool { due.contains { $0.fact.householdExit.map { !tried.contains($0) } ?? false } }

    /// Sends each exit that waits and was not sent yet, the newest first: it matters most where somebody is now.
    mutating func send() async throws {
        let exits = due
        let crossings = exits.compactMap(\.fact.householdExit)
        told.formIntersection(crossings)
        tried = Set(crossings)
        for event in exits.reversed() {
            guard let crossing = event.fact.householdExit, !told.contains(crossing) else { continue }
            let alert = UnrecordedAlert(body: try event.body())
            let _: AlertReceipt = try await client.post("/v1/gates/\(gate)/alerts/unrecorded", alert)
            told.insert(crossing)
        }
    }
}
