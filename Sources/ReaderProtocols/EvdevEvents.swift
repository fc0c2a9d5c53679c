public import GateModel

/// One event of an input device: `struct input_event` of linux/input.h.
public struct EvdevEvent: Hashable, Sendable, CustomStringConvertible {
    /// By the clock that the device was told to use.
    public var time: MonotonicTime
    public var type: UInt16
    public var code: UInt16
    public var value: Int32

    public init(time: MonotonicTime, type: UInt16, code: UInt16, value: Int32) {
        self.time = time
        self.type = type
        self.code = code
        self.value = value
    }

    /// Leaves code and value out: together they are what was typed.
    public var description: String { "EvdevEvent(type \(type), key withheld)" }
}

/// Reads the events of an input device from the bytes of its file.
public enum EvdevEvents {
    /// Seconds (8 bytes), microseconds (8), type (2), code (2), value (4), each little-endian: the record of 64-bit x86
    /// and ARM.
    public static let recordLength = 24

    /// Hands over every whole record.
    ///
    /// - Returns: the bytes of a record cut off at the end. They are dropped: the kernel hands over whole records only,
    ///   so the next bytes begin with a record again.
    public static func parse(_ bytes: Span<UInt8>, event: (EvdevEvent) -> Void) -> Int {
        var next = 0
        while bytes.count - next >= recordLength {
            event(record(bytes.extracting(next..<next + recordLength)))
            next += recordLength
        }
        return bytes.count - next
    }

    private static func record(_ bytes: Span<UInt8>) -> EvdevEvent {
        func number(_ range: Range<Int>) -> UInt64 {
            var value: UInt64 = 0
            for index in range.reversed() { value = value << 8 | UInt64(bytes[index]) }
            return value
        }
        let time = MonotonicTime(nanoseconds: 0)
            .advanced(by: .seconds(Int64(bitPattern: number(0..<8))))
            .advanced(by: .microseconds(Int64(bitPattern: number(8..<16))))
        return EvdevEvent(
            time: time, type: UInt16(number(16..<18)), code: UInt16(number(18..<20)),
            value: Int32(bitPattern: UInt32(number(20..<24))))
    }
}
