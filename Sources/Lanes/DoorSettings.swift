/// The times of a door and what can be seen of it, checked.
public struct DoorSettings: Hashable, Sendable {
    public static let releaseTimeRange: ClosedRange<Duration> = .milliseconds(500) ... .seconds(60)
    public static let heldOpenAfterRange: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)
    public static let debounceRange: ClosedRange<Duration> = .zero ... .milliseconds(200)

    /// A strike that has been released stays so for this long, even if the door opens at once: a shorter pulse
    /// does not move every lock.
    public static let releaseMinimum: Duration = .milliseconds(500)

    /// How long a locked or released lock may take to show it.
    static let lockTime: Duration = .seconds(1)

    /// When a release ends before its time. Whoever follows close behind finds the door locked sooner.
    public enum Relock: String, Hashable, Sendable, CaseIterable {
        /// Once the door has been opened.
        case onOpen = "on-open"
        /// Once the door has been opened and is closed again. For locks that cannot lock while the door stands open.
        case onClose = "on-close"
        /// Never.
        case afterTime = "after-time"
    }

    /// How long a grant or a press of the exit button releases the lane.
    public let releaseTime: Duration
    /// How long the door may stand open before that is an alarm.
    public let heldOpenAfter: Duration
    /// How long before that alarm there is a warning; none if it is not shorter than ``heldOpenAfter``.
    public let heldOpenWarning: Duration
    /// Whether there is a contact that sees the door open.
    public let hasContact: Bool
    /// Whether there is a sensor that sees the lock locked.
    public let hasLockState: Bool
    /// But never before ``releaseMinimum``.
    public let relock: Relock
    /// How long the contact must rest before a change is believed, and the exit button before it counts as let go.
    public let debounce: Duration

    /// - Throws: ``DoorSettingsError`` for a time outside its range.
    public init(
        releaseTime: Duration = .seconds(5), heldOpenAfter: Duration = .seconds(30),
        heldOpenWarning: Duration = .seconds(10), hasContact: Bool, hasLockState: Bool = false,
        relock: Relock = .onOpen, debounce: Duration = .milliseconds(20)
    ) throws(DoorSettingsError) {
        guard Self.releaseTimeRange.contains(releaseTime) else { throw .releaseTime(releaseTime) }
        guard Self.heldOpenAfterRange.contains(heldOpenAfter) else { throw .heldOpenAfter(heldOpenAfter) }
        guard Self.debounceRange.contains(debounce) else { throw .debounce(debounce) }
        self.releaseTime = releaseTime
        self.heldOpenAfter = heldOpenAfter
        self.heldOpenWarning = max(heldOpenWarning, .zero)
        self.hasContact = hasContact
        self.hasLockState = hasLockState
        self.relock = relock
        self.debounce = debounce
    }
}

/// A time of a door that cannot be.
public enum DoorSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case releaseTime(Duration)
    case heldOpenAfter(Duration)
    case debounce(Duration)

    public var description: String {
        switch self {
        case .releaseTime(let time):
            "A release time of \(time) is not possible. Give \(Self.words(DoorSettings.releaseTimeRange))."
        case .heldOpenAfter(let time):
            "A door cannot count as held open after \(time). Give \(Self.words(DoorSettings.heldOpenAfterRange))."
        case .debounce(let time):
            "A debounce time of \(time) is not possible. Give \(Self.words(DoorSettings.debounceRange))."
        }
    }

    private static func words(_ range: ClosedRange<Duration>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
