import Dispatch
import DurableFiles
import FoundationEssentials
import GateModel

/// The changes of mode that are in force, and those that were dealt with, as they are kept through a restart.
struct StoredModes: Codable, Equatable {
    /// The last change of each lane.
    var changes: [ModeChange] = []
    /// Until when each change of the central service may be offered again.
    var handled: [String: WallTime] = [:]
}

/// Keeps ``StoredModes`` in the state directory: one file, replaced whole, on a queue of its own.
struct ModeStore: Sendable {
    enum Found: Equatable, Sendable {
        case nothing
        case modes(StoredModes)
        /// There is something, and nobody knows what it said.
        case unreadable(String)
    }

    private static let largestByteCount = 256 << 10

    let path: String
    private let queue = DispatchQueue(label: "modes")

    init(directory: String) { path = "\(directory)/modes.json" }

    func read() async -> Found {
        await withCheckedContinuation { continuation in
            queue.async {
                do {
                    guard let bytes = try PlainFile.content(of: path, atMost: Self.largestByteCount) else {
                        return continuation.resume(returning: .nothing)
                    }
                    let modes = try JSONDecoder().decode(StoredModes.self, from: Data(bytes))
                    continuation.resume(returning: .modes(modes))
                } catch {
                    let reason = error is FileTrouble ? "\(error)" : "\(path): it is damaged"
                    continuation.resume(returning: .unreadable(reason))
                }
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
            try AtomicFile.write(Array(try JSONEncoder().encode(modes)), to: path)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
