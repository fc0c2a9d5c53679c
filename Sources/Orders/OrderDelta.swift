public import GateModel

/// What changes from one version of a list to a later one. The layout is described in `docs/order-delta-format.md`.
///
/// An order that has ended by the time of the later list is neither removed nor written: it is on no list any more.
public struct OrderDelta: Hashable, Sendable {
    /// The list that is changed.
    public let base: OrderBookHead
    /// The list that comes of it.
    public let head: OrderBookHead
    /// Subjects whose order is taken back, ascending.
    let removed: [UInt64]
    /// Orders that are new or take the place of another on the subject, by ascending token.
    let written: [OrderRecord]

    /// - Parameters:
    ///   - removed: ascending, without duplicates.
    ///   - written: ascending, without duplicates, none of them in `removed`, no end before or 31 days after the list.
    init(base: OrderBookHead, head: OrderBookHead, removed: [UInt64], written: [OrderRecord]) {
        self.base = base
        self.head = head
        self.removed = removed
        self.written = written
    }

    /// How many orders are taken back.
    public var removedCount: Int { removed.count }
    /// How many orders are new or changed.
    public var writtenCount: Int { written.count }

    /// A delta as whoever keeps the orders knows it, without both lists.
    ///
    /// - Parameters:
    ///   - base: the list that is changed.
    ///   - head: the list that comes of it: a later one, made with the same key.
    ///   - changes: by ascending token, each subject once; `nil` for an order that is taken back.
    public init(
        base: OrderBookHead, head: OrderBookHead, changes: [(SubjectToken, Order?)]
    ) throws(OrderBookBuildError) {
        var removed: [UInt64] = []
        var written: [OrderRecord] = []
        for (subject, order) in changes {
            // What an order that has ended took the place of must not come back.
            guard var order, head.holds(order.ends) else {
                removed.append(subject.rawValue)
                continue
            }
            guard head.endMinute(of: order.ends) <= Int64(BookFormat.farthestEndMinute) else {
                throw .endsTooLate(subject)
            }
            order.ends = order.ends.startOfMinute
            written.append(OrderRecord(subject, order))
        }
        self.init(base: base, head: head, removed: removed, written: written)
    }

    /// The difference between two lists, found by one walk over both.
    ///
    /// Throws ``OrderDeltaError`` unless `target` is a later list than `base`, made with the same key.
    public static func between(_ base: OrderList, _ target: OrderList) throws(OrderDeltaError) -> OrderDelta {
        try target.head.requireLater(than: base.head)
        var removed: [UInt64] = []
        var written: [OrderRecord] = []
        var old = OrderListWalk(base, at: target.head)
        var new = OrderListWalk(target, at: target.head)
        var gone = old.nextRecord()
        var come = new.nextRecord()
        while gone != nil || come != nil {
            if let record = gone, come.map({ record.token < $0.token }) ?? true {
                removed.append(record.token)
                gone = old.nextRecord()
            } else if let record = come, gone.map({ record.token < $0.token }) ?? true {
                written.append(record)
                come = new.nextRecord()
            } else {
                if let come, gone != come { written.append(come) }
                gone = old.nextRecord()
                come = new.nextRecord()
            }
        }
        return OrderDelta(base: base.head, head: target.head, removed: removed, written: written)
    }

    /// One delta that does what this and then `next` do.
    ///
    /// Applied to a list that has ``base`` for its head it gives the same list as both. Neither delta says what an order
    /// was before, so the result may take back what is not on that list, or write what stands on it already;
    /// ``reduced(against:)`` leaves that out, and gives what ``between(_:_:)`` gives.
    ///
    /// Throws ``OrderDeltaError`` unless `next` begins where this ends, with the same key.
    public func composed(with next: OrderDelta) throws(OrderDeltaError) -> OrderDelta {
        try next.requireFollowing(head)
        var removed: [UInt64] = []
        var written: [OrderRecord] = []
        var first = ChangeWalk(self)
        var second = ChangeWalk(next)
        var old = first.next()
        var new = second.next()
        while let token = [old?.token, new?.token].compactMap(\.self).min() {
            let change = new?.token == token ? new?.record : old?.record
            // An order of this delta that has ended by now: what it took the place of must not come back.
            if let change, next.head.holds(change.ends) { written.append(change) } else { removed.append(token) }
            if old?.token == token { old = first.next() }
            if new?.token == token { new = second.next() }
        }
        return OrderDelta(base: base, head: next.head, removed: removed, written: written)
    }

    /// The same without what changes nothing on `list`.
    ///
    /// Throws ``OrderDeltaError`` unless `list` is the list that this changes.
    public func reduced(against list: OrderList) throws(OrderDeltaError) -> OrderDelta {
        try requireFollowing(list.head)
        func held(_ token: UInt64) -> OrderRecord? {
            let subject = SubjectToken(rawValue: token)
            guard let order = list.order(for: subject), head.holds(order.ends) else { return nil }
            return OrderRecord(subject, order)
        }
        return OrderDelta(
            base: base, head: head, removed: removed.filter { held($0) != nil },
            written: written.filter { held($0.token) != $0 })
    }

    /// Throws unless this changes the list with head `list`.
    func requireFollowing(_ list: OrderBookHead) throws(OrderDeltaError) {
        guard base.listVersion == list.listVersion else {
            throw .otherBase(inForce: list.listVersion, expected: base.listVersion)
        }
        guard base.hasKey(of: list) else {
            throw .foreignKey(expectedEpoch: list.keyEpoch, foundEpoch: base.keyEpoch)
        }
        // A publisher whose backup was put back counts on from there, and two lists have the same version.
        guard base.created == list.created else {
            throw .otherHistory(version: list.listVersion)
        }
    }
}

extension OrderBookHead {
    fileprivate func hasKey(of other: OrderBookHead) -> Bool {
        keyEpoch == other.keyEpoch && keyCheck == other.keyCheck
    }

    func requireLater(than base: OrderBookHead) throws(OrderDeltaError) {
        guard listVersion > base.listVersion else {
            throw .notLater(version: listVersion, than: base.listVersion)
        }
        // Otherwise an order that had ended would come back.
        guard created >= base.created else { throw .createdEarlier(by: base.created.seconds(since: created)) }
        guard hasKey(of: base) else {
            throw .foreignKey(expectedEpoch: base.keyEpoch, foundEpoch: keyEpoch)
        }
    }
}

/// What a delta says, by ascending token.
struct ChangeWalk {
    private let delta: OrderDelta
    private var removedIndex = 0
    private var writtenIndex = 0

    init(_ delta: OrderDelta) { self.delta = delta }

    /// The next change; a removal has no record.
    mutating func next() -> (token: UInt64, record: OrderRecord?)? {
        let removed = removedIndex < delta.removed.count ? delta.removed[removedIndex] : nil
        let written = writtenIndex < delta.written.count ? delta.written[writtenIndex] : nil
        if let removed, written.map({ removed < $0.token }) ?? true {
            removedIndex += 1
            return (removed, nil)
        }
        guard let written else { return nil }
        writtenIndex += 1
        return (written.token, written)
    }
}
