/// The households of a book: a sorted set of tokens, each found by its place.
///
/// Every 64 tokens there is an anchor, the leading 32 bits of a token. Between two anchors a token is guessed by its
/// place, and stored as the difference to that guess. So a token costs two loads, and no search.
final class HouseholdTable: Sendable {
    let count: Int
    private let file: MappedFile
    private let firstAnchor: Int
    private let firstBit: Int
    private let width: Int
    private let base: UInt64
    private let mask: UInt64

    init(count: Int, anchors: BookHeader.Section, differences: BookHeader.Section, file: MappedFile) {
        self.count = count
        self.file = file
        firstAnchor = anchors.firstByte
        firstBit = differences.firstByte &* 8
        width = differences.width
        base = differences.base
        mask = BookFormat.mask(width)
    }

    /// The token at `position`; any token outside the set.
    @inline(__always)
    func token(at position: Int) -> UInt64 {
        let anchors = file.eightBytes(at: firstAnchor &+ (position &>> 6) &* 4)
        let guess = HouseholdGuess(anchor: anchors & 0xFFFF_FFFF, next: anchors &>> 32)
        return guess[position & 63] &+ base &+ difference(at: position)
    }

    /// The place of `token` in the set; `nil` if it is not there.
    func position(of token: UInt64) -> Int? {
        let position = insertion(of: token)
        return position < count && self.token(at: position) == token ? position : nil
    }

    /// How many tokens of the set are below `token`.
    func insertion(of token: UInt64) -> Int {
        var lower = 0
        var upper = count
        while lower < upper {
            let middle = lower &+ (upper &- lower) / 2
            if self.token(at: middle) < token { lower = middle &+ 1 } else { upper = middle }
        }
        return lower
    }

    @inline(__always)
    private func difference(at position: Int) -> UInt64 {
        let bit = firstBit &+ position &* width
        let low = file.bits(at: bit)
        // One load brings 57 bits; only a small set, or one that crowds, has wider differences.
        guard width > 57 else { return low & mask }
        return (low & 0xFFFF_FFFF | file.bits(at: bit &+ 32) &<< 32) & mask
    }
}

/// Where the 64 tokens from one anchor to the next would be if they were spread evenly.
struct HouseholdGuess {
    /// Both in units of 2³².
    var anchor: UInt64
    var next: UInt64

    /// - Parameter index: 0...63.
    @inline(__always)
    subscript(index: Int) -> UInt64 {
        anchor &<< 32 &+ ((next &- anchor) &* UInt64(truncatingIfNeeded: index)) &<< 26
    }
}
