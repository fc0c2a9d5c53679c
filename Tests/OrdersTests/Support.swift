import GateModel
import Orders
import TestSupport

/// 2026-01-01T00:00:00Z.
let newYear = WallTime(secondsSince1970: 1_767_225_600)

/// Not on a whole minute, so that tests see which way ends are rounded.
let created = newYear.advanced(bySeconds: 37)

let builder = OrderBookBuilder(listVersion: 7, created: created, keyEpoch: 3, keyCheck: 0x0123_4567_89AB_CDEF)

private func orderReference(_ number: UInt64) -> OrderReference {
    guard let reference = OrderReference(number) else { preconditionFailure("\(number) is no order reference") }
    return reference
}

func randomOrder(_ generator: inout SeededGenerator, households: UInt64 = 1 << 40) -> Order {
    let tier = Order.Tier(rawValue: .random(in: 0...4, using: &generator))
    return Order(
        kind: tier.map { .exposure($0) } ?? .isolation,
        reason: Order.Reason.allCases.randomElement(using: &generator) ?? .confirmedCase,
        ends: newYear.advanced(bySeconds: 60 * .random(in: 1...30 * 1_440, using: &generator)),
        household: HouseholdToken(rawValue: .random(in: 0..<households, using: &generator) &* 0x9E37_79B9_7F4A_7C15),
        reference: orderReference(.random(in: 50_000_000...90_000_000, using: &generator))
    )
}

func randomOrders(count: Int, seed: UInt64, households: UInt64 = 1 << 40) -> [(SubjectToken, Order)] {
    var generator = SeededGenerator(seed: seed)
    var seen: Set<UInt64> = []
    var orders: [(SubjectToken, Order)] = []
    while orders.count < count {
        let token = generator.next()
        guard seen.insert(token).inserted else { continue }
        orders.append((SubjectToken(rawValue: token), randomOrder(&generator, households: households)))
    }
    return orders
}

func sampleOrder(
    _ kind: Order.Kind = .isolation, reason: Order.Reason = .confirmedCase, ends: Int64 = 86_400, household: UInt64 = 1,
    reference: UInt64 = 1
) -> Order {
    Order(
        kind: kind, reason: reason, ends: newYear.advanced(bySeconds: ends),
        household: HouseholdToken(rawValue: household), reference: orderReference(reference))
}

func openBook(_ bytes: [UInt8]) throws -> OrderBook { try OrderBook(mapping: MappedFile(copying: bytes)) }
