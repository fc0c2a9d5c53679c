/// How the receiver of a frame checks that it arrived whole.
public enum OSDPCheck: Hashable, Sendable {
    /// Two's complement of the 8-bit sum of all bytes before it, in one byte.
    case checksum
    /// CRC-16, polynomial 1021, initial value 1D0F, most significant bit first, in two bytes, the low one first.
    case crc

    /// Bytes at the end of the frame.
    public var length: Int { self == .crc ? 2 : 1 }
}

/// The security block (SCB) of a frame: its length, its type 11…18, and for types 11…14 one byte more.
public struct OSDPSecurityBlock: Hashable, Sendable {
    public let type: UInt8
    /// Types 11, 12, 13: 0 = SCBK-D, 1 = SCBK. Type 14: 1 = accepted, FF = refused. `nil` for types 15…18.
    public let value: UInt8?

    public init(type: UInt8, value: UInt8? = nil) {
        self.type = type
        self.value = value
    }

    /// Types 15…18 end with a MAC.
    public var hasMAC: Bool { (0x15...0x18).contains(type) }
    /// Types 17 and 18: what follows the code is encrypted.
    public var isEncrypted: Bool { type == 0x17 || type == 0x18 }
}

/// One whole frame with a right check value. What it says stands in the bytes that come with it.
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | SOM 53 |
/// | 1 | 1 | address 00…7E, 7F = whoever is there; bit 7 is set in replies |
/// | 2 | 2 | length from SOM to the last check byte, little-endian |
/// | 4 | 1 | control: bits 0–1 sequence, bit 2 CRC, bit 3 security block |
/// | 5 | k | security block, if any |
/// | | 1 | code of the command or reply |
/// | | n | data |
/// | | 4 | MAC, with security block types 15…18 |
/// | | 1, 2 | checksum or CRC |
///
/// A mark byte FF may stand before the frame; it belongs to nothing.
public struct OSDPFrame: Hashable, Sendable {
    /// 00…7F, without bit 7.
    public let address: UInt8
    public let isReply: Bool
    /// 0…3.
    public let sequence: UInt8
    public let check: OSDPCheck
    public let block: OSDPSecurityBlock?
    public let code: UInt8
    /// Where the data stands, counted from SOM; without MAC, still encrypted with block types 17 and 18.
    public let data: Range<Int>
    /// From SOM to the last check byte.
    public let length: Int

    /// Where the MAC stands, counted from SOM.
    public var mac: Range<Int>? {
        block?.hasMAC == true ? data.upperBound..<data.upperBound + Self.macLength : nil
    }

    static let som: UInt8 = 0x53
    static let mark: UInt8 = 0xFF
    /// SOM, address, length, control.
    static let headerLength = 5
    static let macLength = 4
    static let crcBit: UInt8 = 0x04
    static let blockBit: UInt8 = 0x08
    /// Header, code and checksum, to the longest packet of the standard.
    static let lengths = 7...1440

    /// - Parameter bytes: as many as the length field says, from SOM on.
    init(_ bytes: Span<UInt8>) throws(OSDPFrameError) {
        let control = bytes[4]
        let check: OSDPCheck = control & Self.crcBit != 0 ? .crc : .checksum
        guard check.isRight(for: bytes) else { throw .wrongCheck }
        var start = Self.headerLength
        let end = bytes.count - check.length
        var block: OSDPSecurityBlock?
        if control & Self.blockBit != 0 {
            let length = Int(bytes[start])
            guard length >= 2, start + length < end else { throw .malformed }
            block = OSDPSecurityBlock(type: bytes[start + 1], value: length > 2 ? bytes[start + 2] : nil)
            start += length
        }
        let dataEnd = end - (block?.hasMAC == true ? Self.macLength : 0)
        guard start < dataEnd else { throw .malformed }
        address = bytes[1] & 0x7F
        isReply = bytes[1] & 0x80 != 0
        sequence = control & 0x03
        self.check = check
        self.block = block
        code = bytes[start]
        data = start + 1..<dataEnd
        length = bytes.count
    }
}

/// Why bytes that begin like a frame are none.
enum OSDPFrameError: Error, Hashable {
    case wrongCheck
    /// The check value is right, but the parts do not fit into the length.
    case malformed
}

extension OSDPCheck {
    /// - Parameter bytes: a frame from SOM on; its last bytes hold the check value. Not empty.
    func isRight(for bytes: Span<UInt8>) -> Bool {
        let end = bytes.count - length
        switch self {
        case .checksum:
            return Self.checksum(of: bytes.extracting(0..<end)) == bytes[end]
        case .crc:
            return Self.crc(of: bytes.extracting(0..<end)) == UInt16(bytes[end]) | UInt16(bytes[end + 1]) << 8
        }
    }

    static func checksum(of bytes: Span<UInt8>) -> UInt8 {
        var sum: UInt8 = 0
        for index in 0..<bytes.count { sum &+= bytes[index] }
        return 0 &- sum
    }

    static func crc(of bytes: Span<UInt8>) -> UInt16 {
        var crc: UInt16 = 0x1D0F
        for index in 0..<bytes.count {
            // One byte at a time without a table: the polynomial 1021 has its ones at 12, 5 and 0.
            var mixed = UInt16(bytes[index]) ^ crc >> 8
            mixed ^= mixed >> 4
            crc = crc << 8 ^ mixed << 12 ^ mixed << 5 ^ mixed
        }
        return crc
    }
}
