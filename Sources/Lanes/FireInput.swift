/// The copy of the fire panel's signal, as every lane heeds it: it latches until somebody resets it (principle 2).
struct FireInput: Hashable, Sendable {
    private(set) var state = LaneState.Fire.none

    /// Whether it releases the lane.
    var isOn: Bool { state != .none }

    /// Takes the signal. Returns whether a fire begins with it; one that comes back before the reset is the same fire.
    mutating func signal(_ active: Bool) -> Bool {
        let begins = active && !isOn
        if active {
            state = .active
        } else if state == .active {
            state = .latched
        }
        return begins
    }

    /// Returns whether the release by fire ends. Not while the signal is still there.
    mutating func reset() -> Bool {
        guard state == .latched else { return false }
        state = .none
        return true
    }
}
