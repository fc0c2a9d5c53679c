import GRDB

/// The tables of the ledger. A migration that was ever released is never changed.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in try db.execute(sql: version1) }
        return migrator
    }

    /// Identity stands nowhere but in `event.body`, as token, household token and order reference.
    ///
    /// - `gate`: whose ledger this is, and whether the daemon stopped in order the last time.
    /// - `stream`: one row for each epoch; the last one is being written. `anchor…` is the last event that retention
    ///   erased: what is left of the chain verifies from there.
    /// - `event`: `urgent` is 0, or 1 for a household exit, or 2 when it was alerted.
    /// - `count`: the open quarters of an hour (principle 9).
    /// - `openCrossing`: admitted crossings whose end is not written yet.
    private static let version1 = """
        CREATE TABLE gate (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            name TEXT NOT NULL,
            orderlyStop INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE stream (
            ordinal INTEGER PRIMARY KEY,
            epoch TEXT NOT NULL UNIQUE,
            anchorSequence INTEGER NOT NULL,
            anchorHash TEXT NOT NULL,
            nextSequence INTEGER NOT NULL,
            lastHash TEXT NOT NULL,
            confirmedThrough INTEGER NOT NULL,
            confirmedAt INTEGER
        ) STRICT;
        CREATE TABLE event (
            stream INTEGER NOT NULL REFERENCES stream(ordinal),
            sequence INTEGER NOT NULL,
            body TEXT NOT NULL,
            hash TEXT NOT NULL,
            urgent INTEGER NOT NULL,
            confirmedAt INTEGER,
            PRIMARY KEY (stream, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX urgentEvent ON event(stream, sequence) WHERE urgent = 1;
        CREATE TABLE count (
            accessPoint TEXT NOT NULL,
            direction TEXT NOT NULL,
            quarter INTEGER NOT NULL,
            countable TEXT NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (quarter, accessPoint, direction, countable)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE openCrossing (
            crossing TEXT PRIMARY KEY,
            lane TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
