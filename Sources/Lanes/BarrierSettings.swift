/// The times of a vehicle barrier and what is wired to it, checked.
///
/// Polarity is not here: the line configuration inverts levels, and a sensor that is active says that a vehicle is
/// present, that a limit is reached, that the board is ready or that somebody opens the housing.
public struct BarrierSettings: Hashable, Sendable {
    public static let pulseRange: ClosedRange<Duration> = .milliseconds(100) ... .seconds(5)
    /// Short, because someone who leaves may have to wait for it.
    public static let gapRange: ClosedRange<Duration> = .milliseconds(500) ... .seconds(2)
    public static let openingTimeRange: ClosedRange<Duration> = .seconds(3) ... .seconds(30)
    public static let entryTimeRange: ClosedRange<Duration> = .seconds(5) ... .seconds(120)
    /// A board that closes by itself may pause before it does.
    public static let closingTimeRange: ClosedRange<Duration> = .seconds(3) ... .seconds(120)
    public static let clearDelayRange: ClosedRange<Duration> = .seconds(1) ... .seconds(3)
    public static let presenceLimitRange: ClosedRange<Duration> = .seconds(60) ... .seconds(7200)
    public static let debounceRange: ClosedRange<Duration> = .zero ... .milliseconds(200)
    /// What can be wired to a barrier.
    public static let possibleSensors: Set<LaneSensor> = [
        .armingLoop, .safetyLoop, .openLimit, .closedLimit, .ready, .tamper,
    ]

    /// How long a command to open or to close is given.
    public let pulse: Duration
    /// How long both commands rest between two of them.
    public let gap: Duration
    /// How long the boom may take until it is open.
    public let openingTime: Duration
    /// How long the open boom waits for a vehicle.
    public let entryTime: Duration
    /// How long the boom may take until it is closed.
    public let closingTime: Duration
    /// How long the safety loop must have been clear before the boom may be closed.
    public let clearDelay: Duration
    /// After which time the loop detector may forget a vehicle that stands still; `nil` if it never does.
    public let presenceLimit: Duration?
    /// How long a line must rest before a change is believed, and the exit button before it counts as let go.
    public let debounce: Duration
    /// Whether an output for closing is wired; otherwise the barrier's board closes by itself.
    public let closes: Bool
    /// What is wired. ``LaneSensor/safetyLoop`` is a copy of all that the board closes on: where it has photocells, loop
    /// *or* photocells. ``LaneSensor/armingLoop`` only where a vehicle that drives in stands on both loops for a moment:
    /// one that leaves it before counts as having backed out.
    public let sensors: Set<LaneSensor>

    /// - Throws: ``BarrierSettingsError`` for a time outside its range and for a sensor that a barrier has not.
    public init(
        pulse: Duration = .milliseconds(500), gap: Duration = .milliseconds(500),
        openingTime: Duration = .seconds(10), entryTime: Duration = .seconds(20),
        closingTime: Duration = .seconds(10), clearDelay: Duration = .seconds(2),
        presenceLimit: Duration? = .seconds(240), debounce: Duration = .milliseconds(20),
        closes: Bool, sensors: Set<LaneSensor>
    ) throws(BarrierSettingsError) {
        guard Self.pulseRange.contains(pulse) else { throw .pulse(pulse) }
        guard Self.gapRange.contains(gap) else { throw .gap(gap) }
        guard Self.openingTimeRange.contains(openingTime) else { throw .openingTime(openingTime) }
        guard Self.entryTimeRange.contains(entryTime) else { throw .entryTime(entryTime) }
        guard Self.closingTimeRange.contains(closingTime) else { throw .closingTime(closingTime) }
        guard Self.clearDelayRange.contains(clearDelay) else { throw .clearDelay(clearDelay) }
        if let presenceLimit, !Self.presenceLimitRange.contains(presenceLimit) { throw .presenceLimit(presenceLimit) }
        guard Self.debounceRange.contains(debounce) else { throw .debounce(debounce) }
        // In the order of the cases, so that the same settings always give the same error.
        for sensor in LaneSensor.allCases where sensors.contains(sensor) {
            guard Self.possibleSensors.contains(sensor) else { throw .sensor(sensor) }
        }
        self.pulse = pulse
        self.gap = gap
        self.openingTime = openingTime
        self.entryTime = entryTime
        self.closingTime = closingTime
        self.clearDelay = clearDelay
        self.presenceLimit = presenceLimit
        self.debounce = debounce
        self.closes = closes
        self.sensors = sensors
    }
}

/// A setting of a barrier that cannot be.
public enum BarrierSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case pulse(Duration)
    case gap(Duration)
    case openingTime(Duration)
    case entryTime(Duration)
    case closingTime(Duration)
    case clearDelay(Duration)
    case presenceLimit(Duration)
    case debounce(Duration)
    case sensor(LaneSensor)

    public var description: String {
        switch self {
        case .pulse(let time):
            "A pulse of \(time) is not possible. Give \(Self.words(BarrierSettings.pulseRange))."
        case .gap(let time):
            "A gap of \(time) between two pulses is not possible. Give \(Self.words(BarrierSettings.gapRange))."
        case .openingTime(let time):
            "A boom cannot be late after \(time) of opening. Give \(Self.words(BarrierSettings.openingTimeRange))."
        case .entryTime(let time):
            "An entry time of \(time) is not possible. Give \(Self.words(BarrierSettings.entryTimeRange))."
        case .closingTime(let time):
            "A boom cannot be late after \(time) of closing. Give \(Self.words(BarrierSettings.closingTimeRange))."
        case .clearDelay(let time):
            "A boom cannot close \(time) after the loop is clear. Give \(Self.words(BarrierSettings.clearDelayRange))."
        case .presenceLimit(let time):
            "A loop detector that forgets after \(time) is not possible. "
                + "Give \(Self.words(BarrierSettings.presenceLimitRange)), or none if it never forgets."
        case .debounce(let time):
            "A debounce time of \(time) is not possible. Give \(Self.words(BarrierSettings.debounceRange))."
        case .sensor(let sensor):
            "A barrier has no sensor '\(sensor.rawValue)'. It may have \(Self.sensors)."
        }
    }

    private static func words(_ range: ClosedRange<Duration>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    private static var sensors: String {
        LaneSensor.allCases.filter(BarrierSettings.possibleSensors.contains).map(\.rawValue).joined(separator: ", ")
    }
}
