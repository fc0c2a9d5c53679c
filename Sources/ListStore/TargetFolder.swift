package import DurableFiles
import Glibc
public import TrustedFiles

/// Targets of a TUF repository on disk, each under the quoted form of its name. What is on its way lies beside them, hidden.
///
/// Blocking: call it off the event loops.
public struct TargetFolder: Sendable {
    public let directory: String

    /// The name of a target's file.
    private let naming: @Sendable (FoundTarget) -> String

    /// - Parameter naming: the names of the files, without an equals sign; the quoted form of the target's, unless told.
    public init(directory: String, naming: @escaping @Sendable (FoundTarget) -> String = { $0.localName }) {
        self.directory = directory
        self.naming = naming
    }

    public func path(of target: FoundTarget) -> String { "\(directory)/\(naming(target))" }

    /// Whether the very file that `target` describes is there.
    public func holds(_ target: FoundTarget) throws -> Bool {
        var verifier = TargetVerifier(target)
        let isThere = try? PlainFile.read(path(of: target)) { try verifier.update($0) }
        return isThere == true && (try? verifier.finish()) != nil
    }

    /// Begins to receive `target`, or goes on where an earlier attempt broke off.
    package func receive(_ target: FoundTarget) throws -> PartialTarget {
        guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw FileTrouble(directory, errno) }
        return try PartialTarget(target, path: path(of: target), partPath: "\(directory)/.\(naming(target))=part")
    }
}

/// A target that is being received: checked while it is written beside its place, where it appears whole and right or not at all.
///
/// If it breaks off, what has come stays for the next attempt, until ``discard()``.
package final class PartialTarget: @unchecked Sendable {
    // Unchecked: one download uses it, one call after the other.
    private let target: FoundTarget
    private let path: String
    // No quoted name has an equals sign: it is no other target's name.
    private let partPath: String
    private let descriptor: CInt
    private var verifier: TargetVerifier

    init(_ target: FoundTarget, path: String, partPath: String) throws {
        self.target = target
        self.path = path
        self.partPath = partPath
        verifier = TargetVerifier(target)
        descriptor = unsafe open(partPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw FileTrouble(path, errno) }
        do {
            // What is longer than announced is of another file.
            try PlainFile.read(descriptor, path) { try verifier.update($0) }
        } catch is MetadataError {
            try restart()
        }
    }

    /// How many bytes are there.
    package var received: Int64 { verifier.received }

    /// Forgets what has come: the next byte is the first.
    package func restart() throws(FileTrouble) {
        verifier = TargetVerifier(target)
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw FileTrouble(path, errno)
        }
    }

    /// - Throws: ``MetadataError`` for more bytes than announced, ``FileTrouble`` if there is no room.
    package func write(_ piece: [UInt8]) throws {
        try verifier.update(piece)
        var rest = piece[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileTrouble(path, errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Throws ``MetadataError`` unless it is whole and right. Then it is in its place.
    package func commit() throws {
        try verifier.finish()
        guard fsync(descriptor) == 0 else { throw FileTrouble(path, errno) }
        guard unsafe rename(partPath, path) == 0 else { throw FileTrouble(path, errno) }
        try AtomicFile.syncDirectory(of: path)
    }

    /// Gives up what has come, and its room.
    package func discard() { _ = unsafe unlink(partPath) }

    deinit { _ = close(descriptor) }
}
