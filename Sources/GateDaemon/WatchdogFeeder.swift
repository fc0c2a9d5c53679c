import GateModel
import Hardware
import NIOCore

/// Feeds the watchdogs from the loop that the lanes live on: when it stands still, so does this. Lives on that loop.
final class WatchdogFeeder {
    private static let interval = Duration.milliseconds(500)

    private let watchdogs: [any Watchdog]
    private let clock: any TimeSource
    private let timer: LoopTimer

    init(_ watchdogs: [any Watchdog], eventLoop: any EventLoop, clock: any TimeSource) {
        self.watchdogs = watchdogs
        self.clock = clock
        timer = LoopTimer(on: eventLoop)
    }

    /// What is wrong with any of them.
    var fault: String? { watchdogs.lazy.compactMap(\.fault).first }

    func start() {
        for watchdog in watchdogs { watchdog.feed() }
        timer.set(to: clock.monotonic.advanced(by: Self.interval)) { [weak self] in self?.start() }
    }

    func stop() {
        timer.cancel()
        for watchdog in watchdogs { watchdog.stop() }
    }
}
