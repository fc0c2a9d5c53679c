import EventStream
import Foundation
import GRDB
import GateModel
import Ledger

/// A directory of its own for each test, removed afterwards.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "ledger-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var path: String { directory + "/ledger.sqlite" }

    func open(at seconds: Int64 = 0, largestBytes: Int64? = nil) throws -> Ledger {
        try Ledger(path: path, gate: "north", at: stamp(seconds), largestBytes: largestBytes)
    }

    /// Copies the files as a power cut would leave them, the write-ahead log cut to `logBytes`.
    func copy(logBytes: Int? = nil) throws -> Scratch {
        let copy = try Scratch()
        for suffix in ["", "-wal"] {
            var content = try Data(contentsOf: URL(fileURLWithPath: path + suffix))
            if suffix == "-wal", let logBytes { content = content.prefix(logBytes) }
            try content.write(to: URL(fileURLWithPath: copy.path + suffix))
        }
        return copy
    }

    /// Changes the file behind the ledger's back.
    func tamper(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Everything that stands in the files, as text.
    func rawText() throws -> String {
        var text = ""
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            text += String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")), as: UTF8.self)
        }
        return text
    }
}

let day: Int64 = 86_400

func stamp(_ seconds: Int64) -> TimeStamp {
    TimeStamp(
        monotonic: MonotonicTime(nanoseconds: UInt64(max(seconds, 0)) &* 1_000_000_000),
        wall: WallTime(secondsSince1970: 1_700_000_000 + seconds), synchronised: true)
}

func wall(_ seconds: Int64) -> WallTime { stamp(seconds).wall }

/// An event that carries no identity; `number` can be found again in its body.
func plain(_ number: Int) -> GateEvent {
    GateEvent(at: stamp(Int64(number)), fact: .listRefused(ListRefused(reason: "number \(number)")))
}

let northIn = AccessPointID(rawValue: "north-in")
let northOut = AccessPointID(rawValue: "north-out")
let door = LaneID(rawValue: "door")

func decided(
    _ crossing: UInt64, _ direction: Direction = .entry, outcome: Outcome = .admitAndReport,
    policyCase: PolicyCase = .isolation
) throws -> GateEvent {
    guard let reference = OrderReference(20_260_001) else { throw CocoaError(.coderInvalidValue) }
    let accessPoint = AccessPoint(
        id: direction == .entry ? northIn : northOut, lane: door, direction: direction, site: .communityGate)
    let order = Order(
        kind: .isolation, reason: .closeContact, ends: wall(day),
        household: HouseholdToken(rawValue: 0xBBBB_0000_0000_0001),
        reference: reference)
    return GateEvent(
        at: stamp(0),
        fact: .crossingDecided(
            CrossingDecided(
                crossing: CrossingID(rawValue: crossing), accessPoint: accessPoint, credential: .idCard,
                presentedAt: MonotonicTime(nanoseconds: 1),
                decision: Decision(
                    outcome: outcome, policyCase: policyCase, reports: true, advises: false,
                    list: ListStamp(version: 3, ageSeconds: 10)),
                subject: SubjectToken(rawValue: 0xAAAA_0000_0000_0001), order: order)))
}

func step(_ crossing: UInt64) -> CrossingStep { CrossingStep(crossing: CrossingID(rawValue: crossing), lane: door) }

extension Ledger {
    /// All events of the current epoch.
    func allEvents() async throws -> [GateEvent] {
        try await events(after: 0, limit: 100_000).events.map { try GateEvent(body: $0.body) }
    }
}
