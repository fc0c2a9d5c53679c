/// Serial commands of Honeywell, HHP and Youjie scanners.
public enum HoneywellCommand {
    /// SYN T CR. The scanner looks for a code for 30 s, unless it is set otherwise.
    public static let trigger: [UInt8] = [0x16, 0x54, 0x0D]
    /// SYN U CR
    public static let stop: [UInt8] = [0x16, 0x55, 0x0D]
    /// SYN BEL CR
    public static let beep: [UInt8] = [0x16, 0x07, 0x0D]
    /// ACK, for scanners that are set to wait for it after each scan.
    public static let acknowledge: [UInt8] = [0x06]

    /// SYN M CR, before a setting.
    static let menuPrefix: [UInt8] = [0x16, 0x4D, 0x0D]

    /// In bytes; the longest command of a manual is far shorter.
    private static let longestSetting = 200

    /// A menu command: SYN M CR, the setting, and `.` or `!`.
    ///
    /// The scanner echoes the setting, then 06 (done), 15 (bad value) or 05 (unknown) and the last character again;
    /// ``ScannerReplyFilter`` takes the answer out of the scans.
    ///
    /// - Parameters:
    ///   - setting: tag, subtag and data as in the scanner's manual. `?` for data asks for the value and changes nothing.
    ///   - lasting: whether the scanner still has it after a power cycle. Its flash memory wears out.
    /// - Returns: `nil` unless `setting` is 1 to 200 printable ASCII characters and one command only (no `.` `!` `,` `;`).
    public static func menu(_ setting: String, lasting: Bool) -> [UInt8]? {
        guard let body = ScannerSetting.bytes(setting, except: ".!,;", longest: longestSetting) else { return nil }
        return menuPrefix + body + [lasting ? 0x2E : 0x21]
    }
}

/// Settings are typed by a technician, who must not be able to send more than the one meant.
enum ScannerSetting {
    /// - Returns: `nil` unless `text` is 1 to `longest` printable ASCII characters without those of `except`.
    static func bytes(_ text: String, except forbidden: String, longest: Int) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard (1...longest).contains(bytes.count) else { return nil }
        let isClean = bytes.allSatisfy { (0x21...0x7E).contains($0) && !forbidden.utf8.contains($0) }
        return isClean ? bytes : nil
    }
}
