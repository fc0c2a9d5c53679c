/// What a serial RFID reader sent.
public enum RFIDOutput: Hashable, Sendable {
    case card(CardRead)
    /// A tag was there, and its number arrived damaged.
    case unreadable
}

/// Reads the frames of the RDM6300, a reader for 125 kHz tags (EM4100), 9600 baud.
///
/// STX `02`, 10 hexadecimal digits (5 bytes, the first highest), 2 hexadecimal digits (XOR of the 5 bytes), ETX `03`.
/// A tag that stays in the field is sent again and again.
///
/// Holds the digits of one frame as a number, and sets it to zero as soon as the frame is decoded or dropped
/// (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct RDM6300Decoder: Sendable {
    /// What the line did so far. Every byte fed is either noise, part of a frame, or still awaits the rest of its
    /// frame.
    public struct Counters: Hashable, Sendable {
        public var cards: UInt64 = 0
        public var badChecksums: UInt64 = 0
        /// Bytes that belong to no frame, those of frames cut off included.
        public var noiseBytes: UInt64 = 0
    }

    private static let start: UInt8 = 0x02
    private static let end: UInt8 = 0x03
    /// Of number and checksum together.
    private static let digitCount = 12
    /// In bytes, STX and ETX included.
    static let frameLength = digitCount + 2

    public private(set) var counters = Counters()
    /// How many digits of a frame have come; `nil` outside one.
    private var digits: Int?
    /// Those digits.
    private var number: UInt64 = 0

    public init() {}

    /// Takes the next bytes of the line and hands over each tag that they complete.
    public mutating func feed(_ bytes: Span<UInt8>, output: (RFIDOutput) -> Void) {
        for index in 0..<bytes.count { take(bytes[index], output) }
    }

    /// The same for an array; gives back the tags.
    public mutating func feed(_ bytes: [UInt8]) -> [RFIDOutput] {
        var outputs: [RFIDOutput] = []
        feed(bytes.span) { outputs.append($0) }
        return outputs
    }

    /// Drops a frame that has begun, as after opening the line anew. Its bytes count as noise.
    public mutating func reset() {
        // STX has come before the digits.
        if let digits { counters.noiseBytes &+= UInt64(digits) &+ 1 }
        forget()
    }

    private mutating func take(_ byte: UInt8, _ output: (RFIDOutput) -> Void) {
        // STX stands nowhere else in a frame, so there is never anything to be searched again.
        if byte == Self.start {
            reset()
            digits = 0
            return
        }
        if let digits, digits < Self.digitCount, let digit = Self.value(of: byte) {
            number = number << 4 | digit
            self.digits = digits + 1
        } else if digits == Self.digitCount, byte == Self.end {
            end(output)
        } else {
            reset()
            counters.noiseBytes &+= 1
        }
    }

    private mutating func end(_ output: (RFIDOutput) -> Void) {
        defer { forget() }
        // The checksum is the last byte of the number, so that all its bytes add up to zero.
        let check = (0..<6).reduce(0) { $0 ^ (number >> (8 * UInt64($1)) & 0xFF) }
        guard check == 0 else {
            counters.badChecksums &+= 1
            return output(.unreadable)
        }
        counters.cards &+= 1
        output(.card(CardRead(bits: 40, value: number >> 8)))
    }

    private mutating func forget() {
        digits = nil
        number = 0
    }

    private static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case 0x30...0x39: UInt64(digit - 0x30)
        case 0x41...0x46: UInt64(digit - 0x41 + 10)
        case 0x61...0x66: UInt64(digit - 0x61 + 10)
        default: nil
        }
    }
}
