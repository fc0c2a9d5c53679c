/// The packet of both directions: length (1 byte, counts all but the checksum), opcode, source, status, data, and the
/// two's complement of the 16-bit sum of all before it, big-endian.
enum SSIPacket {
    /// Length, opcode, source and status.
    static let headerLength = 4
    static let checksumLength = 2
    static let fromScanner: UInt8 = 0x00
    /// Status bit 0: the packet was sent before.
    static let retransmission: UInt8 = 0x01

    static let acknowledge: UInt8 = 0xD0
    static let refuse: UInt8 = 0xD1
    static let decodedData: UInt8 = 0xF3
    static let revision: UInt8 = 0xA4

    /// - Parameter data: 251 bytes at most.
    static func fromHost(_ opcode: UInt8, status: UInt8 = 0, _ data: [UInt8] = []) -> [UInt8] {
        let checked = [UInt8(truncatingIfNeeded: headerLength + data.count), opcode, 0x04, status] + data
        let sum = checked.reduce(into: 0 as UInt16) { $0 &+= UInt16($1) }
        let checksum = 0 &- sum
        return checked + [UInt8(checksum >> 8), UInt8(truncatingIfNeeded: checksum)]
    }
}

/// Commands of Zebra's and Symbol's Simple Serial Interface. The scanner answers each with ACK or NAK.
public enum SSICommand: Hashable, Sendable {
    /// Why the host does not take a packet.
    public enum Refusal: UInt8, Hashable, Sendable, CaseIterable {
        /// The checksum was wrong: send it again.
        case resend = 0x01
        case badContext = 0x02
        case denied = 0x06
    }

    /// Look for a code now.
    case startSession
    case stopSession
    case acknowledge
    case refuse(Refusal)
    case enable
    case disable
    /// Forget the scans that were not sent yet.
    case flushQueue
    case requestRevision
    /// Sets a one-byte parameter, with a short beep.
    case setParameter(UInt8, to: UInt8, lasting: Bool)

    /// Wakes a sleeping scanner; wait for ``wakeUpPause`` before the command.
    public static let wakeUp: [UInt8] = [0x00]
    public static let wakeUpPause = Duration.milliseconds(50)

    public var bytes: [UInt8] {
        switch self {
        case .startSession: SSIPacket.fromHost(0xE4)
        case .stopSession: SSIPacket.fromHost(0xE5)
        case .acknowledge: SSIPacket.fromHost(SSIPacket.acknowledge)
        case .refuse(let refusal): SSIPacket.fromHost(SSIPacket.refuse, [refusal.rawValue])
        case .enable: SSIPacket.fromHost(0xE9)
        case .disable: SSIPacket.fromHost(0xEA)
        case .flushQueue: SSIPacket.fromHost(0xD2)
        case .requestRevision: SSIPacket.fromHost(0xA3)
        // Status bit 3: for longer than until the power goes. The first byte of the data is the beep.
        case .setParameter(let parameter, let value, let lasting):
            SSIPacket.fromHost(0xC6, status: lasting ? 0x08 : 0x00, [0x00, parameter, value])
        }
    }
}
