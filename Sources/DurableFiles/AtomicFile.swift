import Glibc

/// Why a file in the state directory could not be read or written.
public struct FileTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var reason: String

    init(_ path: String, _ code: CInt) {
        self.path = path
        reason = unsafe String(cString: strerror(code))
    }

    public var description: String { "\(path): \(reason)" }
}

/// A file that is written beside its place and appears there whole or not at all.
package final class AtomicFile {
    private let path: String
    private var descriptor: CInt

    private var partPath: String { path + ".part" }

    package init(path: String) throws(FileTrouble) {
        self.path = path
        // Nothing but a plain file of one's own is written to, and a FIFO in its place would have its writer wait.
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        descriptor = unsafe open(path + ".part", flags, 0o600)
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
        guard unsafe rename(partPath, path) == 0 else { throw FileTrouble(path, errno) }
        try Self.syncDirectory(of: path)
    }

    deinit {
        guard descriptor >= 0 else { return }
        _ = close(descriptor)
        _ = unsafe unlink(partPath)
    }

    static func syncDirectory(of path: String) throws(FileTrouble) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTrouble(directory, errno) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileTrouble(directory, errno) }
    }

    /// The whole of a small plain file, `nil` if there is none. Anything else in its place is not waited for.
    package static func content(of path: String, atMost limit: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        let found = try read(path) { piece in
            bytes += piece
            guard bytes.count <= limit else { throw FileTrouble(path, EFBIG) }
        }
        return found ? bytes : nil
    }

    /// Reads a plain file piece by piece. `false` if there is no such file. Anything else in its place is not waited for.
    static func read(_ path: String, each: ([UInt8]) throws -> Void) throws -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw FileTrouble(path, errno)
        }
        defer { _ = close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw FileTrouble(path, errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw FileTrouble(path, EINVAL) }
        try read(descriptor, path, each: each)
        return true
    }

    static func read(_ descriptor: CInt, _ path: String, each: ([UInt8]) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileTrouble(path, errno) }
            guard count > 0 else { return }
            try each(Array(buffer[..<count]))
        }
    }
}
