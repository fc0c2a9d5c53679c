import Glibc

/// Writes files so that after a loss of power there is either the old content or the new.
enum DurableFile {
    /// Writes beside `path`, forces it to the disk and renames it into place.
    static func write(_ content: [UInt8], to path: String, mode: mode_t) throws(CentralError) {
        let temporary = path + ".new"
        _ = unsafe unlink(temporary)
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure(path) }
        var written = 0
        while written < content.count {
            let count = unsafe content[written...].withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failure(path)
                _ = close(file)
                _ = unsafe unlink(temporary)
                throw error
            }
            written += count
        }
        let synced = fsync(file) == 0
        guard close(file) == 0, synced, unsafe rename(temporary, path) == 0 else { throw failure(path) }
        try syncDirectory(of: path)
    }

    /// Makes a rename last.
    private static func syncDirectory(of path: String) throws(CentralError) {
        let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        let descriptor = unsafe open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> CentralError {
        let code = errno
        return .cannotWrite(path: path, reason: unsafe String(cString: strerror(code)))
    }
}
