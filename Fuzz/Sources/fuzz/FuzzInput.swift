import GateModel

/// What libFuzzer made: eight bytes that say how the rest is delivered, and the rest.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 1 | which settings a target uses |
/// | 1 | 3 | how long the pieces are, in turn: 1 to 63 bytes, 0 = all that is left |
/// | 4 | 4 | how long the pauses before the pieces are, in turn |
///
/// Eight zeros deliver the rest at once.
struct FuzzInput {
    struct Piece {
        let bytes: [UInt8]
        let at: MonotonicTime
    }

    /// When the first byte comes. Not 0, so that there is a time before it.
    static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static let headerLength = 8
    private static let pauses: [Duration] = [
        .zero, .microseconds(100), .milliseconds(1), .milliseconds(10), .milliseconds(30), .milliseconds(50),
        .milliseconds(80), .milliseconds(120), .milliseconds(200), .milliseconds(400), .seconds(1), .seconds(3),
        .seconds(10),
    ]

    private let header: [UInt8]
    let payload: [UInt8]

    init(_ bytes: [UInt8]) {
        let missing = max(0, Self.headerLength - bytes.count)
        header = bytes.prefix(Self.headerLength) + [UInt8](repeating: 0, count: missing)
        payload = Array(bytes.dropFirst(Self.headerLength))
    }

    var choice: UInt8 { header[0] }

    /// The same delivery of something else.
    func replacingPayload(_ new: [UInt8]) -> FuzzInput { FuzzInput(header + new) }

    /// The payload, cut up and timed as the header says.
    var pieces: [Piece] {
        var pieces: [Piece] = []
        var now = Self.start
        var next = 0
        while next < payload.count {
            let cut = Int(header[1 + pieces.count % 3] & 0x3F)
            let end = cut == 0 ? payload.count : min(payload.count, next + cut)
            now = now.advanced(by: Self.pause(header[4 + pieces.count % 4]))
            pieces.append(Piece(bytes: Array(payload[next..<end]), at: now))
            next = end
        }
        return pieces
    }

    /// The text that the payload is, with U+FFFD for what is no UTF-8.
    var text: String { String(decoding: payload, as: UTF8.self) }

    /// One of the pauses that matter to some decoder.
    static func pause(_ byte: UInt8) -> Duration { pauses[Int(byte) % pauses.count] }
}

/// Takes an input apart from the front; gives zeros behind its end.
struct ByteReader {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { next >= bytes.count }

    mutating func byte() -> UInt8 {
        guard next < bytes.count else { return 0 }
        next += 1
        return bytes[next - 1]
    }

    /// At most `count` bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, next + count)
        defer { next = end }
        return Array(bytes[next..<end])
    }

    /// A length in one byte, and so many bytes.
    mutating func counted() -> [UInt8] { bytes(Int(byte())) }

    mutating func rest() -> [UInt8] { bytes(bytes.count - next) }
}
