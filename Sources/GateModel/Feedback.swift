/// What a reader with lights, a buzzer or a display tells the person before it. The same everywhere.
///
/// It tells what to do next and nothing about why (principle 11).
public enum FeedbackSignal: String, Hashable, Sendable, Codable, CaseIterable {
    /// Go through.
    case admit
    /// Wait for the attendant.
    case refer
    /// Present it again.
    case retry
    /// What was shown is in order and goes with something else: present that now.
    case next
    /// The reader cannot be used now.
    case fault

    /// What follows from a decision.
    public init(_ outcome: Outcome) {
        switch outcome {
        case .admit, .admitAndReport: self = .admit
        case .refer: self = .refer
        case .retry: self = .retry
        }
    }
}

/// How one signal looks, sounds and reads. No two signals differ by colour alone: rhythm, beeps and text differ too.
public struct FeedbackPattern: Hashable, Sendable {
    public enum Colour: String, Hashable, Sendable, CaseIterable {
        case red, green, amber, blue
    }

    public var colour: Colour
    /// How long the light is on and off in turns; `off` zero means a steady light.
    public var on: Duration
    public var off: Duration
    /// How long the whole signal is shown.
    public var lasts: Duration
    /// 0 for silence.
    public var beeps: Int
    public var beep: Duration
    /// At most 32 characters of printable ASCII.
    public var text: String

    public init(
        colour: Colour, on: Duration, off: Duration, lasts: Duration, beeps: Int, beep: Duration, text: String
    ) {
        self.colour = colour
        self.on = on
        self.off = off
        self.lasts = lasts
        self.beeps = beeps
        self.beep = beep
        self.text = text
    }
}

/// The pattern of each signal.
public struct FeedbackTable: Hashable, Sendable {
    public var admit: FeedbackPattern
    public var refer: FeedbackPattern
    public var retry: FeedbackPattern
    public var next: FeedbackPattern
    public var fault: FeedbackPattern

    public static let standard = FeedbackTable(
        admit: FeedbackPattern(
            colour: .green, on: .seconds(2), off: .zero, lasts: .seconds(2), beeps: 1, beep: .milliseconds(200),
            text: "Please go through"),
        refer: FeedbackPattern(
            colour: .amber, on: .milliseconds(500), off: .milliseconds(500), lasts: .seconds(5), beeps: 2,
            beep: .milliseconds(300), text: "Please wait for the attendant"),
        retry: FeedbackPattern(
            colour: .amber, on: .milliseconds(100), off: .milliseconds(100), lasts: .seconds(2), beeps: 3,
            beep: .milliseconds(100), text: "Please try again"),
        next: FeedbackPattern(
            colour: .blue, on: .milliseconds(300), off: .milliseconds(300), lasts: .seconds(3), beeps: 1,
            beep: .milliseconds(100), text: "Now show your document"),
        fault: FeedbackPattern(
            colour: .red, on: .seconds(2), off: .milliseconds(200), lasts: .seconds(4), beeps: 1, beep: .seconds(1),
            text: "Please use another reader"))

    public init(
        admit: FeedbackPattern, refer: FeedbackPattern, retry: FeedbackPattern, next: FeedbackPattern,
        fault: FeedbackPattern
    ) {
        self.admit = admit
        self.refer = refer
        self.retry = retry
        self.next = next
        self.fault = fault
    }

    public subscript(signal: FeedbackSignal) -> FeedbackPattern {
        switch signal {
        case .admit: admit
        case .refer: refer
        case .retry: retry
        case .next: next
        case .fault: fault
        }
    }
}
