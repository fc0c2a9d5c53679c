public import EventStream

/// What the ledger found when it was opened.
public struct LedgerOpening: Hashable, Sendable {
    /// The file was damaged; it was set aside and a new ledger with a new epoch began. Its unsent events are lost.
    public var recreated: Bool
    /// What was wrong with the file, and where it is kept now.
    public var reason: String?
    /// Whether the daemon closed the ledger in order the last time. True for the very first opening.
    public var lastWasOrderly: Bool
    /// Admitted crossings that had no end; an event now says that they were interrupted.
    public var interrupted: [CrossingStep]
}
