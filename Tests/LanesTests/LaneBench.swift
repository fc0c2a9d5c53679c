import GateModel
import Lanes

/// A machine and its clock, in milliseconds, for scenarios.
protocol LaneBench {
    associatedtype Machine: LaneMachine
    var machine: Machine { get set }
    var now: Int { get set }
}

extension LaneBench {
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
}
