import GateModel
import Orders
import TrustedFiles

extension FuzzTarget {
    static let orders = [
        FuzzTarget("order-book", longestInput: 4096, seeds: orderBooks, run: orderBook),
        FuzzTarget("order-book-built", longestInput: 2048, run: builtOrderBook),
        FuzzTarget("order-csv", longestInput: 1024, run: orderCSV),
        FuzzTarget("signed-files", longestInput: 1024, seeds: signedFiles) { input in
            let json = input.payload
            if let mandate = try? Mandate(json: json) {
                let again = try? Mandate(json: (try? mandate.json()) ?? [])
                expect(again == mandate, "a mandate is read from what it is written as")
            }
            guard let envelope = try? SignedEnvelope(json: json) else { return }
            let again = try? SignedEnvelope(json: (try? envelope.json()) ?? [])
            expect(again == envelope, "an envelope is read from what it is written as")
            guard let key = TrustedKey(text: String(repeating: "0", count: 64)) else { return }
            _ = try? Manifest.open(envelopeBytes: json, trusted: key, deployment: "D", notOlderThan: nil)
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
        guard var file = try? builder.build(orders) else { return }
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

    private static func someOrders(_ reader: inout ByteReader) -> [(SubjectToken, Order)] {
        var orders: [(SubjectToken, Order)] = []
        while !reader.isAtEnd {
            // Few bytes for a token, so that many lie close together.
            let token = UInt64(reader.byte()) << 56 | UInt64(reader.byte())
            let what = reader.byte()
            let kinds: [Order.Kind] = [.isolation] + Order.Tier.allCases.map { .exposure($0) }
            let reasons = Order.Reason.allCases
            guard let reference = OrderReference(UInt64(reader.byte()) << 16 | UInt64(what)) else { continue }
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
            var seen: Set<SubjectToken> = []
            let orders = someOrders(&reader).filter { seen.insert($0.0).inserted }
            return (try? builder.build(orders)).map { [UInt8](repeating: 0, count: 8) + $0 }
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

    private static func signedFiles() -> [[UInt8]] {
        let mandate = try? Mandate(
            reference: "R", legalBasis: "L", area: "A", from: created, until: created.advanced(bySeconds: 60))
        let manifest = try? Manifest(
            version: 1, deployment: "D", created: 0, files: [Manifest.File(role: .orders, name: "o", content: [1])])
        let files = [try? mandate?.json(), try? manifest?.sealed(with: PublisherKey())]
        return files.compactMap { $0.map { [UInt8](repeating: 0, count: 8) + $0 } }
    }
}
