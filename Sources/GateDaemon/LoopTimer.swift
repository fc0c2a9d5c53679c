import GateModel
import NIOCore

/// One alarm on the lane loop: setting it again replaces the time before. Lives on that loop.
final class LoopTimer {
    private let loop: any EventLoop
    private var scheduled: Scheduled<Void>?

    init(on loop: any EventLoop) { self.loop = loop }

    /// - Parameter deadline: `nil`: no alarm.
    func set(to deadline: MonotonicTime?, fire: @escaping () -> Void) {
        cancel()
        scheduled = deadline.map { deadline in
            // NIO's deadlines are on CLOCK_MONOTONIC too.
            loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(deadline.nanoseconds), fire)
        }
    }

    func cancel() { scheduled?.cancel() }
}
