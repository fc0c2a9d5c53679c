public import GateModel

/// Leave for one passage.
public struct Grant: Hashable, Sendable {
    /// The crossing whose facts are written; `nil` for someone who is only counted (principle 9).
    public var crossing: CrossingID?
    public var direction: Direction
    /// Where it was granted, and so where its facts are counted; `nil` for a release by hand.
    public var accessPoint: AccessPointID?
    /// How long to release instead of the lane's own time; moved into the range of the lane's settings.
    public var releaseTime: Duration?
    /// Whether a named person lets somebody through, who is not bound by the hours of the lane (principle 10).
    public var isByPerson: Bool
    /// When the last byte of what was presented arrived, for whoever measures the lane; `nil` where nothing was read.
    public var presentedAt: MonotonicTime?

    /// Whether a lane at whose hours nobody enters takes it all the same.
    var passesLockedEntry: Bool { direction == .exit || isByPerson }

    public init(
        crossing: CrossingID?, direction: Direction, accessPoint: AccessPointID? = nil, releaseTime: Duration? = nil,
        isByPerson: Bool = false, presentedAt: MonotonicTime? = nil
    ) {
        self.crossing = crossing
        self.direction = direction
        self.accessPoint = accessPoint
        self.releaseTime = releaseTime
        self.isByPerson = isByPerson
        self.presentedAt = presentedAt
    }
}

/// What a lane's machine can be told by a line.
public enum LaneSensor: String, Hashable, Sendable, CaseIterable {
    /// Active: the door stands open.
    case contact
    /// Active: the lock is locked. A sensor of its own, beside the contact.
    case lockState = "lock-state"
    /// Active: somebody opens the housing or cuts a supervised line.
    case tamper
    /// A turnstile: somebody passes in this direction.
    case passageIn = "passage-in"
    case passageOut = "passage-out"
    /// A turnstile or barrier can take a command.
    case ready
    /// A barrier: a vehicle waits before it, on the side of the entry.
    case armingLoop = "arming-loop"
    /// A barrier: a vehicle stands under the boom. A copy of what the barrier's own board sees first.
    case safetyLoop = "safety-loop"
    case openLimit = "open-limit"
    case closedLimit = "closed-limit"
    /// An interlock: what a door has, of each of its two doors.
    case outerContact = "outer-contact"
    case innerContact = "inner-contact"
    case outerLockState = "outer-lock-state"
    case innerLockState = "inner-lock-state"
}

/// What a lane drives.
public enum LaneOutput: String, Hashable, Sendable, CaseIterable {
    /// A door. Active: released, whatever that means for the line (``LockWiring``).
    case lock
    /// A turnstile. Active: commanded to let somebody pass in this direction.
    case unlockIn = "unlock-in"
    case unlockOut = "unlock-out"
    /// A barrier. Active: commanded to open, or to stay open.
    case open
    case close
    /// An interlock. Active: released. Never both, but in a fire.
    case outerLock = "outer-lock"
    case innerLock = "inner-lock"
}

/// What a lane's machine is told.
public enum LaneInput: Hashable, Sendable {
    case grant(Grant)
    /// The raw level of the exit button, at start and at every edge.
    case exitButton(pressed: Bool)
    /// The raw level of the exit button between the two doors of an interlock, which opens the outer one; ``exitButton``
    /// is the one inside. Other lanes do not heed it.
    case airlockButton(pressed: Bool)
    /// The raw level of a line, at start and at every edge. One that the settings do not name is not heeded.
    case sensor(LaneSensor, active: Bool)
    /// Nobody knows the level of a line any more, or it is known again with the next ``sensor(_:active:)``.
    case sensorLost(LaneSensor)
    /// The copy of the fire panel's signal, at start and at every edge.
    case fire(active: Bool)
    /// Somebody ends the release by fire. Not heeded while the signal is still there.
    case fireReset
    case mode(LaneMode)
    /// The machine's `nextDeadline` has come.
    case timer
    /// The daemon stops in an orderly way.
    case stop
}

/// What a lane's machine asks for, to be done in the order given.
public enum LaneAction: Hashable, Sendable {
    /// A later fact of a crossing.
    public enum Step: Hashable, Sendable {
        case released(Grant)
        case passed(Grant)
        /// Nobody passed until the release was over.
        case notPassed(Grant)
        /// Nothing can tell whether the person passed: no sensor, or the lane stood open anyway.
        case unobserved(Grant)
    }

    case drive(LaneOutput, active: Bool)
    /// Give every output the value that it is configured to be left with (principle 3).
    case driveSafe
    case step(Step)
    case changed(LaneChange)
    /// The exit button was pressed, once, by someone unknown.
    case countExitButton
}

/// A change of a lane that is worth a fact of its own.
public enum LaneChange: String, Hashable, Sendable, CaseIterable {
    /// The door has stood open for so long that it will soon be an alarm.
    case heldOpenSoon = "held-open-soon"
    case heldOpen = "held-open"
    case heldOpenEnded = "held-open-ended"
    case forcedOpen = "forced-open"
    case forcedOpenEnded = "forced-open-ended"
    case tamper
    case tamperEnded = "tamper-ended"
    /// What a sensor says cannot be: the lock does not follow, the boom does not arrive.
    case fault
    case faultEnded = "fault-ended"
    /// Somebody passed whom nobody had let through.
    case passageWithoutGrant = "passage-without-grant"
    /// Somebody passed while the lane was released by fire.
    case passageInFire = "passage-in-fire"
    case fire
    case fireReset = "fire-reset"
}
