/// What the buzzer of a reader is to do (BUZ): reader, tone, on-time, off-time, count.
public struct OSDPBuzzer: Hashable, Sendable {
    /// Tone codes.
    public static let silent: UInt8 = 1
    /// Tone codes.
    public static let defaultTone: UInt8 = 2

    static let length = 5

    /// Counted from 0.
    public var reader: UInt8
    public var tone: UInt8
    /// In units of 100 ms.
    public var onTime: UInt8
    /// In units of 100 ms.
    public var offTime: UInt8
    /// 0 = until told otherwise.
    public var count: UInt8

    public init(
        reader: UInt8 = 0, tone: UInt8 = OSDPBuzzer.defaultTone, onTime: UInt8, offTime: UInt8 = 0, count: UInt8 = 1
    ) {
        self.reader = reader
        self.tone = tone
        self.onTime = onTime
        self.offTime = offTime
        self.count = count
    }

    func append(to out: inout [UInt8]) {
        out.append(reader)
        out.append(tone)
        out.append(onTime)
        out.append(offTime)
        out.append(count)
    }

    init?(_ data: Span<UInt8>) {
        guard data.count == Self.length else { return nil }
        self.init(reader: data[0], tone: data[1], onTime: data[2], offTime: data[3], count: data[4])
    }
}
