import Glibc

/// The daemon as the kernel knows it.
enum DaemonProcess {
    private static let name = "gatehoused"

    /// Ends it as a crash would: it can do nothing about it.
    static func kill(_ process: Int32) throws {
        // The number may have passed to another process since the daemon told it.
        guard process > 1, let named = try? CommissionFiles.read("/proc/\(process)/comm") else {
            throw Trouble("there is no process \(process), so nothing was killed", .refused)
        }
        let found = String(decoding: named.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard found == name else {
            throw Trouble("process \(process) is '\(found)' and not \(name), so nothing was killed", .refused)
        }
        guard Glibc.kill(process, SIGKILL) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw Trouble(
                "process \(process) was not killed: \(reason); run this command as root or as the daemon's user",
                .refused)
        }
    }
}
