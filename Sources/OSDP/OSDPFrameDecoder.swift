public import GateModel

/// Finds the replies of OSDP readers in the bytes of a line, or, for a simulated reader, the commands of the panel.
///
/// Chunks may be cut anywhere, and anything may stand before SOM: the mark byte, noise, or the panel's own command, which
/// adapters that keep their receiver on send back. When a frame turns out to be broken, the search goes on behind its SOM,
/// so a good frame that begins inside it is still found. A frame that stops half-way is given up after ``gap``.
///
/// Holds at most ``capacity`` bytes, allocated once. They are overwritten with zero as soon as their frame is handed over
/// or dropped (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct OSDPFrameDecoder: Sendable {
    /// The longest frame, and so the most that is ever held, in bytes.
    public static let capacity = OSDPFrame.lengths.upperBound

    /// What the line did so far.
    public struct Counters: Hashable, Sendable {
        /// Good frames of the wanted direction.
        public var frames: UInt64 = 0
        /// Good frames of the other direction: the panel's own commands, heard again.
        public var echoes: UInt64 = 0
        /// Bytes other than FF that belong to no good frame.
        public var noiseBytes: UInt64 = 0
        /// Wrong CRC or checksum.
        public var badChecks: UInt64 = 0
        /// A length field below 7 or above 1440.
        public var absurdLengths: UInt64 = 0
        /// A right check value around parts that do not fit into the frame.
        public var malformed: UInt64 = 0
        /// Frames that stopped half-way.
        public var truncated: UInt64 = 0
    }

    /// Which frames are handed over: bit 7 of the address tells replies from commands.
    public enum Direction: Hashable, Sendable {
        case replies, commands
    }

    public let direction: Direction
    /// How long the line may be silent inside a frame.
    public let gap: Duration
    public private(set) var counters = Counters()
    /// The bytes held stand at its beginning, all others are zero. After `next()` its frame stands first.
    private(set) var buffer = [UInt8](repeating: 0, count: capacity)
    private var held = 0
    private var lastByteAt: MonotonicTime?

    /// - Parameter gap: the standard asks for no more than 20 ms between bytes; USB adapters hold bytes back up to 16 ms.
    public init(_ direction: Direction = .replies, gap: Duration = .milliseconds(40)) {
        self.direction = direction
        self.gap = gap
    }

    /// When ``timerFired(at:frame:)`` is due; `nil` while no frame has begun.
    public var nextDeadline: MonotonicTime? { held == 0 ? nil : lastByteAt?.advanced(by: gap) }

    /// Takes the next bytes of the line and hands over each frame that they complete, with its bytes from SOM on.
    public mutating func feed(_ bytes: Span<UInt8>, at now: MonotonicTime, frame: (OSDPFrame, Span<UInt8>) -> Void) {
        timerFired(at: now, frame: frame)
        var taken = 0
        while taken < bytes.count {
            taken = append(bytes, from: taken, at: now)
            handOver(frame)
        }
    }

    /// Gives up a frame that stopped half-way. A good frame that began inside it is handed over.
    public mutating func timerFired(at now: MonotonicTime, frame: (OSDPFrame, Span<UInt8>) -> Void) {
        while giveUp(at: now) { handOver(frame) }
    }

    /// Drops what has begun, as after flushing the line.
    public mutating func reset() {
        skip(held)
    }

    private mutating func handOver(_ frame: (OSDPFrame, Span<UInt8>) -> Void) {
        while let found = next() {
            frame(found, buffer.span.extracting(0..<found.length))
            remove(found.length)
        }
    }

    // MARK: The same step by step, for the bus, which cannot lend itself to a closure

    /// Takes as many bytes as there is room for. `next()` has to be called until it finds nothing before the next call.
    ///
    /// - Returns: the index of the first byte that was not taken.
    mutating func append(_ bytes: Span<UInt8>, from start: Int, at now: MonotonicTime) -> Int {
        let count = min(bytes.count - start, buffer.count - held)
        for offset in 0..<count { buffer[held + offset] = bytes[start + offset] }
        held += count
        lastByteAt = now
        return start + count
    }

    /// Finds the next frame and moves it to the front of `buffer`. It has to be removed before the next call.
    mutating func next() -> OSDPFrame? {
        var start = 0
        // Whatever the loop leaves behind it is noise or an echo, counted already.
        defer { remove(start) }
        while true {
            while start < held, buffer[start] != OSDPFrame.som {
                if buffer[start] != OSDPFrame.mark { counters.noiseBytes &+= 1 }
                start += 1
            }
            guard held - start >= 4 else { return nil }
            let length = Int(buffer[start + 2]) | Int(buffer[start + 3]) << 8
            guard OSDPFrame.lengths.contains(length) else {
                counters.absurdLengths &+= 1
                counters.noiseBytes &+= 1
                start += 1
                continue
            }
            guard held - start >= length else { return nil }
            do throws(OSDPFrameError) {
                let frame = try OSDPFrame(buffer.span.extracting(start..<start + length))
                guard frame.isReply == (direction == .replies) else {
                    counters.echoes &+= 1
                    start += length
                    continue
                }
                counters.frames &+= 1
                return frame
            } catch {
                switch error {
                case .wrongCheck: counters.badChecks &+= 1
                case .malformed: counters.malformed &+= 1
                }
                counters.noiseBytes &+= 1
                start += 1
            }
        }
    }

    /// Drops the SOM of a frame that stopped half-way; `next()` then looks at what is behind it.
    ///
    /// - Returns: whether there was one.
    mutating func giveUp(at now: MonotonicTime) -> Bool {
        guard let nextDeadline, now >= nextDeadline else { return false }
        counters.truncated &+= 1
        skip(1)
        return true
    }

    /// Moves what is behind the first `count` bytes to the front and wipes all others.
    mutating func remove(_ count: Int) {
        held = buffer.keep(from: count, of: held)
    }

    private mutating func skip(_ count: Int) {
        counters.noiseBytes &+= UInt64(count)
        remove(count)
    }
}

extension OSDPFrameDecoder {
    /// As ``feed(_:at:frame:)``, for an array; gives back the frames.
    public mutating func feed(_ bytes: [UInt8], at now: MonotonicTime) -> [OSDPFrame] {
        var frames: [OSDPFrame] = []
        feed(bytes.span, at: now) { frame, _ in frames.append(frame) }
        return frames
    }
}
