/// What the display of a reader is to show (TEXT): reader, mode, seconds, row, column, length, characters.
public struct OSDPText: Hashable, Sendable {
    public enum Mode: UInt8, Hashable, Sendable, CaseIterable {
        case permanent = 1
        case permanentWrapped = 2
        case temporary = 3
        case temporaryWrapped = 4
    }

    static let headerLength = 6

    /// Counted from 0.
    public var reader: UInt8
    public var mode: Mode
    /// How long a temporary text stays.
    public var seconds: UInt8
    /// Counted from 1.
    public var row: UInt8
    /// Counted from 1.
    public var column: UInt8
    /// Of its UTF-8 at most 255 bytes are sent: whole characters only. Few readers know more than ASCII.
    public var text: String

    public init(
        _ text: String, reader: UInt8 = 0, mode: Mode = .permanent, seconds: UInt8 = 0, row: UInt8 = 1,
        column: UInt8 = 1
    ) {
        self.text = text
        self.reader = reader
        self.mode = mode
        self.seconds = seconds
        self.row = row
        self.column = column
    }

    func append(to out: inout [UInt8]) {
        let characters = firstBytes
        out.append(reader)
        out.append(mode.rawValue)
        out.append(seconds)
        out.append(row)
        out.append(column)
        out.append(UInt8(characters.count))
        out.append(contentsOf: characters)
    }

    /// The UTF-8 of the text, cut before the character that its length byte has no room for.
    private var firstBytes: Substring.UTF8View {
        var end = text.utf8.index(text.startIndex, offsetBy: 255, limitedBy: text.endIndex) ?? text.endIndex
        // Rounds down to where a character begins.
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end].utf8
    }

    init?(_ data: Span<UInt8>) {
        guard data.count >= Self.headerLength, data.count == Self.headerLength + Int(data[5]),
            let mode = Mode(rawValue: data[1])
        else { return nil }
        let text = String(decoding: data.bytes(from: Self.headerLength), as: UTF8.self)
        self.init(text, reader: data[0], mode: mode, seconds: data[2], row: data[3], column: data[4])
    }
}
