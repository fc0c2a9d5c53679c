import GateModel

/// The fields of a canonical text with a prefix, as typed: without spaces, in capitals.
struct CanonicalText {
    let parts: [ArraySlice<UInt8>]

    /// - Throws: `notADocument` if `text` has another prefix or is longer than any.
    init(_ text: String, prefix: String) throws(UnreadableReason) {
        guard text.utf8.count <= 64 else { throw .notADocument }
        let characters = Array(text.typedCharacters)
        guard characters.starts(with: prefix.utf8) else { throw .notADocument }
        parts = characters[prefix.utf8.count...].split(separator: 0x2F, omittingEmptySubsequences: false)
    }

    /// Whether `text` begins as typed text with `prefix` does.
    static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.typedCharacters.starts(with: prefix.utf8)
    }
}
