import EventStream
import FoundationEssentials
public import GateModel
public import TrustedFiles

/// Asks the central service for changes of mode, and hands over those that the authority has signed for this gate.
///
/// Whether one is new and comes in time is for the gate to say. With the service gone, nothing moves (principle 4).
public struct ModeChangeFetcher: Sendable {
    let client: CentralClient
    let gate: String
    let deployment: String
    let key: TrustedKey
    let every: Duration
    let refused: @Sendable (String) async -> Void
    let offered: @Sendable ([ModeChange]) async -> Void

    /// - Parameters:
    ///   - refused: told once of each reason for which an offer was not taken.
    ///   - offered: gets what is signed, the same changes again and again.
    public init(
        client: CentralClient, gate: String, deployment: String, key: TrustedKey, every: Duration,
        refused: @escaping @Sendable (String) async -> Void, offered: @escaping @Sendable ([ModeChange]) async -> Void
    ) {
        self.client = client
        self.gate = gate
        self.deployment = deployment
        self.key = key
        self.every = every
        self.refused = refused
        self.offered = offered
    }

    /// Goes on until cancelled.
    public func run() async throws {
        var told: String?
        while true {
            do {
                let (changes, fault) = try await fetch()
                if let fault, fault != told { await refused(fault) }
                told = fault
                if !changes.isEmpty { await offered(changes) }
            } catch let error as CancellationError {
                throw error
            } catch {}  // The client's health tells it.
            try await Task.sleep(for: every)
        }
    }

    /// One round: the changes that can be trusted, and what is wrong with another.
    func fetch() async throws -> (changes: [ModeChange], fault: String?) {
        let offers: ModeChangeOffers = try await client.get("/v1/gates/\(gate)/mode-changes")
        var changes: [ModeChange] = []
        var fault: String?
        for envelope in offers.envelopes.prefix(ModeChangeOffers.largestCount) {
            do {
                let payload = try SignedEnvelope(json: Array(envelope.utf8)).open(
                    as: ModeChange.payloadType, trusted: key)
                let change = try JSONDecoder().decode(ModeChange.self, from: Data(payload))
                // One for another gate may be replayed at this one.
                guard change.gate == gate, change.deployment == deployment else {
                    fault = "it is for gate \(change.gate) of \(change.deployment)"
                    continue
                }
                changes.append(change)
            } catch is DecodingError {
                fault = "it cannot be read"
            } catch {
                fault = "it is damaged, or not signed with the publisher's key"
            }
        }
        return (changes, fault)
    }
}
