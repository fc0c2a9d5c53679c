/// Lets gates wait for the next publication.
///
/// Nobody has to believe what it says: it makes a gate look at the signed files, no more.
actor ChangeHints {
    /// More are answered at once, and come again in their own time.
    static let mostWaiting = 20_000

    private struct Waiter {
        var after: UInt64
        var until: ContinuousClock.Instant
        var answer: AsyncStream<UInt64>.Continuation
    }

    private var current: UInt64
    private var waiting: [Int: Waiter] = [:]
    private var lastTicket = 0

    var waitingCount: Int { waiting.count }

    init(current: UInt64) { self.current = current }

    /// The version of what is published, once it is another than `after`, or when ``publish(_:at:)`` is called with
    /// `until` or later.
    func version(after: UInt64, until: ContinuousClock.Instant) async -> UInt64 {
        guard after == current, waiting.count < Self.mostWaiting else { return current }
        lastTicket += 1
        let ticket = lastTicket
        let answer = AsyncStream<UInt64>.makeStream(bufferingPolicy: .bufferingOldest(1))
        waiting[ticket] = Waiter(after: after, until: until, answer: answer.continuation)
        defer { waiting[ticket] = nil }
        // Ends without a version if the task is cancelled.
        for await version in answer.stream { return version }
        return current
    }

    /// Answers those to whom `version` is news, and those whose time is over.
    func publish(_ version: UInt64, at now: ContinuousClock.Instant) {
        current = version
        for waiter in waiting.values where waiter.after != version || waiter.until <= now {
            waiter.answer.yield(version)
        }
    }
}
