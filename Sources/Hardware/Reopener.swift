import GateModel
import NIOCore

/// Repeats an attempt on the event loop until it succeeds, with growing waits between.
final class Reopener {
    private let loop: NIOIsolatedEventLoop
    private let jitter: () -> Double
    private var backoff = ReopenBackoff()
    private var scheduled: Scheduled<Void>?
    /// The attempt that waits.
    private var attempt: (() -> Void)?

    /// To be called on `eventLoop`.
    init(eventLoop: any EventLoop, jitter: @escaping () -> Double) {
        loop = eventLoop.assumeIsolated()
        self.jitter = jitter
    }

    /// Makes the attempt after the next wait. Replaces one that is still waiting.
    func later(_ attempt: @escaping () -> Void) {
        scheduled?.cancel()
        self.attempt = attempt
        scheduled = loop.scheduleTask(in: .nanoseconds(backoff.delay(jitter: jitter()).clampedNanoseconds)) {
            [self] in
            makeAttempt()
        }
    }

    /// Makes the attempt that waits at once, as when the device may have come. Should it fail, waits are short again:
    /// the device may need a moment more. Does nothing if none waits.
    func retryNow() {
        guard attempt != nil else { return }
        backoff.reset()
        makeAttempt()
    }

    func succeeded() { backoff.reset() }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
        attempt = nil
    }

    private func makeAttempt() {
        let attempt = self.attempt
        stop()
        attempt?()
    }
}
