import Control
import GateModel
import Lanes
import NIOCore
import Settings

/// Runs one lane's machine: gives it inputs and time, and has its actions done. Lives on the lane loop.
final class LaneShell {
    let settings: LaneSettings
    private var machine: any LaneMachine
    private let clock: any TimeSource
    private let tellPending: () -> Void
    private let perform: ([LaneAction], LaneID, MonotonicTime) -> Void
    private let timer: LoopTimer
    private var bounces: [String: BounceMeter] = [:]

    /// - Parameter tellPending: hands over what the lane's lines have seen and the loop has not come to.
    init(
        settings: LaneSettings, clock: any TimeSource, loop: any EventLoop, tellPending: @escaping () -> Void,
        perform: @escaping ([LaneAction], LaneID, MonotonicTime) -> Void
    ) {
        self.settings = settings
        self.clock = clock
        timer = LoopTimer(on: loop)
        self.tellPending = tellPending
        self.perform = perform
        machine = settings.kind.machine
    }

    var state: LaneState { machine.state }

    /// Whether somebody can pass right now.
    var isReleased: Bool { machine.isReleased }

    /// What each output should be right now.
    var outputs: [LaneOutput: Bool] { machine.outputs }

    /// Returns what was asked for, which is done by then.
    @discardableResult
    func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        let actions = machine.handle(input, at: time)
        if !actions.isEmpty { perform(actions, settings.id, time) }
        schedule()
        return actions
    }

    /// An input has had an edge.
    func bounced(_ input: String, at time: MonotonicTime) { bounces[input, default: BounceMeter()].edge(at: time) }

    /// The line of a sensor is lost, or its chip.
    func lose(_ sensor: LaneSensor) { handle(.sensorLost(sensor), at: clock.monotonic) }

    /// The grants that still waited for a passage.
    func abandon() -> [Grant] { machine.abandon() }

    private func schedule() {
        timer.set(to: machine.nextDeadline) { [weak self] in
            guard let self else { return }
            // On a loop that was busy the timer may come before an edge that was in time: a door that has closed again.
            let now = clock.monotonic
            tellPending()
            handle(.timer, at: now)
        }
    }

    func status(fault: String?) -> LaneStatus {
        LaneStatus(
            lane: settings.id, site: settings.site, lock: state.lock.rawValue, contact: state.contact.rawValue,
            alarm: state.alarm.rawValue, fire: state.fire.rawValue, mode: state.mode.rawValue,
            tamper: state.tamper.rawValue, fault: fault,
            bounces: bounces.compactMapValues { $0.longest.map { $0.clampedNanoseconds / 1000 } })
    }
}
