public import GateModel

/// What an access point remembers between presentations, for seconds only: whether the same thing is still being held
/// before a reader, and whether too much fails.
///
/// A token is kept for the repeat window and then forgotten (principle 9): call ``forget(at:)`` now and then.
public struct PresentationWatch: Sendable {
    public struct Settings: Hashable, Sendable {
        public static let repeatWindowRange: ClosedRange<Duration> = .zero ... .seconds(30)

        /// The same credential within this time is the same presentation.
        public var repeatWindow: Duration

        public init(repeatWindow: Duration = .seconds(3)) { self.repeatWindow = repeatWindow }
    }

    public enum Verdict: Hashable, Sendable {
        /// A presentation of its own.
        case new
        /// The one before, seen again.
        case repeated
        /// Too much failed here within a minute, and the last attempt was just now. Never at an exit.
        case tooSoon
    }

    /// So many presentations that were not admitted, within ``failureWindow``, are worth an event.
    public static let manyFailures = 5
    public static let failureWindow = Duration.seconds(60)
    /// How long a slowed access point waits between attempts.
    public static let slowedPause = Duration.seconds(3)

    public let direction: Direction
    public let settings: Settings
    /// The newest failures, oldest first; never more than ``manyFailures``.
    private var failures: [MonotonicTime] = []
    private var last: (subject: SubjectToken, seenAt: MonotonicTime)?
    private var isTroubled = false

    public init(direction: Direction, settings: Settings = Settings()) {
        self.direction = direction
        self.settings = settings
    }

    /// Says what a read is. It must come before anything is looked up or counted.
    ///
    /// - Parameters:
    ///   - subject: `nil` for what could not be read.
    ///   - laneIsReleased: whether the lane still stands released. At an exit a person may come back to a lane that has
    ///     locked in the meantime, and must not be made to wait (principle 1).
    public mutating func verdict(
        for subject: SubjectToken?, at now: MonotonicTime, laneIsReleased: Bool
    ) -> Verdict {
        forget(at: now)
        if let subject, let last, last.subject == subject, direction == .entry || laneIsReleased {
            self.last = (subject, now)
            return .repeated
        }
        if direction == .entry, isTroubled, let failure = failures.last, now.since(failure) < Self.slowedPause {
            return .tooSoon
        }
        last = subject.map { ($0, now) }
        return .new
    }

    /// Notes how a presentation ended.
    ///
    /// - Returns: whether the access point has just become one where much fails.
    public mutating func ended(_ outcome: Outcome, at now: MonotonicTime) -> Bool {
        guard !outcome.admits else { return false }
        // Who is asked to present it again may do so at once.
        if outcome == .retry { last = nil }
        if failures.count == Self.manyFailures { failures.removeFirst() }
        failures.append(now)
        guard failures.count == Self.manyFailures, !isTroubled else { return false }
        isTroubled = true
        return true
    }

    /// Forgets what is older than its window.
    public mutating func forget(at now: MonotonicTime) {
        if let last, now.since(last.seenAt) >= settings.repeatWindow { self.last = nil }
        failures.removeAll { now.since($0) >= Self.failureWindow }
        if failures.count < Self.manyFailures { isTroubled = false }
    }
}
