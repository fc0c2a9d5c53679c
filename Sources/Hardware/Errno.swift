import Glibc

/// An `errno` value.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: CInt

    public init(code: CInt) { self.code = code }

    /// What the last failed call of this thread left.
    static var last: Errno { Errno(code: errno) }

    /// As `strerror` says it, such as "No such file or directory".
    public var description: String {
        // Writes into our own buffer: `strerror` shares one between threads.
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        let end = text.firstIndex(of: 0) ?? text.endIndex
        return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Repeats a system call that a signal interrupted.
@inline(__always)
func retryingOnInterrupt<T: FixedWidthInteger>(_ call: () -> T) -> T {
    while true {
        let result = call()
        if result == -1 && errno == EINTR { continue }
        return result
    }
}
