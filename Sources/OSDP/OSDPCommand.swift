/// What the panel asks of a reader.
///
/// `append(to:)` writes the code and the data as the table of each kind of data says; numbers are little-endian.
public enum OSDPCommand: Equatable, Sendable {
    /// 60: is there anything new?
    case poll
    /// 61 `00`: who are you?
    case identify
    /// 62 `00`: what can you do?
    case capabilities
    /// 64: tamper and power.
    case localStatus
    /// 65
    case inputStatus
    /// 66
    case outputStatus
    /// 67: of readers that are attached to the device.
    case readerStatus
    /// 68: 4 bytes an output.
    case output([OSDPOutput])
    /// 69: 14 bytes a light.
    case led([OSDPLED])
    /// 6A
    case buzzer(OSDPBuzzer)
    /// 6B
    case text(OSDPText)
    /// 6E: address (1 byte) and bits per second (4 bytes) from the answer on.
    case communication(OSDPCommunication)
    /// 75 `01 10`: the device's own key, 16 bytes. Only within a secure session.
    case keySet(OSDPKey)
    /// 76: the panel's random number, 8 bytes.
    case challenge([UInt8])
    /// 77: the panel's cryptogram, 16 bytes.
    case panelCryptogram([UInt8])
    /// 7B: the longest frame that the panel takes, 2 bytes.
    case receiveSize(UInt16)

    static let communicationCode: UInt8 = 0x6E
    public static let communicationName = "COMSET"

    public var code: UInt8 {
        switch self {
        case .poll: 0x60
        case .identify: 0x61
        case .capabilities: 0x62
        case .localStatus: 0x64
        case .inputStatus: 0x65
        case .outputStatus: 0x66
        case .readerStatus: 0x67
        case .output: 0x68
        case .led: 0x69
        case .buzzer: 0x6A
        case .text: 0x6B
        case .communication: Self.communicationCode
        case .keySet: 0x75
        case .challenge: 0x76
        case .panelCryptogram: 0x77
        case .receiveSize: 0x7B
        }
    }

    /// How a technician finds the command in a reader's manual.
    public var name: String {
        switch self {
        case .poll: "POLL"
        case .identify: "ID"
        case .capabilities: "CAP"
        case .localStatus: "LSTAT"
        case .inputStatus: "ISTAT"
        case .outputStatus: "OSTAT"
        case .readerStatus: "RSTAT"
        case .output: "OUT"
        case .led: "LED"
        case .buzzer: "BUZ"
        case .text: "TEXT"
        case .communication: Self.communicationName
        case .keySet: "KEYSET"
        case .challenge: "CHLNG"
        case .panelCryptogram: "SCRYPT"
        case .receiveSize: "ACURXSIZE"
        }
    }

    /// Appends the code and the data.
    public func append(to out: inout [UInt8]) {
        out.append(code)
        switch self {
        case .poll, .localStatus, .inputStatus, .outputStatus, .readerStatus: break
        case .identify, .capabilities: out.append(0)
        case .output(let outputs): for output in outputs { output.append(to: &out) }
        case .led(let lights): for light in lights { light.append(to: &out) }
        case .buzzer(let buzzer): buzzer.append(to: &out)
        case .text(let text): text.append(to: &out)
        case .communication(let communication): communication.append(to: &out)
        case .keySet(let key):
            out.append(1)
            out.append(UInt8(OSDPKey.length))
            out.append(contentsOf: key.bytes)
        case .challenge(let bytes), .panelCryptogram(let bytes): out.append(contentsOf: bytes)
        case .receiveSize(let size): out.append(littleEndian: UInt32(size), bytes: 2)
        }
    }

    /// Reads a command, as a reader does. `nil`: an unknown code, or data of the wrong length.
    public init?(code: UInt8, data: Span<UInt8>) {
        func plain(_ command: OSDPCommand) -> OSDPCommand? { data.count == 0 ? command : nil }
        var command: OSDPCommand?
        switch code {
        case 0x60: command = plain(.poll)
        case 0x61: command = data.count <= 1 ? .identify : nil
        case 0x62: command = data.count <= 1 ? .capabilities : nil
        case 0x64: command = plain(.localStatus)
        case 0x65: command = plain(.inputStatus)
        case 0x66: command = plain(.outputStatus)
        case 0x67: command = plain(.readerStatus)
        case 0x68: command = OSDPOutput.all(in: data).map { .output($0) }
        case 0x69: command = OSDPLED.all(in: data).map { .led($0) }
        case 0x6A: command = OSDPBuzzer(data).map { .buzzer($0) }
        case 0x6B: command = OSDPText(data).map { .text($0) }
        case Self.communicationCode: command = OSDPCommunication(data).map { .communication($0) }
        case 0x75 where data.count == 2 + OSDPKey.length && data[0] == 1 && data[1] == UInt8(OSDPKey.length):
            command = OSDPKey(data.bytes(from: 2)).map { .keySet($0) }
        case 0x76 where data.count == OSDPSessionKeys.randomLength: command = .challenge(data.bytes(from: 0))
        case 0x77 where data.count == OSDPKey.length: command = .panelCryptogram(data.bytes(from: 0))
        case 0x7B where data.count == 2: command = .receiveSize(UInt16(data[0]) | UInt16(data[1]) << 8)
        default: break
        }
        guard let command else { return nil }
        self = command
    }
}

extension OSDPCommand: CustomStringConvertible {
    /// The name alone: a text on a display may address a person, and a key is secret.
    public var description: String { name }
}

extension Span<UInt8> {
    /// A copy of what stands from `start` on; `start` is not behind the end.
    func bytes(from start: Int) -> [UInt8] {
        (start..<count).map { self[$0] }
    }

    /// The 4 bytes at `start`, which has to be no later than 4 before the end.
    func littleEndian32(at start: Int) -> UInt32 {
        UInt32(self[start]) | UInt32(self[start + 1]) << 8 | UInt32(self[start + 2]) << 16
            | UInt32(self[start + 3]) << 24
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: UInt32, bytes: Int) {
        for index in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))) }
    }
}
