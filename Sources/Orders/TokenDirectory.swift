/// How a sorted set of 64-bit tokens is split: the leading bits of a token are its group, the others its remainder.
struct TokenSetShape: Equatable {
    let count: Int
    /// ⌊log₂ count⌋ − 2, at least 0: so 4 to 8 tokens fall into a group where they are spread evenly.
    let groupBits: Int

    init(count: Int) {
        self.count = count
        groupBits = max(0, BookFormat.bitWidth(of: UInt64(count)) - 3)
    }

    var groups: Int { 1 &<< groupBits }
    var remainderWidth: Int { 64 &- groupBits }
    /// One for each group and one for the end; none for no tokens.
    var directoryEntries: Int { count > 0 ? groups + 1 : 0 }

    // Shifts by one beside the rest, since a shift by 64 would be one by 0.

    @inline(__always)
    func group(of token: UInt64) -> Int {
        Int(truncatingIfNeeded: (token &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- groupBits))
    }

    @inline(__always)
    func token(group: Int, remainder: UInt64) -> UInt64 {
        (UInt64(truncatingIfNeeded: group) &<< 1) &<< UInt64(truncatingIfNeeded: 63 &- groupBits) | remainder
    }

    /// How many tokens would come before `group` if they were spread evenly.
    @inline(__always)
    func expected(before group: Int) -> Int { (count &* group) &>> groupBits }
}

/// Says how many tokens of a set come before each group: stored as the difference to an even spread.
struct TokenDirectory {
    let file: MappedFile
    let shape: TokenSetShape
    private let firstBit: Int
    private let width: Int
    private let base: Int
    private let mask: UInt64

    /// - Parameter section: as many entries as the shape says, within the file.
    init(shape: TokenSetShape, section: BookHeader.Section, file: MappedFile) {
        self.file = file
        self.shape = shape
        firstBit = section.firstByte &* 8
        width = section.width
        base = Int(truncatingIfNeeded: section.base)
        mask = BookFormat.mask(section.width)
    }

    /// How many tokens come before `group`, 0 to the number of tokens.
    @inline(__always)
    func tokens(before group: Int) -> Int { max(0, min(stored(group), shape.count)) }

    /// How many tokens come before `group` and before the next one; anything whatever in a damaged file.
    @inline(__always)
    func uncheckedTokens(around group: Int) -> (first: Int, end: Int) {
        let bit = firstBit &+ group &* width
        let entries = file.bits(at: bit)
        // One load brings two entries; only a set that crowds has wider ones.
        let next = width <= 28 ? entries &>> UInt64(truncatingIfNeeded: width) : file.bits(at: bit &+ width)
        let spread = shape.count &* group
        return (
            spread &>> shape.groupBits &+ base &+ Int(truncatingIfNeeded: entries & mask),
            (spread &+ shape.count) &>> shape.groupBits &+ base &+ Int(truncatingIfNeeded: next & mask)
        )
    }

    /// Whether there is no token before the first group and every token before the end. O(1); the digest of the file
    /// covers the rest.
    var isPlausible: Bool { shape.count == 0 || stored(0) == 0 && stored(shape.groups) == shape.count }

    @inline(__always)
    private func stored(_ group: Int) -> Int {
        let difference = file.bits(at: firstBit &+ group &* width) & mask
        return shape.expected(before: group) &+ base &+ Int(truncatingIfNeeded: difference)
    }
}
