/// How a door is now, in the words of ONVIF DoorControl where it has one.
public struct DoorState: Hashable, Sendable {
    public enum Lock: String, Hashable, Sendable, CaseIterable {
        case locked, released
    }

    public enum Contact: String, Hashable, Sendable, CaseIterable {
        case closed, open
        /// There is no contact, or it has not been read yet.
        case unknown
    }

    public enum Alarm: String, Hashable, Sendable, CaseIterable {
        case normal
        case heldOpen = "held-open"
        case forcedOpen = "forced-open"
    }

    public enum Fire: String, Hashable, Sendable, CaseIterable {
        case none
        /// The fire panel gives its signal.
        case active
        /// The signal has gone; the lane stays released until somebody resets it (principle 2).
        case latched
    }

    public var lock: Lock
    public var contact: Contact
    public var alarm: Alarm
    public var fire: Fire

    public init(lock: Lock, contact: Contact, alarm: Alarm, fire: Fire) {
        self.lock = lock
        self.contact = contact
        self.alarm = alarm
        self.fire = fire
    }
}
