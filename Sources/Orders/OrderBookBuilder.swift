public import GateModel

/// Makes order-book files. The same orders, in whatever sequence, give the very same bytes.
public struct OrderBookBuilder: Sendable {
    public var listVersion: UInt64
    public var created: WallTime
    public var keyEpoch: UInt32
    public var keyCheck: UInt64

    /// - Parameters:
    ///   - created: when the list is made; orders that have ended by then are refused.
    ///   - keyEpoch: which deployment key the tokens are made with.
    ///   - keyCheck: the check value of that key.
    public init(listVersion: UInt64, created: WallTime, keyEpoch: UInt32, keyCheck: UInt64) {
        self.listVersion = listVersion
        self.created = created
        self.keyEpoch = keyEpoch
        self.keyCheck = keyCheck
    }

    /// The bytes of the file. Ends are rounded down to whole minutes.
    ///
    /// Throws when two orders name one subject, or one ends before the list is made or later than an order can.
    public func build(_ orders: [(SubjectToken, Order)]) throws(OrderBookBuildError) -> [UInt8] {
        guard (0...BookFormat.latestCreated).contains(created.secondsSince1970) else {
            throw .impossibleCreationTime(created)
        }
        guard orders.count <= BookFormat.mostOrders else { throw .tooManyOrders(orders.count) }

        let positions = positionsAscending(orders.map { $0.0.rawValue })
        var tokens: [UInt64] = []
        tokens.reserveCapacity(orders.count)
        var lastToken: UInt64?
        for position in positions {
            let token = orders[position].0.rawValue
            guard token != lastToken else { throw .duplicate(orders[position].0) }
            tokens.append(token)
            lastToken = token
        }
        let (households, householdIndexes) = Self.numberHouseholds(orders)
        let endMinutes = try endMinutes(orders)

        let subjects = EncodedTokenSet(ascending: tokens)
        let householdSet = EncodedTokenSet(ascending: households)
        let columns = [
            Column(entries: positions.map { orders[$0].1.kind.code }, width: BookFormat.kindWidth),
            Column(entries: positions.map { UInt64(orders[$0].1.reason.rawValue) }, width: BookFormat.reasonWidth),
            Column(aboveMinimum: positions.map { endMinutes[$0] }),
            Column(
                entries: positions.map { householdIndexes[$0] },
                width: BookFormat.bitWidth(of: UInt64(max(households.count, 1) - 1))),
        ]
        let references = Column(aboveMinimum: positions.map { orders[$0].1.reference.rawValue })
        return assemble(
            orderCount: orders.count, householdCount: households.count,
            sections: Self.columns(of: subjects) + columns + Self.columns(of: householdSet) + [references])
    }

    /// The distinct households, ascending, and for each order the place of its household there.
    private static func numberHouseholds(_ orders: [(SubjectToken, Order)]) -> ([UInt64], [UInt64]) {
        let keys = orders.map { $0.1.household.rawValue }
        var distinct: [UInt64] = []
        var indexes = [UInt64](repeating: 0, count: keys.count)
        var lastKey: UInt64?
        for position in positionsAscending(keys) {
            let key = keys[position]
            if key != lastKey { distinct.append(key) }
            lastKey = key
            indexes[position] = UInt64(distinct.count - 1)
        }
        return (distinct, indexes)
    }

    /// Minutes from the minute of `created` to the end of each order.
    private func endMinutes(_ orders: [(SubjectToken, Order)]) throws(OrderBookBuildError) -> [UInt64] {
        let start = created.startOfMinute
        var minutes: [UInt64] = []
        minutes.reserveCapacity(orders.count)
        for (subject, order) in orders {
            let seconds = order.ends.seconds(since: start)
            guard seconds >= 0 else { throw .ended(subject) }
            guard seconds / 60 <= Int64(BookFormat.farthestEndMinutes) else { throw .endsTooLate(subject) }
            minutes.append(UInt64(seconds / 60))
        }
        return minutes
    }

    private static func columns(of set: EncodedTokenSet) -> [Column] {
        [
            Column(words: set.low, width: set.shape.lowWidth),
            Column(words: set.high, width: 1),
            Column(words: set.ranks, width: BookFormat.rankWidth),
        ]
    }

    /// - Parameter sections: in the order of ``BookFormat/Section``.
    private func assemble(orderCount: Int, householdCount: Int, sections: [Column]) -> [UInt8] {
        let length = sections.reduce(BookFormat.headerWords) { $0 + $1.words.count } * 8
        var header: [UInt64] = [
            BookFormat.magic,
            UInt64(BookFormat.version) | UInt64(sections.count) << 32,
            UInt64(length),
            listVersion,
            UInt64(created.secondsSince1970),
            UInt64(keyEpoch),
            keyCheck,
            UInt64(orderCount),
            UInt64(householdCount),
        ]
        var offset = BookFormat.headerWords * 8
        for (section, column) in zip(BookFormat.Section.allCases, sections) {
            header += [
                UInt64(section.rawValue) | UInt64(column.width) << 32, column.base, UInt64(offset),
                UInt64(column.words.count * 8),
            ]
            offset += column.words.count * 8
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        for words in CollectionOfOne(header) + sections.map(\.words) {
            for word in words {
                var rest = word
                var count = 0
                while count < 8 {
                    bytes.append(UInt8(truncatingIfNeeded: rest))
                    rest &>>= 8
                    count &+= 1
                }
            }
        }
        return bytes
    }
}

/// A section ready to be written.
private struct Column {
    var words: [UInt64]
    var width: Int
    var base: UInt64 = 0

    init(words: [UInt64], width: Int) {
        self.words = words
        self.width = width
    }

    init(entries: [UInt64], width: Int) {
        var writer = PackedColumnWriter(width: width, count: entries.count)
        for entry in entries { writer.append(entry) }
        self.init(words: writer.finish(), width: width)
    }

    /// Stores the differences to the smallest entry, as narrow as the largest allows.
    init(aboveMinimum entries: [UInt64]) {
        let base = entries.min() ?? 0
        let width = BookFormat.bitWidth(of: (entries.max() ?? 0) - base)
        var writer = PackedColumnWriter(width: width, count: entries.count)
        for entry in entries { writer.append(entry - base) }
        self.init(words: writer.finish(), width: width)
        self.base = base
    }
}
