import Control
import Synchronization

/// Hands every line to whoever is watching now. A slow watcher loses the oldest lines; nobody waits for it.
final class LiveHub<Line: Sendable>: Sendable {
    private struct State {
        var nextID = 0
        var watchers: [Int: AsyncStream<Line>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Whether somebody watches: what is made only to be watched need not be made otherwise.
    var isWatched: Bool { state.withLock { !$0.watchers.isEmpty } }

    func publish(_ line: Line) {
        state.withLock { state in
            for watcher in state.watchers.values { watcher.yield(line) }
        }
    }

    /// A stream that ends when its reader goes away.
    func subscribe() -> AsyncStream<Line> {
        let (stream, continuation) = AsyncStream.makeStream(of: Line.self, bufferingPolicy: .bufferingNewest(256))
        let id = state.withLock { state in
            state.nextID += 1
            state.watchers[state.nextID] = continuation
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.watchers[id] = nil }
        }
        return stream
    }
}

/// What happens at the gate.
typealias WatchHub = LiveHub<WatchLine>
/// What comes from readers.
typealias MonitorHub = LiveHub<MonitorLine>
