import Glibc

/// Reads plain files. Anything else in the place of one, such as a FIFO or a link, is not waited for and not followed.
package enum PlainFile {
    /// The whole of a small plain file, `nil` if there is none.
    package static func content(of path: String, atMost limit: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        let found = try read(path) { piece in
            bytes += piece
            guard bytes.count <= limit else { throw FileTrouble(path, EFBIG) }
        }
        return found ? bytes : nil
    }

    /// Reads a plain file piece by piece. `false` if there is no such file.
    package static func read(_ path: String, each: ([UInt8]) throws -> Void) throws -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw FileTrouble(path, errno)
        }
        defer { _ = close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw FileTrouble(path, errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw FileTrouble(path, EINVAL) }
        try read(descriptor, path, each: each)
        return true
    }

    /// Reads an open file from where it stands to its end, piece by piece.
    package static func read(_ descriptor: CInt, _ path: String, each: ([UInt8]) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileTrouble(path, errno) }
            guard count > 0 else { return }
            try each(Array(buffer[..<count]))
        }
    }
}
