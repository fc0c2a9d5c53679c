import GateModel
import Orders
import TestSupport

/// A list that changes from version to version, as plain values, to compare with.
struct ListHistory {
    private(set) var head = OrderBookHead(
        listVersion: 7, created: created, keyEpoch: 3, keyCheck: 0x0123_4567_89AB_CDEF)
    private(set) var orders: [SubjectToken: Order] = [:]
    /// Every subject that ever had an order.
    private(set) var subjects: Set<SubjectToken> = []
    private var generator: SeededGenerator

    /// - Parameter crowded: whether tokens lie close together.
    init(seed: UInt64, count: Int, crowded: Bool = false) {
        generator = SeededGenerator(seed: seed)
        isCrowded = crowded
        for _ in 0..<count { write(nextSubject()) }
    }

    private let isCrowded: Bool

    private mutating func nextSubject() -> SubjectToken {
        SubjectToken(rawValue: isCrowded ? .random(in: 0..<500, using: &generator) : generator.next())
    }

    private mutating func write(_ subject: SubjectToken) {
        var order = randomOrder(&generator, households: isCrowded ? 60 : 1 << 40)
        // Some end soon, so that they are over in one of the next versions.
        let soon = Bool.random(using: &generator)
        let minutes = Int64.random(in: soon ? 1...90 : 1...31 * 1_440, using: &generator)
        order.ends = WallTime(secondsSince1970: head.created.secondsSince1970 / 60 * 60 + minutes * 60)
        orders[subject] = order
        subjects.insert(subject)
    }

    /// Takes back some orders, changes some, adds some, and lets time pass.
    mutating func advance() {
        head.listVersion += .random(in: 1...3, using: &generator)
        let seconds = Int64.random(in: 0...3_600, using: &generator)
        head.created = head.created.advanced(bySeconds: Bool.random(using: &generator) ? seconds : 0)
        let known = subjects.sorted().shuffled(using: &generator)
        for subject in known.prefix(known.count / 8) {
            switch Int.random(in: 0...2, using: &generator) {
            case 0: orders[subject] = nil
            case 1: write(subject)
            default: if let order = orders[subject] { orders[subject] = Self.renamed(order, &generator) }
            }
        }
        for _ in 0..<Int.random(in: 0...subjects.count / 8 + 2, using: &generator) { write(nextSubject()) }
    }

    /// The same order in another household of the list.
    private static func renamed(_ order: Order, _ generator: inout SeededGenerator) -> Order {
        var order = order
        order.household = HouseholdToken(rawValue: .random(in: 0..<3, using: &generator))
        return order
    }

    /// What a publisher makes of it.
    func book() throws -> [UInt8] {
        try OrderBookBuilder(
            listVersion: head.listVersion, created: head.created, keyEpoch: head.keyEpoch, keyCheck: head.keyCheck
        ).build(orders.map { ($0.key, $0.value) })
    }

    func list() throws -> OrderList { OrderList(try openBook(book())) }
}

func merged(_ list: OrderList) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let length = try list.writeBook(
        to: { piece, offset in
            if bytes.count < offset + piece.count {
                bytes.append(contentsOf: repeatElement(0xEE, count: offset + piece.count - bytes.count))
            }
            bytes.replaceSubrange(offset..<offset + piece.count, with: piece)
        }, pause: {})
    return length == bytes.count ? bytes : []
}
