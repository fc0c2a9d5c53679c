import GateModel
public import NIOCore

/// Where simulated devices and people take their time from.
public protocol Scheduler: AnyObject {
    /// Calls `action` once, that much later, where the caller's objects live.
    func after(_ delay: Duration, _ action: @escaping () -> Void)
}

/// Real time on an event loop. To be used on it.
public final class LoopScheduler: Scheduler {
    private let loop: NIOIsolatedEventLoop

    public init(eventLoop: any EventLoop) {
        loop = eventLoop.assumeIsolated()
    }

    public func after(_ delay: Duration, _ action: @escaping () -> Void) {
        loop.scheduleTask(in: .nanoseconds(delay.clampedNanoseconds)) { action() }
    }
}
