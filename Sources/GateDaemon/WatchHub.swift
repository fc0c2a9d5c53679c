import Control
import Synchronization

/// Hands every ``WatchLine`` to whoever is watching now. A slow watcher loses the oldest lines; nobody waits for it.
final class WatchHub: Sendable {
    private struct State {
        var nextID = 0
        var watchers: [Int: AsyncStream<WatchLine>.Continuation] = [:]
    }

    private let state = Mutex(State())

    func publish(_ line: WatchLine) {
        state.withLock { state in
            for watcher in state.watchers.values { watcher.yield(line) }
        }
    }

    /// A stream that ends when its reader goes away.
    func subscribe() -> AsyncStream<WatchLine> {
        let (stream, continuation) = AsyncStream.makeStream(of: WatchLine.self, bufferingPolicy: .bufferingNewest(256))
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
