public import GateModel

/// The last few readings of one thermometer, and the forehead temperature they add up to.
///
/// Advisory: these sensors measure a surface, and half a degree more or less with the distance. The value goes into the
/// decision and nowhere else; it is never stored with an identity.
public struct TemperatureWindow: Sendable {
    public struct Settings: Hashable, Sendable {
        /// All readings that count must lie within this time.
        public var window = Duration.milliseconds(500)
        /// Between the lowest and the highest of them, in hundredths of a degree.
        public var stability = 30
        /// What a forehead can have, in hundredths of a degree Celsius.
        public var plausible = 3000...4200
        /// Where the sensor can be trusted, in hundredths of a degree Celsius.
        public var ambient = 1000...4000
        /// An older reading is never used again.
        public var longestAge = Duration.seconds(1)

        public init() {}
    }

    public enum Answer: Hashable, Sendable {
        /// Nobody in front, the sensor silent, or too few readings so far.
        case noReading
        /// The person moves, or something hot or cold passes by.
        case tooUnstable
        /// In hundredths of a degree.
        case celsiusHundredths(Int)

        /// Whether the temperature is at or above `limit`, in hundredths of a degree; `nil` without a temperature.
        public func isAtOrAbove(_ limit: Int = TemperatureWindow.usualLimit) -> Bool? {
            if case .celsiusHundredths(let temperature) = self { temperature >= limit } else { nil }
        }
    }

    /// 37.3 °C.
    public static let usualLimit = 3730
    /// So many readings make one temperature: their median.
    public static let size = 5

    public let settings: Settings
    /// In the order of time, ``size`` at most.
    private var readings: [(object: Int, at: MonotonicTime)] = []

    public init(settings: Settings = Settings()) {
        self.settings = settings
        readings.reserveCapacity(Self.size)
    }

    /// Takes a reading. One that is not plausible means that no forehead is there any more: it ends what was before it,
    /// so that two people never make one temperature.
    public mutating func add(_ reading: TemperatureReading, at now: MonotonicTime) {
        guard settings.plausible.contains(reading.object), settings.ambient.contains(reading.ambient) else {
            return clear()
        }
        if let last = readings.last, now < last.at { clear() }
        if readings.count == Self.size { readings.removeFirst() }
        readings.append((reading.object, now))
    }

    /// Forgets all readings, as after a person has been decided upon, or the thermometer was lost.
    public mutating func clear() {
        readings.removeAll(keepingCapacity: true)
    }

    /// The temperature of whoever stands there at `time`.
    public func answer(at time: MonotonicTime) -> Answer {
        guard readings.count == Self.size, let first = readings.first, let last = readings.last,
            last.at.since(first.at) <= settings.window, time.since(last.at) <= settings.longestAge
        else { return .noReading }
        let sorted = readings.map(\.object).sorted()
        guard sorted[Self.size - 1] - sorted[0] <= settings.stability else { return .tooUnstable }
        return .celsiusHundredths(sorted[Self.size / 2])
    }
}
