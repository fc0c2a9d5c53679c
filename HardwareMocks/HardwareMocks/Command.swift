import GateModel

/// What can be done to simulated hardware, in the words of scenario files and of the terminal.
public enum Command: Hashable, Sendable {
    case present(SimulatedDocument, at: String, for: Duration)
    case presentUnreadable(at: String, for: Duration)
    case scan(String, at: String)
    /// 40 bits.
    case tag(UInt64, at: String)
    /// 24 bits.
    case badge(UInt32, at: String)
    /// In hundredths of a degree Celsius.
    case temperature(Int, at: String, for: Duration)
    case fault(SDTResponder.Fault?, at: String)
    case unplug(String)
    case plug(String)
    case press(lane: String, for: Duration)
    case walk(lane: String)
    /// Walks through and keeps the door open.
    case hold(lane: String, for: Duration)
    /// Opens a locked door.
    case force(lane: String)
    case fire(Bool)

    /// How each command is written.
    public static let forms = [
        "present NUMBER at READER [type resident|J|I|Y] [for SECONDS]",
        "unreadable card at READER [for SECONDS]",
        "scan TEXT at SCANNER",
        "tag HEX at RFID-MODULE",
        "badge HEX at OSDP-READER",
        "temperature DEGREES at THERMOMETER [for SECONDS]",
        "fault none|bad-checksum|read-failed|silent at READER",
        "unplug READER",
        "plug READER",
        "press LANE button [for SECONDS]",
        "walk LANE",
        "hold LANE for SECONDS",
        "force LANE",
        "fire on|off",
    ]

    /// How long a card lies on a reader unless said otherwise: long enough to be found and read.
    static let presentation = Duration.seconds(2)
    static let buttonPress = Duration.milliseconds(500)

    public init(_ text: String) throws(CommandError) {
        let words = text.split(separator: " ").map(String.init)
        guard let verb = words.first else { throw .notACommand(text) }
        var rest = Words(verb: verb, words: Array(words.dropFirst()))
        switch verb {
        case "present":
            let number = try rest.next()
            let reader = try rest.next(after: "at")
            let type = try rest.option("type").map { (word) throws(CommandError) in try DocumentType(word: word) }
            let duration = try rest.duration() ?? Self.presentation
            self = .present(.placeholder(number, type: type ?? .of(number)), at: reader, for: duration)
        case "unreadable":
            try rest.skip("card")
            let reader = try rest.next(after: "at")
            self = .presentUnreadable(at: reader, for: try rest.duration() ?? Self.presentation)
        case "scan":
            // The text may hold anything, spaces and the word "at" too, so it is taken from between the ends.
            let (code, scanner) = try Self.scan(text)
            self = .scan(code, at: scanner)
            return
        case "tag": self = .tag(try rest.hex(), at: try rest.next(after: "at"))
        case "badge": self = .badge(UInt32(truncatingIfNeeded: try rest.hex()), at: try rest.next(after: "at"))
        case "temperature":
            guard let degrees = Double(try rest.next()), (-40...125).contains(degrees) else {
                throw .wrongForm(verb: verb)
            }
            let thermometer = try rest.next(after: "at")
            self = .temperature(
                Int((degrees * 100).rounded()), at: thermometer, for: try rest.duration() ?? Self.presentation)
        case "fault":
            let word = try rest.next()
            guard let fault = word == "none" ? .some(nil) : SDTResponder.Fault(rawValue: word).map(Optional.some) else {
                throw .wrongForm(verb: verb)
            }
            self = .fault(fault, at: try rest.next(after: "at"))
        case "unplug": self = .unplug(try rest.next())
        case "plug": self = .plug(try rest.next())
        case "press":
            let lane = try rest.next()
            try rest.skip("button")
            self = .press(lane: lane, for: try rest.duration() ?? Self.buttonPress)
        case "walk": self = .walk(lane: try rest.next())
        case "hold":
            let lane = try rest.next()
            guard let duration = try rest.duration() else { throw .wrongForm(verb: verb) }
            self = .hold(lane: lane, for: duration)
        case "force": self = .force(lane: try rest.next())
        case "fire":
            switch try rest.next() {
            case "on": self = .fire(true)
            case "off": self = .fire(false)
            default: throw .wrongForm(verb: verb)
            }
        default: throw .notACommand(text)
        }
        try rest.end()
    }

    private static func scan(_ text: String) throws(CommandError) -> (code: String, scanner: String) {
        let body = text.drop { $0 == " " }.dropFirst("scan ".count)
        guard let space = body.lastIndex(of: " ") else { throw .wrongForm(verb: "scan") }
        let code = body[..<space]
        guard code.hasSuffix(" at"), code.count > 3, space < body.index(before: body.endIndex) else {
            throw .wrongForm(verb: "scan")
        }
        return (String(code.dropLast(3)), String(body[body.index(after: space)...]))
    }
}

/// Why a text is no command, or a command cannot be carried out.
public enum CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    case notACommand(String)
    case wrongForm(verb: String)
    case badDuration(String)
    /// What was looked for, its name, and the names there are.
    case unknown(what: String, name: String, known: [String])
    case notWired(String)
    case failed(String)

    public var description: String {
        switch self {
        case .notACommand(let text):
            "\"\(text)\" is no command; one begins with "
                + Command.forms.compactMap { $0.split(separator: " ").first.map(String.init) }.joined(separator: ", ")
        case .wrongForm(let verb):
            "write it as `\(Command.forms.first { $0.hasPrefix("\(verb) ") } ?? verb)`"
        case .badDuration(let text):
            "\"\(text)\" is no time; write seconds such as 2 or 0.5, at most a day"
        case .unknown(let what, let name, let known):
            "there is no \(what) \(name); there is \(known.isEmpty ? "none at all" : known.joined(separator: ", "))"
        case .notWired(let what):
            "\(what) is not wired in this scenario; give it a line number there"
        case .failed(let text):
            text
        }
    }
}
