import EventStream
import FoundationEssentials
import GRDB
public import GateModel
import TrustedFiles

/// Changes of lanes' modes: signed, kept for their gate alone, and forgotten once no gate would take them.
public struct ModeChangePublisher: Sendable {
    private let store: CentralStore
    private let key: PublisherKey

    public init(directory: DataDirectory) throws(CentralError) {
        store = try directory.openStore()
        key = try directory.publisherKey()
    }

    /// Signs a change, which its gate fetches from then on. Blocks.
    ///
    /// - Parameters:
    ///   - lane: a lane of the gate. Only the gate knows which it has; an unknown one is reported as not carried out.
    ///   - seconds: how long the mode lasts from now, a day at most.
    @discardableResult
    public func publish(
        gate: String, lane: LaneID, mode: LaneMode, operator: String, reason: String, seconds: Int64, at now: WallTime
    ) throws(CentralError) -> ModeChange {
        guard try store.gates().contains(where: { $0.name == gate }) else { throw .unknownGate(gate) }
        let change: ModeChange
        let envelope: String
        do {
            change = try ModeChange(
                deployment: store.deployment, gate: gate, lane: lane, mode: mode, operator: `operator`, reason: reason,
                issued: now, until: now.advanced(bySeconds: seconds))
            let payload = Array(try JSONEncoder().encode(change))
            let signed = try SignedEnvelope(signing: payload, as: ModeChange.payloadType, with: key)
            envelope = String(decoding: try signed.json(), as: UTF8.self)
        } catch { throw .unusable(reason: "\(error)") }
        try store.write { db in
            try db.execute(
                sql: "INSERT INTO modeChange (gate, issued, envelope) VALUES (?, ?, ?)",
                arguments: [gate, now.secondsSince1970, envelope])
        }
        return change
    }
}

extension CentralStore {
    /// What a gate may still take. One that is too old is left out, so that a link that comes back moves nothing.
    func modeChanges(for gate: String, at now: WallTime) async throws(CentralError) -> ModeChangeOffers {
        try await writeAsync { db in
            try db.execute(
                sql: "DELETE FROM modeChange WHERE issued < ?",
                arguments: [now.advanced(bySeconds: -ModeChange.latestArrivalSeconds).secondsSince1970])
            let rows = try Row.fetchAll(
                db, sql: "SELECT envelope FROM modeChange WHERE gate = ? ORDER BY number DESC LIMIT ?",
                arguments: [gate, ModeChangeOffers.largestCount])
            return ModeChangeOffers(envelopes: try rows.map { try $0.text("envelope") }.reversed())
        }
    }
}
