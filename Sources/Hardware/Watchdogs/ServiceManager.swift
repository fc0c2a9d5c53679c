import Glibc

/// Tells systemd how the daemon is, by datagrams to the socket that it names in the environment (sd_notify(3)).
public final class ServiceManager: Watchdog {
    private let socket: OwnedDescriptor
    private let address: [UInt8]
    /// Whether systemd wants to be fed (`WatchdogSec=` in the unit).
    private let isFed: Bool
    private var isReady = false
    public private(set) var fault: String?

    /// sizeof(sockaddr_un.sun_path), less the family.
    private static let longestPath = 108

    /// - Parameters:
    ///   - path: `NOTIFY_SOCKET`; one that begins with `@` has no file.
    ///   - isFed: whether `WATCHDOG_USEC` is there.
    /// - Returns: `nil` for a path that cannot be one.
    public init?(path: String, isFed: Bool) {
        let bytes = Array(path.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            bytes.count < Self.longestPath, !bytes.contains(0)
        else { return nil }
        // In the kernel's words a name without a file begins with zero.
        address = [first == UInt8(ascii: "@") ? 0 : first] + bytes.dropFirst()
        self.isFed = isFed
        let descriptor = Glibc.socket(
            AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        socket = OwnedDescriptor(takingOwnershipOf: descriptor)
    }

    /// From the environment of this process; `nil` where systemd did not start it.
    public static func ofThisProcess() -> ServiceManager? {
        guard let path = variable("NOTIFY_SOCKET") else { return nil }
        // The variables may be inherited from a parent that they were meant for.
        let isForUs = variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        return ServiceManager(path: path, isFed: variable("WATCHDOG_USEC") != nil && isForUs)
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The first time tells that the lanes work: what waits for the daemon may go on.
    public func feed() {
        if !isReady { send("READY=1") }
        isReady = true
        if isFed { send("WATCHDOG=1") }
    }

    public func stop() { send("STOPPING=1") }

    private func send(_ state: String) {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: address) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        let state = Array(state.utf8)
        let sent = socket.withRawDescriptor { raw in
            unsafe withUnsafePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(raw, state, state.count, CInt(MSG_NOSIGNAL), $0, size)
                }
            }
        }
        fault = sent < 0 ? "systemd cannot be told how the daemon is: \(Errno.last)" : nil
    }
}
