import GateModel
import Orders
import TrustedFiles

extension FuzzTarget {
    static let orders = [
        FuzzTarget("order-book", longestInput: 4096, seeds: orderBooks, run: orderBook),
        FuzzTarget("order-book-built", longestInput: 2048, run: builtOrderBook),
        FuzzTarget("order-delta", longestInput: 2048, seeds: orderDeltas, run: orderDelta),
        FuzzTarget("order-delta-chain", longestInput: 2048, run: orderDeltaChain),
        FuzzTarget("order-csv", longestInput: 1024, run: orderCSV),
        FuzzTarget("mandate", seeds: { mandates.map(delivered) }) { input in
            guard let mandate = try? Mandate(json: input.payload) else { return }
            expect(mandate.until.seconds(since: mandate.from) <= Mandate.longestSeconds, "no mandate is too long")
            let again = try? Mandate(json: (try? mandate.json()) ?? [])
            expect(again == mandate, "a mandate is read from what it is written as")
        },
        FuzzTarget("signed-file", longestInput: 1024, seeds: { envelopes.map(delivered) }) { input in
            guard let envelope = try? SignedEnvelope(json: input.payload) else { return }
            let again = try? SignedEnvelope(json: (try? envelope.json()) ?? [])
            expect(again == envelope, "an envelope is read from what it is written as")
            _ = try? envelope.open(as: payloadType, trusted: key.trusted)
        },
    ]

    private static let created = WallTime(secondsSince1970: 1_764_000_000)

    // MARK: Order books

    /// A file of arbitrary content.
    private static func orderBook(_ input: FuzzInput) {
        guard let book = try? OrderBook(mapping: MappedFile(copying: input.payload)) else { return }
        var count = 0
        var tokens = [0, 1, UInt64.max, UInt64(1) << 63]
        book.forEachOrder { token, _ in
            count += 1
            if count <= 64 { tokens += [token.rawValue, token.rawValue &+ 1] }
        }
        expect(count <= book.count, "there are no more orders than the header says")
        for token in tokens { _ = book.order(for: SubjectToken(rawValue: token)) }
    }

    /// A good book: everything in it is found, and nothing else; and no single wrong byte does harm.
    private static func builtOrderBook(_ input: FuzzInput) {
        var reader = ByteReader(input.payload)
        let damages = (0..<4).map { _ in (at: Int(reader.byte()) << 8 | Int(reader.byte()), by: reader.byte()) }
        let orders = someOrders(&reader)
        let builder = OrderBookBuilder(listVersion: 1, created: created, keyEpoch: 1, keyCheck: 2)
        guard var file = try? builder.build(orders) else {
            return expect(false, "good orders make a book")
        }
        guard let book = try? OrderBook(mapping: MappedFile(copying: file)) else {
            return expect(false, "a book that was built can be read")
        }
        expect(book.count == orders.count, "every order is in the book")
        for (token, order) in orders {
            let found = book.order(for: token)
            expect(found?.household == order.household && found?.reference == order.reference, "every order is found")
            let next = SubjectToken(rawValue: token.rawValue &+ 1)
            let isThere = orders.contains { $0.0 == next }
            expect((book.order(for: next) != nil) == isThere, "nothing else is found")
        }
        for damage in damages { file[damage.at % file.count] ^= damage.by }
        orderBook(input.replacingPayload(file))
    }

    private static func someOrders(_ reader: inout ByteReader, most: Int = .max) -> [(SubjectToken, Order)] {
        var orders: [(SubjectToken, Order)] = []
        var seen: Set<UInt64> = []
        while !reader.isAtEnd, orders.count < most {
            // Few bytes for a token, so that many lie close together.
            let token = UInt64(reader.byte()) << 56 | UInt64(reader.byte())
            let what = reader.byte()
            let kinds: [Order.Kind] = [.isolation] + Order.Tier.allCases.map { .exposure($0) }
            let reasons = Order.Reason.allCases
            let reference = OrderReference(UInt64(reader.byte()) << 16 | UInt64(what))
            guard let reference, seen.insert(token).inserted else { continue }
            orders.append(
                (
                    SubjectToken(rawValue: token),
                    Order(
                        kind: kinds[Int(what) % kinds.count], reason: reasons[Int(what >> 2) % reasons.count],
                        ends: created.advanced(bySeconds: 60 + Int64(what) * 3600),
                        household: HouseholdToken(rawValue: UInt64(reader.byte()) << 48), reference: reference)
                ))
        }
        return orders
    }

    private static func orderBooks() -> [[UInt8]] {
        [0, 1, 2, 40, 130].compactMap { count in
            var reader = ByteReader((0..<count * 5).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ $0 >> 3) })
            let builder = OrderBookBuilder(listVersion: 1, created: created, keyEpoch: 1, keyCheck: 2)
            return (try? builder.build(someOrders(&reader))).map(delivered)
        }
    }

    // MARK: Deltas

    /// A file of arbitrary content: refused, or the one way to write what it says, and good for a list.
    private static func orderDelta(_ input: FuzzInput) {
        guard let delta = try? OrderDelta(bytes: input.payload) else { return }
        expect(delta.bytes() == input.payload, "there is one way to write a delta")
        var reader = ByteReader(input.payload)
        guard let list = list(someOrders(&reader, most: 20), delta.base) else { return }
        guard let after = try? list.applying(delta) else {
            return expect(false, "a delta changes the list that it names")
        }
        guard let book = merged(after).flatMap({ try? OrderBook(mapping: MappedFile(copying: $0)) }) else {
            return expect(false, "a list with changes can be merged")
        }
        after.forEachOrder { token, order in
            expect(book.order(for: token) == order, "the merged book has the orders of the list")
        }
        var count = 0
        book.forEachOrder { token, order in
            expect(after.order(for: token) == order, "the list has the orders of the merged book")
            count += 1
        }
        expect(count == book.count, "every order of the book is listed")
    }

    /// Three versions of a list: whichever way leads from the first to the last gives the same file.
    private static func orderDeltaChain(_ input: FuzzInput) {
        var reader = ByteReader(input.payload)
        let lists = (1...3 as ClosedRange<UInt64>).compactMap { version in
            // Now and then an order ends between two versions.
            let created = created.advanced(bySeconds: Int64(version) * 1_800)
            let head = OrderBookHead(listVersion: version, created: created, keyEpoch: 1, keyCheck: 2)
            return list(someOrders(&reader, most: 40), head)
        }
        guard lists.count == 3, let first = try? OrderDelta.between(lists[0], lists[1]),
            let second = try? OrderDelta.between(lists[1], lists[2]),
            let both = try? first.composed(with: second)
        else { return expect(false, "there is a delta between two versions, and one for both") }
        let last = merged(lists[2])
        expect(last != nil, "a list can be merged")
        expect((try? lists[0].applying(first).applying(second)).map(merged) == last, "deltas lead to the last version")
        expect((try? lists[0].applying(both)).map(merged) == last, "so does one for both")
        let direct = try? OrderDelta.between(lists[0], lists[2])
        expect((try? both.reduced(against: lists[0])) == direct, "which says nothing else than the direct one")
    }

    /// The list of `orders`; `nil` where one of them lasts too long for it.
    private static func list(_ orders: [(SubjectToken, Order)], _ head: OrderBookHead) -> OrderList? {
        let builder = OrderBookBuilder(
            listVersion: head.listVersion, created: head.created, keyEpoch: head.keyEpoch, keyCheck: head.keyCheck)
        guard let file = try? builder.build(orders) else { return nil }
        return (try? OrderBook(mapping: MappedFile(copying: file))).map { OrderList($0) }
    }

    private static func merged(_ list: OrderList) -> [UInt8]? {
        var file: [UInt8] = []
        let length = try? list.writeBook(
            to: { piece, offset in
                file += [UInt8](repeating: 0, count: max(0, offset + piece.count - file.count))
                file.replaceSubrange(offset..<offset + piece.count, with: piece)
            }, pause: {})
        return length == file.count ? file : nil
    }

    private static func orderDeltas() -> [[UInt8]] {
        [(0, 0), (0, 3), (3, 0), (40, 60)].compactMap { before, after in
            let lists = [before, after].enumerated().compactMap { index, count in
                var reader = ByteReader((0..<count * 5).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ $0 >> 3 &+ index) })
                let head = OrderBookHead(
                    listVersion: UInt64(index), created: created, keyEpoch: 1, keyCheck: 2)
                return list(someOrders(&reader), head)
            }
            guard lists.count == 2 else { return nil }
            return (try? OrderDelta.between(lists[0], lists[1])).map { delivered($0.bytes()) }
        }
    }

    // MARK: Texts

    private static func orderCSV(_ input: FuzzInput) {
        let read = try? OrderCSV.read(
            input.payload, now: created,
            subject: { $0.isEmpty ? .failure(.notADocument) : .success(SubjectToken(rawValue: sum($0))) },
            household: { HouseholdToken(rawValue: sum($0)) })
        guard let read else { return }
        expect(Set(read.accepted.map(\.0)).count == read.accepted.count, "nobody has two orders")
        for (_, order) in read.accepted {
            expect(order.ends > created, "no order has ended")
            expect(order.ends.seconds(since: created) <= 31 * 86_400, "no order is longer than allowed")
        }
        let lines = input.payload.count { $0 == 0x0A } + 1
        expect(
            read.accepted.count + read.rejected.count < lines, "every row but the first is accepted or rejected once")
        for row in read.rejected { expect(!row.description.isEmpty, "a rejection has words") }
    }

    /// The same for the same text in every run.
    private static func sum(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    // MARK: Signed files

    /// The same in every run.
    private static let key = PublisherKey(secretText: String(repeating: "1", count: 64)) ?? PublisherKey()

    private static let payloadType = "text/plain"

    private static var mandates: [[UInt8]] {
        let mandate = try? Mandate(
            reference: "R", legalBasis: "L", area: "A", from: created, until: created.advanced(bySeconds: 60))
        return [try? mandate?.json()].compactMap(\.self)
    }

    private static var envelopes: [[UInt8]] {
        let envelope = try? SignedEnvelope(signing: [1, 2, 3], as: payloadType, with: key)
        return [try? envelope?.json()].compactMap(\.self)
    }

    /// With a header that delivers it at once.
    private static func delivered(_ file: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 8) + file }
}
