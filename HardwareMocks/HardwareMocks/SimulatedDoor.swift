import GateModel

/// A line of the simulated chip as a device is wired to it.
public struct WiredLine: Hashable, Sendable {
    public var offset: UInt32
    /// Active is the low level.
    public var activeLow: Bool

    public init(offset: UInt32, activeLow: Bool = false) {
        self.offset = offset
        self.activeLow = activeLow
    }
}

extension SimulatedChipServer {
    /// Makes the input a device is wired to active or inactive.
    public func drive(_ line: WiredLine, active: Bool) { pull(line.offset, active != line.activeLow) }

    public func isActive(_ line: WiredLine) -> Bool { level(line.offset) != line.activeLow }
}

/// A door with a lock, a closer, a contact, an exit button, and people who go through.
///
/// Lives on its chip's event loop.
public final class SimulatedDoor {
    public struct Wiring: Hashable, Sendable {
        public var lock: WiredLine
        /// A strike is released by current, a magnet by its absence.
        public var releasedByCurrent: Bool
        /// Active while the door stands open.
        public var contact: WiredLine?
        /// Active while pressed.
        public var exitButton: WiredLine?

        public init(lock: WiredLine, releasedByCurrent: Bool, contact: WiredLine?, exitButton: WiredLine?) {
            self.lock = lock
            self.releasedByCurrent = releasedByCurrent
            self.contact = contact
            self.exitButton = exitButton
        }
    }

    /// How fast people and the closer are.
    public struct Timing: Hashable, Sendable {
        /// From the release, or from walking up to a released door, to the contact opening.
        public var opensAfter = Duration.milliseconds(300)
        /// From opening to closing.
        public var closesAfter = Duration.milliseconds(1500)
        /// How long a person waits before a locked door.
        public var patience = Duration.seconds(5)

        public init() {}
    }

    public enum Event: String, Hashable, Sendable {
        case opened, closed
        /// A person gave up waiting.
        case stayedLocked = "stayed locked"
    }

    public private(set) var isOpen = false
    public var onEvent: ((Event) -> Void)?
    public var isReleased: Bool { chip.isActive(wiring.lock) == wiring.releasedByCurrent }

    private let wiring: Wiring
    private let timing: Timing
    private let chip: SimulatedChipServer
    private let scheduler: any Scheduler
    /// People before the locked door, by number, and how long each will keep the door open.
    private var waiting: [UInt64: Duration] = [:]
    private var people: UInt64 = 0
    private var openings: UInt64 = 0
    private var presses: UInt64 = 0

    /// Puts contact and button at rest.
    public init(wiring: Wiring, timing: Timing = Timing(), chip: SimulatedChipServer, scheduler: any Scheduler) {
        self.wiring = wiring
        self.timing = timing
        self.chip = chip
        self.scheduler = scheduler
        if let contact = wiring.contact { chip.drive(contact, active: false) }
        if let button = wiring.exitButton { chip.drive(button, active: false) }
    }

    /// To be told of every edge of the chip: a released lock lets those in who wait.
    public func lineChanged(_ edge: LineEdge) {
        guard edge.offset == wiring.lock.offset, isReleased else { return }
        for (_, duration) in waiting.sorted(by: { $0.key < $1.key }) { pushOpen(for: duration) }
        waiting = [:]
    }

    /// A person walks up and goes through as soon as the lock lets them, keeping the door open for `duration`.
    ///
    /// - Parameter duration: `nil` leaves it to the closer.
    public func walk(holding duration: Duration? = nil) {
        let duration = duration ?? timing.closesAfter
        if isReleased { return pushOpen(for: duration) }
        people += 1
        let person = people
        waiting[person] = duration
        scheduler.after(timing.patience) { [self] in
            if waiting.removeValue(forKey: person) != nil { onEvent?(.stayedLocked) }
        }
    }

    /// Opens the door against its lock.
    public func force() { open(for: timing.closesAfter) }

    /// - Returns: `false` if the door has no exit button.
    public func press(for duration: Duration) -> Bool {
        guard let button = wiring.exitButton else { return false }
        presses += 1
        let press = presses
        chip.drive(button, active: true)
        scheduler.after(duration) { [self] in
            if press == presses { chip.drive(button, active: false) }
        }
        return true
    }

    private func pushOpen(for duration: Duration) {
        scheduler.after(timing.opensAfter) { [self] in
            // The lock may have caught again; a door that still stands open needs no release.
            if isReleased || isOpen { open(for: duration) } else { onEvent?(.stayedLocked) }
        }
    }

    private func open(for duration: Duration) {
        openings += 1
        let opening = openings
        if !isOpen { move(open: true) }
        // Whoever opened it last closes it.
        scheduler.after(duration) { [self] in
            if opening == openings { move(open: false) }
        }
    }

    private func move(open: Bool) {
        isOpen = open
        if let contact = wiring.contact { chip.drive(contact, active: open) }
        onEvent?(open ? .opened : .closed)
    }
}
