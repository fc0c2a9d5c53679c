/// Gathers ascending household tokens between two anchors, and gives what is stored of them: see ``HouseholdTable``.
private struct HouseholdChunk {
    private var tokens: [UInt64] = []
    private var last: UInt64?

    init() { tokens.reserveCapacity(BookFormat.householdsPerAnchor) }

    var isEmpty: Bool { tokens.isEmpty }
    var isFull: Bool { tokens.count == BookFormat.householdsPerAnchor }
    var anchor: UInt64 { (tokens.first ?? 0) &>> 32 }

    mutating func append(_ token: UInt64) throws(OrderBookBuildError) {
        if let last, last >= token { throw .inconsistentSource }
        last = token
        tokens.append(token)
    }

    /// What is stored of each token, before the base is taken off. Empties the chunk.
    ///
    /// - Parameter next: the token after the chunk, the last there can be after the last chunk.
    mutating func takeDifferences(next: UInt64) -> [UInt64] {
        let guess = HouseholdGuess(anchor: anchor, next: next &>> 32)
        let differences = tokens.enumerated().map { $1 &- guess[$0] }
        tokens.removeAll(keepingCapacity: true)
        return differences
    }
}

/// Finds how wide the differences of a ``HouseholdTable`` are.
struct HouseholdSpread {
    private var chunk = HouseholdChunk()
    private var lowest = Int64.max
    private var highest = Int64.min
    private(set) var count = 0

    mutating func append(_ token: UInt64) throws(OrderBookBuildError) {
        if chunk.isFull { takeChunk(next: token) }
        try chunk.append(token)
        count += 1
    }

    /// After the last token.
    mutating func finish() {
        if !chunk.isEmpty { takeChunk(next: .max) }
    }

    private mutating func takeChunk(next: UInt64) {
        for difference in chunk.takeDifferences(next: next) {
            lowest = min(lowest, Int64(bitPattern: difference))
            highest = max(highest, Int64(bitPattern: difference))
        }
    }

    /// The lowest difference, in two's complement; 0 for no households.
    var base: UInt64 { count == 0 ? 0 : UInt64(bitPattern: lowest) }
    var width: Int { count == 0 ? 0 : BookFormat.bitWidth(of: UInt64(bitPattern: highest &- lowest)) }
}

/// Writes the anchors and differences of a ``HouseholdTable``.
struct HouseholdWriter {
    private var chunk = HouseholdChunk()
    private var anchors: SectionWriter
    private var differences: SectionWriter
    private let width: Int
    private let base: UInt64

    init(firstAnchor: Int, firstDifference: Int, width: Int, base: UInt64) {
        anchors = SectionWriter(offset: firstAnchor)
        differences = SectionWriter(offset: firstDifference)
        self.width = width
        self.base = base
    }

    mutating func append(_ token: UInt64, to sink: OrderBookSink) throws(OrderBookBuildError) {
        if chunk.isFull { try writeChunk(next: token, to: sink) }
        try chunk.append(token)
    }

    /// After the last token.
    mutating func finish(to sink: OrderBookSink) throws(OrderBookBuildError) {
        if !chunk.isEmpty {
            try writeChunk(next: .max, to: sink)
            try anchors.append(UInt64(UInt32.max), width: BookFormat.anchorWidth, to: sink)
        }
        try anchors.finish(to: sink)
        try differences.finish(to: sink)
    }

    private mutating func writeChunk(next: UInt64, to sink: OrderBookSink) throws(OrderBookBuildError) {
        try anchors.append(chunk.anchor, width: BookFormat.anchorWidth, to: sink)
        for difference in chunk.takeDifferences(next: next) {
            // Anything wider would be another source than was surveyed.
            guard difference &- base <= BookFormat.mask(width) else { throw .inconsistentSource }
            try differences.append(difference &- base, width: width, to: sink)
        }
    }
}
