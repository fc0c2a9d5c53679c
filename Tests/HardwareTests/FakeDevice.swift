import Glibc
import Hardware
import NIOCore

/// A device that keeps messages apart, as hidraw and evdev do: a connection whose other end the test holds.
@TestLoop
final class FakeDevice {
    /// What was written to the device, message by message.
    let received = Told<[UInt8]>()
    private var far: OwnedDescriptor?
    private var isThere = true

    /// As opening the device: a new connection.
    func open() throws(Errno) -> OwnedDescriptor {
        guard isThere else { throw Errno(code: ENOENT) }
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno(code: errno) }
        let far = OwnedDescriptor(takingOwnershipOf: ends[1])
        let copy = try far.duplicated()
        self.far = consume far
        let handler = StreamHandler(
            onBytes: { [received] in received(Array($0.readableBytesView)) }, onEnd: { _ in })
        _ = StreamHandler.open(copy, writable: true, readSize: 4096, on: TestLoop.eventLoop, handler: handler)
        return OwnedDescriptor(takingOwnershipOf: ends[0])
    }

    /// Sends one message.
    func send(_ bytes: [UInt8]) throws { try far?.write(bytes) }

    func unplug() {
        isThere = false
        // Hangs up although the channel that reads has a copy.
        _ = far?.withRawDescriptor { shutdown($0, CInt(SHUT_RDWR)) }
        far = nil
    }

    func plug() { isThere = true }
}

/// Buffers kept against the rule.
@TestLoop
final class KeptBuffers {
    var buffers: [ByteBuffer] = []
}
