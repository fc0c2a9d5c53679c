import GateModel
import Lanes

struct Barrier: LaneBench {
    static let everything: Set<LaneSensor> = [.armingLoop, .safetyLoop, .openLimit, .closedLimit, .ready, .tamper]

    var machine: BarrierMachine
    var now = 1_000_000

    /// A barrier whose boom is closed and whose loops are clear, unless they have not been read.
    init(
        closes: Bool = true, sensors: Set<LaneSensor> = everything, pulse: Duration = .milliseconds(500),
        presenceLimit: Duration? = .seconds(240), isRead: Bool = true
    ) throws {
        let settings = try BarrierSettings(pulse: pulse, presenceLimit: presenceLimit, closes: closes, sensors: sensors)
        machine = BarrierMachine(settings: settings)
        guard isRead else { return }
        for sensor in Self.everything {
            _ = tell(.sensor(sensor, active: sensor == .closedLimit || sensor == .ready))
        }
        _ = wait(10_000)
    }

    static func exit(_ number: UInt64) -> Grant {
        Grant(crossing: CrossingID(rawValue: number), direction: .exit)
    }

    var opens: Bool { machine.outputs[.open] == true }
    var closes: Bool { machine.outputs[.close] == true }

    /// Lets time pass with no timer at all, and then gives the input.
    mutating func late(_ milliseconds: Int, _ input: LaneInput = .timer) -> [LaneAction] {
        now += milliseconds
        return tell(input)
    }

    /// Gives a line a level and lets it rest.
    mutating func set(_ sensor: LaneSensor, _ active: Bool) -> [LaneAction] {
        tell(.sensor(sensor, active: active)) + wait(20)
    }

    /// The boom leaves one limit and reaches the other, all within two seconds.
    mutating func boom(open: Bool) -> [LaneAction] {
        let left = set(open ? .closedLimit : .openLimit, false) + wait(1960)
        return left + set(open ? .openLimit : .closedLimit, true)
    }

    /// A vehicle drives over the loop within a second.
    mutating func vehicle() -> [LaneAction] { set(.safetyLoop, true) + wait(960) + set(.safetyLoop, false) }

    /// A grant, and the boom opens.
    mutating func admit(_ grant: Grant) -> [LaneAction] { tell(.grant(grant)) + boom(open: true) }
}

extension LaneAction {
    static let startOpening = LaneAction.drive(.open, active: true)
    static let endOpening = LaneAction.drive(.open, active: false)
    static let startClosing = LaneAction.drive(.close, active: true)
    static let endClosing = LaneAction.drive(.close, active: false)
}
