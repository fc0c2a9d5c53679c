/// A sorted set of 64-bit tokens in Elias–Fano form: the lower bits packed, the upper bits in unary.
///
/// The upper bits hold, for each bucket (each value of the upper bits, ascending), one 1 for each of its tokens and
/// then a 0. `ranks` counts the zeros before each block of ``BookFormat/rankBlockBits`` bits. Every search is a binary
/// search over ranks and then over one bucket, so the time is O(log n) whatever the bytes are.
struct TokenSet {
    let shape: TokenSetShape
    let low: PackedColumn
    let highFirstWord: Int
    let ranks: PackedColumn

    private var file: MappedFile { low.file }

    /// The position of `token` in the set, `nil` if it is not there.
    func position(of token: UInt64) -> Int? {
        guard shape.count > 0 else { return nil }
        let bucket = Int(truncatingIfNeeded: token &>> UInt64(shape.lowWidth))
        var lower = 0
        var block = 0
        if bucket > 0 {
            block = blockHolding(zero: bucket &- 1)
            lower = select(zero: bucket &- 1, in: block) &- bucket &+ 1
        }
        // The closing zero is nearly always in the block of the opening one.
        if block &+ 1 < shape.rankBlocks, ranks[block &+ 1] <= UInt64(bucket) { block = blockHolding(zero: bucket) }
        var upper = select(zero: bucket, in: block) &- bucket
        lower = max(0, lower)
        upper = min(shape.count, upper)

        let wanted = token & lowMask
        while lower < upper {
            let middle = lower &+ (upper &- lower) / 2
            let found = low[middle]
            if found == wanted { return middle }
            if found < wanted { lower = middle &+ 1 } else { upper = middle }
        }
        return nil
    }

    /// The token at `position`; 0 outside the set.
    func token(at position: Int) -> UInt64 {
        guard position >= 0, position < shape.count else { return 0 }
        let block = partition { ones(before: $0) <= position }
        let bit = select(one: position, in: block)
        return assemble(bucket: bit &- position, position: position)
    }

    /// Calls `body` with each position and token, ascending.
    func forEach(_ body: (Int, UInt64) throws -> Void) rethrows {
        var position = 0
        for word in 0..<(shape.highBits + 63) / 64 {
            var bits = file.word(highFirstWord &+ word)
            while bits != 0, position < shape.count {
                let bit = word &* 64 &+ bits.trailingZeroBitCount
                try body(position, assemble(bucket: bit &- position, position: position))
                position &+= 1
                bits &= bits &- 1
            }
        }
    }

    /// Whether the first and the last rank fit the upper bits. O(1); the digest of the file covers the rest.
    var isPlausible: Bool {
        guard shape.count > 0 else { return true }
        let last = shape.rankBlocks - 1
        var zeros = Int(truncatingIfNeeded: ranks[last])
        for bit in stride(from: last * BookFormat.rankBlockBits, to: shape.highBits, by: 64) {
            let used = min(64, shape.highBits - bit)
            zeros += used - file.word(highFirstWord + bit / 64).nonzeroBitCount
        }
        return ranks[0] == 0 && zeros == shape.buckets
    }

    private var lowMask: UInt64 { (1 &<< UInt64(shape.lowWidth)) &- 1 }

    private func assemble(bucket: Int, position: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: bucket) &<< UInt64(shape.lowWidth) | low[position]
    }

    private func ones(before block: Int) -> Int {
        block &* BookFormat.rankBlockBits &- Int(truncatingIfNeeded: ranks[block])
    }

    private func blockHolding(zero: Int) -> Int {
        partition { ranks[$0] <= UInt64(zero) }
    }

    /// The last block for which `belongs` holds; 0 if there is none.
    private func partition(_ belongs: (Int) -> Bool) -> Int {
        var lower = 0
        var upper = shape.rankBlocks
        while upper &- lower > 1 {
            let middle = lower &+ (upper &- lower) / 2
            if belongs(middle) { lower = middle } else { upper = middle }
        }
        return lower
    }

    /// Where the zero number `zero` (from 0) stands; `highBits` if it is not in `block`.
    private func select(zero: Int, in block: Int) -> Int {
        select(zero &- Int(truncatingIfNeeded: ranks[block]), in: block, inverted: .max)
    }

    private func select(one: Int, in block: Int) -> Int {
        select(one &- ones(before: block), in: block, inverted: 0)
    }

    private func select(_ rank: Int, in block: Int, inverted: UInt64) -> Int {
        var remaining = rank
        guard remaining >= 0 else { return shape.highBits }
        let first = block &* (BookFormat.rankBlockBits / 64)
        for word in first..<first &+ BookFormat.rankBlockBits / 64 {
            let bits = file.word(highFirstWord &+ word) ^ inverted
            let count = bits.nonzeroBitCount
            if remaining < count { return min(word &* 64 &+ bits.position(ofSetBit: remaining), shape.highBits) }
            remaining &-= count
        }
        return shape.highBits
    }
}

extension UInt64 {
    /// Where the set bit number `rank` (from 0) stands. `rank` must be below `nonzeroBitCount`.
    func position(ofSetBit rank: Int) -> Int {
        var remaining = rank
        var position = 0
        var half = 32
        while half > 0 {
            let count = ((self &>> UInt64(position)) & ((1 &<< UInt64(half)) &- 1)).nonzeroBitCount
            if remaining >= count {
                remaining &-= count
                position &+= half
            }
            half /= 2
        }
        return position
    }
}
