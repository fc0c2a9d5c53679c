/// `POST /v1/readers/{reader}/command`: what a technician tells a reader. Either `act` or `setting` is there.
public struct ReaderCommand: Sendable, Codable {
    public enum Act: String, Sendable, Codable, CaseIterable {
        /// Look for a code now. Works where the scanner is set to be triggered by its host.
        case trigger
        case stop
        case beep
        case enable
        case disable
    }

    public var act: Act?
    /// As the maker's manual writes it. For an OSDP reader `address=3`, `rate=9600` or both.
    public var setting: String?
    /// Whether a scanner still has the setting after a power cycle; not if absent.
    public var lasting: Bool?

    public init(act: Act) { self.act = act }

    public init(setting: String, lasting: Bool) {
        self.setting = setting
        self.lasting = lasting
    }
}

public struct ReaderCommandAnswer: Sendable, Codable {
    /// Whether the reader did it; `nil` if it said nothing.
    public var done: Bool?
    /// What the reader said, in words, or why it could not say anything.
    public var answer: String

    public init(done: Bool?, answer: String) {
        self.done = done
        self.answer = answer
    }
}
