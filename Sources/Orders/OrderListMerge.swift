import GateModel

extension OrderList {
    /// Writes the book of this list: the very bytes that ``OrderBookBuilder`` makes of the same orders.
    ///
    /// Walks the list three times and holds, beside a few pieces of the file, one bit for each household of the book and
    /// some bytes for each change. Takes long for a long list: call it off the event loop.
    ///
    /// - Parameters:
    ///   - sink: where the pieces go.
    ///   - pause: called again and again, after a few thousand orders each time. It may sleep, and calls the merge off
    ///     by throwing.
    /// - Returns: the length of the file in bytes.
    @discardableResult
    public func writeBook(
        to sink: OrderBookSink, pause: () throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) -> Int {
        try withoutActuallyEscaping(pause) { pause throws(OrderBookBuildError) in
            let orders = try MergedOrders(self, pause: pause)
            return try OrderBookWriter(head: head).write(orders, to: sink)
        }
    }
}

/// The orders of a list as the writer takes them.
private struct MergedOrders: OrderBookSource {
    private let list: OrderList
    private let pause: () throws(OrderBookBuildError) -> Void
    private let households: MergedHouseholds
    let survey: OrderSurvey

    init(
        _ list: OrderList, pause: @escaping () throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        self.list = list
        self.pause = pause
        var survey = OrderSurvey()
        var used = [UInt64](repeating: 0, count: (list.base.households.count + 63) / 64)
        var new: [UInt64] = []
        try Self.walk(list, pause) { (step) throws(OrderBookBuildError) in
            switch step {
            case .ofBook(let subject, let entry):
                _ = try survey.add(subject, ends: entry.ends, reference: entry.reference, to: list.head)
                used[entry.household &>> 6] |= 1 &<< UInt64(entry.household & 63)
            case .changed(let index):
                let record = list.changes[index].record
                guard let order = record.order else { return }
                let subject = SubjectToken(rawValue: record.token)
                _ = try survey.add(subject, ends: order.ends, reference: order.reference, to: list.head)
                if let place = list.base.households.position(of: record.household) {
                    used[place &>> 6] |= 1 &<< UInt64(place & 63)
                } else {
                    new.append(record.household)
                }
            }
        }
        self.survey = survey
        households = MergedHouseholds(list, used: used, new: new)
    }

    func forEachHousehold(
        _ body: (HouseholdToken) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        try households.forEach { (token, index) throws(OrderBookBuildError) in
            if index.isMultiple(of: Self.ordersPerPause) { try pause() }
            try body(HouseholdToken(rawValue: token))
        }
    }

    func forEachEntry(
        _ body: (SubjectToken, OrderEntry) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        try Self.walk(list, pause) { (step) throws(OrderBookBuildError) in
            switch step {
            case .ofBook(let subject, var entry):
                entry.household = households.index(ofBook: entry.household)
                try body(subject, entry)
            case .changed(let index):
                let record = list.changes[index].record
                guard let order = record.order else { return }
                let entry = OrderEntry(order, household: households.index(ofChange: index))
                try body(SubjectToken(rawValue: record.token), entry)
            }
        }
    }

    private static let ordersPerPause = 4_096

    private static func walk(
        _ list: OrderList, _ pause: () throws(OrderBookBuildError) -> Void,
        _ body: (OrderListWalk.Step) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        var walk = OrderListWalk(list, at: list.head)
        var orders = 0
        while let step = walk.next() {
            if orders.isMultiple(of: ordersPerPause) { try pause() }
            orders &+= 1
            try body(step)
        }
    }
}

/// The households of a list: those of its book that an order still has, and new ones between them.
private struct MergedHouseholds {
    private static let wordsPerBlock = 8

    private let book: HouseholdTable
    /// Bit by bit, the households of the book that an order still has.
    private let used: [UInt64]
    /// Households that the book does not have, ascending.
    private let new: [UInt64]
    /// For each new one, how many of the book are below it.
    private let insertions: [Int32]
    /// For each block of ``wordsPerBlock`` words, how many used ones come before it, and how many new ones are inserted
    /// before its first.
    private var usedBefore: [Int32] = []
    private var newBefore: [Int32] = []
    /// The place in the new set for each change of the list.
    private var ofChanges: [Int32] = []

    init(_ list: OrderList, used: [UInt64], new unsorted: [UInt64]) {
        book = list.base.households
        self.used = used
        var new: [UInt64] = []
        for token in unsorted.sorted() where token != new.last { new.append(token) }
        self.new = new
        insertions = new.map { [book] in Int32(truncatingIfNeeded: book.insertion(of: $0)) }
        var usedCount: Int32 = 0
        var newCount = 0
        for (word, bits) in used.enumerated() {
            if word.isMultiple(of: Self.wordsPerBlock) {
                while newCount < insertions.count, insertions[newCount] < word &* 64 { newCount += 1 }
                usedBefore.append(usedCount)
                newBefore.append(Int32(newCount))
            }
            usedCount += Int32(bits.nonzeroBitCount)
        }
        newBefore.append(Int32(new.count))
        usedBefore.append(usedCount)
        ofChanges = (0..<list.changes.count).map { number in
            let change = list.changes[number]
            // A removal has none.
            return change.isRemoval ? 0 : Int32(truncatingIfNeeded: index(of: change.record.household))
        }
    }

    /// The place in the new set of a household that an order of the book has.
    func index(ofBook position: Int) -> Int {
        let word = position &>> 6
        let block = word / Self.wordsPerBlock
        // New ones inserted at or before the position are below it.
        var lower = Int(newBefore[block])
        var upper = Int(newBefore[block + 1])
        while lower < upper {
            let middle = lower &+ (upper &- lower) / 2
            if insertions[middle] <= position { lower = middle &+ 1 } else { upper = middle }
        }
        return usedOnes(before: position) &+ lower
    }

    /// The place in the new set of the household of a change that is no removal.
    func index(ofChange index: Int) -> Int { Int(ofChanges[index]) }

    /// Calls `body` with each household and its place, ascending.
    func forEach(
        _ body: (UInt64, Int) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError) {
        var nextNew = 0
        var index = 0
        for (word, bits) in used.enumerated() {
            var rest = bits
            while rest != 0 {
                let position = word &* 64 &+ rest.trailingZeroBitCount
                rest &= rest &- 1
                while nextNew < new.count, insertions[nextNew] <= position {
                    try body(new[nextNew], index)
                    nextNew += 1
                    index += 1
                }
                try body(book.token(at: position), index)
                index += 1
            }
        }
        while nextNew < new.count {
            try body(new[nextNew], index)
            nextNew += 1
            index += 1
        }
    }

    private func index(of token: UInt64) -> Int {
        if let position = book.position(of: token) { return index(ofBook: position) }
        var lower = 0
        var upper = new.count
        while lower < upper {
            let middle = lower &+ (upper &- lower) / 2
            if new[middle] < token { lower = middle &+ 1 } else { upper = middle }
        }
        guard lower < insertions.count else { return lower &+ usedOnes(before: book.count) }
        return lower &+ usedOnes(before: Int(insertions[lower]))
    }

    /// How many households of the book below `position` an order still has.
    private func usedOnes(before position: Int) -> Int {
        let word = position &>> 6
        let block = word / Self.wordsPerBlock
        guard word < used.count else { return Int(usedBefore.last ?? 0) }
        var count = Int(usedBefore[block])
        for index in block &* Self.wordsPerBlock..<word { count &+= used[index].nonzeroBitCount }
        let below = (UInt64(1) &<< UInt64(position & 63)) &- 1
        return count &+ (used[word] & below).nonzeroBitCount
    }
}
