import CGpiod
import GateModel
import Glibc
import NIOCore

/// An open chip of libgpiod. Closed when the last reference goes, which its lines hold too.
@safe final class GpiodHandle {
    let path: String
    private let chip: OpaquePointer

    /// - Parameter path: of the chip, or its name or label.
    init(opening path: String) throws(LineError) {
        guard let chip = unsafe cgpiod_open(path) else { throw LineError(.last, chip: path) }
        self.path = path
        unsafe self.chip = chip
    }

    deinit { unsafe cgpiod_close(chip) }

    /// - Parameter use: what the line is for.
    func offset(of line: LineAddress, for use: String) throws(LineError) -> UInt32 {
        switch line {
        case .offset(let offset): return offset
        case .name(let name):
            let offset = unsafe cgpiod_find_line(chip, name)
            guard offset >= 0 else { throw LineError(.last, chip: path, line: line, use) }
            return UInt32(offset)
        }
    }

    func requestOutput(_ request: OutputRequest, at offset: UInt32) throws(LineError) -> GpiodLine {
        let line = unsafe cgpiod_request_output(chip, offset, request.activeLow, request.safe, request.name)
        guard let line = unsafe line else { throw LineError(.last, chip: path, line: request.line, request.name) }
        return unsafe GpiodLine(line, at: offset, of: self)
    }

    func requestInput(_ request: InputRequest, at offset: UInt32) throws(LineError) -> GpiodLine {
        let bias =
            switch request.bias {
            case .asIs: CGPIOD_BIAS_AS_IS
            case .none: CGPIOD_BIAS_NONE
            case .pullUp: CGPIOD_BIAS_PULL_UP
            case .pullDown: CGPIOD_BIAS_PULL_DOWN
            }
        let edges =
            switch request.edges {
            case .both: CGPIOD_EDGES_BOTH
            case .activation: CGPIOD_EDGES_ACTIVATION
            }
        let line = unsafe cgpiod_request_input(chip, offset, request.activeLow, bias, edges, request.name)
        guard let line = unsafe line else {
            let error = Errno.last
            if request.bias != .asIs, error.code == EOPNOTSUPP || error.code == Self.kernelNotSupported {
                throw .biasRefused(path: path, line: request.line, name: request.name)
            }
            throw LineError(error, chip: path, line: request.line, request.name)
        }
        return unsafe GpiodLine(line, at: offset, of: self)
    }

    /// ENOTSUPP, which drivers return and C libraries do not name.
    private static let kernelNotSupported: CInt = 524
}

/// A line that is held. Given back when the last reference goes.
@safe final class GpiodLine {
    private let line: OpaquePointer
    private let handle: GpiodHandle
    let offset: UInt32
    /// See `cgpiod_may_miss_edges`.
    private var lastEvent: UInt32 = 0

    fileprivate init(_ line: OpaquePointer, at offset: UInt32, of handle: GpiodHandle) {
        unsafe self.line = line
        self.offset = offset
        self.handle = handle
    }

    deinit { unsafe cgpiod_release(line) }

    func set(_ active: Bool) throws(Errno) {
        guard unsafe cgpiod_set(line, active) == 0 else { throw .last }
    }

    func level() throws(Errno) -> Bool {
        let level = unsafe cgpiod_get(line)
        guard level >= 0 else { throw .last }
        return level != 0
    }

    /// A descriptor of our own that becomes readable with each edge; see ``forEachEdge(in:_:)``.
    func eventDescriptor() throws(Errno) -> OwnedDescriptor {
        let descriptor = unsafe cgpiod_event_fd(line)
        // NIO does this too, to the copy; ``pendingEvents()`` must not wait before, either.
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else { throw .last }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .last }
        return OwnedDescriptor(takingOwnershipOf: copy)
    }

    /// What a read of ``eventDescriptor()`` would give now; empty for nothing, and for a line that is gone.
    func pendingEvents() -> ByteBuffer {
        var events = ByteBuffer()
        unsafe events.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.readSize) { memory in
            max(unsafe read(cgpiod_event_fd(line), memory.baseAddress, memory.count), 0)
        }
        return events
    }

    /// How many bytes a read of ``eventDescriptor()`` has to ask for at least.
    static var readSize: Int { cgpiod_read_size() }

    /// Decodes what was read from ``eventDescriptor()``, in its order. The kernel gives whole events only.
    static func forEachEdge(in events: ByteBuffer, _ body: (_ active: Bool, _ at: MonotonicTime) -> Void) {
        let size = cgpiod_event_size()
        unsafe events.withUnsafeReadableBytes { memory in
            let first = unsafe memory.assumingMemoryBound(to: UInt8.self)
            for start in stride(from: 0, to: memory.count - memory.count % size, by: size) {
                let edge = unsafe cgpiod_decode_event(first.baseAddress.map { unsafe $0 + start })
                body(edge.rising, MonotonicTime(nanoseconds: edge.nanoseconds))
            }
        }
    }

    /// Whether the kernel may have lost edges before or among those of one read, which has to be shown here once. Then the
    /// level need not be that of the last edge.
    func mayMissEdges(in events: ByteBuffer) -> Bool {
        unsafe events.withUnsafeReadableBytes { memory in
            let first = unsafe memory.assumingMemoryBound(to: UInt8.self)
            return unsafe cgpiod_may_miss_edges(&lastEvent, first.baseAddress, memory.count / cgpiod_event_size())
        }
    }
}

extension LineError {
    init(_ error: Errno, chip path: String) {
        self =
            switch error.code {
            case ENOENT, ENXIO, ENODEV, ENOTDIR: .noSuchChip(path: path)
            case EACCES, EPERM: .permissionDenied(path: path)
            case ENOTTY, EINVAL, EISDIR: .notAChip(path: path)
            default: .chipFailed(path: path, error)
            }
    }

    init(_ error: Errno, chip path: String, line: LineAddress, _ name: String) {
        self =
            switch error.code {
            case ENOENT: .noSuchLine(path: path, line: line, name: name)
            case EBUSY: .lineBusy(path: path, line: line, name: name)
            case ENODEV, ENXIO: .wentAway(path: path)
            default: .lineFailed(path: path, line: line, name: name, error)
            }
    }
}
