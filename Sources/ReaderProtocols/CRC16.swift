/// CRC-16 with polynomial 0x1021, most significant bit first, neither reflected nor inverted at the end.
enum CRC16 {
    /// - Parameter initial: 0000 in the zone protocol of scanners, 1D0F in OSDP.
    static func checksum(_ bytes: Span<UInt8>, initial: UInt16) -> UInt16 {
        var crc = initial
        for index in 0..<bytes.count {
            crc ^= UInt16(bytes[index]) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc
    }
}
