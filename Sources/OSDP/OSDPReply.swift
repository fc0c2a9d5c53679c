/// What a reader answers.
///
/// The initialiser reads code and data, `append(to:)` writes them, as the table of each kind of data says.
public enum OSDPReply: Equatable, Sendable {
    /// 40: done, or nothing new.
    case ack
    /// 41: reason, and bytes that depend on it.
    case nak(OSDPNak)
    /// 45
    case identification(OSDPIdentification)
    /// 46: 3 bytes a function.
    case capabilities(OSDPCapabilities)
    /// 48: tamper, power.
    case localStatus(OSDPLocalStatus)
    /// 49: 1 byte an input, 1 = active.
    case inputs([Bool])
    /// 4A: 1 byte an output, 1 = on.
    case outputs([Bool])
    /// 4B: 1 byte a reader.
    case readers([OSDPReaderStatus])
    /// 50
    case card(OSDPCardRead)
    /// 53
    case keypad(OSDPKeypad)
    /// 54: what is used from now on.
    case communication(OSDPCommunication)
    /// 76
    case challengeAnswer(OSDPChallengeAnswer)
    /// 78: 16 bytes.
    case initialMAC([UInt8])
    /// 79: ask again, later.
    case busy
    /// Anything that the gate has no use for.
    case other(code: UInt8)

    public var code: UInt8 {
        switch self {
        case .ack: 0x40
        case .nak: 0x41
        case .identification: 0x45
        case .capabilities: 0x46
        case .localStatus: 0x48
        case .inputs: 0x49
        case .outputs: 0x4A
        case .readers: 0x4B
        case .card: 0x50
        case .keypad: 0x53
        case .communication: 0x54
        case .challengeAnswer: 0x76
        case .initialMAC: 0x78
        case .busy: 0x79
        case .other(let code): code
        }
    }

    /// `nil`: a code that the gate knows, with data that does not fit it.
    public init?(code: UInt8, data: Span<UInt8>) {
        var reply: OSDPReply?
        switch code {
        case 0x40: reply = .ack
        case 0x41: reply = data.count > 0 ? .nak(OSDPNak(code: data[0])) : nil
        case 0x45: reply = OSDPIdentification(data).map { .identification($0) }
        case 0x46: reply = OSDPCapabilities(data).map { .capabilities($0) }
        case 0x48: reply = OSDPLocalStatus(data).map { .localStatus($0) }
        case 0x49: reply = .inputs(data.bytes(from: 0).map { $0 != 0 })
        case 0x4A: reply = .outputs(data.bytes(from: 0).map { $0 != 0 })
        case 0x4B: reply = .readers(data.bytes(from: 0).map(OSDPReaderStatus.init(rawValue:)))
        case 0x50: reply = OSDPCardRead(data).map { .card($0) }
        case 0x53: reply = OSDPKeypad(data).map { .keypad($0) }
        case 0x54: reply = OSDPCommunication(data).map { .communication($0) }
        case 0x76: reply = OSDPChallengeAnswer(data).map { .challengeAnswer($0) }
        case 0x78: reply = data.count == OSDPKey.length ? .initialMAC(data.bytes(from: 0)) : nil
        case 0x79: reply = .busy
        default: reply = .other(code: code)
        }
        guard let reply else { return nil }
        self = reply
    }

    /// Appends the code and the data, as a reader does.
    public func append(to out: inout [UInt8]) {
        out.append(code)
        switch self {
        case .ack, .busy, .other: break
        case .nak(let nak): out.append(nak.code)
        case .identification(let identification): identification.append(to: &out)
        case .capabilities(let capabilities): capabilities.append(to: &out)
        case .localStatus(let status): status.append(to: &out)
        case .inputs(let states), .outputs(let states): for state in states { out.append(state ? 1 : 0) }
        case .readers(let readers): for reader in readers { out.append(reader.rawValue) }
        case .card(let card): card.append(to: &out)
        case .keypad(let keypad): keypad.append(to: &out)
        case .communication(let communication): communication.append(to: &out)
        case .challengeAnswer(let answer): answer.append(to: &out)
        case .initialMAC(let bytes): out.append(contentsOf: bytes)
        }
    }
}
