import GateModel
import Orders
import TestSupport
import Testing

@Suite struct OrderListTests {
    /// Every answer of both lists is the same.
    private func expectSame(_ list: OrderList, _ expected: OrderBook, subjects: Set<SubjectToken>) {
        #expect(list.head == expected.head)
        let differing = subjects.first { list.order(for: $0) != expected.order(for: $0) }
        #expect(differing == nil)
        var (listed, wanted): ([SubjectToken: Order], [SubjectToken]) = ([:], [])
        var subjects: [SubjectToken] = []
        list.forEachOrder {
            listed[$0] = $1
            subjects.append($0)
        }
        expected.forEachOrder { subject, order in
            wanted.append(subject)
            if listed[subject] != order { Issue.record("\(subject) is listed with another order") }
        }
        #expect(subjects == wanted)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `deltas lead from one version to the next, one by one, together and merged`(seed: UInt64) throws {
        let count = [0, 1, 5, 40, 300][Int(seed % 5)]
        var history = ListHistory(seed: seed, count: count, crowded: seed.isMultiple(of: 3))
        let first = try history.list()
        var before = first
        var list = first
        var composed: OrderDelta?
        for _ in 0..<6 {
            history.advance()
            let book = try history.book()
            let after = OrderList(try openBook(book))
            let delta = try OrderDelta.between(before, after)
            #expect(try OrderDelta(bytes: delta.bytes()) == delta)
            // Whatever of the two is a book with changes makes no difference.
            #expect(try OrderDelta.between(list, after) == delta)
            list = try list.applying(delta)
            expectSame(list, after.base, subjects: history.subjects)
            #expect(list.count >= after.count)
            #expect(try merged(list) == book)

            let both = try composed?.composed(with: delta) ?? delta
            #expect(try OrderDelta(bytes: both.bytes()) == both)
            let atOnce = try first.applying(both)
            expectSame(atOnce, after.base, subjects: history.subjects)
            #expect(atOnce.changeCount == list.changeCount)
            #expect(try merged(atOnce) == book)
            #expect(try both.reduced(against: first) == OrderDelta.between(first, after))
            composed = both
            before = after
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `it does not matter which deltas are put together first`(seed: UInt64) throws {
        var history = ListHistory(seed: 100 + seed, count: 200)
        var lists = [try history.list()]
        for _ in 0..<3 {
            history.advance()
            lists.append(try history.list())
        }
        let deltas = try zip(lists, lists.dropFirst()).map { try OrderDelta.between($0, $1) }
        let left = try deltas[0].composed(with: deltas[1]).composed(with: deltas[2])
        let right = try deltas[0].composed(with: deltas[1].composed(with: deltas[2]))
        #expect(left == right)
    }

    @Test func `a merged book is as good a base as any`() throws {
        var history = ListHistory(seed: 200, count: 500)
        var list = try history.list()
        for _ in 0..<5 {
            let before = try history.list()
            history.advance()
            list = try list.applying(OrderDelta.between(before, history.list()))
            list = OrderList(try openBook(merged(list)))
            #expect(list.changeCount == 0)
            #expect(list.count == list.base.count)
        }
        expectSame(list, try history.list().base, subjects: history.subjects)
    }

    private func list(_ orders: [(UInt64, Order)], version: UInt64, after seconds: Int64 = 0) throws -> OrderList {
        let builder = OrderBookBuilder(
            listVersion: version, created: newYear.advanced(bySeconds: seconds), keyEpoch: 1, keyCheck: 2)
        return OrderList(try openBook(builder.build(orders.map { (SubjectToken(rawValue: $0.0), $0.1) })))
    }

    @Test func `an order that has ended is on the list no more, with no change for it`() throws {
        let base = try list([(1, sampleOrder(ends: 3_600)), (2, sampleOrder(ends: 7_200))], version: 1)
        let next = try list([(2, sampleOrder(ends: 7_200))], version: 2, after: 3_600)
        let delta = try OrderDelta.between(base, next)
        #expect(delta.removedCount == 0)
        #expect(delta.writtenCount == 0)
        let after = try base.applying(delta)
        #expect(after.order(for: SubjectToken(rawValue: 1)) == nil)
        #expect(after.order(for: SubjectToken(rawValue: 2)) == sampleOrder(ends: 7_200))
        #expect(after.changeCount == 0)
        #expect(after.count == 2, "what has ended since the book was made is still counted")
    }

    @Test func `what an order took the place of does not come back when it ends`() throws {
        let long = try list([(1, sampleOrder(ends: 86_400))], version: 1)
        let short = try list([(1, sampleOrder(ends: 600))], version: 2, after: 60)
        let none = try list([], version: 3, after: 1_200)
        let shortened = try OrderDelta.between(long, short)
        let ended = try OrderDelta.between(short, none)
        #expect(ended.removedCount == 0)
        for last in [
            try long.applying(shortened).applying(ended), try long.applying(shortened.composed(with: ended)),
        ] {
            #expect(last.order(for: SubjectToken(rawValue: 1)) == nil)
            #expect(last.changeCount == 1)
            #expect(last.count == 0)
            #expect(try merged(last) == merged(none))
        }
    }

    @Test func `a delta for another list is refused`() throws {
        let lists = try (1...3).map { try list([], version: $0, after: Int64($0) * 60) }
        let delta = try OrderDelta.between(lists[1], lists[2])
        #expect(throws: OrderDeltaError.otherBase(inForce: 1, expected: 2)) { try lists[0].applying(delta) }
        #expect(throws: OrderDeltaError.otherBase(inForce: 3, expected: 2)) { try lists[2].applying(delta) }
        #expect(throws: OrderDeltaError.otherBase(inForce: 1, expected: 2)) { try delta.reduced(against: lists[0]) }
        #expect(throws: OrderDeltaError.otherBase(inForce: 3, expected: 2)) { try delta.composed(with: delta) }
        let other = try list([], version: 2, after: 119)
        #expect(throws: OrderDeltaError.otherHistory(version: 2)) { try other.applying(delta) }
        #expect(throws: OrderDeltaError.otherHistory(version: 2)) { try delta.reduced(against: other) }
        #expect(throws: OrderDeltaError.notLater(version: 2, than: 3)) {
            try OrderDelta.between(lists[2], lists[1])
        }
        #expect(throws: OrderDeltaError.notLater(version: 2, than: 2)) {
            try OrderDelta.between(lists[1], lists[1])
        }
        let early = try list([], version: 4, after: 100)
        #expect(throws: OrderDeltaError.createdEarlier(by: 80)) { try OrderDelta.between(lists[2], early) }
        let foreign = OrderList(
            try openBook(
                OrderBookBuilder(listVersion: 9, created: created, keyEpoch: 2, keyCheck: 2)
                    .build([])))
        #expect(throws: OrderDeltaError.self) { try OrderDelta.between(lists[0], foreign) }
        for error in [OrderDeltaError.otherBase(inForce: 1, expected: 2), .createdEarlier(by: 80)] {
            #expect(error.description.hasSuffix("."))
        }
    }

    @Test func `a merge can be called off, and the file's own trouble ends it`() throws {
        let list = try ListHistory(seed: 300, count: 9_000).list()
        for most in [0, 1, 3, 6] {
            var pauses = 0
            var offsets: [Int] = []
            let pause = { () throws(OrderBookBuildError) in
                pauses += 1
                if pauses > most { throw .cancelled }
            }
            #expect(throws: OrderBookBuildError.cancelled) {
                try list.writeBook(to: { _, offset in offsets.append(offset) }, pause: pause)
            }
            #expect(!offsets.contains(0), "what was broken off has no header")
        }
        let full = { (_: [UInt8], _: Int) throws(OrderBookBuildError) in
            throw OrderBookBuildError.cannotWrite(reason: "the disk is full")
        }
        #expect(throws: OrderBookBuildError.cannotWrite(reason: "the disk is full")) {
            try list.writeBook(to: full, pause: {})
        }
    }

    @Test func `no damaged book makes a merge crash`() throws {
        var history = ListHistory(seed: 400, count: 60, crowded: true)
        let valid = try history.book()
        let before = try history.list()
        history.advance()
        let delta = try OrderDelta.between(before, history.list())
        var generator = SeededGenerator(seed: 401)
        for _ in 0..<4_000 {
            var damaged = valid
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                let bit = Int.random(in: 0..<damaged.count * 8, using: &generator)
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            guard let book = try? openBook(damaged) else { continue }
            let list = OrderList(book)
            _ = try? merged(list)
            if let after = try? list.applying(delta) { _ = try? merged(after) }
            _ = try? OrderDelta.between(list, history.list())
        }
    }
}
