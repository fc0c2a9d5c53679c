import Control
import GateModel
import Lanes
import NIOCore
import Settings

/// Runs one lane's machine: gives it inputs and time, and has its actions done. Lives on the lane loop.
final class LaneShell {
    let settings: LaneSettings
    private var machine: DoorMachine
    private let clock: any TimeSource
    private let perform: ([DoorAction], LaneID, MonotonicTime) -> Void
    private let timer: LoopTimer

    init(
        settings: LaneSettings, clock: any TimeSource, loop: any EventLoop,
        perform: @escaping ([DoorAction], LaneID, MonotonicTime) -> Void
    ) {
        self.settings = settings
        self.clock = clock
        timer = LoopTimer(on: loop)
        self.perform = perform
        machine = DoorMachine(settings: settings.door)
    }

    var state: DoorState { machine.state }

    /// What the lock should be right now.
    var isReleased: Bool { machine.isReleased }

    func handle(_ input: DoorInput, at time: MonotonicTime) {
        let actions = machine.handle(input, at: time)
        if !actions.isEmpty { perform(actions, settings.id, time) }
        schedule()
    }

    /// The grants that still waited for a passage.
    func abandon() -> [Grant] { machine.abandon() }

    private func schedule() {
        timer.set(to: machine.nextDeadline) { [weak self] in
            guard let self else { return }
            handle(.timer, at: clock.monotonic)
        }
    }

    func status(fault: String?) -> LaneStatus {
        LaneStatus(
            lane: settings.id, site: settings.site, lock: state.lock.rawValue, contact: state.contact.rawValue,
            alarm: state.alarm.rawValue, fire: state.fire.rawValue, fault: fault)
    }
}
