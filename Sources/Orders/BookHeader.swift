import GateModel

/// The checked header of an order-book file.
///
/// The encoding is canonical, so where each section lies follows from the counts and widths: anything else is damage.
struct BookHeader {
    let file: MappedFile
    let listVersion: UInt64
    let created: WallTime
    let keyEpoch: UInt32
    let keyCheck: UInt64
    let orderCount: Int
    let householdCount: Int

    private struct Entry {
        var width: Int
        var base: UInt64
        var firstWord: Int
        var words: Int
    }

    private var entries: [Entry] = []

    init(file: MappedFile) throws(OrderBookError) {
        self.file = file
        let actual = UInt64(file.byteCount)
        if file.byteCount < BookFormat.headerWords * 8 {
            guard file.byteCount >= 8, file.word(0) == BookFormat.magic else { throw .notAnOrderBook }
            throw .truncated(expected: UInt64(BookFormat.headerWords * 8), actual: actual)
        }
        guard file.word(0) == BookFormat.magic else { throw .notAnOrderBook }
        let version = UInt32(truncatingIfNeeded: file.word(1))
        guard version <= BookFormat.version else { throw .newerFormat(found: version) }
        guard version == BookFormat.version else { throw .damagedHeader(field: "format version") }
        guard file.word(1) >> 32 == BookFormat.Section.allCases.count else {
            throw .damagedHeader(field: "section count")
        }
        let expected = file.word(2)
        guard actual >= expected else { throw .truncated(expected: expected, actual: actual) }
        guard actual == expected else { throw .tooLong(expected: expected, actual: actual) }
        guard actual % 8 == 0 else { throw .damagedHeader(field: "file length") }

        listVersion = file.word(3)
        guard file.word(4) <= UInt64(BookFormat.latestCreated) else { throw .damagedHeader(field: "creation time") }
        created = WallTime(secondsSince1970: Int64(file.word(4)))
        guard file.word(5) <= UInt32.max else { throw .damagedHeader(field: "key epoch") }
        keyEpoch = UInt32(truncatingIfNeeded: file.word(5))
        keyCheck = file.word(6)
        guard file.word(7) <= UInt64(BookFormat.mostOrders) else { throw .damagedHeader(field: "order count") }
        orderCount = Int(file.word(7))
        // Every household has an order, and every order a household.
        guard file.word(8) <= file.word(7), (file.word(8) == 0) == (orderCount == 0) else {
            throw .damagedHeader(field: "household count")
        }
        householdCount = Int(file.word(8))
        try readSectionTable()
    }

    private mutating func readSectionTable() throws(OrderBookError) {
        var nextWord = BookFormat.headerWords
        let end = file.byteCount / 8
        for (index, section) in BookFormat.Section.allCases.enumerated() {
            let at = BookFormat.fixedWords + index * BookFormat.wordsPerTableEntry
            let width = file.word(at) >> 32
            guard UInt32(truncatingIfNeeded: file.word(at)) == section.rawValue, width <= 64 else {
                throw .damagedSection(section: section.rawValue)
            }
            let length = file.word(at + 3)
            guard file.word(at + 2) == UInt64(nextWord * 8), length % 8 == 0, length / 8 <= UInt64(end - nextWord)
            else {
                throw .sectionOutOfBounds(section: section.rawValue)
            }
            let words = Int(length / 8)
            entries.append(Entry(width: Int(width), base: file.word(at + 1), firstWord: nextWord, words: words))
            nextWord += words
        }
        guard nextWord == end else { throw .tooLong(expected: UInt64(nextWord * 8), actual: UInt64(file.byteCount)) }
    }

    /// The column in `section`, whose width must be one of `widths`.
    func column(
        _ section: BookFormat.Section, count: Int, widths: ClosedRange<Int>
    ) throws(OrderBookError) -> PackedColumn {
        let entry = entries[Int(section.rawValue) - 1]
        let mayHaveBase = section == .ends || section == .reference
        guard widths.contains(entry.width), entry.base == 0 || mayHaveBase,
            entry.words == BookFormat.words(forEntries: count, width: entry.width)
        else { throw .damagedSection(section: section.rawValue) }
        return PackedColumn(
            file: file, firstWord: entry.firstWord, width: entry.width, base: entry.base, count: count)
    }

    /// The set of `count` tokens in three sections.
    func tokenSet(
        count: Int, _ low: BookFormat.Section, _ high: BookFormat.Section, _ ranks: BookFormat.Section
    ) throws(OrderBookError) -> TokenSet {
        let shape = TokenSetShape(count: count)
        let highColumn = try column(high, count: shape.highBits, widths: 1...1)
        let rankWidth = BookFormat.rankWidth
        let set = TokenSet(
            shape: shape,
            low: try column(low, count: count, widths: shape.lowWidth...shape.lowWidth),
            highFirstWord: highColumn.firstWord,
            ranks: try column(ranks, count: shape.rankBlocks, widths: rankWidth...rankWidth)
        )
        guard set.isPlausible else { throw .damagedSection(section: ranks.rawValue) }
        return set
    }
}
