public import GateModel

/// The orders in force: a book, and what deltas have changed since.
///
/// A value that never changes: apply a delta to get the next list, and put that in force in one step. What is held
/// beside the book are 50 bytes for each changed subject, sorted; so a delta costs a merge of its changes into them.
public struct OrderList: Sendable {
    /// What the deltas change.
    public let base: OrderBook
    /// Which list this is: that of the last delta, or of the book.
    public let head: OrderBookHead
    /// By ascending token. Each differs from what the book has on its subject and ``head`` leaves of that.
    let changes: ChangeTable
    /// How many orders there are. Those of the book that have ended since it was made are still counted.
    public let count: Int

    /// The list as the book has it.
    public init(_ book: OrderBook) {
        base = book
        head = book.head
        changes = ChangeTable([])
        count = book.count
    }

    private init(base: OrderBook, head: OrderBookHead, changes: [OrderChange]) {
        self.base = base
        self.head = head
        self.changes = ChangeTable(changes)
        count = base.count + changes.reduce(0) { $0 + $1.countDifference }
    }

    /// Counts up with each publication.
    public var listVersion: UInt64 { head.listVersion }
    /// When the list was made.
    public var created: WallTime { head.created }
    /// Which deployment key the tokens were made with.
    public var keyEpoch: UInt32 { head.keyEpoch }
    /// Tells whether the gate has that very key, without telling the key.
    public var keyCheck: UInt64 { head.keyCheck }
    /// On how many subjects the list differs from its book.
    public var changeCount: Int { changes.count }

    /// The order on `subject`, `nil` if there is none.
    ///
    /// It may have ended: ``Standing/init(order:at:)`` looks at that.
    public func order(for subject: SubjectToken) -> Order? {
        if let change = changes.change(of: subject.rawValue) {
            return change.isRemoval ? nil : change.record.order
        }
        guard let order = base.order(for: subject), head.holds(order.ends) else { return nil }
        return order
    }

    /// Calls `body` with every order, by ascending token.
    public func forEachOrder<Failure: Error>(
        _ body: (SubjectToken, Order) throws(Failure) -> Void
    ) throws(Failure) {
        var walk = OrderListWalk(self, at: head)
        while let record = walk.nextRecord() {
            if let order = record.order { try body(SubjectToken(rawValue: record.token), order) }
        }
    }

    /// The list after `delta`.
    ///
    /// Costs time and memory for all changes, those held and those of the delta, and a look into the book for each of
    /// the latter.
    /// Throws ``OrderDeltaError`` unless this is the list that the delta changes.
    public func applying(_ delta: OrderDelta) throws(OrderDeltaError) -> OrderList {
        try delta.requireFollowing(head)
        var next: [OrderChange] = []
        next.reserveCapacity(changes.count + delta.removed.count + delta.written.count)
        var index = 0
        var walk = ChangeWalk(delta)
        while let (token, record) = walk.next() {
            while index < changes.count, changes[index].record.token < token {
                if let change = standing(changes[index], at: delta.head) { next.append(change) }
                index += 1
            }
            if index < changes.count, changes[index].record.token == token { index += 1 }
            if let change = change(of: token, to: record, at: delta.head) { next.append(change) }
        }
        while index < changes.count {
            if let change = standing(changes[index], at: delta.head) { next.append(change) }
            index += 1
        }
        return OrderList(base: base, head: delta.head, changes: next)
    }

    /// What is left of `change` in a later list, in which some orders have ended.
    private func standing(_ change: OrderChange, at head: OrderBookHead) -> OrderChange? {
        if head.holds(change.record.ends) { return change }
        // What the order took the place of must not come back; what the removal took away has ended itself.
        return change.isRemoval ? nil : self.change(of: change.record.token, to: nil, at: head)
    }

    /// How the list with `head` differs from the book if `record` is on `token`; `nil` if it does not.
    private func change(of token: UInt64, to record: OrderRecord?, at head: OrderBookHead) -> OrderChange? {
        let subject = SubjectToken(rawValue: token)
        let ofBook = base.order(for: subject).map { OrderRecord(subject, $0) }
        if let record {
            // An order of the book that has ended is still counted there.
            return record == ofBook ? nil : OrderChange(record: record, isRemoval: false, isInBase: ofBook != nil)
        }
        guard let ofBook, head.holds(ofBook.ends) else { return nil }
        return OrderChange(record: ofBook, isRemoval: true, isInBase: true)
    }
}
