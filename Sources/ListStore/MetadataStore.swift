public import DurableFiles
import Glibc
import TrustedFiles

/// The metadata of a TUF repository that is trusted, one file for each role, named as other TUF clients name them:
/// `root.json`, `timestamp.json`, `snapshot.json`, `targets.json` and `ROLE.json`.
///
/// Blocking: call it off the event loops.
public struct MetadataStore: Sendable {
    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// Keeps other programs out, as long as what is returned lives: two at once could spoil each other's files.
    ///
    /// - Throws: ``StoreInUse`` if another program is at it, ``FileTrouble`` if there is no such folder.
    public func lock() throws -> MetadataLock {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTrouble(directory, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { _ = close(descriptor) }
            if errno == EWOULDBLOCK { throw StoreInUse(directory: directory) }
            throw FileTrouble(directory, errno)
        }
        return MetadataLock(descriptor: descriptor)
    }

    /// Begins to trust a root file that was brought by hand. What it says is checked by its own keys alone.
    ///
    /// - Throws: ``MetadataError`` if it is no root file, ``FileTrouble`` if it cannot be written.
    public func initialise(trustedRoot: [UInt8]) throws {
        _ = try TrustedMetadataSet(trustedRoot: trustedRoot, now: 0)
        guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw FileTrouble(directory, errno) }
        let lock = try lock()
        try store("root", trustedRoot)
        extendLifetime(lock)
    }

    /// What is stored of `role`, `nil` if there is nothing.
    public func content(of role: String) throws -> [UInt8]? {
        try PlainFile.content(of: path(role), atMost: RepositoryLimits().largest)
    }

    /// Puts `bytes` in place of what is stored of `role`: power lost at any moment leaves the old file or the new one.
    public func store(_ role: String, _ bytes: [UInt8]) throws(FileTrouble) {
        try AtomicFile.write(bytes, to: path(role))
    }

    public func remove(_ roles: [String]) throws(FileTrouble) {
        for role in roles {
            guard unsafe unlink(path(role)) == 0 || errno == ENOENT else { throw FileTrouble(path(role), errno) }
        }
        try AtomicFile.syncDirectory(of: path("root"))
    }

    private func path(_ role: String) -> String { "\(directory)/\(RepositoryClient.fileName(of: role))" }
}

/// Another program is working with the same metadata.
public struct StoreInUse: Error, Hashable, Sendable, CustomStringConvertible {
    public let directory: String

    public var description: String { "\(directory): another program is using it. Wait until it has finished." }
}

/// See ``MetadataStore/lock()``.
public final class MetadataLock: Sendable {
    private let descriptor: CInt

    init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }
}
