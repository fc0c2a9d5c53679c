import Dispatch
import GateModel
import Glibc

/// Remembers through a restart that a lane was released by fire and not yet reset (principle 2): a mark in the state
/// directory for each such lane, written one after the other on a queue of its own.
struct FireLatch: Sendable {
    let directory: String
    private let queue = DispatchQueue(label: "fire-latch")

    init(directory: String) { self.directory = directory }

    private func path(_ lane: LaneID) -> String { "\(directory)/fire-latched-\(lane.rawValue)" }

    /// Looks at the disk: for the start.
    func isSet(_ lane: LaneID) -> Bool { unsafe access(path(lane), F_OK) == 0 }

    /// Best effort: a disk that cannot take the mark does not stop the release.
    func set(_ lane: LaneID) { queue.async { mark(lane) } }

    func clear(_ lane: LaneID) {
        queue.async {
            _ = unsafe unlink(path(lane))
            syncDirectory()
        }
    }

    /// Returns when what was set and cleared before is on disk, or could not be brought there.
    func written() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    private func mark(_ lane: LaneID) {
        let descriptor = unsafe open(path(lane), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        _ = close(descriptor)
        syncDirectory()
    }

    private func syncDirectory() {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = close(descriptor)
    }
}
