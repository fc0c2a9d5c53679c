import GateModel
import Lanes

/// A door machine and its clock, in milliseconds, for scenarios.
struct Door {
    var machine: DoorMachine
    private(set) var now = 1_000_000

    init(
        hasContact: Bool = true, releaseTime: Duration = .seconds(5), relock: DoorSettings.Relock = .onOpen,
        debounce: Duration = .milliseconds(20), hasLockState: Bool = false, warning: Duration = .zero,
        closed: Bool = true
    ) throws {
        let settings = try DoorSettings(
            releaseTime: releaseTime, heldOpenWarning: warning, hasContact: hasContact, hasLockState: hasLockState,
            relock: relock, debounce: debounce)
        machine = DoorMachine(settings: settings)
        if closed { _ = machine.handle(.sensor(.contact, active: false), at: Self.time(now)) }
    }

    static func time(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    mutating func tell(_ input: LaneInput) -> [LaneAction] { machine.handle(input, at: Self.time(now)) }

    /// Lets time pass with a punctual timer.
    mutating func wait(_ milliseconds: Int) -> [LaneAction] {
        let end = now + milliseconds
        var actions: [LaneAction] = []
        while let deadline = machine.nextDeadline, deadline <= Self.time(end) {
            now = Int(deadline.nanoseconds / 1_000_000)
            actions += tell(.timer)
        }
        now = end
        return actions
    }

    /// Moves the door and lets the contact rest.
    mutating func move(open: Bool) -> [LaneAction] { tell(.sensor(.contact, active: open)) + wait(20) }
}

extension Grant {
    static func entry(_ number: UInt64, releaseTime: Duration? = nil) -> Grant {
        Grant(crossing: CrossingID(rawValue: number), direction: .entry, releaseTime: releaseTime)
    }
}
