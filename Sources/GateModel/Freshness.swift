/// How much a list may be relied upon, by its age (principle 15).
public enum Freshness: String, Hashable, Sendable, Codable, CaseIterable {
    case fresh
    /// Older than it should be: shown, and refreshed with more vigour.
    case stale
    /// So old that the policy refers more.
    case expired

    /// - Parameter ageSeconds: seconds since the list was made. Below zero when the clock is behind the list.
    public init(ageSeconds: Int64, limits: FreshnessLimits = .standard) {
        switch ageSeconds {
        case limits.expired...: self = .expired
        case limits.stale...: self = .stale
        // The list comes from the future, so one of the two clocks is wrong and the age is not known.
        case ..<(-FreshnessLimits.toleratedLeadSeconds): self = .stale
        default: self = .fresh
        }
    }
}

/// Where ``Freshness`` changes, in seconds of age.
public struct FreshnessLimits: Hashable, Sendable {
    /// By how much the clock of the publisher may be ahead of the gate's.
    public static let toleratedLeadSeconds: Int64 = 300
    /// 6 hours and 24 hours.
    public static let standard = FreshnessLimits(checkedStale: 6 * 3_600, expired: 24 * 3_600)

    /// From this age on a list is stale.
    public let stale: Int64
    /// From this age on a list is expired.
    public let expired: Int64

    /// `nil` unless 0 < stale < expired.
    public init?(stale: Int64, expired: Int64) {
        guard 0 < stale, stale < expired else { return nil }
        self.init(checkedStale: stale, expired: expired)
    }

    private init(checkedStale: Int64, expired: Int64) {
        self.stale = checkedStale
        self.expired = expired
    }
}
