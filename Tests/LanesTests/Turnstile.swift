import GateModel
import Lanes

struct Turnstile: LaneBench {
    var machine: TurnstileMachine
    var now = 1_000_000

    init(
        command: TurnstileSettings.Command = .pulse(.milliseconds(300)), passageTime: Duration = .seconds(7),
        sensors: Set<LaneSensor> = TurnstileSettings.possibleSensors, debounce: Duration = .milliseconds(20)
    ) throws {
        machine = TurnstileMachine(
            settings: try TurnstileSettings(
                command: command, passageTime: passageTime, sensors: sensors, debounce: debounce))
        for sensor in sensors { _ = tell(.sensor(sensor, active: sensor == .ready)) }
    }

    /// Lets time pass without a timer.
    mutating func sleep(_ milliseconds: Int) { now += milliseconds }

    /// Moves a line and lets it rest.
    mutating func move(_ sensor: LaneSensor, active: Bool) -> [LaneAction] {
        tell(.sensor(sensor, active: active)) + wait(50)
    }

    /// Somebody walks through.
    mutating func pass(_ sensor: LaneSensor) -> [LaneAction] {
        move(sensor, active: true) + wait(450) + move(sensor, active: false)
    }

    /// Somebody touches the exit button.
    mutating func press() -> [LaneAction] {
        tell(.exitButton(pressed: true)) + wait(50) + tell(.exitButton(pressed: false)) + wait(50)
    }
}

extension Grant {
    static func leaving(_ number: UInt64, releaseTime: Duration? = nil) -> Grant {
        Grant(crossing: CrossingID(rawValue: number), direction: .exit, releaseTime: releaseTime)
    }
}
