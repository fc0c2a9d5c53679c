/// How the panel speaks with one reader. The operator decides it; nothing that a reader says changes it.
public enum OSDPSecurity: Equatable, Sendable {
    /// Clear text: whoever reaches the cable can read and forge everything.
    case clear
    /// Only ever within a session with this key.
    case secure(OSDPKey)
    /// For the first set-up, on a cable that is watched: gives the reader this key, through a session with the key that
    /// everybody knows (SCBK-D), and from then on behaves like ``secure(_:)``.
    case install(OSDPKey)
}

/// What the panel has to know of one reader.
public struct OSDPDeviceSettings: Sendable {
    /// 00…7E; 7F reaches any reader, if it is alone on the line.
    public let address: UInt8
    public let security: OSDPSecurity
    /// For clear text; a secure session always has a CRC.
    public let check: OSDPCheck
    /// From one POLL to the next.
    public let pollInterval: Duration

    public init(
        address: UInt8, security: OSDPSecurity, check: OSDPCheck = .crc, pollInterval: Duration = .milliseconds(50)
    ) throws(OSDPSettingsError) {
        guard address <= 0x7F else { throw .addressOutOfRange(address) }
        switch security {
        case .clear: break
        case .secure(let key), .install(let key):
            guard key != .factoryDefault else { throw .factoryDefaultKey(address: address) }
        }
        self.address = address
        self.security = security
        self.check = security == .clear ? check : .crc
        self.pollInterval = pollInterval
    }
}

/// Why settings cannot be used.
public enum OSDPSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case addressOutOfRange(UInt8)
    /// SCBK-D as a reader's own key.
    case factoryDefaultKey(address: UInt8)
    case addressTwice(UInt8)
    /// 7F beside others.
    case configurationAddressShared

    public var description: String {
        switch self {
        case .addressOutOfRange(let address):
            "OSDP address \(address) does not exist; addresses are 0 to 126, and 127 for a reader that is alone"
        case .factoryDefaultKey(let address):
            "the key of OSDP reader \(address) is the one that all readers leave the factory with, and everybody knows it; "
                + "make a random key of 16 bytes and give it to the reader in install mode"
        case .addressTwice(let address):
            "two OSDP readers on one line have address \(address); give each an address of its own"
        case .configurationAddressShared:
            "OSDP address 127 speaks to every reader at once; use it only with one reader on the line"
        }
    }
}
