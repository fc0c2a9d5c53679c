public import GateModel

/// Why a chip or one of its lines cannot be used.
public enum LineError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchChip(path: String)
    case permissionDenied(path: String)
    case notAChip(path: String)
    case noSuchLine(path: String, line: LineAddress, name: String)
    case lineBusy(path: String, line: LineAddress, name: String)
    /// The board's name of one line and the number of another are the same line.
    case lineShared(path: String, line: LineAddress, name: String, with: String)
    case biasRefused(path: String, line: LineAddress, name: String)
    case lineFailed(path: String, line: LineAddress, name: String, Errno)
    case chipFailed(path: String, Errno)
    /// A chip that worked is gone.
    case wentAway(path: String)
    /// Nobody listens at the socket of a simulated chip.
    case noSimulator(path: String)
    /// A simulated chip refused something, in its own words.
    case refused(path: String, String)

    public var description: String {
        switch self {
        case .noSuchChip(let path):
            "There is no GPIO chip \(path). Correct the path; `gpiodetect` lists the chips."
        case .permissionDenied(let path):
            "Gatehouse may not open \(path). Add the user that it runs as to the group that owns it (`ls -l \(path)`), "
                + "usually gpio."
        case .notAChip(let path):
            "\(path) is not a GPIO chip. Correct the path; `gpiodetect` lists the chips."
        case .noSuchLine(let path, let line, let name):
            "\(path) has no line \(line) (\(name)). Correct its number or name; `gpioinfo` lists the lines."
        case .lineShared(let path, let line, let name, let other):
            "Line \(line) (\(name)) of \(path) is already the line of \(other). A line has one user; `gpioinfo` shows "
                + "the numbers beside the names."
        case .lineBusy(let path, let line, let name):
            "Line \(line) (\(name)) of \(path) is held by another program or driver. `gpioinfo` names it; stop it or "
                + "use another line."
        case .biasRefused(let path, let line, let name):
            "\(path) cannot pull line \(line) (\(name)) up or down. Leave the bias out and put a resistor in the "
                + "wiring."
        case .lineFailed(let path, let line, let name, let error):
            "Line \(line) (\(name)) of \(path) cannot be used: \(error). Check it with `gpioinfo`."
        case .chipFailed(let path, let error):
            "The GPIO chip \(path) cannot be used: \(error). Check it with `gpiodetect`."
        case .wentAway(let path):
            "The GPIO chip \(path) went away. Check its cable and power; its lines are taken again when it is back."
        case .noSimulator(let path):
            "No simulated chip listens at \(path). Start `gatehouse-mock`, or correct the path."
        case .refused(let path, let text):
            "The simulated chip at \(path) refused: \(text)."
        }
    }
}
