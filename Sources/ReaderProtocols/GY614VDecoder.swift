/// What the gate tells a GY-614V thermometer at its factory address.
public enum GY614VCommand: Hashable, Sendable, CaseIterable {
    /// Emissivity, object, ambient and body estimate (registers 07 to 0D).
    case readAll
    /// Object, ambient and body estimate (registers 08 to 0D).
    case readTemperatures
    /// Readings on request only.
    case queryMode
    case rate9600
    case rate115200
    /// Ten readings a second; the module comes with one or so, too few for a ``TemperatureWindow``.
    case tenReadingsASecond
    /// Keeps the settings over a power cycle.
    case save

    /// The request as it goes on the wire: address `A4`, function (03 read, 06 write), register, count or value, low
    /// byte of the sum of all before.
    public var bytes: [UInt8] {
        let (function, register, value): (UInt8, UInt8, UInt8) =
            switch self {
            case .readAll: (0x03, 0x07, 0x07)
            case .readTemperatures: (0x03, 0x08, 0x06)
            case .queryMode: (0x06, 0x03, 0x01)
            case .rate9600: (0x06, 0x01, 0x02)
            case .rate115200: (0x06, 0x01, 0x06)
            case .tenReadingsASecond: (0x06, 0x02, 0x03)
            case .save: (0x06, 0x05, 0x55)
            }
        return [0xA4, function, register, value, 0xA4 &+ function &+ register &+ value]
    }
}

/// Reads the frames of the GY-614V thermometer at its factory address, asked for or not.
///
/// `A4 03`, first register, count of registers, one byte of each, low byte of the sum of all before. Registers 08 and
/// 09 are the object temperature (big-endian, signed, hundredths of a degree), 0A and 0B the ambient one. The body
/// estimate behind them is the maker's secret, and left alone. Frames without these four registers are counted and hand
/// over nothing.
///
/// Chunks may be cut anywhere and noise may stand between frames. Holds at most one frame: 21 bytes.
public struct GY614VDecoder: ThermometerDecoder {
    /// The last register is 0F.
    private var frames = ThermometerFrames(sync: (0xA4, 0x03), kinds: 0x00...0x0F, counts: 1...16)

    public init() {}

    public var counters: ThermometerCounters { frames.counters }

    public mutating func feed(_ bytes: Span<UInt8>, reading: (TemperatureReading) -> Void) {
        frames.feed(bytes, offset: { 0x08 - Int($0) }, reading: reading)
    }

    public mutating func reset() { frames.reset() }
}
