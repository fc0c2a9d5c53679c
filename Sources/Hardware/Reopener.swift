import GateModel
import NIOCore

/// Repeats an attempt on the event loop until it succeeds, with growing waits between.
final class Reopener {
    private let loop: NIOIsolatedEventLoop
    private let jitter: () -> Double
    private var backoff = ReopenBackoff()
    private var scheduled: Scheduled<Void>?

    /// To be called on `eventLoop`.
    init(eventLoop: any EventLoop, jitter: @escaping () -> Double) {
        loop = eventLoop.assumeIsolated()
        self.jitter = jitter
    }

    /// Makes the attempt after the next wait. Replaces one that is still waiting.
    func later(_ attempt: @escaping () -> Void) {
        scheduled?.cancel()
        scheduled = loop.scheduleTask(in: .nanoseconds(backoff.delay(jitter: jitter()).clampedNanoseconds)) {
            attempt()
        }
    }

    func succeeded() { backoff.reset() }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }
}
