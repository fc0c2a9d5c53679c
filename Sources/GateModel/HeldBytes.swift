extension [UInt8] {
    /// Of the first `held` bytes, moves those from `start` on to the front and overwrites all behind them with zero: what
    /// a decoder has used of a person's data must not stay in memory (principle 6).
    ///
    /// - Returns: how many are still held.
    @inlinable
    package mutating func keep(from start: Int, of held: Int) -> Int {
        guard start > 0 else { return held }
        let kept = held - start
        for index in 0..<kept { self[index] = self[start + index] }
        for index in kept..<held { self[index] = 0 }
        return kept
    }
}
