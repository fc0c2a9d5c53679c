import Crypto
import GRDB
public import GateModel

/// A gate that may send events.
public struct RegisteredGate: Hashable, Sendable {
    public var name: String
    public var addedAt: WallTime
}

extension CentralStore {
    /// Registers a gate and gives its bearer token, which is stored nowhere: only its SHA-256 is. Blocks.
    ///
    /// - Parameter renew: replaces the token of a gate that has one; the old one is void at once.
    public func addGate(_ name: String, renew: Bool, at now: WallTime) throws(CentralError) -> String {
        guard Self.isGateName(name) else { throw .badName(name) }
        let token = randomHex(bytes: 32)
        try write { db in
            let exists = try Row.fetchOne(db, sql: "SELECT name FROM gate WHERE name = ?", arguments: [name]) != nil
            guard !exists || renew else { throw CentralError.gateExists(name) }
            guard exists || !renew else { throw CentralError.unknownGate(name) }
            try db.execute(
                sql: """
                    INSERT INTO gate (name, tokenHash, addedAt) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET tokenHash = excluded.tokenHash
                    """,
                arguments: [name, Self.hash(ofToken: token), now.secondsSince1970])
        }
        return token
    }

    /// Makes a gate's token void. What the gate reported stays. Blocks.
    public func removeGate(_ name: String) throws(CentralError) {
        try write { db in
            try db.execute(sql: "DELETE FROM gate WHERE name = ?", arguments: [name])
            guard db.changesCount == 1 else { throw CentralError.unknownGate(name) }
        }
    }

    /// All gates by name. Blocks.
    public func gates() throws(CentralError) -> [RegisteredGate] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT name, addedAt FROM gate ORDER BY name").map {
                RegisteredGate(
                    name: try $0.text("name"), addedAt: WallTime(secondsSince1970: try $0.integer("addedAt")))
            }
        }
    }

    /// Whether `token` is the one of this gate.
    func isAuthentic(gate: String, token: String) async throws(CentralError) -> Bool {
        let presented = Self.hash(ofToken: token)
        return try await writeAsync { db in
            // Hashes are compared, so the time this takes tells nothing about the token.
            try String.fetchOne(db, sql: "SELECT tokenHash FROM gate WHERE name = ?", arguments: [gate]) == presented
        }
    }

    private static func hash(ofToken token: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let digest = SHA256.hash(data: Array(token.utf8))
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func isGateName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(ConfiguredName.allows)
    }
}
