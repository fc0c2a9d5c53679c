public import EventStream
import GRDB
public import GateModel

/// An event as it is stored.
public struct StoredEvent: Hashable, Sendable {
    public var gate: String
    public var epoch: StreamEpoch
    public var event: ChainedEvent
    public var receivedAt: WallTime
}

extension CentralStore {
    /// The stored events in the order of arrival. Blocks.
    ///
    /// - Parameters:
    ///   - gate: only of this gate; `nil` for all.
    ///   - sequence: only those with a higher number in their stream.
    ///   - body: called with each; they are not all in memory at once.
    public func forEachEvent(
        of gate: String?, after sequence: UInt64, _ body: (StoredEvent) throws -> Void
    ) throws(CentralError) {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT gate, epoch, sequence, body, hash, receivedAt FROM event JOIN stream ON stream = ordinal
                    WHERE (:gate IS NULL OR gate = :gate) AND sequence > :sequence ORDER BY id
                    """,
                arguments: ["gate": gate, "sequence": Int64(clamping: sequence)])
            while let row = try rows.next() { try body(try StoredEvent(row)) }
        }
    }

    /// The alerts in the order of arrival. Blocks.
    public func alerts(of gate: String?) throws(CentralError) -> [StoredAlert] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM alert WHERE (:gate IS NULL OR gate = :gate) ORDER BY id",
                arguments: ["gate": gate]
            ).map { try StoredAlert($0) }
        }
    }

    /// The alarms in the order in which they were raised. Blocks.
    public func alarms(of gate: String?) throws(CentralError) -> [Alarm] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM alarm WHERE (:gate IS NULL OR gate = :gate) ORDER BY id",
                arguments: ["gate": gate]
            ).map { row in
                guard let epoch = StreamEpoch(hex: try row.text("epoch")),
                    let kind = Alarm.Kind(rawValue: try row.text("kind"))
                else { throw CentralError.database(reason: "a row of the alarm table is damaged") }
                return Alarm(
                    gate: try row.text("gate"), epoch: epoch, sequence: UInt64(clamping: try row.integer("sequence")),
                    kind: kind, detail: try row.text("detail"),
                    raisedAt: WallTime(secondsSince1970: try row.integer("raisedAt")))
            }
        }
    }

    /// Walks the chain of every stream and gives the number of events. Blocks.
    ///
    /// Throws ``CentralError/brokenStream(gate:epoch:reason:)`` at the first fault.
    public func verify() throws(CentralError) -> (streams: Int, events: UInt64) {
        try read { db in
            let streams = try Row.fetchAll(db, sql: "SELECT * FROM stream ORDER BY ordinal").map { try GateStream($0) }
            var verified: UInt64 = 0
            for stream in streams {
                func broken(_ reason: String) -> CentralError {
                    .brokenStream(gate: stream.gate, epoch: stream.epoch.description, reason: reason)
                }
                var verifier = ChainVerifier(gate: stream.gate, epoch: stream.epoch)
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT sequence, body, hash FROM event WHERE stream = ? ORDER BY sequence",
                    arguments: [stream.ordinal])
                while let row = try rows.next() {
                    let event = try StoredEvent.chainedEvent(row)
                    do { try verifier.check(event) } catch { throw broken("\(error)") }
                    verified += 1
                }
                guard verifier.nextSequence == stream.verifier.nextSequence,
                    verifier.lastHash == stream.verifier.lastHash
                else {
                    let written = stream.verifier.nextSequence - 1
                    throw broken("it ends at event \(verifier.nextSequence - 1), but \(written) events were stored")
                }
            }
            return (streams.count, verified)
        }
    }
}

extension StoredAlert {
    fileprivate init(_ row: Row) throws {
        self.init(
            gate: try row.text("gate"), body: try row.text("body"), place: nil,
            receivedAt: WallTime(secondsSince1970: try row.integer("receivedAt")))
        guard let text = try row.decode(String?.self, forColumn: "epoch") else { return }
        guard let epoch = StreamEpoch(hex: text), let hash = ChainHash(hex: try row.text("hash")) else {
            throw CentralError.database(reason: "the place of an alert is damaged")
        }
        place = Place(epoch: epoch, sequence: UInt64(clamping: try row.integer("sequence")), hash: hash)
    }
}

extension StoredEvent {
    fileprivate init(_ row: Row) throws {
        guard let epoch = StreamEpoch(hex: try row.text("epoch")) else {
            throw CentralError.database(reason: "the epoch of an event is damaged")
        }
        self.init(
            gate: try row.text("gate"), epoch: epoch, event: try Self.chainedEvent(row),
            receivedAt: WallTime(secondsSince1970: try row.integer("receivedAt")))
    }

    fileprivate static func chainedEvent(_ row: Row) throws -> ChainedEvent {
        guard let hash = ChainHash(hex: try row.text("hash")) else {
            throw CentralError.database(reason: "the hash of event \(try row.integer("sequence")) is damaged")
        }
        return ChainedEvent(
            sequence: UInt64(clamping: try row.integer("sequence")), body: try row.text("body"), hash: hash)
    }
}
