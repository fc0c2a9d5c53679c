/// A column of equally wide entries, packed without gaps from the least significant bit of each word up.
struct PackedColumn {
    let file: MappedFile
    let firstWord: Int
    /// Bits per entry, 0 to 64.
    let width: Int
    /// Added to every entry.
    let base: UInt64
    let count: Int

    private let mask: UInt64

    init(file: MappedFile, firstWord: Int, width: Int, base: UInt64, count: Int) {
        self.file = file
        self.firstWord = firstWord
        self.width = width
        self.base = base
        self.count = count
        mask = width == 64 ? .max : (1 << UInt64(width)) &- 1
    }

    /// 0 for an index outside the column.
    subscript(index: Int) -> UInt64 {
        guard index >= 0, index < count else { return 0 }
        guard width > 0 else { return base }
        let bit = index &* width
        let word = firstWord &+ bit >> 6
        let shift = bit & 63
        var value = file.word(word) &>> UInt64(shift)
        if shift &+ width > 64 { value |= file.word(word &+ 1) &<< UInt64(64 &- shift) }
        return base &+ (value & mask)
    }
}

/// Writes what ``PackedColumn`` reads.
struct PackedColumnWriter {
    let width: Int
    private(set) var words: [UInt64] = []
    private var pending: UInt64 = 0
    private var pendingBits = 0

    init(width: Int, count: Int) {
        self.width = width
        words.reserveCapacity(BookFormat.words(forEntries: count, width: width))
    }

    /// `entry` must fit into `width` bits.
    mutating func append(_ entry: UInt64) {
        pending |= entry &<< UInt64(pendingBits)
        let filled = pendingBits &+ width
        if filled < 64 {
            pendingBits = filled
            return
        }
        words.append(pending)
        let written = 64 &- pendingBits
        pending = written < width ? entry &>> UInt64(written) : 0
        pendingBits = filled &- 64
    }

    /// Ends the last word with zeros.
    consuming func finish() -> [UInt64] {
        if pendingBits > 0 { words.append(pending) }
        return words
    }
}
