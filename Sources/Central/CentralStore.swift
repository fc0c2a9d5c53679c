import FoundationEssentials
import GRDB

/// What the central service must not lose, in one SQLite file: gates, streams, events, alerts and alarms.
///
/// Several processes may have it open: `serve` beside any other command. Written with `synchronous=FULL`, so that what
/// was answered to a gate is durable.
public final class CentralStore: Sendable {
    let database: DatabaseQueue
    /// Which deployment the service publishes for.
    public let deployment: String
    /// Which deployment key the tokens are made with.
    public let keyEpoch: UInt32

    /// Makes a new file.
    convenience init(creating path: String, deployment: String, keyEpoch: UInt32) throws(CentralError) {
        // Tokens are inside; SQLite gives its other files the same mode.
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        do {
            let database = try Self.open(path)
            try database.write { db in
                try db.execute(
                    sql: "INSERT INTO service (id, deployment, keyEpoch, version, listVersion) VALUES (1, ?, ?, 0, 0)",
                    arguments: [deployment, Int64(keyEpoch)])
            }
            try database.close()
        } catch { throw CentralError(error) }
        try self.init(path: path)
    }

    /// Opens an existing file and brings its tables up to date.
    init(path: String) throws(CentralError) {
        do {
            database = try Self.open(path)
            let row = try database.read { db in try Row.fetchOne(db, sql: "SELECT deployment, keyEpoch FROM service") }
            guard let row, let epoch = UInt32(exactly: try row.integer("keyEpoch")) else {
                throw CentralError.cannotRead(path: path, reason: "it names no deployment")
            }
            deployment = try row.text("deployment")
            keyEpoch = epoch
        } catch { throw CentralError(error) }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "CentralStore"
        configuration.busyMode = .timeout(30)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            // GRDB's own WAL mode would lower `synchronous` to NORMAL, which may lose the last commits.
            _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON")
            // At most 1 GiB, taken as it is needed: with the usual 2 MB an import of millions of orders writes each page of
            // their indexes hundreds of times.
            try db.execute(sql: "PRAGMA cache_size = -1048576")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in try db.execute(sql: version1) }
        migrator.registerMigration("v2") { db in try db.execute(sql: version2) }
        migrator.registerMigration("v3") { db in try db.execute(sql: version3) }
        guard try queue.read(migrator.hasBeenSuperseded) == false else { throw CentralError.newerFormat(path: path) }
        try migrator.migrate(queue)
        return queue
    }

    /// A migration that was ever released is never changed.
    ///
    /// - `service`: the deployment, and the last published versions.
    /// - `gate`: `tokenHash` is the SHA-256 of the bearer token.
    /// - `stream`: one row for each epoch of a gate; `ordinal` grows with each stream begun.
    /// - `alert`: one for each crossing; `epoch`, `sequence` and `hash` are its place in the stream, once it has one.
    /// - `alarm`: at most one of a kind for one event.
    private static let version1 = """
        CREATE TABLE service (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            deployment TEXT NOT NULL,
            keyEpoch INTEGER NOT NULL,
            version INTEGER NOT NULL,
            listVersion INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE gate (
            name TEXT PRIMARY KEY,
            tokenHash TEXT NOT NULL,
            addedAt INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE stream (
            ordinal INTEGER PRIMARY KEY,
            gate TEXT NOT NULL,
            epoch TEXT NOT NULL,
            nextSequence INTEGER NOT NULL,
            lastHash TEXT NOT NULL,
            UNIQUE (gate, epoch)
        ) STRICT;
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES stream(ordinal),
            sequence INTEGER NOT NULL,
            body TEXT NOT NULL,
            hash TEXT NOT NULL,
            receivedAt INTEGER NOT NULL,
            UNIQUE (stream, sequence)
        ) STRICT;
        CREATE TABLE alert (
            id INTEGER PRIMARY KEY,
            gate TEXT NOT NULL,
            crossing TEXT NOT NULL,
            body TEXT NOT NULL,
            epoch TEXT,
            sequence INTEGER,
            hash TEXT,
            receivedAt INTEGER NOT NULL,
            UNIQUE (gate, crossing)
        ) STRICT;
        CREATE INDEX alertPlace ON alert(gate, epoch, sequence);
        CREATE TABLE alarm (
            id INTEGER PRIMARY KEY,
            gate TEXT NOT NULL,
            epoch TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT NOT NULL,
            raisedAt INTEGER NOT NULL,
            UNIQUE (gate, epoch, sequence, kind)
        ) STRICT;
        """

    /// - `modeChange`: the signed changes of mode that gates may still fetch.
    private static let version2 = """
        CREATE TABLE modeChange (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            gate TEXT NOT NULL,
            issued INTEGER NOT NULL,
            envelope TEXT NOT NULL
        ) STRICT;
        CREATE INDEX modeChangeGate ON modeChange(gate, number);
        """

    /// - `orderInForce`: the orders as they stand. `token` is such that signed numbers sort as tokens do; `kind` is 0 for
    ///   isolation, else the tier.
    /// - `orderChange`: what changed with each version since the last base; `kind` is null for what was lifted.
    /// - `listVersion`: the versions since the base before it, and who made each; `isBase` marks those with a book of their own.
    /// - `target`: the published files, each in the metadata of its `role`. Those with a time in `retired` are in no
    ///   metadata any more, but may still be on their way to a gate.
    /// - `release`: the releases that were signed, and who ordered each.
    /// - `role`: the last version of each role's metadata, and until when it is valid.
    private static let version3 = """
        CREATE TABLE orderInForce (
            token INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            ends INTEGER NOT NULL,
            household INTEGER NOT NULL,
            reference INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX orderReference ON orderInForce(reference);
        CREATE INDEX orderEnds ON orderInForce(ends);
        CREATE TABLE orderChange (
            version INTEGER NOT NULL,
            token INTEGER NOT NULL,
            kind INTEGER,
            reason INTEGER,
            ends INTEGER,
            household INTEGER,
            reference INTEGER,
            PRIMARY KEY (version, token)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE listVersion (
            version INTEGER PRIMARY KEY,
            created INTEGER NOT NULL,
            isBase INTEGER NOT NULL,
            act TEXT NOT NULL,
            operator TEXT NOT NULL,
            because TEXT NOT NULL,
            upserts INTEGER NOT NULL,
            removals INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE target (
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            length INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            retired INTEGER,
            PRIMARY KEY (name, sha256)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE release (
            id TEXT PRIMARY KEY,
            issued INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            reference INTEGER NOT NULL,
            operator TEXT NOT NULL,
            because TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE role (
            name TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Runs `body` in a read transaction. Blocks.
    func read<T>(_ body: (Database) throws -> T) throws(CentralError) -> T {
        do { return try database.read(body) } catch { throw CentralError(error) }
    }

    /// Runs `body` in a transaction. Blocks.
    func write<T>(_ body: (Database) throws -> T) throws(CentralError) -> T {
        do {
            return try database.writeWithoutTransaction { db in try db.inImmediateTransaction { try body(db) } }
        } catch { throw CentralError(error) }
    }

    /// Runs `body` in a transaction, on the database's own queue.
    func writeAsync<T: Sendable>(_ body: @Sendable @escaping (Database) throws -> T) async throws(CentralError) -> T {
        let result: Result<T, CentralError> = await withCheckedContinuation { continuation in
            database.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Result { try db.inImmediateTransaction { try body(db) } }.mapError { CentralError($0) })
            }
        }
        return try result.get()
    }
}

extension Database {
    fileprivate func inImmediateTransaction<T>(_ body: () throws -> T) throws -> T {
        var value: T?
        try inTransaction(.immediate) {
            value = try body()
            return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was not run") }
        return value
    }
}

extension Row {
    // The subscripts of `Row` trap on a value of another type; a damaged file must not.
    func integer(_ column: String) throws -> Int64 { try decode(Int64.self, forColumn: column) }
    func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }
}
