import GateModel
import Lanes

/// Chips, lanes and readers.
extension SettingsParser {
    mutating func chips(_ reader: StrictReader) -> [ChipSettings] {
        let entries = reader.namedEntries()
        if entries.isEmpty { reader.problem("expected at least one chip") }
        return entries.compactMap { name, value in
            chipNames.append(name)
            guard let map = value.mapping(["kind", "path"]) else { return nil }
            let kind = map.required("kind") { $0.word(ChipSettings.Kind.self) }
            let path = map.required("path") { $0.string() }.map(resolve)
            if let path, let other = users.claim("device \(path)", use: "chip '\(name)'", line: value.line) {
                value.problem(
                    "\(path) is already the device of \(other.use) (line \(other.line)); a device has one user")
            }
            guard let kind, let path else { return nil }
            return ChipSettings(name: name, kind: kind, path: path, line: value.line)
        }
    }

    mutating func lineSettings(_ reader: StrictReader, use: String) -> LineSettings? {
        guard let map = reader.mapping(["chip", "line", "active-low", "bias"]) else { return nil }
        let chip = map.required("chip") { chip -> String? in
            guard let name = chip.string() else { return nil }
            guard chipNames.contains(name) else {
                chip.problem("there is no chip '\(name)'; expected one of \(chipNames.joined(separator: ", "))")
                return nil
            }
            return name
        }
        let offset = map.required("line") { $0.integer(0...1023) }
        let activeLow = map.optional("active-low", false) { $0.boolean() }
        let bias = map.optional("bias", LineSettings.Bias.none) { $0.word(LineSettings.Bias.self) }
        guard let chip, let offset else { return nil }
        if let other = users.claim("chip \(chip) \(offset)", use: use, line: reader.line) {
            reader.problem(
                "line \(offset) of chip '\(chip)' is already the \(other.use) (line \(other.line)); a line has one user"
            )
            return nil
        }
        return LineSettings(chip: chip, offset: UInt32(offset), activeLow: activeLow, bias: bias, line: reader.line)
    }

    mutating func lanes(_ reader: StrictReader) -> [LaneSettings] {
        guard let entries = reader.sequence() else { return [] }
        if entries.isEmpty { reader.problem("expected at least one lane") }
        var lanes: [LaneSettings] = []
        for entry in entries {
            if let lane = lane(entry) { lanes.append(lane) }
        }
        return lanes
    }

    private mutating func lane(_ reader: StrictReader) -> LaneSettings? {
        guard let map = reader.mapping(["name", "site", "door", "access-points"]) else { return nil }
        let name = map.required("name") { self.uniqueName($0, "lane") }
        let site = map.required("site") { $0.word(Site.self) }
        let door = map.required("door") { self.door($0, lane: name ?? "?") }
        var points: [AccessPointSettings] = []
        for entry in map.required("access-points", { $0.sequence() }) ?? [] {
            if let point = accessPoint(entry, lane: LaneID(rawValue: name ?? "?"), site: site ?? .communityGate) {
                points.append(point)
            }
        }
        guard let name, let site, let door else { return nil }
        return LaneSettings(
            id: LaneID(rawValue: name), site: site, door: door.settings, lock: door.lock, lockWiring: door.wiring,
            contact: door.contact, exitButton: door.button, accessPoints: points)
    }

    private struct Door {
        var settings: DoorSettings
        var lock: LineSettings
        var wiring: LockWiring
        var contact: LineSettings?
        var button: LineSettings?
    }

    private mutating func door(_ reader: StrictReader, lane: String) -> Door? {
        guard
            let map = reader.mapping([
                "lock", "wiring", "contact", "exit-button", "release-time", "held-open-after", "relock-on-open",
                "debounce",
            ])
        else { return nil }
        let lock = map.required("lock") { self.lineSettings($0, use: "lock of lane '\(lane)'") }
        let wiring = map.required("wiring") { $0.word(LockWiring.self) }
        let contact: LineSettings? = map.optional("contact") {
            self.lineSettings($0, use: "door contact of lane '\(lane)'")
        }
        let button: LineSettings? = map.optional("exit-button") {
            self.lineSettings($0, use: "exit button of lane '\(lane)'")
        }
        let release = map.optional("release-time", Duration.seconds(5)) { $0.duration(DoorSettings.releaseTimeRange) }
        let held = map.optional("held-open-after", Duration.seconds(30)) {
            $0.duration(DoorSettings.heldOpenAfterRange)
        }
        let relock = map.optional("relock-on-open", true) { $0.boolean() }
        let debounce = map.optional("debounce", Duration.milliseconds(20)) { $0.duration(DoorSettings.debounceRange) }
        do {
            let settings = try DoorSettings(
                releaseTime: release, heldOpenAfter: held, hasContact: contact != nil, relockOnOpen: relock,
                debounce: debounce)
            guard let lock, let wiring else { return nil }
            return Door(settings: settings, lock: lock, wiring: wiring, contact: contact, button: button)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    mutating func uniqueName(_ reader: StrictReader, _ kind: String) -> String? {
        guard let name = reader.name() else { return nil }
        if let other = names.claim(name, use: kind, line: reader.line) {
            reader.problem("the name '\(name)' is already taken by the \(other.use) on line \(other.line)")
        }
        return name
    }
}
