import Foundation
import GateModel
import Orders
import TestSupport
import Testing

@Suite struct OrderBookTests {
    /// Builds a book, and compares every answer with a plain dictionary.
    private func expectRoundTrip(_ orders: [(SubjectToken, Order)], seed: UInt64 = 1) throws {
        let book = try openBook(builder.build(orders))
        let expected = Dictionary(uniqueKeysWithValues: orders)
        #expect(book.count == orders.count)
        for (subject, order) in orders { #expect(book.order(for: subject) == order) }

        var generator = SeededGenerator(seed: seed)
        let neighbours: [UInt64] = orders.prefix(500).flatMap { [$0.0.rawValue &+ 1, $0.0.rawValue &- 1] }
        let strangers: [UInt64] = (0..<500).map { _ in generator.next() } + [0, 1, .max - 1, .max]
        for token in (neighbours + strangers).map(SubjectToken.init(rawValue:)) {
            #expect(book.order(for: token) == expected[token])
        }

        var listed: [SubjectToken] = []
        book.forEachOrder { subject, order in
            listed.append(subject)
            if order != expected[subject] { Issue.record("\(subject) is listed with another order") }
        }
        #expect(listed == expected.keys.sorted())
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 63, 64, 65, 100, 1_000, 10_000])
    func `every order comes back, and nobody else has one`(count: Int) throws {
        for seed in 1...UInt64(count < 1_000 ? 5 : 1) { try expectRoundTrip(randomOrders(count: count, seed: seed)) }
    }

    @Test func `members of one household share its token`() throws {
        try expectRoundTrip(randomOrders(count: 2_000, seed: 9, households: 300))
        try expectRoundTrip(randomOrders(count: 50, seed: 10, households: 1))
    }

    @Test(
        arguments: [
            [0], [.max], [0, .max], [0, 1, 2, .max - 2, .max - 1, .max],
            Array(0..<3_000), (0..<3_000).map { .max - $0 },
            (0..<3_000).map { 0xABCD_0000_0000_0000 + $0 * 977 }, (0..<64).map { 1 << $0 },
            Array(0..<1_500) + (0..<1_500).map { 1 << 63 + $0 },
        ] as [[UInt64]])
    func `tokens that are not spread evenly are found as well`(tokens: [UInt64]) throws {
        var generator = SeededGenerator(seed: 3)
        try expectRoundTrip(tokens.map { (SubjectToken(rawValue: $0), randomOrder(&generator)) })
    }

    @Test func `the header says which list it is and which key made it`() throws {
        let book = try openBook(builder.build(randomOrders(count: 3, seed: 1)))
        #expect(book.listVersion == 7)
        #expect(book.created == created)
        #expect(book.keyEpoch == 3)
        #expect(book.keyCheck == 0x0123_4567_89AB_CDEF)
    }

    @Test func `the sequence of the orders does not change the bytes`() throws {
        let orders = randomOrders(count: 3_000, seed: 4, households: 700)
        let bytes = try builder.build(orders)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<3 { #expect(try builder.build(orders.shuffled(using: &generator)) == bytes) }
    }

    @Test func `ends are rounded down to a whole minute`() throws {
        let subject = SubjectToken(rawValue: 5)
        let ends: [Int64: Int64] = [3_600: 3_600, 3_659: 3_600, 3_660: 3_660, 60: 60]
        for (given, kept) in ends {
            let book = try openBook(builder.build([(subject, sampleOrder(ends: given))]))
            #expect(book.order(for: subject)?.ends == newYear.advanced(bySeconds: kept))
        }
    }

    @Test func `orders that have ended by the time of the list are left out`() throws {
        let lasting = (SubjectToken(rawValue: 9), sampleOrder(ends: 60, household: 8, reference: 5))
        // The list is made at second 37; an end at second 59 counts as one at second 0.
        let ended = [-86_400, -1, 0, 37, 59].enumerated().map { index, end in
            (SubjectToken(rawValue: UInt64(index)), sampleOrder(ends: end, household: 7, reference: 3))
        }
        #expect(try builder.build(ended + [lasting] + ended) == builder.build([lasting]))
        #expect(try builder.build(ended) == builder.build([]))
    }

    @Test func `extreme values keep their place`() throws {
        let orders = [
            (SubjectToken(rawValue: 1), sampleOrder(ends: 31 * 86_400, household: .max, reference: 999_999_999_999)),
            (SubjectToken(rawValue: 2), sampleOrder(.exposure(.four), reason: .awaitingResult, ends: 60, household: 0)),
        ]
        try expectRoundTrip(orders)
    }

    @Test func `two orders on one subject are refused`() throws {
        let orders = [1, 2, 1].map { (SubjectToken(rawValue: $0), sampleOrder()) }
        #expect(throws: OrderBookBuildError.duplicate(SubjectToken(rawValue: 1))) { try builder.build(orders) }
    }

    @Test func `an order that lasts too long and an impossible time are refused`() throws {
        let subject = SubjectToken(rawValue: 1)
        #expect(throws: OrderBookBuildError.endsTooLate(subject)) {
            try builder.build([(subject, sampleOrder(ends: 31 * 86_400 + 60))])
        }
        for seconds in [-1, -90, 1 << 40 + 1] as [Int64] {
            let time = WallTime(secondsSince1970: seconds)
            let impossible = OrderBookBuilder(listVersion: 1, created: time, keyEpoch: 1, keyCheck: 1)
            #expect(throws: OrderBookBuildError.impossibleCreationTime(time)) { try impossible.build([]) }
        }
    }

    /// Bits of each section, for each order.
    private func sectionBits(_ bytes: [UInt8], count: Int) -> [Double] {
        (0..<6).map { section in
            let length = bytes[80 + section * 32 + 24..<80 + section * 32 + 32].reversed().reduce(0) {
                $0 << 8 | Int($1)
            }
            return Double(length * 8) / Double(count)
        }
    }

    /// log₂ of (2⁶⁴ choose `count`), by Stirling's formula, for each of the tokens.
    private func entropyOfSet(_ count: Double) -> Double { 64 - log2(count) + log2(exp(1.0)) }

    @Test(arguments: [65_536, 100_000, 131_071])
    func `keys and attributes each take at most a tenth more than their entropy`(count: Int) throws {
        var generator = SeededGenerator(seed: 6)
        // Three to a household, and ends on whole hours within two weeks.
        let households = (0..<count / 3 + 1).map { _ in generator.next() }
        let orders = randomOrders(count: count, seed: 8).enumerated().map { index, order in
            var (subject, order) = order
            order.ends = newYear.advanced(bySeconds: 3_600 * .random(in: 1...336, using: &generator))
            order.household = HouseholdToken(rawValue: households[index / 3])
            return (subject, order)
        }
        let bits = sectionBits(try builder.build(orders), count: count)
        let n = Double(count)
        let restBits = 56 - floor(log2(n)) + 2
        let keys = bits[0] + bits[1] + restBits
        #expect(keys <= 1.1 * entropyOfSet(n))

        let attributes = bits.reduce(0, +) - keys
        // Who belongs together: n! / (3!)^(n/3) ways.
        let belonging = log2(n) - log2(exp(1.0)) - log2(6.0) / 3
        let references = log2(40_000_001.0)
        let own = log2(25.0) + log2(336.0) + references
        #expect(attributes <= 1.1 * (own + belonging + entropyOfSet(n / 3) / 3))
    }

    @Test func `a token that has its beginning from one listed and its rest from another is not listed`() throws {
        // Where heads are compared eight at a time, one that differs in its last bit must not pass for the same.
        let pair = [SubjectToken(rawValue: 0x10 << 56 | 1), SubjectToken(rawValue: 0x11 << 56 | 2)]
        let two = try openBook(builder.build(pair.map { ($0, sampleOrder()) }))
        #expect(two.order(for: SubjectToken(rawValue: 0x10 << 56 | 2)) == nil)
        #expect(two.order(for: SubjectToken(rawValue: 0x11 << 56 | 1)) == nil)
        // Few rests and all heads, so that nearly every mixture is there.
        var generator = SeededGenerator(seed: 17)
        for count in [3, 8, 9, 15, 16, 40, 300] {
            var tokens: Set<UInt64> = []
            while tokens.count < count {
                tokens.insert(
                    UInt64.random(in: 0...255, using: &generator) << 56 | .random(in: 0...2, using: &generator))
            }
            let book = try openBook(builder.build(tokens.map { (SubjectToken(rawValue: $0), sampleOrder()) }))
            for head in UInt64(0)...255 {
                for rest in UInt64(0)...2 {
                    let token = head << 56 | rest
                    #expect((book.order(for: SubjectToken(rawValue: token)) != nil) == tokens.contains(token))
                }
            }
        }
    }

    @Test func `a mapped file answers like the bytes in memory`() throws {
        let orders = randomOrders(count: 500, seed: 11)
        let url = FileManager.default.temporaryDirectory.appending(path: "orders-\(UUID().uuidString).book")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(builder.build(orders)).write(to: url)
        let book = try OrderBook(mapping: MappedFile(path: url.path))
        // The map keeps the file that was renamed or removed.
        try FileManager.default.removeItem(at: url)
        for (subject, order) in orders { #expect(book.order(for: subject) == order) }
    }

    @Test func `a missing file, a directory and an empty file are refused`() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "orders-\(UUID().uuidString).book")
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(throws: OrderBookError.cannotOpen(path: url.path, reason: "No such file or directory")) {
            try MappedFile(path: url.path)
        }
        #expect(throws: OrderBookError.cannotOpen(path: "/", reason: "it is not a regular file")) {
            try MappedFile(path: "/")
        }
        try Data().write(to: url)
        #expect(throws: OrderBookError.notAnOrderBook) { try OrderBook(mapping: MappedFile(path: url.path)) }
    }
}
