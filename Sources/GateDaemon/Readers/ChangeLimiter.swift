import GateModel

/// Keeps a reader whose state changes again and again from filling the ledger: so many changes are written in a minute,
/// and after them the last one with how many there were.
struct ChangeLimiter {
    static let mostInAMinute = 10

    struct Change: Equatable {
        var state: ReaderState
        var reason: String?
    }

    private var written: [MonotonicTime] = []
    private var held: (change: Change, count: Int)?

    /// What is to be written now.
    mutating func take(_ change: Change, at now: MonotonicTime) -> Change? {
        held = (change, (held?.count ?? 0) + 1)
        return release(at: now)
    }

    /// What was held back and may be written by now.
    mutating func release(at now: MonotonicTime) -> Change? {
        written.removeAll { now.since($0) >= .seconds(60) }
        guard let held, written.count < Self.mostInAMinute else { return nil }
        self.held = nil
        written.append(now)
        guard held.count > 1 else { return held.change }
        let times = "its state changed \(held.count) times in between"
        return Change(state: held.change.state, reason: held.change.reason.map { "\($0); \(times)" } ?? times)
    }
}
