public import GateModel

/// Makes order-book files of orders in memory. The same orders, in whatever sequence, give the very same bytes.
public struct OrderBookBuilder: Sendable {
    public var head: OrderBookHead

    /// - Parameters:
    ///   - created: when the list is made; orders that have ended by then are left out.
    ///   - keyEpoch: which deployment key the tokens are made with.
    ///   - keyCheck: the check value of that key.
    public init(listVersion: UInt64, created: WallTime, keyEpoch: UInt32, keyCheck: UInt64) {
        head = OrderBookHead(listVersion: listVersion, created: created, keyEpoch: keyEpoch, keyCheck: keyCheck)
    }

    /// The bytes of the file. Ends are rounded down to whole minutes; an order that has then ended is left out.
    ///
    /// Throws when two orders name one subject, or one ends later than an order can.
    public func build(_ orders: [(SubjectToken, Order)]) throws(OrderBookBuildError) -> [UInt8] {
        var bytes: [UInt8] = []
        try write(orders) { piece, offset in
            if bytes.count < offset + piece.count {
                bytes.append(contentsOf: repeatElement(0, count: offset + piece.count - bytes.count))
            }
            bytes.replaceSubrange(offset..<offset + piece.count, with: piece)
        }
        return bytes
    }

    /// Writes what ``build(_:)`` gives, piece by piece.
    ///
    /// - Returns: the length of the file in bytes.
    @discardableResult
    public func write(
        _ orders: [(SubjectToken, Order)], to sink: OrderBookSink
    ) throws(OrderBookBuildError) -> Int {
        guard orders.count <= BookFormat.mostOrders else { throw .tooManyOrders(orders.count) }
        return try OrderBookWriter(head: head).write(OrdersInMemory(orders, head: head), to: sink)
    }
}

/// Orders in any sequence, as the writer takes them.
private struct OrdersInMemory: OrderBookSource {
    private let orders: [(SubjectToken, Order)]
    /// The places of those that go into the book, by ascending token.
    private let positions: [Int]
    /// Distinct, ascending.
    private let households: [UInt64]
    /// For each order that goes into the book, by ascending token, the place of its household.
    private let householdIndexes: [Int]
    let survey: OrderSurvey

    init(_ orders: [(SubjectToken, Order)], head: OrderBookHead) throws(OrderBookBuildError) {
        self.orders = orders
        var survey = OrderSurvey()
        var positions: [Int] = []
        positions.reserveCapacity(orders.count)
        var last: SubjectToken?
        for position in positionsAscending(orders.map { $0.0.rawValue }) {
            let (subject, order) = orders[position]
            guard try survey.add(subject, ends: order.ends, reference: order.reference, to: head) else { continue }
            guard subject != last else { throw .duplicate(subject) }
            last = subject
            positions.append(position)
        }
        self.survey = survey
        self.positions = positions
        (households, householdIndexes) = Self.numberHouseholds(positions.map { orders[$0].1.household.rawValue })
    }

    /// The distinct households, ascending, and for each of `keys` its place there.
    private static func numberHouseholds(_ keys: [UInt64]) -> ([UInt64], [Int]) {
        var distinct: [UInt64] = []
        var indexes = [Int](repeating: 0, count: keys.count)
        for position in positionsAscending(keys) {
            let key = keys[position]
            if key != distinct.last { distinct.append(key) }
            indexes[position] = distinct.count - 1
        }
        return (distinct, indexes)
    }

    func forEachHousehold(
        _ body: (HouseholdToken) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        for household in households { try body(HouseholdToken(rawValue: household)) }
    }

    func forEachEntry(
        _ body: (SubjectToken, OrderEntry) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        for (index, position) in positions.enumerated() {
            let (subject, order) = orders[position]
            try body(subject, OrderEntry(order, household: householdIndexes[index]))
        }
    }
}

/// The positions of `keys`, in ascending order of the key.
///
/// Tokens are spread evenly over 64 bits, so a counting sort on the leading bits leaves runs of one or two.
/// Other keys are sorted correctly too, only slower.
private func positionsAscending(_ keys: [UInt64]) -> [Int] {
    let bits = max(1, BookFormat.indexWidth(keys.count))
    let shift = UInt64(64 - bits)
    var runEnds = [Int](repeating: 0, count: 1 << bits + 1)
    for key in keys { runEnds[Int(key &>> shift) &+ 1] &+= 1 }
    for bucket in 0..<1 << bits { runEnds[bucket &+ 1] &+= runEnds[bucket] }
    // From here on the entry of a bucket is where its next key goes; in the end, that is the end of its run.
    var positions = [Int](repeating: 0, count: keys.count)
    for (position, key) in keys.enumerated() {
        let bucket = Int(key &>> shift)
        positions[runEnds[bucket]] = position
        runEnds[bucket] &+= 1
    }
    var runStart = 0
    for bucket in 0..<1 << bits {
        let runEnd = runEnds[bucket]
        if runEnd - runStart > 1 {
            let run = positions[runStart..<runEnd].sorted { keys[$0] < keys[$1] }
            for (offset, position) in run.enumerated() { positions[runStart &+ offset] = position }
        }
        runStart = runEnd
    }
    return positions
}
