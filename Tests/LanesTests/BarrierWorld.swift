import GateModel

/// A boom, its board and the vehicles before it, as plain as can be. Times are in nanoseconds.
struct BarrierWorld {
    /// How long the boom takes from one end to the other.
    let travel: Int64
    /// After which pause the board closes by itself; `nil` if it waits for a command.
    let closesAfter: Int64?
    /// Whether the boom does not move at all.
    let isStuck: Bool
    var isOnArmingLoop = false
    private(set) var isOnSafetyLoop = false
    /// From 0, closed, to `travel`, open.
    private var position: Int64 = 0
    private var direction: Int64 = 0
    private var opens = false
    private var now: MonotonicTime
    /// Since when the board could close by itself.
    private var idleSince: MonotonicTime?

    init(travel: Int64, closesAfter: Int64?, isStuck: Bool, now: MonotonicTime) {
        self.travel = travel
        self.closesAfter = closesAfter
        self.isStuck = isStuck
        self.now = now
    }

    var closedLimit: Bool { position == 0 && direction <= 0 }
    var openLimit: Bool { position == travel && direction >= 0 }
    /// Whether a vehicle fits under the boom.
    var isPassable: Bool { position > travel / 2 }

    /// When the boom arrives, or the board begins to close by itself.
    var nextEvent: MonotonicTime? {
        if direction > 0 { return now.advanced(by: .nanoseconds(travel - position)) }
        if direction < 0 { return now.advanced(by: .nanoseconds(position)) }
        guard let idleSince, let closesAfter else { return nil }
        return max(now, idleSince.advanced(by: .nanoseconds(closesAfter)))
    }

    /// Must not leap over ``nextEvent``.
    mutating func advance(to time: MonotonicTime) {
        let passed = time.since(now).clampedNanoseconds
        now = time
        position = min(max(position + direction * passed, 0), travel)
        if direction > 0 && position == travel || direction < 0 && position == 0 { direction = 0 }
        if let idleSince, let closesAfter, now.since(idleSince) >= .nanoseconds(closesAfter) { move(-1) }
        rest()
    }

    mutating func drive(open: Bool) {
        opens = open
        if open { move(1) }
        rest()
    }

    mutating func close() {
        move(-1)
        rest()
    }

    mutating func occupy(_ isOccupied: Bool) {
        isOnSafetyLoop = isOccupied
        // The board sees its safety inputs first.
        if isOccupied && direction < 0 { move(1) }
        rest()
    }

    /// Somebody's hand.
    mutating func lift(_ isLifted: Bool) {
        direction = 0
        position = isLifted ? travel / 2 : 0
        rest()
    }

    private mutating func move(_ way: Int64) {
        guard !isStuck, way > 0 || !isOnSafetyLoop && !opens else { return }
        direction = way > 0 ? (position < travel ? 1 : 0) : (position > 0 ? -1 : 0)
    }

    private mutating func rest() {
        let isIdle = closesAfter != nil && direction == 0 && position == travel && !opens && !isOnSafetyLoop
        idleSince = isIdle ? idleSince ?? now : nil
    }
}
