import Lanes

/// Doors: one that stands alone, and two that lock each other.
extension SettingsParser {
    /// A door's lock, its sensors and its times.
    private struct DoorParts {
        var settings: DoorSettings
        var lock: LineSettings
        var wiring: LockWiring
        var sensors: [LaneSensor: LineSettings]
    }

    private static let doorKeys = [
        "lock", "wiring", "contact", "lock-state", "release-time", "held-open-after", "held-open-warning", "relock",
        "debounce",
    ]

    mutating func door(_ reader: StrictReader, lane: String) -> Passage? {
        guard let map = reader.mapping(Self.doorKeys + ["tamper", "exit-button"]) else { return nil }
        let parts = doorParts(map, reader, of: "lane '\(lane)'")
        let tamper = sensors([.tamper], map, of: "lane '\(lane)'")
        let button = exitButton(map, lane: lane)
        guard let parts else { return nil }
        return Passage(
            kind: .door(parts.settings), outputs: [.lock: parts.lock], lockWirings: [.lock: parts.wiring],
            sensors: parts.sensors.merging(tamper) { first, _ in first }, exitButton: button)
    }

    mutating func interlock(_ reader: StrictReader, lane: String) -> Passage? {
        guard
            let map = reader.mapping([
                "outer", "inner", "exit-button", "airlock-button", "tamper", "transfer-time", "wait-time",
            ])
        else { return nil }
        let outer = map.required("outer") { self.doorOfInterlock($0, "the outer door of lane '\(lane)'") }
        let inner = map.required("inner") { self.doorOfInterlock($0, "the inner door of lane '\(lane)'") }
        let button = exitButton(map, lane: lane)
        if map.entries["airlock-button"] == nil {
            reader.problem(
                "nobody who stands between the doors could leave: 'airlock-button', which opens the outer door, is missing"
            )
        }
        let airlock: LineSettings? = map.optional("airlock-button") {
            self.lineSettings($0, use: "airlock button of lane '\(lane)'")
        }
        var sensors = sensors([.tamper], map, of: "lane '\(lane)'")
        let transfer = map.optional("transfer-time", Duration.seconds(10)) {
            $0.duration(InterlockSettings.transferTimeRange)
        }
        let wait = map.optional("wait-time", Duration.seconds(30)) { $0.duration(InterlockSettings.waitTimeRange) }
        guard let outer, let inner, let airlock else { return nil }
        sensors[.outerContact] = outer.sensors[.contact]
        sensors[.outerLockState] = outer.sensors[.lockState]
        sensors[.innerContact] = inner.sensors[.contact]
        sensors[.innerLockState] = inner.sensors[.lockState]
        do {
            let settings = try InterlockSettings(
                outer: outer.settings, inner: inner.settings, transferTime: transfer, waitTime: wait)
            return Passage(
                kind: .interlock(settings), outputs: [.outerLock: outer.lock, .innerLock: inner.lock],
                lockWirings: [.outerLock: outer.wiring, .innerLock: inner.wiring], sensors: sensors,
                exitButton: button, airlockButton: airlock)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    private mutating func doorOfInterlock(_ reader: StrictReader, _ name: String) -> DoorParts? {
        guard let map = reader.mapping(Self.doorKeys) else { return nil }
        return doorParts(map, reader, of: name)
    }

    private mutating func doorParts(_ map: StrictMapping, _ reader: StrictReader, of name: String) -> DoorParts? {
        let lock = map.required("lock") { self.lineSettings($0, use: "lock of \(name)") }
        let wiring = map.required("wiring") { $0.word(LockWiring.self) }
        let sensors = sensors([.contact, .lockState], map, of: name)
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
            return DoorParts(settings: settings, lock: lock, wiring: wiring, sensors: sensors)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }
}
