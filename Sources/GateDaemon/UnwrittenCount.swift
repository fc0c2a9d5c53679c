import Dispatch
import Glibc
import Synchronization

/// How many events would be lost if the gate ended now, kept through its end: a file whose place on the disk is taken
/// at the start, so that a full disk cannot refuse it.
///
/// The file holds a decimal number in 20 columns and a line feed. Best effort: a disk that takes nothing at all takes
/// no note either, and then the next start only tells that the gate did not end in order.
final class UnwrittenCount: Sendable {
    private static let width = 20
    /// No gate can have had more: a file that says so is damaged.
    private static let most: UInt64 = 1_000_000_000

    private let path: String
    private let queue = DispatchQueue(label: "unwritten-count")
    /// What the file says; `nil` before ``begin()``, or where it could not be written.
    private let noted = Mutex<UInt64?>(nil)

    init(path: String) { self.path = path }

    /// Makes room for the note. Gives what the last run left behind.
    func begin() async -> UInt64 {
        await onQueue { [self] in
            let found = read().flatMap { $0 <= Self.most ? $0 : nil } ?? 0
            let isWritten = write(found)
            noted.withLock { $0 = isWritten ? found : nil }
            return found
        }
    }

    func note(_ count: UInt64) async {
        // Where there was no room for the file before, there may be by now.
        guard noted.withLock({ $0 }) != count else { return }
        await onQueue { [self] in
            if write(count) { noted.withLock { $0 = count } }
        }
    }

    private func onQueue<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: body()) } }
    }

    private func read() -> UInt64? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.width)
        guard unsafe Glibc.read(descriptor, &bytes, bytes.count) == bytes.count else { return nil }
        return UInt64(String(decoding: bytes.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self))
    }

    /// Over the same bytes each time, which need no new room.
    private func write(_ count: UInt64) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let digits = String(count)
        let bytes = Array((String(repeating: " ", count: Self.width - digits.utf8.count) + digits + "\n").utf8)
        return unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count && fdatasync(descriptor) == 0
    }
}
