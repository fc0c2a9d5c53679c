/// Serial commands of Newland scanners. Some Newland engines speak ``ZoneCommand`` instead.
public enum NewlandCommand {
    /// SOH T EOT, as the scanners leave the factory.
    public static let trigger: [UInt8] = [0x01, 0x54, 0x04]
    /// SOH P EOT, as the scanners leave the factory.
    public static let stop: [UInt8] = [0x01, 0x50, 0x04]

    private static let longestSetting = 200

    /// A unified command: `7E 01 30 30 30 30`, `@` or `#`, the setting, `3B 03`.
    ///
    /// The scanner answers `02 01 30 30 30 30`, the same again, 06 (done), 15 (bad value) or 05 (unknown), `3B 03`;
    /// ``ScannerReplyFilter`` takes the answer out of the scans.
    ///
    /// - Parameters:
    ///   - setting: tag, subtag and data as in the scanner's manual. `*` for data asks for the values and changes nothing.
    ///   - lasting: whether the scanner still has it after a power cycle.
    /// - Returns: `nil` unless `setting` is 1 to 200 printable ASCII characters and one command only (no `;` `@` `#`).
    public static func unified(_ setting: String, lasting: Bool) -> [UInt8]? {
        guard let body = ScannerSetting.bytes(setting, except: ";@#", longest: longestSetting) else { return nil }
        return [0x7E, 0x01, 0x30, 0x30, 0x30, 0x30, lasting ? 0x40 : 0x23] + body + [0x3B, 0x03]
    }

    /// A command of the older engines (EM3000): `7E 00`, length (2 bytes, big-endian), data, and FF exclusive-or each
    /// byte from the length on.
    ///
    /// - Returns: `nil` unless `data` is 1 to 200 bytes.
    public static func older(_ data: [UInt8]) -> [UInt8]? {
        guard (1...longestSetting).contains(data.count) else { return nil }
        let checked = [0, UInt8(data.count)] + data
        return [0x7E, 0x00] + checked + [checked.reduce(0xFF, ^)]
    }
}
