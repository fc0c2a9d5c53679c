import CLinuxShims
import FoundationEssentials
import Glibc
import Hardware
public import NIOCore

/// A pseudo-terminal behind a stable path, as udev gives one to a USB serial device. It can be unplugged.
///
/// Lives on one event loop: create and use it there, closures are called there.
public final class PseudoTerminal {
    /// Where the other side opens it: a symbolic link, there while it is plugged in.
    public let link: String
    /// What the other side sent.
    public var onBytes: ((ByteBuffer) -> Void)?
    public var isPluggedIn: Bool { channel != nil }

    private let eventLoop: any EventLoop
    private var channel: (any Channel)?
    /// Kept open so that the master sees no hang-up each time the other side closes.
    private var slave: OwnedDescriptor?

    /// - Parameter link: the path of the symbolic link. What is there is replaced.
    public init(link: String, eventLoop: any EventLoop) {
        self.link = link
        self.eventLoop = eventLoop
    }

    /// Makes a new terminal and the link to it.
    public func plug() async throws(PseudoTerminalError) {
        guard !isPluggedIn else { return }
        let master = try Self.owned(CLinuxShims_open_pseudoterminal(), "posix_openpt")
        let slave = try Self.owned(master.withRawDescriptor { CLinuxShims_open_slave($0) }, "TIOCGPTPEER")
        // Raw from the start: before the other side opens it, nothing may be echoed.
        guard slave.withRawDescriptor({ CLinuxShims_make_raw($0, speed_t(B115200)) }) == 0 else {
            throw .failed("tcsetattr", code: errno)
        }
        let number = master.withRawDescriptor { CLinuxShims_slave_number($0) }
        self.slave = consume slave
        let handler = StreamHandler(onBytes: { [self] in onBytes?($0) }, onEnd: { [self] _ in channel = nil })
        do {
            channel = try await StreamHandler.open(master, writable: true, on: eventLoop, handler: handler).get()
            try? FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/pts/\(number)")
        } catch {
            unplug()
            throw .noLink(link, "\(error)")
        }
    }

    /// Takes the link away and hangs up. The other side reads an end of file.
    public func unplug() {
        try? FileManager.default.removeItem(atPath: link)
        slave = nil
        channel?.close(promise: nil)
        channel = nil
    }

    /// Sends bytes to the other side.
    ///
    /// - Returns: whether the terminal is plugged in and took them.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        guard let channel, channel.isWritable else { return false }
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
        return true
    }

    private static func owned(_ descriptor: CInt, _ call: String) throws(PseudoTerminalError) -> OwnedDescriptor {
        guard descriptor >= 0 else { throw .failed(call, code: errno) }
        return OwnedDescriptor(takingOwnershipOf: descriptor)
    }
}

/// Why a pseudo-terminal could not be made.
public enum PseudoTerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call and what it left in `errno`.
    case failed(String, code: CInt)
    case noLink(String, String)

    public var description: String {
        switch self {
        case .failed(let call, let code):
            "A pseudo-terminal cannot be made: \(call) says \"\(Errno(code: code))\". Check that /dev/pts is mounted."
        case .noLink(let path, let reason):
            "The link \(path) cannot be made: \(reason). Choose a directory that this user may write to."
        }
    }
}
