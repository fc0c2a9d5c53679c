/// Who a reader says it is (PDID).
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 3 | the maker's IEEE number; tools differ in its byte order, here as it comes |
/// | 3 | 1 | model |
/// | 4 | 1 | version |
/// | 5 | 4 | serial number, little-endian |
/// | 9 | 3 | firmware: major, minor, build |
public struct OSDPIdentification: Hashable, Sendable, CustomStringConvertible {
    static let length = 12

    public var maker: [UInt8]
    public var model: UInt8
    public var version: UInt8
    public var serial: UInt32
    public var firmware: [UInt8]

    /// - Parameters:
    ///   - maker: 3 bytes.
    ///   - firmware: 3 bytes.
    public init(maker: [UInt8], model: UInt8, version: UInt8, serial: UInt32, firmware: [UInt8]) {
        self.maker = maker
        self.model = model
        self.version = version
        self.serial = serial
        self.firmware = firmware
    }

    init?(_ data: Span<UInt8>) {
        guard data.count >= Self.length else { return nil }
        self.init(
            maker: [data[0], data[1], data[2]], model: data[3], version: data[4], serial: data.littleEndian32(at: 5),
            firmware: [data[9], data[10], data[11]])
    }

    func append(to out: inout [UInt8]) {
        out.append(contentsOf: maker)
        out.append(model)
        out.append(version)
        out.append(littleEndian: serial, bytes: 4)
        out.append(contentsOf: firmware)
    }

    /// As in `maker 00-06-8E, model 3.1, serial 12345678, firmware 1.2.3`.
    public var description: String {
        let maker = maker.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
        return "maker \(maker.joined(separator: "-")), model \(model).\(version), serial \(serial), "
            + "firmware \(firmware.map(String.init).joined(separator: "."))"
    }
}

/// What a reader says it can do (PDCAP): function, compliance, count for each function.
///
/// Only a convenience: nothing about security depends on it.
public struct OSDPCapabilities: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var function: UInt8
        public var compliance: UInt8
        public var count: UInt8

        public init(function: UInt8, compliance: UInt8, count: UInt8) {
            self.function = function
            self.compliance = compliance
            self.count = count
        }
    }

    static let entryLength = 3

    /// At most 477, as many as a frame can hold.
    public var entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    init?(_ data: Span<UInt8>) {
        guard data.count.isMultiple(of: Self.entryLength) else { return nil }
        entries = stride(from: 0, to: data.count, by: Self.entryLength).map {
            Entry(function: data[$0], compliance: data[$0 + 1], count: data[$0 + 2])
        }
    }

    func append(to out: inout [UInt8]) {
        for entry in entries {
            out.append(entry.function)
            out.append(entry.compliance)
            out.append(entry.count)
        }
    }

    /// Function 1: contacts that the reader watches.
    public var inputs: Int { count(of: 1) }
    /// Function 2: relays.
    public var outputs: Int { count(of: 2) }
    /// Function 4: lights of each reader.
    public var lights: Int { count(of: 4) }
    /// Function 5
    public var hasBuzzer: Bool { compliance(of: 5) > 0 }
    /// Function 6
    public var hasDisplay: Bool { compliance(of: 6) > 0 }
    /// Function 9
    public var hasSecureChannel: Bool { compliance(of: 9) & 1 != 0 }
    /// Function 10: the longest frame that the reader takes, in bytes. Every reader takes ``smallestReceiveSize``.
    public var receiveSize: Int {
        max(Self.smallestReceiveSize, Int(compliance(of: 10)) | count(of: 10) << 8)
    }

    /// What every reader has to take, in bytes.
    public static let smallestReceiveSize = 128

    private func entry(of function: UInt8) -> Entry? { entries.first { $0.function == function } }
    private func compliance(of function: UInt8) -> UInt8 { entry(of: function)?.compliance ?? 0 }
    private func count(of function: UInt8) -> Int { Int(entry(of: function)?.count ?? 0) }
}

/// The state of the device itself (LSTATR): tamper, power; 0 = normal.
public struct OSDPLocalStatus: Hashable, Sendable {
    static let length = 2

    public var tamper: Bool
    public var powerFailure: Bool

    public init(tamper: Bool, powerFailure: Bool) {
        self.tamper = tamper
        self.powerFailure = powerFailure
    }

    init?(_ data: Span<UInt8>) {
        guard data.count >= Self.length else { return nil }
        self.init(tamper: data[0] != 0, powerFailure: data[1] != 0)
    }

    func append(to out: inout [UInt8]) {
        out.append(tamper ? 1 : 0)
        out.append(powerFailure ? 1 : 0)
    }
}

/// The state of a reader that is attached to the device (RSTATR).
public struct OSDPReaderStatus: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let normal = OSDPReaderStatus(rawValue: 0)
    public static let notConnected = OSDPReaderStatus(rawValue: 1)
    public static let tamper = OSDPReaderStatus(rawValue: 2)
}

/// Why a reader refused a command (NAK).
public struct OSDPNak: Hashable, Sendable, CustomStringConvertible {
    public var code: UInt8

    public init(code: UInt8) { self.code = code }

    public static let badCheck = OSDPNak(code: 1)
    public static let badLength = OSDPNak(code: 2)
    public static let unknownCommand = OSDPNak(code: 3)
    public static let wrongSequence = OSDPNak(code: 4)
    public static let secureChannelUnsupported = OSDPNak(code: 5)
    public static let secureChannelRequired = OSDPNak(code: 6)
    public static let cannotProcess = OSDPNak(code: 9)

    public var description: String {
        switch self {
        case .badCheck: "the reader received it damaged"
        case .badLength: "the reader received it with a wrong length"
        case .unknownCommand: "the reader does not know the command"
        case .wrongSequence: "the reader expected another sequence number"
        case .secureChannelUnsupported: "the reader does not support this secure channel"
        case .secureChannelRequired: "the reader asks for a secure channel"
        case .cannotProcess: "the reader cannot carry it out"
        default: "the reader refused it with code \(code)"
        }
    }
}

/// A reader's answer to CHLNG (CCRYPT): its number (8 bytes), its random number (8 bytes), its cryptogram (16 bytes).
public struct OSDPChallengeAnswer: Hashable, Sendable {
    static let length = 32

    public var clientID: [UInt8]
    public var random: [UInt8]
    public var cryptogram: [UInt8]

    public init(clientID: [UInt8], random: [UInt8], cryptogram: [UInt8]) {
        self.clientID = clientID
        self.random = random
        self.cryptogram = cryptogram
    }

    init?(_ data: Span<UInt8>) {
        guard data.count == Self.length else { return nil }
        let bytes = data.bytes(from: 0)
        self.init(clientID: Array(bytes[0..<8]), random: Array(bytes[8..<16]), cryptogram: Array(bytes[16..<32]))
    }

    func append(to out: inout [UInt8]) {
        out.append(contentsOf: clientID)
        out.append(contentsOf: random)
        out.append(contentsOf: cryptogram)
    }
}
