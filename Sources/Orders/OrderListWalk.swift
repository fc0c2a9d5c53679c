import GateModel

/// Goes through the orders of a list, by ascending token.
struct OrderListWalk {
    enum Step {
        /// An order of the book that stands.
        case ofBook(SubjectToken, OrderEntry)
        /// A new or changed order, as the index of the change.
        case changed(Int)
    }

    private let list: OrderList
    private let head: OrderBookHead
    private var book: OrderBook.Walk
    private var ofBook: (SubjectToken, OrderEntry)?
    private var index = 0

    /// - Parameter head: leaves out the orders that have ended by then.
    init(_ list: OrderList, at head: OrderBookHead) {
        self.list = list
        self.head = head
        book = OrderBook.Walk(list.base)
        ofBook = book.next()
    }

    mutating func next() -> Step? {
        while true {
            let change = index < list.changes.count ? list.changes[index] : nil
            if let change, ofBook.map({ change.record.token <= $0.0.rawValue }) ?? true {
                if change.record.token == ofBook?.0.rawValue { ofBook = book.next() }
                index += 1
                if !change.isRemoval, head.holds(change.record.ends) { return .changed(index - 1) }
                continue
            }
            guard let (subject, entry) = ofBook else { return nil }
            ofBook = book.next()
            if head.holds(entry.ends) { return .ofBook(subject, entry) }
        }
    }

    mutating func nextRecord() -> OrderRecord? {
        switch next() {
        case .ofBook(let subject, let entry): OrderRecord(subject, list.base.order(entry))
        case .changed(let index): list.changes[index].record
        case nil: nil
        }
    }
}
