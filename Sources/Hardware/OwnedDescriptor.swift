import Glibc

/// A file descriptor that cannot be copied, leaked or closed twice.
public struct OwnedDescriptor: ~Copyable, Sendable {
    private let raw: CInt

    /// Opens a file or device. The descriptor is closed on exec.
    ///
    /// - Parameter flags: `O_…` flags.
    public init(opening path: String, flags: CInt) throws(Errno) {
        let descriptor = retryingOnInterrupt { unsafe open(path, flags | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .last }
        raw = descriptor
    }

    public init(takingOwnershipOf raw: CInt) { self.raw = raw }

    deinit { _ = close(raw) }

    /// Hands the descriptor to an owner outside Swift's ownership rules (NIO, C).
    public consuming func release() -> CInt {
        let descriptor = raw
        discard self
        return descriptor
    }

    /// A second descriptor of the same open file, closed on exec.
    public borrowing func duplicated() throws(Errno) -> OwnedDescriptor {
        let copy = fcntl(raw, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .last }
        return OwnedDescriptor(takingOwnershipOf: copy)
    }

    public borrowing func withRawDescriptor<R: ~Copyable, E: Error>(_ body: (CInt) throws(E) -> R) throws(E) -> R {
        try body(raw)
    }

    /// One read of at most `count` bytes; empty at the end of the file.
    public borrowing func read(upTo count: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = retryingOnInterrupt { unsafe Glibc.read(raw, &bytes, count) }
        guard received >= 0 else { throw .last }
        bytes.removeLast(count - received)
        return bytes
    }

    /// Writes everything, waiting as often as it takes if the descriptor blocks.
    public borrowing func write(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { buffer in
                retryingOnInterrupt { unsafe Glibc.write(raw, buffer.baseAddress, buffer.count) }
            }
            guard written >= 0 else { throw .last }
            rest = rest.dropFirst(written)
        }
    }
}
