/// What the entries of the directory of a ``TokenDirectory`` say, one after the other.
private struct DirectoryEntries {
    let shape: TokenSetShape
    private var tokens = 0
    private var nextGroup = 0
    private var groupOfNext = 0
    private var last: UInt64 = 0

    init(_ shape: TokenSetShape) { self.shape = shape }

    /// Announces the next token. Take ``next()`` until it is `nil`, and then ``count()`` the token.
    mutating func announce(_ token: UInt64) throws(OrderBookBuildError) {
        guard tokens < shape.count, token > last || tokens == 0 else { throw .inconsistentSource }
        last = token
        groupOfNext = shape.group(of: token)
    }

    /// Announces that there is no other token.
    mutating func announceEnd() { groupOfNext = shape.directoryEntries &- 1 }

    /// The entry of a group that begins with or before what was announced: how many more tokens come before it than
    /// if they were spread evenly.
    mutating func next() -> Int? {
        guard nextGroup <= groupOfNext else { return nil }
        defer { nextGroup &+= 1 }
        return tokens &- shape.expected(before: nextGroup)
    }

    mutating func count() { tokens &+= 1 }
}

/// Finds how wide the entries of a directory are.
struct DirectorySpread {
    private var entries: DirectoryEntries
    private var lowest = Int.max
    private var highest = Int.min

    init(_ shape: TokenSetShape) { entries = DirectoryEntries(shape) }

    mutating func append(_ token: UInt64) throws(OrderBookBuildError) {
        try entries.announce(token)
        takeEntries()
        entries.count()
    }

    /// After the last token.
    mutating func finish() {
        entries.announceEnd()
        takeEntries()
    }

    private mutating func takeEntries() {
        while let entry = entries.next() {
            lowest = min(lowest, entry)
            highest = max(highest, entry)
        }
    }

    /// The lowest entry, in two's complement; 0 for an empty directory.
    var base: UInt64 { lowest > highest ? 0 : UInt64(bitPattern: Int64(lowest)) }
    var width: Int { lowest > highest ? 0 : BookFormat.bitWidth(of: UInt64(highest - lowest)) }
}

/// Writes the directory that goes with ascending tokens.
struct DirectoryWriter {
    private var entries: DirectoryEntries
    private var section: SectionWriter
    private let width: Int
    private let base: Int

    init(_ shape: TokenSetShape, firstByte: Int, width: Int, base: UInt64) {
        entries = DirectoryEntries(shape)
        section = SectionWriter(offset: firstByte)
        self.width = width
        self.base = Int(truncatingIfNeeded: base)
    }

    mutating func append(_ token: UInt64, to sink: OrderBookSink) throws(OrderBookBuildError) {
        try entries.announce(token)
        try writeEntries(to: sink)
        entries.count()
    }

    /// After the last token.
    mutating func finish(to sink: OrderBookSink) throws(OrderBookBuildError) {
        entries.announceEnd()
        try writeEntries(to: sink)
        try section.finish(to: sink)
    }

    private mutating func writeEntries(to sink: OrderBookSink) throws(OrderBookBuildError) {
        while let entry = entries.next() {
            // Anything wider would be another source than was surveyed.
            let above = UInt64(truncatingIfNeeded: entry &- base)
            guard above <= BookFormat.mask(width) else { throw .inconsistentSource }
            try section.append(above, width: width, to: sink)
        }
    }
}
