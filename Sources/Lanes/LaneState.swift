public import GateModel

/// How a lane is now, in the words of ONVIF DoorControl where it has one.
public struct LaneState: Hashable, Sendable {
    /// What the machine asks of the lane; `fault` where a sensor of the lock says otherwise (ONVIF: LockPhysicalState).
    public enum Lock: String, Hashable, Sendable, CaseIterable {
        case locked, released, fault
    }

    /// ONVIF: DoorPhysicalState. Of a barrier's boom too.
    public enum Contact: String, Hashable, Sendable, CaseIterable {
        case closed, open
        /// There is no contact, or it has not been read yet, or it cannot be read any more.
        case unknown
        /// What the sensors say cannot be.
        case fault
    }

    public enum Alarm: String, Hashable, Sendable, CaseIterable {
        case normal
        /// Soon held open.
        case heldOpenSoon = "held-open-soon"
        case heldOpen = "held-open"
        case forcedOpen = "forced-open"
    }

    /// ONVIF: DoorTamperState.
    public enum Tamper: String, Hashable, Sendable, CaseIterable {
        case normal, tampered
        /// There is no such line, or it cannot be read.
        case unknown
    }

    public enum Fire: String, Hashable, Sendable, CaseIterable {
        case none
        /// The fire panel gives its signal.
        case active
        /// The signal has gone; the lane stays released until somebody resets it (principle 2).
        case latched
    }

    public var mode: LaneMode
    public var lock: Lock
    public var contact: Contact
    public var alarm: Alarm
    public var tamper: Tamper
    public var fire: Fire

    public init(
        mode: LaneMode = .controlled, lock: Lock, contact: Contact, alarm: Alarm, tamper: Tamper = .unknown, fire: Fire
    ) {
        self.mode = mode
        self.lock = lock
        self.contact = contact
        self.alarm = alarm
        self.tamper = tamper
        self.fire = fire
    }
}
