/// Commands of the "zone" protocol: a scanner's settings are bytes at addresses ("zones").
///
/// `7E 00`, type, length, address (2 bytes, big-endian), data, CRC-16 of all but the prefix (initial 0000, big-endian).
/// The answer `02 00`, type, length, data, CRC stands on the wire in front of the scan; ``ScannerReplyFilter`` takes it out.
public enum ZoneCommand {
    /// Zone 0002 = 01: look for a code now.
    public static let trigger = frame(type: 0x08, [0x01, 0x00, 0x02, 0x01])
    /// Zone 0002 = 02: stop. Documented for Newland's engines.
    public static let stop = frame(type: 0x08, [0x01, 0x00, 0x02, 0x02])
    /// Keeps what was written for the time after a power cycle.
    public static let save = frame(type: 0x09, [0x01, 0x00, 0x00, 0x00])

    /// - Parameter count: bytes to read from `address` on; 0 means 256.
    public static func read(_ address: UInt16, count: UInt8) -> [UInt8] {
        frame(type: 0x07, [0x01, UInt8(address >> 8), UInt8(truncatingIfNeeded: address), count])
    }

    /// Writes `data` from `address` on. It is lost with the power, unless ``save`` follows.
    ///
    /// - Returns: `nil` unless `data` is 1 to 255 bytes.
    public static func write(_ address: UInt16, _ data: [UInt8]) -> [UInt8]? {
        guard (1...255).contains(data.count) else { return nil }
        return frame(
            type: 0x08, [UInt8(data.count), UInt8(address >> 8), UInt8(truncatingIfNeeded: address)] + data)
    }

    private static func frame(type: UInt8, _ rest: [UInt8]) -> [UInt8] {
        let checked = [type] + rest
        let crc = CRC16.checksum(checked.span, initial: 0)
        return [0x7E, 0x00] + checked + [UInt8(crc >> 8), UInt8(truncatingIfNeeded: crc)]
    }
}
