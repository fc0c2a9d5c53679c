/// What people write into a report.
public enum PlainText {
    /// Why a text cannot stand in a report, `nil` if it can.
    ///
    /// A number that long may be that of a document, and a report holds none (principle 9).
    public static func trouble(_ text: String, atMost bytes: Int) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > bytes { return "it is longer than \(bytes) bytes" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "it has control characters"
        }
        var digits = 0
        for character in text {
            digits = character.isNumber ? digits + 1 : 0
            if digits >= 9 { return "it has a number that may be that of a document" }
        }
        return nil
    }
}
