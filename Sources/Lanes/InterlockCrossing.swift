import GateModel

/// Somebody with a grant on the way through an interlock.
struct InterlockCrossing: Hashable, Sendable {
    enum Stage: Hashable, Sendable {
        /// The first door is released for the grant.
        case first
        /// The first door was opened; the second one waits until it is closed and locked. The time ends that for an
        /// entry. An exit `isDue` then: its second door is released as soon as the first one is not, closed or open.
        case transfer(until: MonotonicTime, isDue: Bool)
        /// The second door is released for the grant.
        case second
    }

    let grant: Grant
    /// What the doors know it by.
    let number: CrossingID
    var stage = Stage.first
    /// Whether the doors stood open for everybody at some time, so that nobody can say who has not passed.
    var sawFire: Bool

    var isExit: Bool { grant.direction == .exit }
    var firstDoor: InterlockDoor { isExit ? .inner : .outer }
    /// Whether the outer door is released for somebody who leaves.
    var isLeaving: Bool { isExit && stage == .second }

    /// Leave at one door.
    var leg: Grant { Grant(crossing: number, direction: grant.direction, releaseTime: grant.releaseTime) }

    var deadline: MonotonicTime? {
        if case .transfer(let until, _) = stage { until } else { nil }
    }
}

/// Somebody who leaves by the exit button inside, and whom the outer door lets out by itself: one press is enough.
enum InterlockLeaver: Hashable, Sendable {
    /// The button was pressed; nobody has opened the inner door yet.
    case called
    /// Somebody is between the doors. At the time, if there is one, nobody waits for the inner door any more.
    case between(until: MonotonicTime?)
    /// The outer door is released until then at least.
    case leaving(until: MonotonicTime)

    var isBetween: Bool { if case .between = self { true } else { false } }

    var deadline: MonotonicTime? {
        switch self {
        case .called: nil
        case .between(let until): until
        case .leaving(let until): until
        }
    }
}

extension LaneAction.Step {
    var grant: Grant {
        switch self {
        case .released(let grant), .passed(let grant), .notPassed(let grant), .unobserved(let grant): grant
        }
    }
}
