/// Names of roles and targets as parts of URLs and of file names.
public enum URLQuoting {
    /// Everything but ASCII letters, digits, `_`, `.`, `-` and `~` as `%` and two upper-case hexadecimal digits: the result has
    /// no slash, and is the name under which other TUF clients keep a file too.
    public static func quoted(_ name: String) -> String { quoted(name, keeping: "_.-~") }

    /// A path for a URL: only what no URL may hold is quoted. Percent signs are taken to be quotes already.
    static func pathQuoted(_ path: String) -> String { quoted(path, keeping: "_.-~/%?#:@!$&'()*+,;=") }

    private static func quoted(_ name: String, keeping safe: StaticString) -> String {
        let safe = Array(safe.description.utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.append(byte)
            case _ where safe.contains(byte): result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
