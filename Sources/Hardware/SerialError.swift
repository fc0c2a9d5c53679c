/// Why a serial line could not be opened.
public enum SerialError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchDevice(path: String)
    case permissionDenied(path: String)
    case busy(path: String)
    case notATerminal(path: String)
    case unsupportedRate(Int)
    case failed(path: String, Errno)

    public var description: String {
        switch self {
        case .noSuchDevice(let path):
            "There is no device \(path). Plug it in, or correct the path; `ls /dev/serial/by-id` shows what is there."
        case .permissionDenied(let path):
            "Gatehouse may not open \(path). Add the user that it runs as to the group dialout."
        case .busy(let path):
            "Another program holds \(path). Stop it (`fuser -v \(path)` names it), or use another device."
        case .notATerminal(let path):
            "\(path) is not a serial line. Correct the path; `ls /dev/serial/by-id` shows the serial lines."
        case .unsupportedRate(let rate):
            "No serial line runs at \(rate) bits per second. Use one of "
                + SerialPort.rates.map(String.init).joined(separator: ", ") + "."
        case .failed(let path, let error):
            "\(path) cannot be used as a serial line: \(error). Unplug it and plug it in again, or replace it."
        }
    }
}
