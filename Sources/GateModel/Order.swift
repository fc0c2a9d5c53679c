/// A public-health order on one subject: all that a list entry can express (principle 5).
///
/// There is no other category. Nothing about origin, ethnicity, faith, politics, debt or criminal record has a place here.
public struct Order: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The subject is to stay at home. Leaving is recorded and reported, never prevented.
        case isolation
        /// The subject was exposed; tier 4 is the gravest.
        case exposure(Tier)
    }

    /// How grave an exposure notice is, 1 (least) to 4.
    public enum Tier: UInt8, Hashable, Sendable, Codable, CaseIterable, Comparable {
        case one = 1
        case two, three, four

        public static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
    }

    /// Why the order was made. A closed list of public-health reasons.
    public enum Reason: UInt8, Hashable, Sendable, Codable, CaseIterable {
        case confirmedCase = 0
        case closeContact = 1
        case householdContact = 2
        case travelHistory = 3
        case awaitingResult = 4

        /// The word used in CSV files, JSON and tables.
        public var word: String {
            switch self {
            case .confirmedCase: "confirmed-case"
            case .closeContact: "close-contact"
            case .householdContact: "household-contact"
            case .travelHistory: "travel-history"
            case .awaitingResult: "awaiting-result"
            }
        }

        public init?(word: String) {
            guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
            self = match
        }
    }

    /// No order may last longer (principle 8).
    public static let longestSeconds: Int64 = 30 * 86_400

    public var kind: Kind
    public var reason: Reason
    /// The order counts while the wall clock is before this time.
    public var ends: WallTime
    public var household: HouseholdToken
    public var reference: OrderReference

    public init(kind: Kind, reason: Reason, ends: WallTime, household: HouseholdToken, reference: OrderReference) {
        self.kind = kind
        self.reason = reason
        self.ends = ends
        self.household = household
        self.reference = reference
    }
}

/// What the list says of a token now.
public enum Standing: Hashable, Sendable {
    case clear
    case exposure(Order.Tier, Order)
    case isolation(Order)
    /// There is no valid list.
    case unknown

    /// The order behind the standing, if there is one.
    public var order: Order? {
        switch self {
        case .exposure(_, let order), .isolation(let order): order
        case .clear, .unknown: nil
        }
    }

    /// - Parameter order: what the list holds of the token, `nil` for nothing.
    public init(order: Order?, at now: WallTime) {
        guard let order, now < order.ends else {
            self = .clear
            return
        }
        switch order.kind {
        case .isolation: self = .isolation(order)
        case .exposure(let tier): self = .exposure(tier, order)
        }
    }
}
