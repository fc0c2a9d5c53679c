/// The three sections of a ``TokenSet``, as words.
struct EncodedTokenSet {
    let shape: TokenSetShape
    var low: [UInt64]
    var high: [UInt64]
    var ranks: [UInt64]

    /// - Parameter tokens: ascending, without duplicates.
    init(ascending tokens: [UInt64]) {
        shape = TokenSetShape(count: tokens.count)
        let lowWidth = UInt64(shape.lowWidth)
        let mask = (1 &<< lowWidth) &- 1
        var lowColumn = PackedColumnWriter(width: shape.lowWidth, count: tokens.count)
        high = [UInt64](repeating: 0, count: (shape.highBits + 63) / 64)
        var position = 0
        for token in tokens {
            lowColumn.append(token & mask)
            let bit = Int(token &>> lowWidth) &+ position
            high[bit &>> 6] |= 1 &<< UInt64(bit & 63)
            position &+= 1
        }
        low = lowColumn.finish()

        var rankColumn = PackedColumnWriter(width: BookFormat.rankWidth, count: shape.rankBlocks)
        let wordsPerBlock = BookFormat.rankBlockBits / 64
        var zeros = 0
        for (index, word) in high.enumerated() {
            if index % wordsPerBlock == 0 { rankColumn.append(UInt64(zeros)) }
            zeros &+= 64 &- word.nonzeroBitCount
        }
        ranks = rankColumn.finish()
    }
}

/// The positions of `keys`, in ascending order of the key.
///
/// Tokens are spread evenly over 64 bits, so a counting sort on the leading bits leaves runs of one or two.
/// Other keys are sorted correctly too, only slower.
func positionsAscending(_ keys: [UInt64]) -> [Int] {
    let shape = TokenSetShape(count: keys.count)
    let shift = UInt64(shape.lowWidth)
    var runEnds = [Int](repeating: 0, count: shape.buckets + 1)
    for key in keys { runEnds[Int(key &>> shift) &+ 1] &+= 1 }
    for bucket in 0..<shape.buckets { runEnds[bucket &+ 1] &+= runEnds[bucket] }
    // From here on the entry of a bucket is where its next key goes; in the end, that is the end of its run.
    var positions = [Int](repeating: 0, count: keys.count)
    for (position, key) in keys.enumerated() {
        let bucket = Int(key &>> shift)
        positions[runEnds[bucket]] = position
        runEnds[bucket] &+= 1
    }
    var runStart = 0
    for bucket in 0..<shape.buckets {
        let runEnd = runEnds[bucket]
        if runEnd - runStart > 1 {
            let run = positions[runStart..<runEnd].sorted { keys[$0] < keys[$1] }
            for (offset, position) in run.enumerated() { positions[runStart &+ offset] = position }
        }
        runStart = runEnd
    }
    return positions
}
