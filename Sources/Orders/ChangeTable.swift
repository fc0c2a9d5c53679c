/// What a list has on one subject in place of what its book has.
struct OrderChange: Hashable, Sendable {
    /// The order, or the one of the book that is removed.
    var record: OrderRecord
    var isRemoval: Bool
    /// Whether the book has an order on the subject, ended or not.
    var isInBase: Bool

    /// By how much the list has more orders for it than the book.
    var countDifference: Int { isRemoval ? -1 : isInBase ? 0 : 1 }
}

/// Changes by ascending token, found in two looks into memory as an order in a book.
struct ChangeTable: Sendable {
    private let changes: [OrderChange]
    /// The tokens of the changes, so that a few lie side by side.
    private let tokens: [UInt64]
    /// For each value of the leading bits, how many tokens come before; and one for the end.
    private let starts: [UInt32]
    private let leadingBits: Int

    /// - Parameter changes: by ascending token.
    init(_ changes: [OrderChange]) {
        self.changes = changes
        tokens = changes.map(\.record.token)
        // Two to four tokens for each value.
        leadingBits = max(0, BookFormat.bitWidth(of: UInt64(changes.count)) - 2)
        var starts: [UInt32] = []
        starts.reserveCapacity(1 << leadingBits + 1)
        for (index, token) in tokens.enumerated() {
            let bucket = Self.bucket(of: token, leadingBits)
            while starts.count <= bucket { starts.append(UInt32(truncatingIfNeeded: index)) }
        }
        while starts.count <= 1 << leadingBits { starts.append(UInt32(truncatingIfNeeded: tokens.count)) }
        self.starts = starts
    }

    var count: Int { changes.count }

    subscript(index: Int) -> OrderChange { changes[index] }

    func change(of token: UInt64) -> OrderChange? {
        let bucket = Self.bucket(of: token, leadingBits)
        var lower = Int(starts[bucket])
        var upper = Int(starts[bucket &+ 1])
        while upper &- lower > 8 {
            let middle = lower &+ (upper &- lower) / 2
            if tokens[middle] <= token { lower = middle } else { upper = middle }
        }
        while lower < upper {
            if tokens[lower] == token { return changes[lower] }
            lower &+= 1
        }
        return nil
    }

    // Shifts by one beside the rest, since a shift by 64 would be one by 0.
    private static func bucket(of token: UInt64, _ leadingBits: Int) -> Int {
        Int(truncatingIfNeeded: (token &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- leadingBits))
    }
}
