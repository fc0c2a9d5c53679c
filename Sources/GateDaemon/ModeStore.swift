import Dispatch
import FoundationEssentials
import GateModel
import ListStore

/// The changes of mode that are in force, and those that were dealt with, as they are kept through a restart.
struct StoredModes: Codable, Equatable {
    /// The last change of each lane.
    var changes: [ModeChange] = []
    /// Until when each change of the central service may be offered again.
    var handled: [String: WallTime] = [:]
}

/// Keeps ``StoredModes`` in the state directory: one file, replaced whole, on a queue of its own.
struct ModeStore: Sendable {
    private static let largestByteCount = 256 << 10

    let path: String
    private let queue = DispatchQueue(label: "modes")

    init(directory: String) { path = "\(directory)/modes.json" }

    /// What was kept; nothing where the file is missing or damaged: then the lanes' hours count.
    func read() async -> StoredModes {
        await withCheckedContinuation { continuation in
            queue.async {
                var bytes: [UInt8] = []
                _ = try? AtomicFile.read(path) { if bytes.count <= Self.largestByteCount { bytes += $0 } }
                let stored = try? JSONDecoder().decode(StoredModes.self, from: Data(bytes))
                continuation.resume(returning: stored ?? StoredModes())
            }
        }
    }

    /// Returns once `modes` is on disk, or why it is not.
    func write(_ modes: StoredModes) async -> String? {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: replace(modes)) } }
    }

    /// After what is being written, best effort.
    func writeLater(_ modes: StoredModes) { queue.async { _ = replace(modes) } }

    private func replace(_ modes: StoredModes) -> String? {
        do {
            let file = try AtomicFile(path: path)
            try file.write(Array(try JSONEncoder().encode(modes)))
            try file.commit()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
