/// What the gate does with a presentation. The gate never denies on its own: `refer` is the strongest (principle 10).
public enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
    case admit
    /// Admit, and report with the token, the order and the household.
    case admitAndReport = "admit-and-report"
    /// Hold the lane for an attendant.
    case refer
    /// Ask for the credential again.
    case retry

    public var admits: Bool { self == .admit || self == .admitAndReport }
}

/// Which row of the policy table decided. Only the attendant's screen and the CLI show it (principle 11).
public enum PolicyCase: String, Hashable, Sendable, Codable, CaseIterable {
    case noMandate = "no-mandate"
    case unreadable
    case fever
    case isolation
    case exposureHigh = "exposure-high"
    case exposureLow = "exposure-low"
    /// The list says nothing of the token, but it is older than `expired`.
    case clearOnExpiredList = "clear-on-expired-list"
    /// The list says nothing of the token, but it is older than `stale`.
    case clearOnStaleList = "clear-on-stale-list"
    case clear
    /// There is a mandate but no valid list.
    case noList = "no-list"
    /// The credential was admitted and could not be recorded in time at an entry.
    case ledgerStalled = "ledger-stalled"
    /// Who would be admitted comes at an hour at which nobody enters.
    case entryLocked = "entry-locked"
    /// Who would be admitted might not find out again: the button between the doors of an interlock is lost.
    case laneFault = "lane-fault"
}

/// Which list a decision was made with (principle 15).
public struct ListStamp: Hashable, Sendable, Codable {
    /// Counts up with each publication; 0 when there is no list.
    public var version: UInt64
    /// Seconds since the list was made, on the wall clock; `nil` when there is no list.
    public var ageSeconds: Int64?

    public init(version: UInt64, ageSeconds: Int64?) {
        self.version = version
        self.ageSeconds = ageSeconds
    }

    public static let none = ListStamp(version: 0, ageSeconds: nil)
}

/// The result of the policy table for one presentation.
public struct Decision: Hashable, Sendable {
    public var outcome: Outcome
    public var policyCase: PolicyCase
    /// Whether the event carries the identity. Everything else is only counted (principle 9).
    public var reports: Bool
    /// Whether the person is shown health advice while being admitted.
    public var advises: Bool
    public var list: ListStamp

    public init(outcome: Outcome, policyCase: PolicyCase, reports: Bool, advises: Bool, list: ListStamp) {
        self.outcome = outcome
        self.policyCase = policyCase
        self.reports = reports
        self.advises = advises
        self.list = list
    }
}
