import Orders
import Testing

@Suite struct PublishedOrdersTests {
    @Test func `a name says what a file is, and has one spelling`() {
        let names: [OrderFileName] = [
            .book(7), .bulkDelta(from: 3, to: 7), .delta(from: 7, to: 8), .delta(from: 0, to: .max),
        ]
        for name in names { #expect(OrderFileName(name.text) == name) }
        let others = [
            "", "orders", "orders/", "orders/7.book", "orders/bulk/.book", "orders/bulk/07.book", "orders/bulk/+7.book",
            "orders/8-7.delta", "orders/7-7.delta", "orders/7-8", "orders/7-8-9.delta", "orders/x/7-8.delta",
            "orders/bulk/x/7.book", "mandate.json", "orders//7-8.delta", "orders/-8.delta",
            "orders/bulk/18446744073709551616.book",
        ]
        for other in others { #expect(OrderFileName(other) == nil, "\(other)") }
    }

    /// What a gate holds after it went a route: the base and the version in force.
    private func go(_ route: PublishedOrders.Route, base: UInt64?) throws -> (base: UInt64, inForce: UInt64) {
        var place = route.start
        for name in route.deltas {
            switch name {
            case .delta(let from, let to), .bulkDelta(let from, let to):
                #expect(from == place)
                place = to
            case .book: Issue.record("a book is no delta")
            }
        }
        return (try #require(route.mergesTo ?? route.book ?? base), place)
    }

    @Test func `from every version a gate may be at, a short way leads to the newest`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let previous = UInt64.random(in: 1...5, using: &random)
            let base = previous + UInt64.random(in: 1...3000, using: &random)
            let newest = base + UInt64.random(in: 0...6000, using: &random)
            let published = PublishedOrders(base: base, previousBase: previous, newest: newest)
            #expect(published.newest == newest)
            #expect(published.names.count <= 2 + 3 + 32 + 16)
            for name in published.names { #expect(OrderFileName(name.text) == name) }
            var places: [(UInt64?, UInt64?)] = [(nil, nil), (base, base), (previous, previous), (base + 1, base + 1)]
            places.append((base, UInt64.random(in: base...newest, using: &random)))
            places.append((previous, UInt64.random(in: previous...base, using: &random)))
            for (held, inForce) in places where inForce ?? 0 < newest {
                let route = try #require(published.route(base: held, inForce: inForce))
                let end = try go(route, base: held)
                #expect(end == (base, newest), "\(held ?? 0) \(inForce ?? 0) \(base) \(newest)")
                #expect(route.deltas.count <= 1 + 3 + 31)
            }
        }
    }

    @Test func `who is up to date fetches nothing, and who is one behind fetches one small file`() {
        let published = PublishedOrders(base: 10, previousBase: nil, newest: 300)
        #expect(published.route(base: 10, inForce: 300) == nil)
        #expect(published.route(base: 10, inForce: 301) == nil)
        #expect(published.route(base: 10, inForce: 299)?.deltas == [.delta(from: 299, to: 300)])
    }

    @Test func `without a book nothing leads anywhere`() {
        let published = PublishedOrders([.delta(from: 1, to: 2)])
        #expect(published.newest == nil)
        #expect(published.route(base: 1, inForce: 1) == nil)
    }

    @Test func `the gate that follows every version always fetches one file`() {
        for newest in UInt64(2)...700 {
            let route = PublishedOrders(base: 1, previousBase: nil, newest: newest).route(base: 1, inForce: newest - 1)
            #expect(route?.deltas == [.delta(from: newest - 1, to: newest)])
        }
    }
}
