package import Glibc

/// A file that is written beside its place and appears there whole or not at all.
package final class AtomicFile {
    private let path: String
    private var descriptor: CInt

    private var partPath: String { path + ".part" }

    /// - Parameter mode: who may read it; the process's mask takes from that.
    package init(path: String, mode: mode_t = 0o600) throws(FileTrouble) {
        self.path = path
        // What a crash left, or whatever else stands there: only a new file has this mode and no other writer.
        _ = unsafe unlink(path + ".part")
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        descriptor = unsafe open(path + ".part", flags, mode)
        guard descriptor >= 0 else { throw FileTrouble(path, errno) }
    }

    package func write(_ bytes: some Collection<UInt8>) throws(FileTrouble) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileTrouble(path, errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes bytes at an offset from the beginning, which need not be the end of what is there.
    package func write(_ bytes: [UInt8], at offset: Int) throws(FileTrouble) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + written))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileTrouble(path, errno) }
            written += count
        }
    }

    /// Makes the bytes durable, then puts the file in its place. Power lost at any moment leaves the old file or the new one.
    package func commit() throws(FileTrouble) {
        guard fsync(descriptor) == 0 else { throw FileTrouble(path, errno) }
        _ = close(descriptor)
        descriptor = -1
        guard unsafe rename(partPath, path) == 0 else {
            let trouble = FileTrouble(path, errno)
            _ = unsafe unlink(partPath)
            throw trouble
        }
        try Self.syncDirectory(of: path)
    }

    deinit {
        guard descriptor >= 0 else { return }
        _ = close(descriptor)
        _ = unsafe unlink(partPath)
    }

    /// Makes what was renamed, added or removed in the directory of `path` last.
    package static func syncDirectory(of path: String) throws(FileTrouble) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTrouble(directory, errno) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileTrouble(directory, errno) }
    }

    /// Puts a file with this content in its place.
    package static func write(_ content: [UInt8], to path: String, mode: mode_t = 0o600) throws(FileTrouble) {
        let file = try AtomicFile(path: path, mode: mode)
        try file.write(content)
        try file.commit()
    }
}
