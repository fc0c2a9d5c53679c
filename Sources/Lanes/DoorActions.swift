public import GateModel

/// Leave for one passage.
public struct Grant: Hashable, Sendable {
    /// The crossing whose facts are written; `nil` for someone who is only counted (principle 9).
    public var crossing: CrossingID?
    public var direction: Direction
    /// Where it was granted, and so where its facts are counted; `nil` for a release by hand.
    public var accessPoint: AccessPointID?
    /// How long to release instead of the door's own time; moved into ``DoorSettings/releaseTimeRange``.
    public var releaseTime: Duration?

    public init(
        crossing: CrossingID?, direction: Direction, accessPoint: AccessPointID? = nil, releaseTime: Duration? = nil
    ) {
        self.crossing = crossing
        self.direction = direction
        self.accessPoint = accessPoint
        self.releaseTime = releaseTime
    }
}

/// What a door machine is told.
public enum DoorInput: Hashable, Sendable {
    case grant(Grant)
    /// The raw level of the exit button, at start and at every edge.
    case exitButton(pressed: Bool)
    /// The raw level of the door contact, at start and at every edge. Without a contact in the settings it is not heeded.
    case contact(open: Bool)
    /// The copy of the fire panel's signal, at start and at every edge.
    case fire(active: Bool)
    /// Somebody ends the release by fire. Not heeded while the signal is still there.
    case fireReset
    /// ``DoorMachine/nextDeadline`` has come.
    case timer
    /// The daemon stops in an orderly way.
    case stop
}

/// What a door machine asks for, to be done in the order given.
public enum DoorAction: Hashable, Sendable {
    /// A later fact of a crossing.
    public enum Step: Hashable, Sendable {
        case released(Grant)
        case passed(Grant)
        /// The door stayed closed until the release was over.
        case notPassed(Grant)
        /// Nothing can tell whether the person passed: no contact, or the door stood open anyway.
        case unobserved(Grant)
    }

    case drive(released: Bool)
    /// Give the lock the value that its output is configured to be left with (principle 3).
    case driveSafe
    case step(Step)
    case changed(DoorChange)
    /// The exit button was pressed, once, by someone unknown.
    case countExitButton
}

/// A change of a door that is worth a fact of its own.
public enum DoorChange: String, Hashable, Sendable, CaseIterable {
    case heldOpen = "held-open"
    case heldOpenEnded = "held-open-ended"
    case forcedOpen = "forced-open"
    case forcedOpenEnded = "forced-open-ended"
    case fire
    case fireReset = "fire-reset"
}
