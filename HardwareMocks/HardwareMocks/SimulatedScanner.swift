/// A scanner at a pseudo-terminal.
///
/// Lives on its terminal's event loop.
public final class SimulatedScanner {
    /// How a scan goes on the wire.
    public enum Form: Hashable, Sendable {
        /// The AIM identifier of a QR code, the text, and CR.
        case line
        /// A packet of Zebra's SSI: length, F3, 00 (from the scanner), status 00, 1C (QR), the text, checksum.
        case packet
    }

    public let terminal: PseudoTerminal
    private let form: Form

    public init(terminal: PseudoTerminal, form: Form = .line) {
        self.terminal = terminal
        self.form = form
    }

    /// Scans a code.
    ///
    /// - Returns: whether the scanner is plugged in and its line took the bytes.
    @discardableResult
    public func scan(_ text: String) -> Bool {
        switch form {
        case .line: terminal.write(Array("]Q1\(text)\r".utf8))
        case .packet: terminal.write(Self.packet(text))
        }
    }

    /// Longer texts than a packet holds are cut.
    private static func packet(_ text: String) -> [UInt8] {
        let data = Array(text.utf8.prefix(250))
        let packet = [UInt8(data.count + 5), 0xF3, 0x00, 0x00, 0x1C] + data
        let sum = packet.reduce(UInt16(0)) { $0 &+ UInt16($1) }
        let check = ~sum &+ 1
        return packet + [UInt8(check >> 8), UInt8(check & 0xFF)]
    }
}
