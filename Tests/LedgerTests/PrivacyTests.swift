import EventStream
import Foundation
import GRDB
import GateModel
import Ledger
import Testing

@Suite struct PrivacyTests {
    @Test func `identity stands only in event bodies, as token, household token and order reference`() async throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        _ = try await ledger.append([decided(1), GateEvent(at: stamp(0), fact: .crossingPassed(step(1))), decided(2)])
        try await ledger.count([Tally(.admitted, accessPoint: northIn, direction: .entry)], quarter: wall(0))

        let queue = try DatabaseQueue(path: scratch.path)
        let identities = ["aaaa000000000001", "bbbb000000000001", "20260001"]
        try await queue.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            #expect(Set(tables) == ["gate", "stream", "event", "count", "openCrossing", "grdb_migrations"])
            for table in tables {
                for row in try Row.fetchAll(db, sql: "SELECT * FROM \(table)") {
                    for (column, value) in row where table != "event" || column != "body" {
                        #expect(!identities.contains { "\(value)".contains($0) }, "\(table).\(column)")
                    }
                }
            }
            #expect(
                try db.columns(in: "count").map(\.name) == ["accessPoint", "direction", "quarter", "countable", "n"])
        }
        // The fields of an event that names a subject are these and no others.
        let body = try await ledger.events(after: 0, limit: 1).events[0].body
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let fact = try #require(fields["fact"] as? [String: Any])
        #expect(
            Set(fact.keys) == [
                "type", "crossing", "accessPoint", "lane", "direction", "credential", "presentedAt", "outcome",
                "policyCase", "subject", "household", "order", "list",
            ])
    }

    @Test func `the file is for the daemon's eyes only`() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: ledger.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }
}
