public import GateModel
import Synchronization

/// Whether the central service answers, as told by whoever last called it.
public final class UplinkHealth: Sendable {
    public struct State: Sendable, Equatable {
        public var reachable = false
        public var lastSuccess: MonotonicTime?
        public var lastError: String?
    }

    private let state = Mutex(State())
    private let changed: @Sendable (String) -> Void

    /// - Parameter changed: told in words when the service begins or ceases to answer.
    public init(changed: @escaping @Sendable (String) -> Void = { _ in }) { self.changed = changed }

    public var current: State { state.withLock { $0 } }

    func succeeded(at now: MonotonicTime) {
        let isNews = state.withLock { state in
            defer { state = State(reachable: true, lastSuccess: now, lastError: nil) }
            return !state.reachable
        }
        if isNews { changed("the central service answers") }
    }

    /// The service could not be used.
    public func failed(_ error: String) {
        let isNews = state.withLock { state in
            defer {
                state.reachable = false
                state.lastError = error
            }
            return state.reachable || state.lastError == nil
        }
        if isNews { changed("the central service cannot be used: \(error)") }
    }
}
