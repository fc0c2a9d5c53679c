import Commissioning
import GateModel
import Lanes
import Settings

extension GatePlan {
    /// What the configuration says there is to commission.
    init(_ settings: GateSettings, patience: Duration) {
        self.init(
            gate: settings.gate, lanes: settings.lanes.map(LanePlan.init), hasFireInput: settings.fire != nil,
            patience: patience)
    }
}

extension LanePlan {
    fileprivate init(_ lane: LaneSettings) {
        let (kind, mover, barring, debounce): (String, String, Barring, Duration) =
            switch lane.kind {
            case .door(let door):
                (
                    "door", "lock", door.hasContact ? .watchedDoor(heldOpenAfter: door.heldOpenAfter) : .unseen,
                    door.debounce
                )
            case .turnstile(let turnstile):
                (
                    "turnstile", "turnstile",
                    turnstile.sensors.isDisjoint(with: [.passageIn, .passageOut]) ? .unseen : .countedPassage,
                    turnstile.debounce
                )
            case .barrier(let barrier):
                (
                    "barrier", "boom", barrier.sensors.contains(.safetyLoop) ? .countedPassage : .unseen,
                    barrier.debounce
                )
            case .interlock(let interlock):
                (
                    "interlock", "lock of the outer door",
                    .watchedDoor(heldOpenAfter: interlock.outer.heldOpenAfter), interlock.outer.debounce
                )
            }
        self.init(
            lane: lane.id, kind: kind, mover: mover, barring: barring, hasExitButton: lane.exitButton != nil,
            isReleasedByCurrent: lane.lockWirings.values.contains(.energiseToRelease),
            releaseTime: lane.kind.releaseTime, debounce: debounce,
            readers: lane.accessPoints.flatMap { access in
                access.readers.map {
                    ReaderPlan(reader: $0.id, accessPoint: access.point.id, direction: access.point.direction)
                }
            },
            others: (lane.airlockButton == nil ? [] : ["airlock button", "the inner door forced and held open"])
                + [LaneSensor.lockState, .outerLockState, .innerLockState, .tamper]
                .filter { lane.sensors[$0] != nil }.map(\.rawValue))
    }
}
