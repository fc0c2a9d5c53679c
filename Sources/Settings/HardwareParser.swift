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
            // Without a slash it is the name or the label of a chip: /dev/gpiochipN changes with the order of plugging in.
            let path = map.required("path") { $0.string() }.map { text in
                kind == .gpiod && !text.contains("/") ? text : resolve(text)
            }
            if let path, let other = users.claim("device \(path)", use: "chip '\(name)'", line: value.line) {
                value.problem(
                    "\(path) is already the device of \(other.use) (line \(other.line)); a device has one user")
            }
            if kind == .simulated { simulatedChips.insert(name) }
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
        let address = map.required("line") { lineAddress($0, chip: chip) }
        let activeLow = map.optional("active-low", false) { $0.boolean() }
        let bias = map.optional("bias", LineSettings.Bias.none) { $0.word(LineSettings.Bias.self) }
        guard let chip, let address else { return nil }
        if let other = users.claim("chip \(chip) \(address)", use: use, line: reader.line) {
            reader.problem(
                "line \(address) of chip '\(chip)' is already the \(other.use) (line \(other.line)); a line has one user"
            )
            return nil
        }
        return LineSettings(chip: chip, address: address, activeLow: activeLow, bias: bias, line: reader.line)
    }

    /// A number, or the name that the board gives the line. Only the daemon, who asks the chip, can say whether there is
    /// one.
    private func lineAddress(_ reader: StrictReader, chip: String?) -> LineAddress? {
        guard let text = reader.string() else { return nil }
        if let offset = UInt32(text), offset <= 1023 { return .offset(offset) }
        // As long as the kernel takes one, and nothing that was meant as a number.
        let isName =
            text.utf8.count <= 31 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && text.contains(where: \.isLetter)
        guard isName else {
            reader.problem(
                "expected a whole number from 0 to 1023, or the name of a line as `gpioinfo` shows it; found '\(text)'")
            return nil
        }
        guard chip.map({ simulatedChips.contains($0) }) != true else {
            reader.problem("the lines of a simulated chip have numbers only; found '\(text)'")
            return nil
        }
        return .name(text)
    }

    func watchdog(_ reader: StrictReader) -> WatchdogSettings? {
        guard let map = reader.mapping(["device", "timeout"]) else { return nil }
        let device = map.optional("device", "/dev/watchdog") { $0.string().map(resolve) }
        let timeout = map.optional("timeout", Duration.seconds(15)) { $0.duration(.seconds(2) ... .seconds(300)) }
        return WatchdogSettings(device: device, timeout: timeout)
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
        guard
            let map = reader.mapping([
                "name", "site", "door", "turnstile", "barrier", "interlock", "hours", "access-points",
            ])
        else { return nil }
        let name = map.required("name") { self.uniqueName($0, "lane") }
        let site = map.required("site") { $0.word(Site.self) }
        let passage = passage(map, reader, lane: name ?? "?")
        var points: [AccessPointSettings] = []
        for entry in map.required("access-points", { $0.sequence() }) ?? [] {
            guard let point = accessPoint(entry, lane: LaneID(rawValue: name ?? "?"), site: site ?? .communityGate)
            else { continue }
            points.append(point)
            if point.point.direction == .exit, point.readers.isEmpty, let passage, passage.exitButton == nil {
                entry.problem(
                    "nobody could leave here: the exit '\(point.point.id)' has no reader, and its lane no exit-button")
            }
        }
        let schedule = map.optional("hours", LaneSchedule()) { hours($0) }
        if let passage, !passage.kind.possibleModes.contains(.unlocked), !schedule.unlocked.isEmpty {
            map.entries["hours"]?.problem(
                "an interlock has no unlocked hours: its doors are never both released, except by fire")
        }
        guard let name, let site, let passage else { return nil }
        return LaneSettings(
            id: LaneID(rawValue: name), site: site, kind: passage.kind, outputs: passage.outputs,
            lockWirings: passage.lockWirings, sensors: passage.sensors, exitButton: passage.exitButton,
            airlockButton: passage.airlockButton,
            schedule: schedule, accessPoints: points)
    }

    /// What stands in a lane, and its lines.
    struct Passage {
        var kind: LaneKind
        var outputs: [LaneOutput: LineSettings]
        var lockWirings: [LaneOutput: LockWiring] = [:]
        var sensors: [LaneSensor: LineSettings]
        var exitButton: LineSettings?
        var airlockButton: LineSettings?
    }

    mutating func uniqueName(_ reader: StrictReader, _ kind: String) -> String? {
        guard let name = reader.name() else { return nil }
        if let other = names.claim(name, use: kind, line: reader.line) {
            reader.problem("the name '\(name)' is already taken by the \(other.use) on line \(other.line)")
        }
        return name
    }
}
