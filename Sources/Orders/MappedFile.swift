import Glibc

/// The bytes of an order-book file, read as little-endian numbers that may begin at any bit.
///
/// The only place in this module that touches memory itself.
///
/// A file must never be changed or truncated while it is mapped: reading past a new end raises `SIGBUS`. Install a new
/// list by writing another file and renaming it over the old one; the map then keeps the old file until it is released.
@safe public final class MappedFile: @unchecked Sendable {
    // Unchecked: nothing is written after `init`, and the memory lives exactly as long as the object.

    private let start: UnsafeMutableRawPointer
    private let isMapping: Bool
    /// The length of the file.
    public let byteCount: Int
    /// At how many bytes eight bytes begin.
    private let wordStarts: UInt

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
        wordStarts = UInt(max(0, byteCount - 7))
        // The kernel refuses to map nothing.
        guard byteCount > 0 else {
            isMapping = false
            unsafe start = .allocate(byteCount: 1, alignment: 8)
            return
        }
        isMapping = true
        guard let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0),
            unsafe address != MAP_FAILED
        else { throw .cannotOpen(path: path, reason: Self.lastError) }
        unsafe start = address
    }

    /// Holds a copy of bytes that are in memory already.
    public init(copying bytes: [UInt8]) {
        byteCount = bytes.count
        wordStarts = UInt(max(0, byteCount - 7))
        isMapping = false
        unsafe start = .allocate(byteCount: max(1, bytes.count), alignment: 8)
        unsafe bytes.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            unsafe start.copyMemory(from: source, byteCount: bytes.count)
        }
    }

    deinit {
        if isMapping { unsafe munmap(start, byteCount) } else { unsafe start.deallocate() }
    }

    /// The word at byte 8 × `index`; 0 outside the file.
    func word(_ index: Int) -> UInt64 { eightBytes(at: index &* 8) }

    /// What stands from `bit` on, in the lowest bits: at least 57 of them, the others are 0.
    ///
    /// Bit 0 is the least significant bit of the first byte.
    @inline(__always)
    func bits(at bit: Int) -> UInt64 { eightBytes(at: bit &>> 3) &>> UInt64(truncatingIfNeeded: bit & 7) }

    /// The eight bytes from `byte` on. Outside the file there are zeros, so that no number can reach past it.
    @inline(__always)
    func eightBytes(at byte: Int) -> UInt64 {
        guard UInt(bitPattern: byte) < wordStarts else { return lastBytes(from: byte) }
        return unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
    }

    /// The up to seven bytes that the file has from `byte` on.
    @inline(never)
    private func lastBytes(from byte: Int) -> UInt64 {
        guard byte >= 0, byte < byteCount else { return 0 }
        var value: UInt64 = 0
        for index in (byte..<byteCount).prefix(8).reversed() {
            value = value << 8 | UInt64(unsafe start.load(fromByteOffset: index, as: UInt8.self))
        }
        return value
    }

    private static var lastError: String { unsafe String(cString: strerror(errno)) }
}
