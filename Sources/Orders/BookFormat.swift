/// The numbers of the order-book file, format version 1. The layout is described in `docs/order-book-format.md`.
enum BookFormat {
    /// `GHORDERS`, read as a little-endian word.
    static let magic: UInt64 = 0x5352_4544_524F_4847
    static let version: UInt32 = 1

    /// Fixed words before the section table.
    static let fixedWords = 9
    static let wordsPerTableEntry = 4
    static let headerWords = fixedWords + Section.allCases.count * wordsPerTableEntry

    /// Keeps every bit position within 32 bits.
    static let mostOrders = 1 << 30
    /// Year 36812; keeps time arithmetic far from overflow.
    static let latestCreated: Int64 = 1 << 40
    /// 30 days (principle 8), and the one day by which an order may be issued ahead.
    static let farthestEndMinutes: UInt64 = 31 * 1_440

    static let kindWidth = 3
    static let reasonWidth = 3
    static let widestEnds = bitWidth(of: farthestEndMinutes)
    static let widestReference = 40

    /// Bits per block of the unary upper bits; each block has one rank.
    static let rankBlockBits = 512
    static let rankWidth = 32

    /// What each entry of the section table describes, in the order of the file. The raw value is its number there.
    enum Section: UInt32, CaseIterable {
        case subjectLow = 1
        case subjectHigh, subjectRanks
        case kind, reason, ends, householdIndex
        case householdLow, householdHigh, householdRanks
        case reference
    }

    /// How many bits `value` needs; 0 for 0.
    static func bitWidth(of value: UInt64) -> Int { 64 - value.leadingZeroBitCount }

    /// How many words hold `count` entries of `width` bits.
    static func words(forEntries count: Int, width: Int) -> Int { (count * width + 63) / 64 }
}

/// How a set of `count` tokens is split into lower bits and unary upper bits.
struct TokenSetShape {
    var count: Int

    /// 64 − ⌈log₂ count⌉, at most 63. 0 for an empty set.
    var lowWidth: Int {
        guard count > 0 else { return 0 }
        return 64 - max(1, BookFormat.bitWidth(of: UInt64(count - 1)))
    }

    /// How many values the upper bits can have.
    var buckets: Int { count > 0 ? 1 << (64 - lowWidth) : 0 }

    /// One 1 for each token and one 0 closing each bucket.
    var highBits: Int { count + buckets }

    var rankBlocks: Int { (highBits + BookFormat.rankBlockBits - 1) / BookFormat.rankBlockBits }
}
