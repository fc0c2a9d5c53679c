/// The rule for names in configurations: letters, digits, `-`, `_` and `.`, not a dot first. They become part of URLs,
/// files and tables.
public enum ConfiguredName {
    /// In bytes.
    public static let longest = 40

    public static func isOne(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(allows) && !text.hasPrefix(".")
    }

    /// Whether a byte of UTF-8 may stand in a name.
    public static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
