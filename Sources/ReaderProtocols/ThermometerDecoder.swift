/// Takes the readings out of what a serial thermometer sends.
public protocol ThermometerDecoder: Sendable {
    var counters: ThermometerCounters { get }

    /// Takes the next bytes of the line and hands over each reading that they complete.
    mutating func feed(_ bytes: Span<UInt8>, reading: (TemperatureReading) -> Void)

    /// Drops a frame that has begun, as after opening the line anew. Its bytes count as noise.
    mutating func reset()
}

extension ThermometerDecoder {
    /// As ``feed(_:reading:)``, for an array; gives back the readings.
    public mutating func feed(_ bytes: [UInt8]) -> [TemperatureReading] {
        var readings: [TemperatureReading] = []
        feed(bytes.span) { readings.append($0) }
        return readings
    }
}
