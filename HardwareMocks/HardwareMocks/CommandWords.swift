import GateModel

/// The words of a command, taken from the front.
struct Words {
    let verb: String
    var words: [String]

    mutating func next() throws(CommandError) -> String {
        guard !words.isEmpty else { throw .wrongForm(verb: verb) }
        return words.removeFirst()
    }

    mutating func skip(_ word: String) throws(CommandError) {
        guard try next() == word else { throw .wrongForm(verb: verb) }
    }

    mutating func next(after word: String) throws(CommandError) -> String {
        try skip(word)
        return try next()
    }

    /// The word after `keyword`, if that comes next.
    mutating func option(_ keyword: String) throws(CommandError) -> String? {
        guard words.first == keyword else { return nil }
        return try next(after: keyword)
    }

    mutating func duration() throws(CommandError) -> Duration? {
        guard let word = try option("for") else { return nil }
        return try Duration(seconds: word)
    }

    mutating func hex() throws(CommandError) -> UInt64 {
        guard let number = UInt64(try next(), radix: 16) else { throw .wrongForm(verb: verb) }
        return number
    }

    func end() throws(CommandError) {
        guard words.isEmpty else { throw .wrongForm(verb: verb) }
    }
}

extension Duration {
    /// Seconds such as `2`, `0.5` or `2s`, at most a day.
    init(seconds text: String) throws(CommandError) {
        let number = text.hasSuffix("s") ? text.dropLast() : text[...]
        guard let seconds = Double(number), seconds >= 0, seconds <= 86_400 else { throw .badDuration(text) }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }
}

extension DocumentType {
    /// The letter at byte 248 of the card's text, or `resident`.
    init(word: String) throws(CommandError) {
        switch word {
        case "resident": self = .resident
        case "J": self = .hongKongMacaoTaiwan
        case "I": self = .foreign2017
        case "Y": self = .foreign2023
        default: throw .wrongForm(verb: "present")
        }
    }

    /// The type of card that bears such a number.
    static func of(_ number: String) -> DocumentType {
        if number.count == 15 { return .foreign2017 }
        if ["81", "82", "83"].contains(number.prefix(2)) { return .hongKongMacaoTaiwan }
        return number.hasPrefix("9") ? .foreign2023 : .resident
    }
}

extension SimulatedDocument {
    /// Valid from 2000-01-01 without an end.
    static func placeholder(_ number: String, type: DocumentType) -> SimulatedDocument {
        let start = CalendarDate(WallTime(secondsSince1970: 946_684_800))
        return SimulatedDocument(type: type, number: number, validity: DocumentValidity(from: start, until: nil))
    }
}
