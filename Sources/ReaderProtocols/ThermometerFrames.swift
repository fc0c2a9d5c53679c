import GateModel

/// What a thermometer measured, in hundredths of a degree Celsius.
///
/// Belongs to whoever stands there now, and is never kept beside an identity.
public struct TemperatureReading: Hashable, Sendable {
    /// Surface temperature of what the sensor looks at.
    public let object: Int
    /// Temperature of the sensor itself.
    public let ambient: Int

    public init(object: Int, ambient: Int) {
        self.object = object
        self.ambient = ambient
    }
}

/// What a thermometer's line did so far. Every byte fed is either noise, part of a good frame, or still held.
public struct ThermometerCounters: Hashable, Sendable {
    public var readings: UInt64 = 0
    /// Good frames without both temperatures, such as settings that were asked for.
    public var otherFrames: UInt64 = 0
    /// Bytes that belong to no good frame, those of broken frames included.
    public var noiseBytes: UInt64 = 0
    public var badChecksums: UInt64 = 0
    /// Counts of data bytes that no frame has.
    public var absurdLengths: UInt64 = 0
}

/// Finds frames of the form that serial thermometers share: two bytes to synchronise on, a kind, the count of data
/// bytes, the data, and the low byte of the sum of all before.
///
/// When a frame turns out to be broken, the search goes on behind its first byte. Holds at most ``capacity`` bytes.
struct ThermometerFrames: Sendable {
    /// Header, 16 bytes of data, sum.
    static let capacity = headerLength + 16 + 1
    private static let headerLength = 4

    let sync: (UInt8, UInt8)
    let kinds: ClosedRange<UInt8>
    /// 16 at most.
    let counts: ClosedRange<Int>
    var counters = ThermometerCounters()
    private var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0

    init(sync: (UInt8, UInt8), kinds: ClosedRange<UInt8>, counts: ClosedRange<Int>) {
        self.sync = sync
        self.kinds = kinds
        self.counts = counts.clamped(to: 0...Self.capacity - Self.headerLength - 1)
    }

    /// Hands over the temperatures of each frame that `bytes` complete.
    ///
    /// - Parameter offset: where the object temperature stands in the data of a frame of this kind; it is followed by
    ///   the ambient one, both big-endian and signed.
    mutating func feed(_ bytes: Span<UInt8>, offset: (UInt8) -> Int, reading: (TemperatureReading) -> Void) {
        for index in 0..<bytes.count {
            // `settle` leaves less than one whole frame, so there is always room.
            buffer[held] = bytes[index]
            held += 1
            settle(offset, reading)
        }
    }

    mutating func reset() {
        counters.noiseBytes &+= UInt64(held)
        drop(held)
    }

    private mutating func settle(_ offset: (UInt8) -> Int, _ reading: (TemperatureReading) -> Void) {
        while held > 0 {
            guard hasGoodHeader() else {
                counters.noiseBytes &+= 1
                drop(1)
                continue
            }
            guard held >= Self.headerLength else { return }
            let count = Int(buffer[3])
            let end = Self.headerLength + count
            guard held > end else { return }
            guard buffer[..<end].reduce(0, &+) == buffer[end] else {
                counters.badChecksums &+= 1
                counters.noiseBytes &+= 1
                drop(1)
                continue
            }
            let place = offset(buffer[2])
            if place >= 0, place + 4 <= count {
                counters.readings &+= 1
                let object = word(at: Self.headerLength + place)
                reading(TemperatureReading(object: object, ambient: word(at: Self.headerLength + place + 2)))
            } else {
                counters.otherFrames &+= 1
            }
            drop(end + 1)
        }
    }

    /// Whether what is held may be the beginning of a frame. Counts a count that may not be.
    private mutating func hasGoodHeader() -> Bool {
        guard buffer[0] == sync.0, held < 2 || buffer[1] == sync.1, held < 3 || kinds.contains(buffer[2]) else {
            return false
        }
        guard held < Self.headerLength || counts.contains(Int(buffer[3])) else {
            counters.absurdLengths &+= 1
            return false
        }
        return true
    }

    private func word(at index: Int) -> Int {
        Int(Int16(bitPattern: UInt16(buffer[index]) << 8 | UInt16(buffer[index + 1])))
    }

    private mutating func drop(_ count: Int) { held = buffer.keep(from: count, of: held) }
}
