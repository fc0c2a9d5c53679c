import GateModel
import NIOCore
import ReaderProtocols

/// What is typed on a reader's keys: the entry and its timer, so that digits which nobody ends are overwritten though no
/// key follows (principle 6). Lives on the lane loop.
final class KeypadShell {
    private var entry: KeypadEntry
    private let timer: LoopTimer
    private let clock: any TimeSource
    private let onEvent: (ReaderEvent, MonotonicTime) -> Void

    init(
        settings: KeypadEntry.Settings = .init(), eventLoop: any EventLoop, clock: any TimeSource,
        onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void
    ) {
        entry = KeypadEntry(settings: settings)
        timer = LoopTimer(on: eventLoop)
        self.clock = clock
        self.onEvent = onEvent
    }

    /// How often digits were begun and left.
    var abandoned: UInt64 { entry.counters.timedOut }

    func press(_ key: KeypadKey, at now: MonotonicTime) {
        let ended = entry.press(key, at: now)
        schedule()
        switch ended {
        case .text(let digits): onEvent(.typed(digits), now)
        case .unreadable: onEvent(.unreadable(.typed), now)
        case nil: break
        }
    }

    func stop() { timer.cancel() }

    private func schedule() {
        timer.set(to: entry.nextDeadline) { [weak self] in
            guard let self else { return }
            entry.timerFired(at: clock.monotonic)
            schedule()
        }
    }
}
