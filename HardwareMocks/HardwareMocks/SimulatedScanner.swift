/// A scanner at a pseudo-terminal that sends the AIM identifier of a QR code, the text, and CR.
///
/// Lives on its terminal's event loop.
public final class SimulatedScanner {
    public let terminal: PseudoTerminal

    public init(terminal: PseudoTerminal) { self.terminal = terminal }

    /// Scans a code.
    ///
    /// - Returns: whether the scanner is plugged in and its line took the bytes.
    @discardableResult
    public func scan(_ text: String) -> Bool {
        terminal.write(Array("]Q1\(text)\r".utf8))
    }
}
