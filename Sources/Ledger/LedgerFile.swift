import FoundationEssentials
import GRDB

/// The database file of a ledger: opens it, and sets it aside when it is damaged.
enum LedgerFile {
    /// Opens or creates the file and brings its tables up to date.
    ///
    /// - Parameter largestBytes: what the database may grow to.
    static func open(path: String, largestBytes: Int64?) throws -> DatabaseQueue {
        if !FileManager.default.fileExists(atPath: path) {
            // The tokens inside are nobody else's business; SQLite gives its other files the same mode.
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        var configuration = Configuration()
        configuration.label = "Ledger"
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON")
            // GRDB's own WAL mode would lower `synchronous` to NORMAL, which may lose the last commits.
            _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
            if let largestBytes {
                let pageSize = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4_096
                _ = try Row.fetchAll(db, sql: "PRAGMA max_page_count = \(max(1, largestBytes / max(pageSize, 512)))")
            }
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            let complaint = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "the check gave no answer"
            guard complaint == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: complaint) }
            guard try !Schema.migrator.hasBeenSuperseded(db) else { throw LedgerError.newerFormat(path: path) }
        }
        try Schema.migrator.migrate(queue)
        return queue
    }

    /// Renames the file and its companions to `PATH.corrupt-N` with the first free N. Gives the new path.
    static func setAside(path: String) throws(LedgerError) -> String {
        let files = FileManager.default
        var number = 1
        while files.fileExists(atPath: "\(path).corrupt-\(number)") { number += 1 }
        let target = "\(path).corrupt-\(number)"
        do {
            for suffix in ["-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
                try files.moveItem(atPath: path + suffix, toPath: target + suffix)
            }
            try files.moveItem(atPath: path, toPath: target)
        } catch {
            throw .cannotOpen(path: path, reason: "it is damaged and cannot be moved to \(target)")
        }
        return target
    }

    /// The damaged files that stand beside the ledger.
    static func setAsideFiles(path: String) -> [String] {
        var found: [String] = []
        while FileManager.default.fileExists(atPath: "\(path).corrupt-\(found.count + 1)") {
            found.append("\(path).corrupt-\(found.count + 1)")
        }
        return found
    }

    /// Bytes of the database and its write-ahead log.
    static func byteCount(path: String) -> Int64 {
        ["", "-wal"].reduce(0) { sum, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return sum + Int64(clamping: attributes?[.size] as? UInt64 ?? 0)
        }
    }
}
