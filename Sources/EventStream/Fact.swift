public import GateModel

/// Something that happened at the gate, as it is written to the ledger and sent to the central service.
///
/// In JSON a fact is one flat object: `type` names the case, the payload's fields stand beside it.
/// An event may carry identity (``carriesIdentity``) only as token, household token and order reference.
public enum Fact: Hashable, Sendable {
    case crossingDecided(CrossingDecided)
    case crossingReleased(CrossingStep)
    case crossingPassed(CrossingStep)
    /// Released, but nobody passed in time.
    case crossingNotPassed(CrossingStep)
    /// Released on a lane that has no contact to see a passage with.
    case crossingUnobserved(CrossingStep)
    /// The daemon stopped between the decision and the end of the crossing; whatever was granted is void.
    case crossingInterrupted(CrossingStep)
    case counted(Counted)
    case laneChanged(LaneChanged)
    case overridden(Overridden)
    case accessPointFailing(AccessPointFailing)
    case readerChanged(ReaderChanged)
    case listInstalled(ListInstalled)
    case listRefused(ListRefused)
    case mandateEnded(ListErased)
    case releaseHonoured(ReleaseHonoured)
    case releaseRefused(ReleaseRefused)
    case gateStarted(GateStarted)
    case gateStopped(GateStopped)
    case streamForked(StreamForked)
    case eventsLost(EventsLost)

    /// Whether the fact names a subject, so that it must be durable before the relay moves.
    public var carriesIdentity: Bool {
        if case .crossingDecided = self { true } else { false }
    }

    /// Whether the central service must hear of it at once: a member of an isolated household leaves.
    public var isHouseholdExit: Bool { householdExit != nil }

    /// The crossing by which a member of an isolated household leaves, if the fact is that.
    public var householdExit: CrossingID? {
        if case .crossingDecided(let decided) = self, decided.isHouseholdExit { decided.crossing } else { nil }
    }
}

/// The first two facts of a reported crossing: presented and decided.
public struct CrossingDecided: Hashable, Sendable, Codable {
    public var crossing: CrossingID
    public var accessPoint: AccessPointID
    public var lane: LaneID
    public var direction: Direction
    public var credential: CredentialKind
    public var presentedAt: MonotonicTime
    public var outcome: Outcome
    public var policyCase: PolicyCase
    public var subject: SubjectToken
    public var household: HouseholdToken
    public var order: OrderReference
    public var list: ListStamp

    public init(
        crossing: CrossingID, accessPoint: AccessPoint, credential: CredentialKind, presentedAt: MonotonicTime,
        decision: Decision, subject: SubjectToken, order: Order
    ) {
        self.crossing = crossing
        self.accessPoint = accessPoint.id
        self.lane = accessPoint.lane
        self.direction = accessPoint.direction
        self.credential = credential
        self.presentedAt = presentedAt
        self.outcome = decision.outcome
        self.policyCase = decision.policyCase
        self.subject = subject
        self.household = order.household
        self.order = order.reference
        self.list = decision.list
    }

    public var isHouseholdExit: Bool { direction == .exit && policyCase == .isolation }
}

/// A later fact of a crossing that was reported.
public struct CrossingStep: Hashable, Sendable, Codable {
    public var crossing: CrossingID
    public var lane: LaneID

    public init(crossing: CrossingID, lane: LaneID) {
        self.crossing = crossing
        self.lane = lane
    }
}

/// How often things without identity happened at one access point in one quarter of an hour (principle 9).
public struct Counted: Hashable, Sendable, Codable {
    public var accessPoint: AccessPointID
    public var direction: Direction
    public var quarter: WallTime
    /// Zero counts are left out.
    public var counts: [Countable: UInt64]

    public init(accessPoint: AccessPointID, direction: Direction, quarter: WallTime, counts: [Countable: UInt64]) {
        self.accessPoint = accessPoint
        self.direction = direction
        self.quarter = quarter
        self.counts = counts
    }

    private enum CodingKeys: String, CodingKey { case accessPoint, direction, quarter, counts }

    // A dictionary with enum keys would be coded as an array; here it is an object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(accessPoint, forKey: .accessPoint)
        try container.encode(direction, forKey: .direction)
        try container.encode(quarter, forKey: .quarter)
        let named = Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
        try container.encode(named, forKey: .counts)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        accessPoint = try container.decode(AccessPointID.self, forKey: .accessPoint)
        direction = try container.decode(Direction.self, forKey: .direction)
        quarter = try container.decode(WallTime.self, forKey: .quarter)
        counts = [:]
        for (name, count) in try container.decode([String: UInt64].self, forKey: .counts) {
            guard let countable = Countable(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .counts, in: container, debugDescription: "unknown count \(name)")
            }
            counts[countable] = count
        }
    }
}

/// What is counted. One presentation without identity adds to its outcome and to its facts.
public enum Countable: String, Hashable, Sendable, Codable, CaseIterable {
    case presented, admitted, referred, retried, released, passed
    case notPassed = "not-passed"
    case unobserved
    case exitButton = "exit-button"
}

/// A lane's state as seen by its door machine.
public struct LaneChanged: Hashable, Sendable, Codable {
    public enum Change: String, Hashable, Sendable, Codable, CaseIterable {
        case heldOpenSoon = "held-open-soon"
        case heldOpen = "held-open"
        case heldOpenEnded = "held-open-ended"
        case forcedOpen = "forced-open"
        case forcedOpenEnded = "forced-open-ended"
        case fire
        case fireReset = "fire-reset"
        case tamper
        case tamperEnded = "tamper-ended"
        case fault
        case faultEnded = "fault-ended"
        case passageWithoutGrant = "passage-without-grant"
        case passageInFire = "passage-in-fire"
        case controlled
        case unlocked
        case entryLocked = "entry-locked"
        case lineLost = "line-lost"
        case lineFound = "line-found"

        /// For a person.
        public var words: String {
            switch self {
            case .heldOpenSoon: "the door has stood open for long"
            case .heldOpen: "the door is held open"
            case .heldOpenEnded: "the door is closed again"
            case .forcedOpen: "the door was forced open"
            case .forcedOpenEnded: "the forced door is closed again"
            case .fire: "fire: the lane is released until it is reset"
            case .fireReset: "the fire release was reset"
            case .tamper: "somebody tampers with the lane"
            case .tamperEnded: "nobody tampers with the lane any more"
            case .fault: "the lane does not follow: its sensors contradict what it was told"
            case .faultEnded: "the lane follows again"
            case .passageWithoutGrant: "somebody passed whom nobody had let through"
            case .passageInFire: "somebody passed while the lane was released by fire"
            case .controlled: "who is let through passes"
            case .unlocked: "everybody passes"
            case .entryLocked: "nobody enters, everybody may leave"
            case .lineLost: "the lines are lost"
            case .lineFound: "the lines are back"
            }
        }
    }

    public var lane: LaneID
    public var change: Change

    public init(lane: LaneID, change: Change) {
        self.lane = lane
        self.change = change
    }
}

/// A named person acted over the gate's own decision (principle 13).
public struct Overridden: Hashable, Sendable, Codable {
    public enum Act: String, Hashable, Sendable, Codable {
        case release
        case fireReset = "fire-reset"
        /// The lane has another mode for a time.
        case mode
        /// The act just recorded was not carried out, because recording it took too long.
        case notCarriedOut = "not-carried-out"
    }

    public var lane: LaneID
    public var act: Act
    public var `operator`: String
    public var reason: String
    /// Of a release: the crossing that the facts after it name (principle 16).
    public var crossing: CrossingID?
    /// Of a mode: which, and until when.
    public var mode: String?
    public var until: WallTime?
    /// Of a mode that the central service sent: its id there.
    public var change: String?
    /// Of an act that was not carried out: why.
    public var cause: String?

    public init(
        lane: LaneID, act: Act, operator: String, reason: String, crossing: CrossingID? = nil, mode: String? = nil,
        until: WallTime? = nil, change: String? = nil, cause: String? = nil
    ) {
        self.lane = lane
        self.act = act
        self.operator = `operator`
        self.reason = reason
        self.crossing = crossing
        self.mode = mode
        self.until = until
        self.change = change
        self.cause = cause
    }
}

/// Much fails at one reader of an access point: many presentations in a short time were not admitted. Names nobody.
public struct AccessPointFailing: Hashable, Sendable, Codable {
    public var accessPoint: AccessPointID
    public var lane: LaneID
    public var reader: ReaderID
    /// So many failed, within so many seconds.
    public var failures: Int
    public var withinSeconds: Int

    public init(accessPoint: AccessPointID, lane: LaneID, reader: ReaderID, failures: Int, withinSeconds: Int) {
        self.reader = reader
        self.accessPoint = accessPoint
        self.lane = lane
        self.failures = failures
        self.withinSeconds = withinSeconds
    }
}

/// A reader's health changed.
public struct ReaderChanged: Hashable, Sendable, Codable {
    public var reader: ReaderID
    public var state: ReaderState
    public var reason: String?

    public init(reader: ReaderID, state: ReaderState, reason: String?) {
        self.reader = reader
        self.state = state
        self.reason = reason
    }
}

public struct ListInstalled: Hashable, Sendable, Codable {
    public var version: UInt64
    public var orders: UInt64

    public init(version: UInt64, orders: UInt64) {
        self.version = version
        self.orders = orders
    }
}

/// A file from the central service was refused; what was in force stays in force.
public struct ListRefused: Hashable, Sendable, Codable {
    public var reason: String

    public init(reason: String) { self.reason = reason }
}

/// The list was erased from the gate.
public struct ListErased: Hashable, Sendable, Codable {
    public var version: UInt64

    public init(version: UInt64) { self.version = version }
}

/// A signed release was shown, and the gate honours it until its end (principle 10).
///
/// Says whose order by its reference alone: no token, no household.
public struct ReleaseHonoured: Hashable, Sendable, Codable {
    public var accessPoint: AccessPointID
    public var release: ReleaseID
    public var order: OrderReference
    public var until: WallTime

    public init(accessPoint: AccessPointID, release: ReleaseID, order: OrderReference, until: WallTime) {
        self.accessPoint = accessPoint
        self.release = release
        self.order = order
        self.until = until
    }
}

/// Something was shown as a release and not honoured. Names nobody; of many within half a minute at one access point only
/// the first is told.
public struct ReleaseRefused: Hashable, Sendable, Codable {
    public var accessPoint: AccessPointID
    public var reason: String

    public init(accessPoint: AccessPointID, reason: String) {
        self.accessPoint = accessPoint
        self.reason = reason
    }
}

public struct GateStarted: Hashable, Sendable, Codable {
    public var softwareVersion: String
    /// The kernel's boot identifier: monotonic times of different boots cannot be compared.
    public var boot: String
    /// Whether the daemon had stopped in order the last time.
    public var afterOrderlyStop: Bool

    public init(softwareVersion: String, boot: String, afterOrderlyStop: Bool) {
        self.softwareVersion = softwareVersion
        self.boot = boot
        self.afterOrderlyStop = afterOrderlyStop
    }
}

public struct GateStopped: Hashable, Sendable, Codable {
    public init() {}
}

/// The central service holds another history than this gate; a new stream begins with this event.
public struct StreamForked: Hashable, Sendable, Codable {
    public var previousEpoch: StreamEpoch
    /// The last sequence number of the previous stream that the gate holds.
    public var lastSequence: UInt64

    public init(previousEpoch: StreamEpoch, lastSequence: UInt64) {
        self.previousEpoch = previousEpoch
        self.lastSequence = lastSequence
    }
}

/// Events that happened and cannot be told. A loss is declared, never silent (principle 19).
public struct EventsLost: Hashable, Sendable, Codable {
    /// How many, where that is known.
    public var count: UInt64?
    public var reason: String

    public init(count: UInt64?, reason: String) {
        self.count = count
        self.reason = reason
    }
}
