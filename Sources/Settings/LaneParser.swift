import GateModel
import Lanes

/// What stands in a lane: its times and lines.
extension SettingsParser {
    mutating func door(_ reader: StrictReader, lane: String) -> Passage? {
        guard
            let map = reader.mapping([
                "lock", "wiring", "contact", "lock-state", "tamper", "exit-button", "release-time", "held-open-after",
                "held-open-warning", "relock", "debounce",
            ])
        else { return nil }
        let lock = map.required("lock") { self.lineSettings($0, use: "lock of lane '\(lane)'") }
        let wiring = map.required("wiring") { $0.word(LockWiring.self) }
        let sensors = sensors([.contact, .lockState, .tamper], map, lane: lane)
        let button = exitButton(map, lane: lane)
        let release = map.optional("release-time", Duration.seconds(5)) { $0.duration(DoorSettings.releaseTimeRange) }
        let held = map.optional("held-open-after", Duration.seconds(30)) {
            $0.duration(DoorSettings.heldOpenAfterRange)
        }
        let warning = map.optional("held-open-warning", Duration.seconds(10)) {
            $0.duration(.zero...DoorSettings.heldOpenAfterRange.upperBound)
        }
        let relock = map.optional("relock", DoorSettings.Relock.onOpen) { $0.word(DoorSettings.Relock.self) }
        let debounce = map.optional("debounce", Duration.milliseconds(20)) { $0.duration(DoorSettings.debounceRange) }
        do {
            let settings = try DoorSettings(
                releaseTime: release, heldOpenAfter: held, heldOpenWarning: warning,
                hasContact: sensors[.contact] != nil, hasLockState: sensors[.lockState] != nil, relock: relock,
                debounce: debounce)
            guard let lock, let wiring else { return nil }
            return Passage(
                kind: .door(settings), outputs: [.lock: lock], lockWiring: wiring, sensors: sensors, exitButton: button)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    /// The sensors that are wired, each by its own name.
    private mutating func sensors(
        _ kinds: [LaneSensor], _ map: StrictMapping, lane: String
    ) -> [LaneSensor: LineSettings] {
        var sensors: [LaneSensor: LineSettings] = [:]
        for sensor in kinds {
            sensors[sensor] = map.optional(sensor.rawValue) {
                self.lineSettings($0, use: "\(sensor.rawValue) of lane '\(lane)'")
            }
        }
        return sensors
    }

    private mutating func exitButton(_ map: StrictMapping, lane: String) -> LineSettings? {
        map.optional("exit-button") { self.lineSettings($0, use: "exit button of lane '\(lane)'") }
    }
}
