import Central
import EventStream
import Foundation
import GateModel

/// A data directory of its own for each test, removed afterwards.
final class Scratch: Sendable {
    let directory: DataDirectory
    let store: CentralStore

    init() throws {
        directory = DataDirectory(path: NSTemporaryDirectory() + "central-\(UUID().uuidString)")
        _ = try directory.create(deployment: "demo", keyEpoch: 1, at: now)
        store = try directory.openStore()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    /// The database with what lies beside it.
    static func copy(of database: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in ["", "-wal"] where FileManager.default.fileExists(atPath: database + name) {
            files[name] = try Data(contentsOf: URL(fileURLWithPath: database + name))
        }
        return files
    }

    static func put(_ backup: [String: Data], back database: String) throws {
        for name in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: database + name)
            try backup[name]?.write(to: URL(fileURLWithPath: database + name))
        }
    }

    func content(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
}

let now = WallTime(secondsSince1970: 1_700_000_000)
let epochA = StreamEpoch(rawValue: 0xA)
let epochB = StreamEpoch(rawValue: 0xB)

func plain(_ number: Int) -> GateEvent {
    GateEvent(
        at: TimeStamp(monotonic: MonotonicTime(nanoseconds: 1), wall: now, synchronised: true),
        fact: .listRefused(ListRefused(reason: "number \(number)")))
}

func householdExit(_ crossing: UInt64) throws -> GateEvent {
    guard let reference = OrderReference(20_260_001) else { throw CocoaError(.coderInvalidValue) }
    let order = Order(
        kind: .isolation, reason: .closeContact, ends: now.advanced(bySeconds: 86_400),
        household: HouseholdToken(rawValue: 0xBBBB), reference: reference)
    let accessPoint = AccessPoint(
        id: AccessPointID(rawValue: "north-out"), lane: LaneID(rawValue: "door"), direction: .exit, site: .communityGate
    )
    let decision = Decision(
        outcome: .admitAndReport, policyCase: .isolation, reports: true, advises: false,
        list: ListStamp(version: 1, ageSeconds: 5))
    let decided = CrossingDecided(
        crossing: CrossingID(rawValue: crossing), accessPoint: accessPoint, credential: .idCard,
        presentedAt: MonotonicTime(nanoseconds: 1), decision: decision, subject: SubjectToken(rawValue: 0xAAAA),
        order: order)
    var event = plain(0)
    event.fact = .crossingDecided(decided)
    return event
}

/// The chain that a gate would send.
func chain(_ events: [GateEvent], gate: String = "north", epoch: StreamEpoch = epochA) throws -> [ChainedEvent] {
    var last = ChainHash.genesis(gate: gate, epoch: epoch)
    return try events.enumerated().map { index, event in
        let chained = ChainedEvent(sequence: UInt64(index + 1), body: try event.body(), after: last)
        last = chained.hash
        return chained
    }
}

extension CentralStore {
    func send(
        _ events: some Sequence<ChainedEvent>, gate: String = "north", epoch: StreamEpoch = epochA
    ) async throws -> StreamPosition {
        try await ingest(EventBatch(epoch: epoch, events: Array(events)), from: gate, at: now)
    }

    func storedSequences(of gate: String? = nil) throws -> [UInt64] {
        var sequences: [UInt64] = []
        try forEachEvent(of: gate, after: 0) { sequences.append($0.event.sequence) }
        return sequences
    }
}
