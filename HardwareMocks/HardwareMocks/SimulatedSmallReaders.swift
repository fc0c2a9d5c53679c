import GateModel
import NIOCore

/// An OSDP reader at a pseudo-terminal, alone on its line.
///
/// Lives on its terminal's event loop.
public final class SimulatedOSDPReader {
    public let terminal: PseudoTerminal
    private var responder: OSDPResponder

    public init(terminal: PseudoTerminal, address: UInt8 = 0) {
        self.terminal = terminal
        responder = OSDPResponder(address: address)
        terminal.onBytes = { [unowned self] bytes in
            for reply in responder.receive(bytes.readableBytesView) { self.terminal.write(reply) }
        }
    }

    /// Holds a card against the reader.
    ///
    /// - Parameter data: 24 bits, without parity.
    public func present(data: UInt32) { responder.present(data: data) }
}

/// An RFID module (RDM6300) at a pseudo-terminal.
public final class SimulatedRFIDReader {
    public let terminal: PseudoTerminal

    public init(terminal: PseudoTerminal) { self.terminal = terminal }

    /// Holds a tag against the module: STX, 10 hexadecimal digits, the XOR of their 5 bytes, ETX.
    ///
    /// - Parameter number: 40 bits.
    /// - Returns: whether the module is plugged in and its line took the bytes.
    @discardableResult
    public func present(number: UInt64) -> Bool {
        let bytes = [32, 24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        let digits = (bytes + [bytes.reduce(0, ^)]).flatMap { byte in
            Array(((byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)).utf8)
        }
        return terminal.write([0x02] + digits + [0x03])
    }
}

/// A thermometer (GY-MCU90614) at a pseudo-terminal.
///
/// Lives on its terminal's event loop.
public final class SimulatedThermometer {
    public let terminal: PseudoTerminal
    private let scheduler: any Scheduler

    public init(terminal: PseudoTerminal, scheduler: any Scheduler) {
        self.terminal = terminal
        self.scheduler = scheduler
    }

    /// Somebody stands before it: a reading every 100 ms.
    ///
    /// - Parameter object: in hundredths of a degree Celsius.
    public func measure(_ object: Int, for duration: Duration) {
        let ambient = 2200
        let frame: [UInt8] = [
            0x5A, 0x5A, 0x45, 0x04, UInt8(truncatingIfNeeded: object >> 8), UInt8(truncatingIfNeeded: object),
            UInt8(truncatingIfNeeded: ambient >> 8), UInt8(truncatingIfNeeded: ambient),
        ]
        // All set from the beginning: a reading that comes late does not put off the next.
        for time in stride(from: 0, through: duration.clampedMilliseconds, by: 100) {
            scheduler.after(.milliseconds(time)) { [self] in terminal.write(frame + [frame.reduce(0, &+)]) }
        }
    }
}
