public import GateModel

/// One of the two doors of an interlock, an airlock or a mantrap.
public enum InterlockDoor: String, Hashable, Sendable, CaseIterable {
    /// Where people come in.
    case outer
    /// Behind which those are who have entered.
    case inner

    var other: InterlockDoor { self == .outer ? .inner : .outer }
}

/// The doors and the times of an interlock, checked.
public struct InterlockSettings: Hashable, Sendable {
    public static let transferTimeRange: ClosedRange<Duration> = .seconds(3) ... .seconds(60)
    public static let waitTimeRange: ClosedRange<Duration> = .seconds(5) ... .seconds(300)
    /// What an interlock's lines can tell.
    public static let possibleSensors: Set<LaneSensor> = [
        .outerContact, .innerContact, .outerLockState, .innerLockState, .tamper,
    ]
    /// Not `unlocked`: it would release both doors.
    public static let possibleModes: Set<LaneMode> = [.controlled, .entryLocked]

    public let outer: DoorSettings
    public let inner: DoorSettings
    /// How long somebody may take from the opening of the first door until that door is closed and locked. Whoever
    /// leaves is let out then all the same.
    public let transferTime: Duration
    /// How long an entry waits for its turn.
    public let waitTime: Duration

    /// - Throws: ``InterlockSettingsError`` for a time outside its range or a door that cannot be one of two.
    public init(
        outer: DoorSettings, inner: DoorSettings, transferTime: Duration = .seconds(10),
        waitTime: Duration = .seconds(30)
    ) throws(InterlockSettingsError) {
        guard Self.transferTimeRange.contains(transferTime) else { throw .transferTime(transferTime) }
        guard Self.waitTimeRange.contains(waitTime) else { throw .waitTime(waitTime) }
        for (door, settings) in [(InterlockDoor.outer, outer), (.inner, inner)] {
            guard settings.hasContact else { throw .noContact(door) }
            guard settings.relock != .afterTime else { throw .relocksAfterTime(door) }
        }
        self.outer = outer
        self.inner = inner
        self.transferTime = transferTime
        self.waitTime = waitTime
    }
}

/// Something of an interlock that cannot be.
public enum InterlockSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case transferTime(Duration)
    case waitTime(Duration)
    case noContact(InterlockDoor)
    case relocksAfterTime(InterlockDoor)

    public var description: String {
        switch self {
        case .transferTime(let time):
            "A transfer time of \(time) is not possible. Give \(Self.words(InterlockSettings.transferTimeRange))."
        case .waitTime(let time):
            "An entry cannot wait for \(time). Give \(Self.words(InterlockSettings.waitTimeRange))."
        case .noContact(let door):
            "The \(door.rawValue) door has no contact. An interlock has to see both doors closed: give it one."
        case .relocksAfterTime(let door):
            "The \(door.rawValue) door cannot relock after-time: the other door would wait for it. "
                + "Give on-open or on-close."
        }
    }

    private static func words(_ range: ClosedRange<Duration>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
