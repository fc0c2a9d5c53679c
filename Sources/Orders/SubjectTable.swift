/// The subjects of a book and what is ordered on each: a sorted set of tokens.
///
/// The directory tells where the group of a token lies among all. The heads, the leading 8 bits of the remainders, have
/// a section of their own: comparing eight at a time tells of 39 of 40 strangers that they are not there. So whoever is
/// on no list, as nearly everybody, costs two looks into memory, into a tenth of the file. An entry begins with the
/// rest of the remainder.
final class SubjectTable: Sendable {
    let directory: TokenDirectory
    private let file: MappedFile
    private let firstHead: Int
    private let firstBit: Int
    private let entryWidth: Int
    private let restWidth: Int
    private let restMask: UInt64

    init(directory: TokenDirectory, heads: BookHeader.Section, entries: BookHeader.Section, file: MappedFile) {
        self.directory = directory
        self.file = file
        firstHead = heads.firstByte
        firstBit = entries.firstByte &* 8
        entryWidth = entries.width
        restWidth = directory.shape.remainderWidth &- BookFormat.headWidth
        restMask = BookFormat.mask(restWidth)
    }

    /// Where what is ordered on `token` begins, in bits from the beginning of the file; `nil` if there is nothing.
    @inline(__always)
    func attributes(of token: UInt64) -> Int? {
        let group = directory.shape.group(of: token)
        let (first, end) = directory.uncheckedTokens(around: group)
        let count = end &- first
        guard UInt(bitPattern: count) <= 16 else { return search(group, token) }
        // No branch before all heads are compared: the processor would guess it wrong.
        let pattern = (token &>> UInt64(truncatingIfNeeded: restWidth) & 0xFF) &* Self.lowestBits
        let low = Self.equalBytes(file.eightBytes(at: firstHead &+ first), pattern, count: count)
        let high = Self.equalBytes(file.eightBytes(at: firstHead &+ first &+ 8), pattern, count: count &- 8)
        // Bit 8·i stands for head i, bit 8·i + 1 for head 8 + i.
        var candidates = low &>> 7 | high &>> 6
        while candidates != 0 {
            let bit = candidates.trailingZeroBitCount
            let entry = firstBit &+ (first &+ bit &>> 3 &+ (bit & 1) &<< 3) &* entryWidth
            if (file.bits(at: entry) ^ token) & restMask == 0 { return entry &+ restWidth }
            candidates &= candidates &- 1
        }
        return nil
    }

    /// Goes through the tokens, ascending.
    struct Walk {
        private let table: SubjectTable
        private var group = -1
        private var position = 0
        private var end = 0

        init(_ table: SubjectTable) { self.table = table }

        /// The next token, and where what is ordered on it begins.
        @inline(__always)
        mutating func next() -> (token: UInt64, attributes: Int)? {
            let shape = table.directory.shape
            while position >= end {
                guard group &+ 2 < shape.directoryEntries else { return nil }
                group &+= 1
                end = table.directory.tokens(before: group &+ 1)
            }
            defer { position &+= 1 }
            return (
                shape.token(group: group, remainder: table.remainder(at: position)),
                table.firstBit &+ position &* table.entryWidth &+ table.restWidth
            )
        }
    }

    /// Where tokens crowd.
    @inline(never)
    private func search(_ group: Int, _ token: UInt64) -> Int? {
        let wanted = token & BookFormat.mask(directory.shape.remainderWidth)
        var lower = directory.tokens(before: group)
        var upper = directory.tokens(before: group &+ 1)
        while lower < upper {
            let middle = lower &+ (upper &- lower) / 2
            let found = remainder(at: middle)
            if found == wanted { return firstBit &+ middle &* entryWidth &+ restWidth }
            if found < wanted { lower = middle &+ 1 } else { upper = middle }
        }
        return nil
    }

    @inline(__always)
    fileprivate func remainder(at position: Int) -> UInt64 {
        let head = file.eightBytes(at: firstHead &+ position) & 0xFF
        let rest = file.bits(at: firstBit &+ position &* entryWidth) & restMask
        return head &<< UInt64(truncatingIfNeeded: restWidth) | rest
    }

    private static let lowestBits: UInt64 = 0x0101_0101_0101_0101
    private static let allButHighest: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    /// The highest bit of each of the first `count` bytes that is the same in both words, and of no other: nobody looks at
    /// the heads again.
    @inline(__always)
    private static func equalBytes(_ a: UInt64, _ b: UInt64, count: Int) -> UInt64 {
        let difference = a ^ b
        let unused = UInt64(truncatingIfNeeded: 8 &- max(0, min(count, 8)))
        // Shifted in two steps, since a shift by 64 would be one by 0.
        let used = (UInt64.max &>> (unused &* 4)) &>> (unused &* 4)
        // The sum carries into the highest bit of a byte, and never beyond, unless its other bits are 0.
        let notZero = (difference & allButHighest) &+ allButHighest | difference
        return ~(notZero | allButHighest) & used
    }
}
