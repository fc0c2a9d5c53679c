import GateModel

/// Believes a bouncing contact once it has rested.
struct Debouncer: Hashable, Sendable {
    /// How long a new level must last.
    let window: Duration
    /// Whether active is believed at once, and only inactive must last: a button that opens a door may not hesitate.
    let believesActiveAtOnce: Bool
    /// The level believed; `nil` before the first sample, which is believed as it is.
    private(set) var value: Bool?
    /// Since when the opposite level has lasted.
    private var changingSince: MonotonicTime?

    init(window: Duration, believesActiveAtOnce: Bool = false, value: Bool? = nil) {
        self.window = window
        self.believesActiveAtOnce = believesActiveAtOnce
        self.value = value
    }

    /// When the opposite level will be believed if it lasts.
    var deadline: MonotonicTime? { changingSince?.advanced(by: window) }

    /// Takes a raw level. Call ``settle(at:)`` before, so that a change that had lasted long enough is not lost.
    /// Returns whether ``value`` changed.
    mutating func sample(_ level: Bool, at now: MonotonicTime) -> Bool {
        guard let value else {
            self.value = level
            return true
        }
        guard level != value else {
            changingSince = nil
            return false
        }
        if level && believesActiveAtOnce {
            self.value = true
            return true
        }
        if changingSince == nil { changingSince = now }
        return settle(at: now) != nil
    }

    /// Believes the opposite level if it has lasted. Returns since when ``value`` should have been the new one, which is
    /// earlier than `now` if the timer was late; `nil` if nothing changed.
    mutating func settle(at now: MonotonicTime) -> MonotonicTime? {
        guard let deadline, deadline <= now, let value else { return nil }
        self.value = !value
        changingSince = nil
        return deadline
    }
}
