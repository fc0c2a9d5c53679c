/// What the gate tells a GY-MCU90614 or GY-MCU90615 thermometer.
public enum MCU90614Command: Hashable, Sendable, CaseIterable {
    /// Readings without being asked, 10 to 14 a second.
    case continuous
    case singleReading
    /// In force after the next power-up, as are the following.
    case rate9600
    case rate115200
    case startsContinuous
    case startsSilent

    /// The request as it goes on the wire: `A5`, command, low byte of their sum.
    public var bytes: [UInt8] {
        let command: UInt8 =
            switch self {
            case .continuous: 0x45
            case .singleReading: 0x15
            case .rate9600: 0xAE
            case .rate115200: 0xAF
            case .startsContinuous: 0x51
            case .startsSilent: 0x52
            }
        return [0xA5, command, 0xA5 &+ command]
    }
}

/// Reads the frames of GY-MCU90614 and GY-MCU90615 thermometers.
///
/// `5A 5A`, type `45`, count of data bytes (4 to 8), object (2 bytes, big-endian, signed, hundredths of a degree),
/// ambient (2, the same), what else the edition has, low byte of the sum of all before. Forehead editions add a value
/// whose formula is not published; it is left alone.
///
/// Chunks may be cut anywhere and noise may stand between frames. Holds at most one frame: 13 bytes.
public struct MCU90614Decoder: ThermometerDecoder {
    private var frames = ThermometerFrames(sync: (0x5A, 0x5A), kinds: 0x45...0x45, counts: 4...8)

    public init() {}

    public var counters: ThermometerCounters { frames.counters }

    public mutating func feed(_ bytes: Span<UInt8>, reading: (TemperatureReading) -> Void) {
        frames.feed(bytes, offset: { _ in 0 }, reading: reading)
    }

    public mutating func reset() { frames.reset() }
}
