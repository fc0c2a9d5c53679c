import GateModel
import Synchronization

/// Time that stands still until a test moves it.
final class FakeClock: TimeSource {
    private struct State {
        var now: TimeStamp
        var jump: Duration?
    }

    private let state: Mutex<State>

    init(wallSeconds: Int64 = 1_800_000_000, synchronised: Bool = true) {
        let now = TimeStamp(
            monotonic: MonotonicTime(nanoseconds: 0), wall: WallTime(secondsSince1970: wallSeconds),
            synchronised: synchronised)
        state = Mutex(State(now: now))
    }

    func now() -> TimeStamp {
        state.withLock { state in
            defer {
                if let jump = state.jump { state.now.monotonic = state.now.monotonic.advanced(by: jump) }
                state.jump = nil
            }
            return state.now
        }
    }

    func advance(by duration: Duration) {
        state.withLock { state in
            state.now.monotonic = state.now.monotonic.advanced(by: duration)
            state.now.wall = state.now.wall.advanced(bySeconds: duration.clampedMilliseconds / 1000)
        }
    }

    /// Puts the clock on the wall forward, and nothing else.
    func setWall(forwardBy seconds: Int64) {
        state.withLock { $0.now.wall = $0.now.wall.advanced(bySeconds: seconds) }
    }

    /// From now on nobody knows whether the clock on the wall is right.
    func loseSynchronisation() { state.withLock { $0.now.synchronised = false } }

    /// The next reading is right, the one after it later by `duration`.
    func jump(by duration: Duration) { state.withLock { $0.jump = duration } }
}
