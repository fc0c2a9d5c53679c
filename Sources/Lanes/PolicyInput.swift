public import GateModel

/// All that the policy table may look at for one presentation.
public struct PolicyInput: Hashable, Sendable {
    public enum Presented: Hashable, Sendable {
        case unreadable(UnreadableReason)
        case standing(Standing)
    }

    public enum Temperature: String, Hashable, Sendable, Codable, CaseIterable {
        case notMeasured = "not-measured"
        case normal
        case atOrAboveLimit = "at-or-above-limit"
    }

    public var direction: Direction
    public var site: Site
    public var mandateValid: Bool
    public var presented: Presented
    public var temperature: Temperature
    /// The list behind the standing; the decision carries it on (principle 15).
    public var list: ListStamp
    /// How old the list is by the limits of the access point.
    public var freshness: Freshness
    /// Unreadable presentations in a row at this access point, this one included.
    public var unreadableAttempts: Int

    public init(
        direction: Direction, site: Site, mandateValid: Bool, presented: Presented,
        temperature: Temperature = .notMeasured,
        list: ListStamp, freshness: Freshness, unreadableAttempts: Int
    ) {
        self.direction = direction
        self.site = site
        self.mandateValid = mandateValid
        self.presented = presented
        self.temperature = temperature
        self.list = list
        self.freshness = freshness
        self.unreadableAttempts = unreadableAttempts
    }

    var column: PolicyColumn {
        switch (direction, site) {
        case (.exit, _): .exit
        case (.entry, .communityGate): .communityGate
        case (.entry, .checkpoint): .checkpoint
        }
    }

    /// Whether the row of `policyCase` fits, given that no row above it did.
    func fits(_ policyCase: PolicyCase) -> Bool {
        switch (policyCase, presented) {
        case (.noMandate, _): !mandateValid
        case (.unreadable, .unreadable): true
        // A fever must not hide a household exit: an isolated person who leaves is reported (principle 1).
        case (.fever, .standing(.isolation)): temperature == .atOrAboveLimit && direction == .entry
        case (.fever, .standing): temperature == .atOrAboveLimit
        case (.isolation, .standing(.isolation)): true
        case (.exposureHigh, .standing(.exposure(let tier, _))): tier >= .three
        case (.exposureLow, .standing(.exposure)): true
        case (.noList, .standing(.unknown)): true
        case (.clearOnExpiredList, .standing(.clear)): freshness == .expired
        case (.clearOnStaleList, .standing(.clear)): freshness == .stale
        case (.clear, .standing(.clear)): true
        default: false
        }
    }
}
