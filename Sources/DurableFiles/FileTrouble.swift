import Glibc

/// Why a file could not be read or written.
public struct FileTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var reason: String

    package init(_ path: String, _ code: CInt) {
        self.path = path
        reason = unsafe String(cString: strerror(code))
    }

    public var description: String { "\(path): \(reason)" }
}
