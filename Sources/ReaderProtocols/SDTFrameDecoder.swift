import GateModel

/// The frame of both directions: preamble (5 bytes), length (2 bytes, big-endian, counts what follows it), body, XOR.
enum SDTFrame {
    static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
    /// Preamble and length.
    static let headerLength = 7
    /// SW1 SW2 SW3 and the check byte; the largest genuine reply has 2314.
    static let lengths = 4...4096
}

/// Finds the replies of an SDT reader in a stream of bytes.
///
/// Chunks may be cut anywhere and noise may stand between frames. When a frame turns out to be broken, the search goes on
/// behind its preamble, so a good frame that begins inside it is still found.
///
/// Holds at most ``capacity`` bytes. Every byte is overwritten with zero as soon as its frame is decoded or dropped
/// (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct SDTFrameDecoder: Sendable {
    /// The longest frame, 7 + 4096 bytes, and so the most that is ever held.
    public static let capacity = SDTFrame.headerLength + SDTFrame.lengths.upperBound

    /// What the line did so far. Every byte fed is either noise, part of a good frame, or still held.
    public struct Counters: Hashable, Sendable {
        public var frames: UInt64 = 0
        /// Bytes that belong to no good frame, those of broken frames included.
        public var noiseBytes: UInt64 = 0
        public var badChecksums: UInt64 = 0
        /// Length words below 4 or above 4096.
        public var absurdLengths: UInt64 = 0
    }

    public private(set) var counters = Counters()
    /// The bytes held stand at its beginning, all others are zero.
    private var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0

    public init() {}

    /// Takes the next bytes of the line and hands over each reply that they complete.
    public mutating func feed(_ bytes: Span<UInt8>, reply: (SDTReply) -> Void) {
        var next = 0
        while next < bytes.count {
            // `drain` leaves less than one whole frame, so there is always room for one byte or more.
            let count = min(bytes.count - next, buffer.count - held)
            for offset in 0..<count { buffer[held + offset] = bytes[next + offset] }
            held += count
            next += count
            drain(reply)
        }
    }

    /// The same for an array; gives back the replies.
    public mutating func feed(_ bytes: [UInt8]) -> [SDTReply] {
        var replies: [SDTReply] = []
        feed(bytes.span) { replies.append($0) }
        return replies
    }

    /// Drops a frame that has begun, as after flushing the line. Its bytes count as noise.
    public mutating func reset() {
        counters.noiseBytes &+= UInt64(held)
        held = buffer.keep(from: held, of: held)
    }

    private mutating func drain(_ reply: (SDTReply) -> Void) {
        var start = 0
        while true {
            let found = nextPreamble(from: start)
            counters.noiseBytes &+= UInt64(found - start)
            start = found
            guard held - start >= SDTFrame.headerLength else { break }
            let length = Int(buffer[start + 5]) << 8 | Int(buffer[start + 6])
            guard SDTFrame.lengths.contains(length) else {
                counters.absurdLengths &+= 1
                start = skipPreamble(at: start)
                continue
            }
            let end = start + SDTFrame.headerLength + length
            guard held >= end else { break }
            var check: UInt8 = 0
            for index in start + 5..<end { check ^= buffer[index] }
            // The check byte is part of the sum, so a whole frame adds up to zero.
            guard check == 0 else {
                counters.badChecksums &+= 1
                start = skipPreamble(at: start)
                continue
            }
            counters.frames &+= 1
            reply(SDTReply(body: buffer.span.extracting(start + SDTFrame.headerLength..<end - 1)))
            start = end
        }
        held = buffer.keep(from: start, of: held)
    }

    /// No preamble can begin inside another one, so a broken frame may be searched from the byte behind it.
    private mutating func skipPreamble(at start: Int) -> Int {
        counters.noiseBytes &+= UInt64(SDTFrame.preamble.count)
        return start + SDTFrame.preamble.count
    }

    /// Where the next preamble begins, or the first part of one that the held bytes end with; else `held`.
    private func nextPreamble(from start: Int) -> Int {
        var candidate = start
        while candidate < held {
            let known = min(SDTFrame.preamble.count, held - candidate)
            var matching = 0
            while matching < known, buffer[candidate + matching] == SDTFrame.preamble[matching] { matching += 1 }
            if matching == known { break }
            candidate += 1
        }
        return candidate
    }
}
