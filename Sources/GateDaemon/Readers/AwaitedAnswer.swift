import Control
import GateModel
import NIOCore

/// Somebody who waits for what a reader says to a command. Lives on the lane loop.
final class AwaitedAnswer {
    /// Scanners answer within a tenth of a second, an OSDP reader in its turn on the bus.
    static let longest = Duration.seconds(2)

    private let timer: LoopTimer
    private let clock: any TimeSource
    private var answered: ((ReaderCommandAnswer) -> Void)?

    init(eventLoop: any EventLoop, clock: any TimeSource) {
        timer = LoopTimer(on: eventLoop)
        self.clock = clock
    }

    /// - Throws: that somebody waits already: a reader's answer does not say which command it is for.
    func check() throws(ControlFailure) {
        guard answered == nil else {
            throw ControlFailure("the reader is busy with another command; try again in two seconds")
        }
    }

    /// - Parameter lapse: what is done when nothing is said for ``longest``.
    func wait(_ answered: @escaping (ReaderCommandAnswer) -> Void, lapse: @escaping () -> Void = {}) {
        self.answered = answered
        timer.set(to: clock.monotonic.advanced(by: Self.longest)) { [weak self] in
            lapse()
            self?.end(
                ReaderCommandAnswer(
                    done: nil, answer: "sent; the reader says nothing (some say nothing to some commands)"))
        }
    }

    /// The reader is lost, or the daemon ends.
    func abandon() {
        end(ReaderCommandAnswer(done: false, answer: "the reader went away; nobody knows whether it did it"))
    }

    func end(_ answer: ReaderCommandAnswer) {
        timer.cancel()
        let answered = answered
        self.answered = nil
        answered?(answer)
    }
}
