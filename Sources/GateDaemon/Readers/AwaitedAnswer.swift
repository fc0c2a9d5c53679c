import GateModel
import NIOCore

/// Somebody who waits for what a reader says to a command. Lives on the lane loop.
final class AwaitedAnswer {
    /// Scanners answer within a tenth of a second, an OSDP reader in its turn on the bus.
    static let longest = Duration.seconds(2)

    private let timer: LoopTimer
    private let clock: any TimeSource
    private var answered: ((String?) -> Void)?

    init(eventLoop: any EventLoop, clock: any TimeSource) {
        timer = LoopTimer(on: eventLoop)
        self.clock = clock
    }

    /// Whoever waits already gets nothing: a reader's answer does not say which command it is for.
    func wait(_ answered: @escaping (String?) -> Void) {
        end(nil)
        self.answered = answered
        timer.set(to: clock.monotonic.advanced(by: Self.longest)) { [weak self] in self?.end(nil) }
    }

    /// - Parameter answer: `nil`: there is none.
    func end(_ answer: String?) {
        timer.cancel()
        let answered = answered
        self.answered = nil
        answered?(answer)
    }
}
