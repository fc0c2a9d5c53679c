public import GateModel

/// Runs an SDT reader: looks for a card, reads it once, waits until it is gone.
///
/// ```
/// FIND ── 9F ──► SELECT ── 90 ──► READ ── document ──► READ NEWEST ADDRESS until it fails: the card is gone
///   ▲ every pollInterval │ else           │ else
///   └────────────────────┴────────────────┘
/// ```
///
/// A value: each input gives the actions to carry out, in order. Each `wake` replaces the one before it.
public struct SDTSession: Sendable {
    public struct Settings: Hashable, Sendable {
        /// From one answer to the next question.
        public var pollInterval = Duration.milliseconds(400)
        /// How long the reader may take for anything but READ.
        public var answerTimeout = Duration.seconds(1)
        /// How long the reader may take for READ.
        public var readTimeout = Duration.seconds(3)
        /// The same document again, this soon after it was last seen, is the same presentation.
        public var samePresentation = Duration.seconds(3)

        public init() {}
    }

    public enum Action: Hashable, Sendable {
        case send([UInt8])
        /// Throw away what the line holds and call ``SDTFrameDecoder/reset()``: it answers no question still open.
        case flushInput
        case wake(at: MonotonicTime)
        case document(SDTDocument)
        /// A card is there and could not be read (``UnreadableReason/readFailed``).
        case unreadable
        /// Sent on changes only. The reason is for a technician.
        case health(ReaderState, reason: String?)
    }

    private enum Step: Hashable {
        case rest
        case ask(SDTCommand)
    }

    /// What was last said of the reader's health.
    private enum Condition: Hashable {
        case unknown, ready, silent
        case faulty(SDTStatus)
    }

    /// This many questions in a row without an answer, and the security module is reset.
    private static let timeoutsBeforeReset = 3
    /// A card that cannot be read is not reported more often.
    private static let unreadableInterval = Duration.seconds(2)
    /// Some readers go on answering for a card that has left, so after this FIND is asked all the same.
    private static let longestPresence = Duration.seconds(10)

    public let settings: Settings
    /// `nil` before ``start(at:)``.
    private var step: Step?
    private var deadline = MonotonicTime(nanoseconds: 0)
    private var condition = Condition.unknown
    private var unanswered = 0
    /// When the first of the unanswered questions was asked.
    private var silentSince: MonotonicTime?
    /// Since when a document that was read lies on the reader; `nil` while none does.
    private var presentSince: MonotonicTime?
    /// Tells one document from the next without keeping either: a hash keyed with a random number of this process.
    /// Without the hash where its holder was asked to present it again.
    private var lastDocument: (hash: Int?, seenAt: MonotonicTime)?
    private var lastUnreadableAt: MonotonicTime?

    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// The device is open. Also begins anew after it was opened again.
    public mutating func start(at now: MonotonicTime) -> [Action] {
        condition = .unknown
        unanswered = 0
        presentSince = nil
        return ask(.find, at: now)
    }

    public mutating func reply(_ reply: SDTReply, at now: MonotonicTime) -> [Action] {
        guard case .ask(let command) = step else { return [] }
        // An answer that comes too late is not acted upon (principle 17).
        guard now < deadline else { return timerFired(at: now) }
        switch command {
        case .find: return found(reply, at: now)
        case .select: return selected(reply, at: now)
        case .readTextAndPhoto: return read(reply, at: now)
        case .readNewestAddress: return stillPresent(reply, at: now)
        case .resetSAM, .samStatus, .samID: return rest(at: now)
        }
    }

    /// The holder of what was read last is asked to present it again: then that is a presentation of its own.
    public mutating func expectAgain() { lastDocument?.hash = nil }

    public mutating func timerFired(at now: MonotonicTime) -> [Action] {
        guard let step else { return [] }
        guard now >= deadline else { return [.wake(at: deadline)] }
        switch step {
        case .rest: return ask(presentSince == nil ? .find : .readNewestAddress, at: now)
        case .ask(.resetSAM): return ask(.find, at: now)
        case .ask(let command): return timedOut(command, at: now)
        }
    }

    // MARK: Answers

    private mutating func found(_ reply: SDTReply, at now: MonotonicTime) -> [Action] {
        unanswered = 0
        switch reply.status {
        case .cardFound:
            return report(.ready) + ask(.select, at: now)
        case .requestChecksumWrong, .requestLengthWrong, .commandUnknown, .notPermitted, .unknownError, .selfTestFailed,
            .moduleNotAuthorised, .other:
            let reason = "the answer to FIND is \(reply.statusBytes): \(reply.status); restart the reader or replace it"
            return report(.faulty(reply.status), reason: reason) + rest(at: now)
        default:
            return report(.ready) + rest(at: now)
        }
    }

    private mutating func selected(_ reply: SDTReply, at now: MonotonicTime) -> [Action] {
        switch reply.status {
        case .success:
            unanswered = 0
            return ask(.readTextAndPhoto, at: now)
        case .cardFound, .noCard:
            // The answer to an earlier FIND, late.
            return []
        default:
            unanswered = 0
            return unreadable(at: now) + rest(at: now)
        }
    }

    private mutating func read(_ reply: SDTReply, at now: MonotonicTime) -> [Action] {
        unanswered = 0
        guard case .document(let document) = reply.content else { return unreadable(at: now) + rest(at: now) }
        presentSince = now
        let isSame = lastDocument.map { $0.hash == document.hashValue && isRecent($0.seenAt, at: now) } ?? false
        lastDocument = (document.hashValue, now)
        return (isSame ? [] : [.document(document)]) + rest(at: now)
    }

    private mutating func stillPresent(_ reply: SDTReply, at now: MonotonicTime) -> [Action] {
        unanswered = 0
        guard reply.status == .success || reply.status == .empty, let since = presentSince else {
            presentSince = nil
            return ask(.find, at: now)
        }
        lastDocument?.seenAt = now
        if now.since(since) >= Self.longestPresence { presentSince = nil }
        return rest(at: now)
    }

    private mutating func timedOut(_ command: SDTCommand, at now: MonotonicTime) -> [Action] {
        presentSince = nil
        unanswered += 1
        let cardWasThere = command == .select || command == .readTextAndPhoto
        let actions = cardWasThere ? unreadable(at: now) : []
        guard unanswered >= Self.timeoutsBeforeReset else { return actions + ask(.find, at: now) }
        let seconds = now.since(silentSince ?? now).components.seconds
        let reason = "no answer to \(command.name) for \(seconds) s; check the cable and the baud rate"
        unanswered = 0
        return actions + report(.silent, reason: reason) + ask(.resetSAM, at: now)
    }

    // MARK: Actions

    private mutating func ask(_ command: SDTCommand, at now: MonotonicTime) -> [Action] {
        if unanswered == 0 { silentSince = now }
        step = .ask(command)
        deadline = now.advanced(by: command == .readTextAndPhoto ? settings.readTimeout : settings.answerTimeout)
        return [.flushInput, .send(command.bytes), .wake(at: deadline)]
    }

    private mutating func rest(at now: MonotonicTime) -> [Action] {
        step = .rest
        deadline = now.advanced(by: settings.pollInterval)
        return [.wake(at: deadline)]
    }

    private mutating func report(_ new: Condition, reason: String? = nil) -> [Action] {
        guard new != condition else { return [] }
        condition = new
        return [.health(new == .ready ? .ready : .degraded, reason: reason)]
    }

    private mutating func unreadable(at now: MonotonicTime) -> [Action] {
        // A card that was just read well may fail once more while it is being taken away.
        if let lastDocument, now.since(lastDocument.seenAt) < takingAway(lastDocument.hash) { return [] }
        if let lastUnreadableAt, now.since(lastUnreadableAt) < Self.unreadableInterval { return [] }
        lastUnreadableAt = now
        return [.unreadable]
    }

    /// For how long an unreadable card may be the one that was just read. Whoever was asked to present it again is told
    /// sooner that it did not work.
    private func takingAway(_ hash: Int?) -> Duration { hash == nil ? .seconds(1) : settings.samePresentation }

    private func isRecent(_ seenAt: MonotonicTime, at now: MonotonicTime) -> Bool {
        now.since(seenAt) < settings.samePresentation
    }
}
