/// The numbers of the order-book file, format version 2. The layout is described in `docs/order-book-format.md`.
enum BookFormat {
    /// `GHORDERS`, read as a little-endian word.
    static let magic: UInt64 = 0x5352_4544_524F_4847
    static let version: UInt32 = 2

    /// Fixed words before the section table.
    static let fixedWords = 10
    static let wordsPerTableEntry = 4
    static let headerWords = fixedWords + Section.allCases.count * wordsPerTableEntry
    static let headerBytes = headerWords * 8

    /// Keeps every bit position far from overflow.
    static let mostOrders = 1 << 30
    /// Year 36812; keeps time arithmetic far from overflow.
    static let latestCreated: Int64 = 1 << 40
    /// 30 days (principle 8), and the one day by which an order may be issued ahead.
    static let farthestEndMinute: UInt64 = 31 * 1_440

    /// The leading bits of a subject's remainder, apart from the rest.
    static let headWidth = 8
    /// Kind and reason together: kind × 5 + reason.
    static let codeWidth = 5
    static let reasonsPerKind: UInt64 = 5
    static let codes: UInt64 = 25
    static let endWidth = 16
    static let householdsPerAnchor = 64
    static let anchorWidth = 32
    static let widestReference = 40
    /// An entry of a directory is off by at most the number of tokens.
    static let widestDirectory = 31

    /// What each entry of the section table describes, in the order of the file. The raw value is its number there.
    enum Section: UInt32, CaseIterable {
        case subjectDirectory = 1
        case heads, entries, ends, householdAnchors, households
    }

    /// How many bits `value` needs; 0 for 0.
    static func bitWidth(of value: UInt64) -> Int { 64 - value.leadingZeroBitCount }

    /// How many bits tell `count` things apart.
    static func indexWidth(_ count: Int) -> Int { bitWidth(of: UInt64(max(count, 1) - 1)) }

    /// The `width` lowest bits, 0 to 64.
    static func mask(_ width: Int) -> UInt64 { width >= 64 ? .max : (1 << UInt64(width)) &- 1 }

    /// One for each begun 64 households and one for the end; none for no households.
    static func anchors(forHouseholds count: Int) -> Int { count > 0 ? (count + 63) / householdsPerAnchor + 1 : 0 }

    /// How many bytes hold `count` entries of `width` bits, in whole words.
    static func bytes(forEntries count: Int, width: Int) -> Int { (count * width + 63) / 64 * 8 }
}
