import GateModel

/// A decoder that takes the bytes of a line and may look at the clock.
protocol StreamDecoder {
    associatedtype Output: Equatable
    associatedtype Tally: Equatable

    /// What the decoder has counted.
    var tally: Tally { get }
    var nextDeadline: MonotonicTime? { get }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [Output]
    mutating func expire(at now: MonotonicTime) -> [Output]
}

extension StreamDecoder {
    var nextDeadline: MonotonicTime? { nil }
    mutating func expire(at now: MonotonicTime) -> [Output] { [] }

    /// Fires the timer whenever it is due up to `now`.
    mutating func catchUp(to now: MonotonicTime) -> [Output] {
        var outputs: [Output] = []
        while let due = nextDeadline, due <= now {
            outputs += expire(at: due)
            expect(nextDeadline.map { $0 > due } ?? true, "a timer that has fired is not due at once again")
        }
        return outputs
    }
}

extension FuzzInput {
    /// Feeds the payload at once, byte by byte, and in pieces with pauses.
    func deliver<Decoder: StreamDecoder>(to decoder: Decoder) {
        var whole = decoder
        let outputs = whole.take(payload, at: Self.start)
        var single = decoder
        var dripped: [Decoder.Output] = []
        for byte in payload { dripped += single.take([byte], at: Self.start) }
        expect(outputs == dripped, "the outputs do not depend on where the bytes are cut")
        expect(whole.tally == single.tally, "the counters do not depend on where the bytes are cut")
        expect(whole.nextDeadline == single.nextDeadline, "the deadline does not depend on where the bytes are cut")

        var paused = decoder
        var now = Self.start
        for piece in pieces {
            _ = paused.catchUp(to: piece.at)
            _ = paused.take(piece.bytes, at: piece.at)
            now = piece.at
        }
        _ = paused.catchUp(to: now.advanced(by: .seconds(60)))
        expect(paused.nextDeadline == nil, "nothing is held for a minute")
    }
}
