import GateModel
import Lanes

struct Interlock: LaneBench {
    var machine: InterlockMachine
    var now = 1_000_000

    init(
        relock: DoorSettings.Relock = .onOpen, releaseTime: Duration = .seconds(5), hasLockState: Bool = false,
        transferTime: Duration = .seconds(10), closed: Bool = true
    ) throws {
        let door = try DoorSettings(
            releaseTime: releaseTime, heldOpenWarning: .zero, hasContact: true, hasLockState: hasLockState,
            relock: relock)
        machine = InterlockMachine(
            settings: try InterlockSettings(outer: door, inner: door, transferTime: transferTime))
        guard closed else { return }
        _ = tell(.sensor(.outerContact, active: false))
        _ = tell(.sensor(.innerContact, active: false))
    }

    /// Moves a door and lets its contact rest.
    mutating func move(_ door: InterlockDoor, open: Bool) -> [LaneAction] {
        tell(.sensor(door == .outer ? .outerContact : .innerContact, active: open)) + wait(20)
    }

    /// Somebody opens a door, takes a second to go through, and closes it.
    mutating func pass(_ door: InterlockDoor) -> [LaneAction] {
        move(door, open: true) + wait(980) + move(door, open: false)
    }

    /// Somebody touches the button that opens a door.
    mutating func press(_ door: InterlockDoor) -> [LaneAction] {
        tell(Self.button(door, pressed: true)) + wait(50) + tell(Self.button(door, pressed: false)) + wait(50)
    }

    static func button(_ door: InterlockDoor, pressed: Bool) -> LaneInput {
        door == .outer ? .airlockButton(pressed: pressed) : .exitButton(pressed: pressed)
    }

    func isReleased(_ door: InterlockDoor) -> Bool { machine.outputs[door == .outer ? .outerLock : .innerLock] == true }
}
