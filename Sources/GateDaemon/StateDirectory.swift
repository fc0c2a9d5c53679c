import FoundationEssentials
import Glibc
import Logging

/// Why the daemon, or a part of it, cannot start.
public struct StartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The directory that holds ledger, list and mandate, for one daemon at a time.
enum StateDirectory {
    /// Held while the daemon runs; the kernel gives it back however the daemon ends.
    final class Lock: Sendable {
        private let descriptor: CInt

        fileprivate init(descriptor: CInt) { self.descriptor = descriptor }

        func release() { _ = close(descriptor) }
    }

    /// - Returns: `nil` if the directory cannot be used at all: the lanes work without it.
    /// - Throws: if another daemon uses it.
    static func lock(_ path: String, log: Logger) throws(StartError) -> Lock? {
        do {
            try make(path)
        } catch {
            log.error("\(error)")
        }
        let file = "\(path)/lock"
        let descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            log.error("\(file) cannot be written (\(reason())); the state directory must belong to the daemon's user")
            return nil
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            _ = close(descriptor)
            throw StartError("another gatehoused already uses \(path); stop it first ('systemctl stop gatehoused')")
        }
        return Lock(descriptor: descriptor)
    }

    static func make(_ path: String) throws(StartError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw StartError("\(path) cannot be made (\(reason())); make it, owned by the daemon's user")
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

/// Keeps what passes through memory out of files.
public enum ProcessHardening {
    /// No core files: memory holds the deployment key and, for a moment, document numbers.
    public static func apply() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // What the daemon makes is for its user, and the control socket for its group too.
        _ = umask(0o007)
    }
}
