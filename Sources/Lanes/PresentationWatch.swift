public import GateModel

/// What an access point remembers between presentations, for seconds only: whether the same thing is still being held
/// before a reader, and whether too much fails at one of them.
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
        /// Too much failed at this reader within a minute, and the last attempt was just now. Never at an exit.
        case tooSoon
    }

    /// So many presentations at one reader that were not admitted, within ``failureWindow``, are worth an event.
    public static let manyFailures = 5
    public static let failureWindow = Duration.seconds(60)
    /// How long a slowed reader waits between attempts.
    public static let slowedPause = Duration.seconds(3)

    public let direction: Direction
    public let settings: Settings
    /// At an exit a repetition must not outlast half of the release, so that whoever stands there keeps it open.
    private let exitWindow: Duration
    private var last: (subject: SubjectToken, acceptedAt: MonotonicTime, seenAt: MonotonicTime)?
    private var failures: [ReaderID: Failures] = [:]

    /// The newest failures of one reader.
    private struct Failures {
        /// Oldest first; never more than ``manyFailures``.
        var times: [MonotonicTime] = []
        var isTroubled: Bool { times.count == manyFailures }
        var lastWasUnreadable = false
    }

    /// - Parameter releaseTime: how long the lane stays released.
    public init(direction: Direction, settings: Settings = Settings(), releaseTime: Duration = .seconds(5)) {
        self.direction = direction
        self.settings = settings
        exitWindow = min(settings.repeatWindow, releaseTime / 2)
    }

    /// Says what a read is. It must come before anything is looked up or counted.
    ///
    /// - Parameters:
    ///   - subject: `nil` for what could not be read.
    ///   - laneIsReleased: whether the lane still stands released. At an exit a person may come back to a lane that has
    ///     locked in the meantime, and must not be made to wait (principle 1).
    public mutating func verdict(
        for subject: SubjectToken?, at reader: ReaderID, _ now: MonotonicTime, laneIsReleased: Bool
    ) -> Verdict {
        forget(at: now)
        if let subject, let last, last.subject == subject, isRepetition(of: last.acceptedAt, now, laneIsReleased) {
            self.last?.seenAt = now
            return .repeated
        }
        if direction == .entry, let failed = failures[reader], failed.isTroubled, let time = failed.times.last,
            now.since(time) < Self.slowedPause,
            // What is read well is not made to wait for noise, as of a scanner with a wrong rate.
            subject == nil || !failed.lastWasUnreadable
        {
            return .tooSoon
        }
        last = subject.map { ($0, now, now) }
        return .new
    }

    private func isRepetition(of accepted: MonotonicTime, _ now: MonotonicTime, _ laneIsReleased: Bool) -> Bool {
        direction == .entry || laneIsReleased && now.since(accepted) < exitWindow
    }

    /// What is presented next is a presentation of its own, be it the one before: something was shown that may change
    /// how it ends.
    public mutating func expectAgain() { last = nil }

    /// Notes how a presentation ended.
    ///
    /// - Parameter wasReadable: whether there was a subject.
    /// - Returns: whether the reader has just become one where much fails.
    public mutating func ended(
        _ outcome: Outcome, at reader: ReaderID, _ now: MonotonicTime, wasReadable: Bool
    ) -> Bool {
        guard !outcome.admits else { return false }
        // Who is asked to present it again may do so at once.
        if outcome == .retry { last = nil }
        var failed = failures[reader] ?? Failures()
        let wasTroubled = failed.isTroubled
        if wasTroubled { failed.times.removeFirst() }
        failed.times.append(now)
        failed.lastWasUnreadable = !wasReadable
        failures[reader] = failed
        return failed.isTroubled && !wasTroubled
    }

    /// Forgets what is older than its window.
    public mutating func forget(at now: MonotonicTime) {
        if let last, now.since(last.seenAt) >= settings.repeatWindow { self.last = nil }
        for (reader, var failed) in failures {
            failed.times.removeAll { now.since($0) >= Self.failureWindow }
            failures[reader] = failed.times.isEmpty ? nil : failed
        }
    }
}
