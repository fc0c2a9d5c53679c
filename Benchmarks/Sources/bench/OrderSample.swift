import CHarness
import GateModel

/// Orders like those of a large city, made from their numbers whenever they are needed: all of them are placeholders.
struct OrderSample {
    /// When the list is made. Fixed, so that a list of so many orders is always the same.
    static let created = WallTime(secondsSince1970: 1_790_000_000)
    /// The number of the first order.
    private static let firstReference: UInt64 = 1_000_000
    /// A prime, so that it has no factor in common with a round number of orders.
    private static let stride = 6_700_417

    let count: Int
    var created = Self.created

    /// The token of order `index`. Those of other indexes are tokens of nobody.
    func token(_ index: Int) -> SubjectToken { SubjectToken(rawValue: mixed(UInt64(index))) }

    /// A token that no order has.
    func strangerToken(_ index: Int) -> SubjectToken { token(count + index) }

    /// Order `index`, the numbers being given in turn.
    ///
    /// Any kind and reason; ends on whole hours within two weeks; households of one to five, whose orders were not made
    /// one after the other. Nothing can be told from anything else, so a list needs the room for all of it.
    func order(_ index: Int) -> Order? {
        let random = mixed(UInt64(index) | 1 << 62)
        let tier = Order.Tier(rawValue: UInt8(random % 5))
        let hours = Int64(1 + random >> 32 % 336)
        guard let reason = Order.Reason(rawValue: UInt8(random >> 16 % 5)),
            let reference = OrderReference(Self.firstReference + UInt64(index))
        else { return nil }
        return Order(
            kind: tier.map(Order.Kind.exposure) ?? .isolation, reason: reason,
            ends: created.advanced(bySeconds: hours * 3600), household: household(index), reference: reference)
    }

    /// All of them, in the order of their numbers.
    func all() throws -> [(SubjectToken, Order)] {
        try (0..<count).map { index in
            guard let order = order(index) else { throw Trouble("order \(index) cannot be") }
            return (token(index), order)
        }
    }

    /// Fifteen places make five households, of one to five.
    private func household(_ index: Int) -> HouseholdToken {
        let place = index * Self.stride % count
        let member = place % 15
        let number = place / 15 * 5 + (member < 1 ? 0 : member < 3 ? 1 : member < 6 ? 2 : member < 10 ? 3 : 4)
        return HouseholdToken(rawValue: mixed(UInt64(number) | 1 << 63))
    }

    /// As good as random, and different for different numbers.
    private func mixed(_ number: UInt64) -> UInt64 {
        var generator = SeededGenerator(state: number &* 0x9E37_79B9_7F4A_7C15)
        return generator.next()
    }
}
