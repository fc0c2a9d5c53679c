/// Walks the rows of a CSV file (RFC 4180, without line breaks inside fields) without copying it.
struct CSVRows {
    /// A field's bytes, without the quotes around them.
    struct Field {
        var range: Range<Int>
        /// Whether two quotes inside stand for one.
        var hasDoubledQuotes = false
    }

    enum Row {
        /// ``CSVRows/fields`` are those of a well-formed line.
        case fields
        /// Quotes that do not pair up, or text beside a quoted field.
        case malformed
    }

    /// Fields beyond this are counted and not kept.
    static let mostFields = 32

    let bytes: [UInt8]
    /// The number of the line last read, from 1.
    private(set) var line = 0
    /// The first fields of the line last read.
    private(set) var fields: [Field] = []
    /// How many fields that line has.
    private(set) var fieldCount = 0

    private var position: Int
    private var lineStart = 0
    private var hasNonASCII = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
        // Spreadsheets like to begin with a byte order mark.
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Reads the next line that is not blank; `nil` at the end.
    mutating func next() -> Row? {
        while position < bytes.count {
            line += 1
            lineStart = position
            hasNonASCII = false
            fields.removeAll(keepingCapacity: true)
            fieldCount = 0
            while true {
                guard let end = readField() else {
                    skipLine()
                    return .malformed
                }
                position = end
                guard position < bytes.count else { break }
                position += 1
                if bytes[position - 1] == .newline { break }
            }
            if fieldCount > 1 || fields.first?.range.isEmpty == false { return .fields }
        }
        return nil
    }

    /// Whether the line last read is UTF-8.
    var isUTF8: Bool {
        !hasNonASCII || String(validating: bytes[lineStart..<position], as: UTF8.self) != nil
    }

    /// The text of a field of the line last read; empty if there is no such field.
    func text(_ index: Int) -> String {
        guard index < fields.count else { return "" }
        let field = fields[index]
        guard field.hasDoubledQuotes else { return String(decoding: bytes[field.range], as: UTF8.self) }
        var content: [UInt8] = []
        var skipsQuote = false
        for byte in bytes[field.range] {
            skipsQuote = byte == .quote && !skipsQuote
            if !skipsQuote { content.append(byte) }
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// Reads the field at `position` and gives where its comma or line end stands; `nil` if it is malformed.
    private mutating func readField() -> Int? {
        if position < bytes.count, bytes[position] == .quote { return readQuotedField() }
        var end = position
        while end < bytes.count {
            let byte = bytes[end]
            if byte == .comma || byte == .newline { break }
            if byte == .quote { return nil }
            if byte >= 0x80 { hasNonASCII = true }
            end += 1
        }
        let endsLine = end == bytes.count || bytes[end] == .newline
        let dropsReturn = endsLine && end > position && bytes[end - 1] == .carriageReturn
        keep(Field(range: position..<(dropsReturn ? end - 1 : end)))
        return end
    }

    private mutating func readQuotedField() -> Int? {
        var end = position + 1
        var hasDoubledQuotes = false
        while true {
            guard end < bytes.count, bytes[end] != .newline else { return nil }
            if bytes[end] >= 0x80 { hasNonASCII = true }
            if bytes[end] == .quote {
                guard end + 1 < bytes.count, bytes[end + 1] == .quote else { break }
                hasDoubledQuotes = true
                end += 1
            }
            end += 1
        }
        keep(Field(range: position + 1..<end, hasDoubledQuotes: hasDoubledQuotes))
        end += 1
        if end < bytes.count, bytes[end] == .carriageReturn { end += 1 }
        guard end < bytes.count else { return end }
        let endsHere = bytes[end] == .newline || bytes[end] == .comma && bytes[end - 1] == .quote
        return endsHere ? end : nil
    }

    private mutating func keep(_ field: Field) {
        fieldCount += 1
        if fields.count < Self.mostFields { fields.append(field) }
    }

    private mutating func skipLine() {
        while position < bytes.count {
            position += 1
            if bytes[position - 1] == .newline { return }
        }
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let comma = UInt8(ascii: ",")
    fileprivate static let quote = UInt8(ascii: "\"")
}
