/// The command and the time of a turnstile and which of its lines are wired, checked.
///
/// Polarity is not here: the configuration of a line inverts it. The machine sees active = somebody passes.
public struct TurnstileSettings: Hashable, Sendable {
    /// How the turnstile's board is told to let somebody pass.
    public enum Command: Hashable, Sendable {
        /// Active for this long: the board admits one person and ends its own waiting. Preferred, because a daemon that
        /// hangs leaves one passage open at most.
        case pulse(Duration)
        /// Active until the passage starts or its time is over. A daemon that hangs leaves the turnstile open, so this
        /// needs a relay with a timer of its own, or a process under watch.
        case level
    }

    public static let pulseRange: ClosedRange<Duration> = .milliseconds(100) ... .seconds(5)
    public static let passageTimeRange: ClosedRange<Duration> = .seconds(1) ... .seconds(60)
    public static let debounceRange: ClosedRange<Duration> = .zero...passageLevel
    /// What a turnstile's lines can tell.
    public static let possibleSensors: Set<LaneSensor> = [.passageIn, .passageOut, .ready, .tamper]

    /// A feedback contact that is active for less than this has seen nobody.
    public static let passageLevel: Duration = .milliseconds(50)
    /// An output rests this long between two pulses: what is shorter than the shortest pulse, a board need not see.
    public static let rest: Duration = pulseRange.lowerBound
    /// A feedback contact that is active for longer sees no passage: it is stuck, or the turnstile has no power.
    public static let longestPassage: Duration = .seconds(30)

    public let command: Command
    /// How long a command waits for its passage. To be longer than the board's own time by a second at least.
    public let passageTime: Duration
    /// Which lines are wired.
    public let sensors: Set<LaneSensor>
    /// How long a line must rest before a change is believed, and the exit button before it counts as let go.
    public let debounce: Duration

    /// - Throws: ``TurnstileSettingsError`` for a time outside its range or a line that no turnstile has.
    public init(
        command: Command = .pulse(.milliseconds(300)), passageTime: Duration = .seconds(7), sensors: Set<LaneSensor>,
        debounce: Duration = .milliseconds(20)
    ) throws(TurnstileSettingsError) {
        if case .pulse(let pulse) = command, !Self.pulseRange.contains(pulse) { throw .pulse(pulse) }
        guard Self.passageTimeRange.contains(passageTime) else { throw .passageTime(passageTime) }
        for sensor in LaneSensor.allCases where sensors.contains(sensor) {
            guard Self.possibleSensors.contains(sensor) else { throw .sensor(sensor) }
        }
        guard Self.debounceRange.contains(debounce) else { throw .debounce(debounce) }
        self.command = command
        self.passageTime = passageTime
        self.sensors = sensors
        self.debounce = debounce
    }
}

/// A time or a line of a turnstile that cannot be.
public enum TurnstileSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case pulse(Duration)
    case passageTime(Duration)
    case sensor(LaneSensor)
    case debounce(Duration)

    public var description: String {
        switch self {
        case .pulse(let time):
            "A pulse of \(time) is not possible. Give \(Self.words(TurnstileSettings.pulseRange))."
        case .passageTime(let time):
            "A passage time of \(time) is not possible. Give \(Self.words(TurnstileSettings.passageTimeRange))."
        case .sensor(let sensor):
            "A turnstile has no line \(sensor.rawValue). Give \(Self.sensorWords)."
        case .debounce(let time):
            "A debounce time of \(time) is not possible. Give \(Self.words(TurnstileSettings.debounceRange))."
        }
    }

    private static func words(_ range: ClosedRange<Duration>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    private static var sensorWords: String {
        LaneSensor.allCases.filter(TurnstileSettings.possibleSensors.contains).map(\.rawValue).joined(separator: ", ")
    }
}
