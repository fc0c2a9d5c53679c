/// What the gate asks of an ID-card reader that holds the ministry's security module (protocol "SDT", "SAM_A").
public enum SDTCommand: Hashable, Sendable, CaseIterable {
    case find
    case select
    case readTextAndPhoto
    case readNewestAddress
    case resetSAM
    case samStatus
    case samID

    /// The request as it goes on the wire: `AA AA AA 96 69`, length `00 03`, CMD, PARA, XOR of all after the preamble.
    public var bytes: [UInt8] {
        let (command, parameter) = code
        return SDTFrame.preamble + [0, 3, command, parameter, 3 ^ command ^ parameter]
    }

    /// How a technician finds the command in a reader's manual.
    public var name: String {
        switch self {
        case .find: "FIND"
        case .select: "SELECT"
        case .readTextAndPhoto: "READ"
        case .readNewestAddress: "READ NEWEST ADDRESS"
        case .resetSAM: "RESET"
        case .samStatus: "STATUS"
        case .samID: "SAM ID"
        }
    }

    private var code: (command: UInt8, parameter: UInt8) {
        switch self {
        case .find: (0x20, 0x01)
        case .select: (0x20, 0x02)
        case .readTextAndPhoto: (0x30, 0x01)
        case .readNewestAddress: (0x30, 0x03)
        case .resetSAM: (0x10, 0xFF)
        case .samStatus: (0x11, 0xFF)
        case .samID: (0x12, 0xFF)
        }
    }
}
