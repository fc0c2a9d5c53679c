import GateModel
import Orders
import TestSupport
import Testing

/// Against a reader in another language, written from `docs/order-book-format.md` alone.
@Suite struct OrderBookPeerTests {
    private static func orders(_ tokens: [UInt64], seed: UInt64, _ change: (Int, inout Order) -> Void = { _, _ in })
        -> [(SubjectToken, Order)]
    {
        var generator = SeededGenerator(seed: seed)
        return tokens.enumerated().map { index, token in
            var order = randomOrder(&generator)
            change(index, &order)
            return (SubjectToken(rawValue: token), order)
        }
    }

    private static let books: [String: [(SubjectToken, Order)]] = {
        let references = [1, 999_999_999_999, 2, 999_999_999_998].compactMap(OrderReference.init)
        let many = randomOrders(count: 1_500, seed: 40, households: 500)
        let tokens = many.map(\.0.rawValue)
        return [
            "empty": [],
            "one": randomOrders(count: 1, seed: 41),
            "seven, eight and nine": randomOrders(count: 9, seed: 42),
            "many": many,
            "all in one group": orders(Array(0..<700), seed: 43),
            "the last group": orders((0..<100).map { .max - $0 * 3 }, seed: 44),
            "both ends of the tokens": orders([0, 1, .max - 1, .max], seed: 45),
            "equal ends": orders(tokens, seed: 46) { $1.ends = newYear.advanced(bySeconds: 7_200) },
            "ends as far apart as can be": orders(tokens, seed: 47) {
                $1.ends = newYear.advanced(bySeconds: $0.isMultiple(of: 2) ? 60 : 31 * 86_400)
            },
            "extreme references": orders(tokens, seed: 48) { $1.reference = references[$0 % 4] },
            "one household": orders(tokens, seed: 49) { $1.household = HouseholdToken(rawValue: .max) },
            "households that crowd": orders(tokens, seed: 50) {
                $1.household = HouseholdToken(rawValue: $0 < 700 ? UInt64($0) : .max - UInt64($0))
            },
            "64 households": orders(tokens, seed: 51) {
                $1.household = HouseholdToken(rawValue: UInt64($0 % 64) << 58)
            },
            "65 households": orders(tokens, seed: 52) {
                $1.household = HouseholdToken(rawValue: UInt64($0 % 65) << 57)
            },
        ]
    }()

    @Test(arguments: books.keys.sorted()) func `another reader finds the same orders`(name: String) async throws {
        let orders = try #require(Self.books[name])
        let bytes = try builder.build(orders)
        let book = try openBook(bytes)
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let path = try folder.write(bytes, "book")

        var generator = SeededGenerator(seed: 60)
        let near = orders.prefix(40).flatMap { [$0.0.rawValue, $0.0.rawValue ^ 1, $0.0.rawValue ^ 1 << 40] }
        let tokens = near + (0..<20).map { _ in generator.next() } + [0, .max]
        var expected = ["7 \(created.secondsSince1970) 3 0123456789abcdef \(orders.count)"]
        book.forEachOrder { expected.append("\(Peer.text($0.rawValue)) \(Peer.text($1))") }
        #expect(expected.count == orders.count + 1)
        expected += tokens.map { token in
            let order = book.order(for: SubjectToken(rawValue: token))
            return "\(Peer.text(token)): \(order.map(Peer.text) ?? "none")"
        }
        let found = try await Peer.run("order_book.py", [path] + tokens.map(Peer.text))
        #expect(found.count == expected.count)
        let difference = zip(found, expected).first { $0 != $1 }
        #expect(difference == nil)
    }

    @Test(arguments: 0..<6 as Range<UInt64>) func `another reader applies the same deltas`(seed: UInt64) async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        var history = ListHistory(seed: 600 + seed, count: 200, crowded: seed.isMultiple(of: 2))
        var paths = [try folder.write(history.book(), "book")]
        var list = try history.list()
        for _ in 0..<3 {
            let before = try history.list()
            history.advance()
            let delta = try OrderDelta.between(before, history.list())
            paths.append(try folder.write(delta.bytes(), "delta-\(paths.count)"))
            list = try list.applying(delta)
        }
        var expected = ["\(list.listVersion) \(list.created.secondsSince1970) 3 0123456789abcdef"]
        list.forEachOrder { expected.append("\(Peer.text($0.rawValue)) \(Peer.text($1))") }
        #expect(try await Peer.run("order_delta.py", paths) == expected)
    }
}
