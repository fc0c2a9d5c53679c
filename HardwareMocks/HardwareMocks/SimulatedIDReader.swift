import GateModel
import NIOCore

/// An SDT reader at a pseudo-terminal, on which cards can be laid.
///
/// Lives on its terminal's event loop.
public final class SimulatedIDReader {
    public let terminal: PseudoTerminal
    /// What the reader does wrong from now on, `nil` for nothing.
    public var fault: SDTResponder.Fault? {
        get { responder.fault }
        set { responder.fault = newValue }
    }

    private let scheduler: any Scheduler
    private var responder = SDTResponder()
    private var presentations: UInt64 = 0

    public init(terminal: PseudoTerminal, scheduler: any Scheduler) {
        self.terminal = terminal
        self.scheduler = scheduler
        terminal.onBytes = { [unowned self] bytes in
            for reply in responder.receive(bytes.readableBytesView) { self.terminal.write(reply) }
        }
    }

    /// Lays a card on the reader, in place of one that lies there, and takes it away after `duration`.
    public func present(_ card: SDTResponder.Card, for duration: Duration) {
        presentations += 1
        let presentation = presentations
        responder.place(card)
        scheduler.after(duration) { [self] in
            if presentation == presentations { responder.place(nil) }
        }
    }
}
