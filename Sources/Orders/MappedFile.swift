import Glibc

/// The bytes of an order-book file, read as little-endian 64-bit words.
///
/// The only place in this module that touches memory itself.
///
/// A file must never be changed or truncated while it is mapped: reading past a new end raises `SIGBUS`. Install a new
/// list by writing another file and renaming it over the old one; the map then keeps the old file until it is released.
@safe public final class MappedFile: @unchecked Sendable {
    // Unchecked: nothing is written after `init`, and the memory lives exactly as long as the object.

    private let start: UnsafeMutableRawPointer?
    private let isMapping: Bool
    /// The length of the file.
    public let byteCount: Int
    private let wordCount: Int

    /// Maps the file at `path` read-only. Throws ``OrderBookError/cannotOpen(path:reason:)``.
    public init(path: String) throws(OrderBookError) {
        // Not blocking, so that a pipe in the place of the file cannot hold the caller up.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: Self.lastError) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, reason: Self.lastError) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotOpen(path: path, reason: "it is not a regular file")
        }
        byteCount = Int(status.st_size)
        wordCount = byteCount / 8
        isMapping = true
        // The kernel refuses to map nothing.
        guard byteCount > 0 else {
            unsafe start = nil
            return
        }
        let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
        guard unsafe address != MAP_FAILED else { throw .cannotOpen(path: path, reason: Self.lastError) }
        unsafe start = address
    }

    /// Holds a copy of bytes that are in memory already.
    public init(copying bytes: [UInt8]) {
        byteCount = bytes.count
        wordCount = byteCount / 8
        isMapping = false
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        unsafe copy.copyBytes(from: bytes)
        unsafe start = copy.baseAddress
    }

    deinit {
        guard let start = unsafe start else { return }
        if isMapping { unsafe munmap(start, byteCount) } else { unsafe start.deallocate() }
    }

    /// The word at byte 8 × `index`; 0 outside the file, so that no index can reach past it.
    func word(_ index: Int) -> UInt64 {
        guard index >= 0, index < wordCount, let start = unsafe start else { return 0 }
        return unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
    }

    private static var lastError: String { unsafe String(cString: strerror(errno)) }
}
