import GateModel
import Lanes

/// Every combination of what the policy table can be asked.
enum PolicyInputs {
    static func order(_ kind: Order.Kind) -> Order {
        guard let reference = OrderReference(1) else { preconditionFailure("1 is in OrderReference.range") }
        return Order(
            kind: kind, reason: .closeContact, ends: WallTime(secondsSince1970: 2_000_000_000),
            household: HouseholdToken(rawValue: 7), reference: reference)
    }

    static let isolation = Standing.isolation(order(.isolation))

    static let standings: [Standing] =
        [.clear, .unknown, isolation] + Order.Tier.allCases.map { .exposure($0, order(.exposure($0))) }

    static let presented: [PolicyInput.Presented] =
        standings.map { .standing($0) } + UnreadableReason.allCases.map { .unreadable($0) }

    static let all: [PolicyInput] = {
        var inputs: [PolicyInput] = []
        for direction in Direction.allCases {
            for site in Site.allCases {
                for mandateValid in [true, false] {
                    for presented in presented {
                        for temperature in PolicyInput.Temperature.allCases {
                            for list in [ListStamp.none, ListStamp(version: 9, ageSeconds: 90_000)] {
                                for freshness in Freshness.allCases {
                                    for attempts in [Int.min, 0, 1, 2, 3, 4, .max] {
                                        inputs.append(
                                            PolicyInput(
                                                direction: direction, site: site, mandateValid: mandateValid,
                                                presented: presented, temperature: temperature, list: list,
                                                freshness: freshness, unreadableAttempts: attempts))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return inputs
    }()

    /// An ordinary presentation with a fresh list.
    static func plain(_ direction: Direction, _ site: Site, _ standing: Standing) -> PolicyInput {
        PolicyInput(
            direction: direction, site: site, mandateValid: true, presented: .standing(standing),
            list: ListStamp(version: 4, ageSeconds: 60), freshness: .fresh, unreadableAttempts: 0)
    }
}

extension PolicyInput {
    var isReadable: Bool { if case .standing = presented { true } else { false } }

    var isIsolated: Bool { if case .standing(.isolation) = presented { true } else { false } }

    var hasOrder: Bool { if case .standing(let standing) = presented { standing.order != nil } else { false } }
}
