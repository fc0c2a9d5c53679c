import GateModel
import Lanes

struct Door: LaneBench {
    var machine: DoorMachine
    var now = 1_000_000

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

    /// Moves the door and lets the contact rest.
    mutating func move(open: Bool) -> [LaneAction] { tell(.sensor(.contact, active: open)) + wait(20) }
}

extension Grant {
    static func entry(_ number: UInt64, releaseTime: Duration? = nil) -> Grant {
        Grant(crossing: CrossingID(rawValue: number), direction: .entry, releaseTime: releaseTime)
    }
}
