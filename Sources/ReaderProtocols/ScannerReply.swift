/// What a scanner answered to a command.
public struct ScannerReply: Hashable, Sendable {
    public enum Result: Hashable, Sendable, CustomStringConvertible {
        /// Also: a question was answered.
        case done
        case unknownCommand
        case badValue
        /// The command reached the scanner with a wrong checksum.
        case damagedCommand
        /// The scanner knows the command and is not in the state for it, or not set to obey it.
        case denied

        /// The status byte of Honeywell's and Newland's replies; `nil` for any other byte.
        init?(status: UInt8) {
            switch status {
            case 0x06: self = .done
            case 0x15: self = .badValue
            case 0x05: self = .unknownCommand
            default: return nil
            }
        }

        public var description: String {
            switch self {
            case .done: "the scanner did what it was told"
            case .unknownCommand: "the scanner does not know the command; check the make in the configuration"
            case .badValue: "the scanner knows the setting, but not the value; check it with the scanner's manual"
            case .damagedCommand: "the command reached the scanner damaged; check the cable and the baud rate"
            case .denied: "the scanner refuses the command now; check that it is set to be triggered by its host"
            }
        }
    }

    public let make: ScannerMake
    public let result: Result

    public init(make: ScannerMake, result: Result) {
        self.make = make
        self.result = result
    }
}
