/// Tells a scanner's reply to a command from the text of a scan.
///
/// - zone protocol: `02 00`, type (00 ok, 01 CRC error, 03 invalid command), length, data, CRC-16 of type…data
///   (initial 0000, big-endian)
/// - Newland, unified: `02 01 30 30 30 30`, the command again, 06, 15 or 05, `3B 03`
/// - Honeywell: the setting again, 06, 15 or 05, `.` or `!`; without a mark of its own, so it is looked for by its words
enum ScannerReplyFrame {
    enum Judgement {
        /// May become a reply.
        case incomplete
        /// The first `length` bytes are a reply.
        case reply(ScannerReply, length: Int)
        case somethingElse
    }

    static let firstByte: UInt8 = 0x02
    /// Of either kind. What is longer is no reply.
    static let longest = 256
    /// The gate asks for two bytes at most; a long length byte is more likely text that is held up in vain.
    private static let zoneDataLengths: ClosedRange<UInt8> = 1...16
    private static let zoneFrameWithoutData = 6
    private static let newlandPrefixLength = 6

    /// - Parameters:
    ///   - bytes: 1 byte or more.
    ///   - echo: a setting in upper case and its last character, if a Honeywell scanner was sent one; else empty.
    static func judge(_ bytes: Span<UInt8>, echo: [UInt8]) -> Judgement {
        guard bytes[0] == firstByte else { return echo.isEmpty ? .somethingElse : honeywell(bytes, echo) }
        guard bytes.count >= 2 else { return .incomplete }
        switch bytes[1] {
        case 0x00: return zone(bytes)
        case 0x01: return newland(bytes)
        default: return .somethingElse
        }
    }

    static func upperCase(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte & 0xDF : byte }

    private static func zone(_ bytes: Span<UInt8>) -> Judgement {
        guard bytes.count >= 3 else { return .incomplete }
        let result: ScannerReply.Result
        switch bytes[2] {
        case 0x00: result = .done
        case 0x01: result = .damagedCommand
        case 0x03: result = .unknownCommand
        default: return .somethingElse
        }
        guard bytes.count >= 4 else { return .incomplete }
        guard zoneDataLengths.contains(bytes[3]) else { return .somethingElse }
        let length = zoneFrameWithoutData + Int(bytes[3])
        guard bytes.count >= length else { return .incomplete }
        let crc = CRC16.checksum(bytes.extracting(2..<length - 2), initial: 0)
        guard bytes[length - 2] == UInt8(crc >> 8), bytes[length - 1] == UInt8(truncatingIfNeeded: crc) else {
            return .somethingElse
        }
        return .reply(ScannerReply(make: .zone, result: result), length: length)
    }

    private static func newland(_ bytes: Span<UInt8>) -> Judgement {
        for index in 2..<min(bytes.count, newlandPrefixLength) where bytes[index] != 0x30 { return .somethingElse }
        for index in newlandPrefixLength..<max(bytes.count, newlandPrefixLength) {
            switch bytes[index] {
            case 0x20...0x7E, 0x05, 0x06, 0x15: continue
            case 0x03:
                guard index >= newlandPrefixLength + 2, bytes[index - 1] == 0x3B,
                    let result = ScannerReply.Result(status: bytes[index - 2])
                else { return .somethingElse }
                return .reply(ScannerReply(make: .newland, result: result), length: index + 1)
            default: return .somethingElse
            }
        }
        return bytes.count < longest ? .incomplete : .somethingElse
    }

    private static func honeywell(_ bytes: Span<UInt8>, _ echo: [UInt8]) -> Judgement {
        let status = echo.count - 1
        for index in 0..<min(bytes.count, status) where upperCase(bytes[index]) != echo[index] { return .somethingElse }
        guard bytes.count > status else { return .incomplete }
        guard let result = ScannerReply.Result(status: bytes[status]) else { return .somethingElse }
        guard bytes.count > status + 1 else { return .incomplete }
        guard bytes[status + 1] == echo[status] else { return .somethingElse }
        return .reply(ScannerReply(make: .honeywell, result: result), length: status + 2)
    }
}
