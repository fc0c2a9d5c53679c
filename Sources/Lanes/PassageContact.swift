import GateModel

/// The feedback contact of one direction of a turnstile: active while somebody passes.
///
/// A level that bounces is believed once it has rested; one that was active for less than
/// ``TurnstileSettings/passageLevel`` has seen nobody. There is one passage per release of the contact.
struct PassageContact: Hashable, Sendable {
    enum Event: Hashable, Sendable {
        /// The first level read was active: nobody knows since when and why.
        case found
        case began
        case ended
    }

    private let debounce: Duration
    private var level: Debouncer
    /// When the active level counts as a passage if it lasts.
    private var countsAt: MonotonicTime?
    /// Whether it is active for long enough to count.
    private(set) var isPassing = false

    init(debounce: Duration) {
        self.debounce = debounce
        level = Debouncer(window: debounce)
    }

    var isKnown: Bool { level.value != nil }

    var deadline: MonotonicTime? { level.deadline ?? countsAt }

    /// When it will be known whether a level that may be the start of a passage is one; `nil` if there is none.
    var decision: MonotonicTime? {
        guard !isPassing, level.value != nil else { return nil }
        guard level.value == false else { return deadline }
        return level.deadline?.advanced(by: TurnstileSettings.passageLevel - debounce)
    }

    /// Takes a raw level. Call ``settle(at:)`` before.
    mutating func sample(_ active: Bool, at now: MonotonicTime) -> Event? {
        let wasKnown = isKnown
        guard level.sample(active, at: now) else { return nil }
        guard wasKnown else {
            isPassing = active
            return active ? .found : nil
        }
        return levelChanged(at: now)
    }

    /// Believes what has lasted.
    mutating func settle(at now: MonotonicTime) -> Event? {
        if let since = level.settle(at: now), let event = levelChanged(at: since) { return event }
        guard let countsAt, countsAt <= now, level.deadline == nil else { return nil }
        self.countsAt = nil
        isPassing = true
        return .began
    }

    private mutating func levelChanged(at since: MonotonicTime) -> Event? {
        guard level.value == false else {
            countsAt = since.advanced(by: TurnstileSettings.passageLevel - debounce)
            return nil
        }
        countsAt = nil
        defer { isPassing = false }
        return isPassing ? .ended : nil
    }
}
