/// What SW3, the third status byte of a reply, says.
public enum SDTStatus: Hashable, Sendable, CustomStringConvertible {
    /// 90: done; after SELECT the card is selected.
    case success
    /// 9F: FIND found a card.
    case cardFound
    /// 80: FIND found no card; many readers also say so while a card that was found already still lies there.
    case noCard
    /// 81
    case selectFailed
    /// 41
    case readFailed
    /// 40
    case unknownCard
    /// 31
    case cardRejectedModule
    /// 32
    case moduleRejectedCard
    /// 33
    case cardVerificationFailed
    /// 47
    case randomNumberFailed
    /// 91: there is no newer address.
    case empty
    /// 10
    case requestChecksumWrong
    /// 11
    case requestLengthWrong
    /// 21
    case commandUnknown
    /// 23
    case notPermitted
    /// 24
    case unknownError
    /// 60
    case selfTestFailed
    /// 66
    case moduleNotAuthorised
    case other(UInt8)

    public init(sw3: UInt8) {
        switch sw3 {
        case 0x90: self = .success
        case 0x9F: self = .cardFound
        case 0x80: self = .noCard
        case 0x81: self = .selectFailed
        case 0x41: self = .readFailed
        case 0x40: self = .unknownCard
        case 0x31: self = .cardRejectedModule
        case 0x32: self = .moduleRejectedCard
        case 0x33: self = .cardVerificationFailed
        case 0x47: self = .randomNumberFailed
        case 0x91: self = .empty
        case 0x10: self = .requestChecksumWrong
        case 0x11: self = .requestLengthWrong
        case 0x21: self = .commandUnknown
        case 0x23: self = .notPermitted
        case 0x24: self = .unknownError
        case 0x60: self = .selfTestFailed
        case 0x66: self = .moduleNotAuthorised
        default: self = .other(sw3)
        }
    }

    public var description: String {
        switch self {
        case .success: "done"
        case .cardFound: "a card was found"
        case .noCard: "no card"
        case .selectFailed: "the card could not be selected"
        case .readFailed: "the card could not be read"
        case .unknownCard: "the card is of an unknown type"
        case .cardRejectedModule: "the card did not accept the security module"
        case .moduleRejectedCard: "the security module did not accept the card"
        case .cardVerificationFailed: "the data of the card did not pass verification"
        case .randomNumberFailed: "the security module could not make a random number"
        case .empty: "the requested item is empty"
        case .requestChecksumWrong: "the reader received a request with a wrong checksum"
        case .requestLengthWrong: "the reader received a request with a wrong length"
        case .commandUnknown: "the reader does not know the command"
        case .notPermitted: "the security module does not permit the command"
        case .unknownError: "the security module reports an unknown error"
        case .selfTestFailed: "the self-test of the security module failed"
        case .moduleNotAuthorised: "the security module is not authorised"
        case .other(let sw3): "reader error \(SDTStatus.hex(sw3))"
        }
    }

    static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}

/// One whole reply of an SDT reader with a right check byte.
public struct SDTReply: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// A status only, or data that the gate does not decode (an address, the zero bytes after FIND and SELECT).
        case none
        case document(SDTDocument)
        /// A read succeeded, but its data is not a document that the gate understands.
        case undecodable(SDTDocumentError)
        case samID(SAMIdentifier)
    }

    public let sw1: UInt8
    public let sw2: UInt8
    public let sw3: UInt8
    public let content: Content

    public var status: SDTStatus { SDTStatus(sw3: sw3) }

    /// The three status bytes for the log, as in `00 00 90`. Holds nothing of a card's data.
    public var statusBytes: String { "\(SDTStatus.hex(sw1)) \(SDTStatus.hex(sw2)) \(SDTStatus.hex(sw3))" }

    /// - Parameter body: SW1 SW2 SW3 and the data, without the check byte; 3 bytes or more.
    init(body: Span<UInt8>) {
        sw1 = body[0]
        sw2 = body[1]
        sw3 = body[2]
        let data = body.extracting(droppingFirst: 3)
        // A reply does not say which request it answers; the lengths of the successful ones differ.
        if sw3 != 0x90 {
            content = .none
        } else if data.count == SAMIdentifier.length {
            content = .samID(SAMIdentifier(data))
        } else if data.count >= SDTDocument.shortestReadReply {
            do throws(SDTDocumentError) {
                content = .document(try SDTDocument(readReply: data))
            } catch {
                content = .undecodable(error)
            }
        } else {
            content = .none
        }
    }
}

/// The number of a reader's security module, printed as `05.01-20101129-0001228293-0296863149`.
public struct SAMIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// Bytes on the wire: two 16-bit and three 32-bit numbers, little-endian; the third is a date YYYYMMDD.
    static let length = 16

    public let description: String

    /// - Parameter data: ``length`` bytes.
    init(_ data: Span<UInt8>) {
        func number(at offset: Int, bytes: Int, digits: Int) -> String {
            var value: UInt32 = 0
            for index in (offset..<offset + bytes).reversed() { value = value << 8 | UInt32(data[index]) }
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let format = number(at: 0, bytes: 2, digits: 2) + "." + number(at: 2, bytes: 2, digits: 2)
        let date = number(at: 4, bytes: 4, digits: 8)
        description = "\(format)-\(date)-\(number(at: 8, bytes: 4, digits: 10))-\(number(at: 12, bytes: 4, digits: 10))"
    }
}
