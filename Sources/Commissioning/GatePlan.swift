public import GateModel

/// What there is to commission at a gate, as its configuration says.
public struct GatePlan: Sendable, Hashable {
    public var gate: String
    public var lanes: [LanePlan]
    /// Whether a copy of the fire panel's signal is wired.
    public var hasFireInput: Bool
    /// How long a step waits for the technician to do something.
    public var patience: Duration

    public init(gate: String, lanes: [LanePlan], hasFireInput: Bool, patience: Duration = .seconds(120)) {
        self.gate = gate
        self.lanes = lanes
        self.hasFireInput = hasFireInput
        self.patience = patience
    }
}

/// What there is to commission at a lane.
public struct LanePlan: Sendable, Hashable {
    /// How the way is barred, and so what can be tried.
    public enum Barring: Sendable, Hashable {
        /// A door whose contact sees it stand open; an alarm when that lasts longer than `heldOpenAfter`.
        case watchedDoor(heldOpenAfter: Duration)
        /// Sensors see each passage, as in a turnstile.
        case countedPassage
        /// Nothing sees a passage.
        case unseen
    }

    public var lane: LaneID
    /// As the configuration calls it: `door`, `turnstile` and the like.
    public var kind: String
    /// What moves, for a person who looks at it: `lock`, `boom`.
    public var mover: String
    public var barring: Barring
    public var hasExitButton: Bool
    /// Whether current releases the lane: then a kill is tried while it flows.
    public var isReleasedByCurrent: Bool
    /// How long somebody who is let through has.
    public var releaseTime: Duration
    public var debounce: Duration
    public var readers: [ReaderPlan]
    /// What else is there that no step tries.
    public var others: [String]

    public init(
        lane: LaneID, kind: String, mover: String, barring: Barring, hasExitButton: Bool, isReleasedByCurrent: Bool,
        releaseTime: Duration, debounce: Duration, readers: [ReaderPlan], others: [String] = []
    ) {
        self.lane = lane
        self.kind = kind
        self.mover = mover
        self.barring = barring
        self.hasExitButton = hasExitButton
        self.isReleasedByCurrent = isReleasedByCurrent
        self.releaseTime = releaseTime
        self.debounce = debounce
        self.readers = readers
        self.others = others
    }

    /// What cannot be tried, for the report.
    func untried(hasFireInput: Bool) -> [String] {
        var untried: [String] = []
        if !hasExitButton { untried.append("exit button (none is wired)") }
        if readers.isEmpty { untried.append("credentials (there is no reader)") }
        switch barring {
        case .watchedDoor: break
        case .countedPassage: untried.append("held open (nothing stands open)")
        case .unseen: untried.append("forced and held open (no contact or passage sensor is wired)")
        }
        if !hasFireInput { untried.append("fire input (none is wired)") }
        untried += others
        return untried
    }
}

/// A reader of a lane.
public struct ReaderPlan: Sendable, Hashable {
    public var reader: ReaderID
    public var accessPoint: AccessPointID
    public var direction: Direction

    public init(reader: ReaderID, accessPoint: AccessPointID, direction: Direction) {
        self.reader = reader
        self.accessPoint = accessPoint
        self.direction = direction
    }
}
