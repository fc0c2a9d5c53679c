/// What readers send, with placeholder identities.
enum Vectors {
    /// An SDT reader's whole reply to READ: 1295 bytes, with the text of a resident's card and an empty photo.
    static let sdt: [UInt8] =
        bytes("AA AA AA 96 69 05 08 00 00 90 01 00 04 00")
        + bytes(
            """
            4B 6D D5 8B 32 75 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 31 00
            30 00 31 00 31 00 39 00 30 00 30 00 30 00 31 00 30 00 31 00 3A 79 8B 4F 01 77 3A 79 8B 4F 02 5E
            3A 79 8B 4F EF 8D 30 00 F7 53 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00
            20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 30 00 30 00 30 00
            30 00 30 00 30 00 31 00 39 00 30 00 30 00 30 00 31 00 30 00 31 00 30 00 30 00 31 00 37 00 3A 79
            8B 4F 02 5E 6C 51 89 5B 40 5C 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 32 00 30 00
            30 00 30 00 30 00 31 00 30 00 31 00 7F 95 1F 67 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00
            20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00
            """) + [UInt8](repeating: 0, count: 1024) + bytes("52")

    static let qrText = String(repeating: "PLACEHOLDER-QR-", count: 4)
    /// 64 bytes.
    static let qrLine = Array("]Q1\(qrText)\r".utf8)
    /// A zone-protocol scanner's answer to a trigger.
    static let scannerReply = bytes("02 00 00 01 00 33 31")
    /// The same code as an SSI packet: length, DECODE_DATA, from the scanner, status, type QR, text, checksum.
    static let ssi: [UInt8] = {
        let packet = [UInt8(5 + qrText.utf8.count), 0xF3, 0x00, 0x00, 0x1C] + Array(qrText.utf8)
        let checksum = 0 &- packet.reduce(into: 0 as UInt16) { $0 &+= UInt16($1) }
        return packet + [UInt8(checksum >> 8), UInt8(truncatingIfNeeded: checksum)]
    }()

    /// The same code as two reports of layout A.
    static let hidReports = [
        """
        02 38 5D 51 31 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 2D
        51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 73 00 01
        """,
        """
        02 04 5D 51 31 2D 51 52 2D 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 73 00 00
        """,
    ].map { bytes($0) }
    /// The report descriptor that layout A has in the makers' manuals.
    static let hidDescriptor = bytes(
        """
        05 8C 09 02 A1 01 09 12 A1 02 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02
        95 03 05 8C 09 FB 09 FC 09 FD 81 02 95 38 09 FE 82 02 01 95 01 06 66 FF 09 04 81 02 81 03
        05 8C 25 01 75 01 09 FF 81 02 75 07 81 03 C0 09 14 A1 02 85 04 75 01 95 02 09 5F 09 60 91 02
        75 06 95 01 91 03 C0 C0
        """)

    /// A number of region 000000 typed by a keyboard wedge, and Enter: 76 records of evdev, a millisecond apart.
    static let keystrokes: [UInt8] = {
        // The keys 1 to 9 and 0 have the codes 2 to 11, Enter 28.
        let keys = "000000190001010017".utf8.map { $0 == 0x30 ? 11 : $0 - 0x30 + 1 } + [28]
        let events = keys.flatMap { key in [(1, key, 1), (0, 0, 0), (1, key, 0), (0, 0, 0)] as [(UInt8, UInt8, UInt8)] }
        return events.enumerated().flatMap { index, event in
            let microseconds = UInt32(index * 1000)
            let time =
                [UInt8](repeating: 0, count: 8) + (0..<4).map { UInt8(truncatingIfNeeded: microseconds >> ($0 * 8)) }
            return time + [0, 0, 0, 0, event.0, 0, event.1, 0, event.2, 0, 0, 0]
        }
    }()

    static let osdpPoll = bytes("FF 53 00 08 00 05 60 DA 99")
    static let osdpACK = bytes("53 80 08 00 05 40 68 9F")
    /// RAW with the 26 bits of ``wiegand26``.
    static let osdpRaw = bytes("53 80 10 00 05 50 00 01 1A 00 BD D9 37 40 35 85")

    /// Facility 123, card 45678.
    static let wiegand26 = Array("10111101110110010011011101".utf8)
    /// STX, tag 01 23456789, checksum, ETX.
    static let rdm6300 = [0x02] + Array("012345678989".utf8) + [0x03]
    static let mcu90614 = bytes("5A 5A 45 04 0E 44 09 6A C2")
    static let gy614V = bytes("A4 03 07 07 61 0D 5C 09 6A 0E 47 47")

    private static func bytes(_ text: String) -> [UInt8] {
        text.split { $0 == " " || $0 == "\n" }.compactMap { UInt8($0, radix: 16) }
    }
}
