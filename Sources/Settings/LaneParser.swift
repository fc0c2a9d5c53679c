import GateModel
import Lanes

/// What stands in a lane: its times and lines.
extension SettingsParser {
    /// The one of them that stands in the lane.
    mutating func passage(_ map: StrictMapping, _ lane: StrictReader, lane name: String) -> Passage? {
        let kinds = ["door", "turnstile", "barrier", "interlock"]
        let present = kinds.filter { map.entries[$0] != nil }
        guard present.count == 1, let kind = present.first else {
            lane.problem("expected one of \(kinds.joined(separator: ", ")); found \(present.count) of them")
            return nil
        }
        return map.required(kind) { reader in
            switch kind {
            case "door": door(reader, lane: name)
            case "turnstile": turnstile(reader, lane: name)
            case "barrier": barrier(reader, lane: name)
            default: interlock(reader, lane: name)
            }
        }
    }

    private mutating func turnstile(_ reader: StrictReader, lane: String) -> Passage? {
        let kinds = LaneSensor.allCases.filter(TurnstileSettings.possibleSensors.contains)
        guard
            let map = reader.mapping(
                ["unlock-in", "unlock-out", "exit-button"] + kinds.map(\.rawValue) + [
                    "command", "pulse", "passage-time", "debounce",
                ])
        else { return nil }
        var outputs: [LaneOutput: LineSettings] = [:]
        for output in [LaneOutput.unlockIn, .unlockOut] {
            outputs[output] = map.required(output.rawValue) {
                self.lineSettings($0, use: "\(output.rawValue) of lane '\(lane)'")
            }
        }
        let sensors = sensors(kinds, map, of: "lane '\(lane)'")
        let button = exitButton(map, lane: lane)
        let command = map.optional("command", TurnstileCommandWord.pulse) { $0.word(TurnstileCommandWord.self) }
        let pulse = map.optional("pulse", Duration.milliseconds(300)) { $0.duration(TurnstileSettings.pulseRange) }
        if command == .level { map.entries["pulse"]?.problem("belongs to command pulse, not to level") }
        let passage = map.optional("passage-time", Duration.seconds(7)) {
            $0.duration(TurnstileSettings.passageTimeRange)
        }
        let debounce = map.optional("debounce", Duration.milliseconds(20)) {
            $0.duration(TurnstileSettings.debounceRange)
        }
        do {
            let settings = try TurnstileSettings(
                command: command == .level ? .level : .pulse(pulse), passageTime: passage, sensors: Set(sensors.keys),
                debounce: debounce)
            guard outputs.count == 2 else { return nil }
            return Passage(kind: .turnstile(settings), outputs: outputs, sensors: sensors, exitButton: button)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    private mutating func barrier(_ reader: StrictReader, lane: String) -> Passage? {
        let kinds = LaneSensor.allCases.filter(BarrierSettings.possibleSensors.contains)
        guard
            let map = reader.mapping(
                ["open", "close", "exit-button"] + kinds.map(\.rawValue) + [
                    "pulse", "gap", "opening-time", "entry-time", "closing-time", "clear-delay", "presence-limit",
                    "debounce",
                ])
        else { return nil }
        let open = map.required("open") { self.lineSettings($0, use: "open output of lane '\(lane)'") }
        let close: LineSettings? = map.optional("close") {
            self.lineSettings($0, use: "close output of lane '\(lane)'")
        }
        let sensors = sensors(kinds, map, of: "lane '\(lane)'")
        let button = exitButton(map, lane: lane)
        func time(_ key: String, _ standard: Duration, _ range: ClosedRange<Duration>) -> Duration {
            map.optional(key, standard) { $0.duration(range) }
        }
        do {
            let settings = try BarrierSettings(
                pulse: time("pulse", .milliseconds(500), BarrierSettings.pulseRange),
                gap: time("gap", .milliseconds(500), BarrierSettings.gapRange),
                openingTime: time("opening-time", .seconds(10), BarrierSettings.openingTimeRange),
                entryTime: time("entry-time", .seconds(20), BarrierSettings.entryTimeRange),
                closingTime: time("closing-time", .seconds(10), BarrierSettings.closingTimeRange),
                clearDelay: time("clear-delay", .seconds(2), BarrierSettings.clearDelayRange),
                presenceLimit: time("presence-limit", .seconds(240), BarrierSettings.presenceLimitRange),
                debounce: time("debounce", .milliseconds(20), BarrierSettings.debounceRange), closes: close != nil,
                sensors: Set(sensors.keys))
            guard let open else { return nil }
            var outputs: [LaneOutput: LineSettings] = [.open: open]
            outputs[.close] = close
            return Passage(kind: .barrier(settings), outputs: outputs, sensors: sensors, exitButton: button)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    /// The sensors that are wired, each by its own name.
    mutating func sensors(
        _ kinds: [LaneSensor], _ map: StrictMapping, of name: String
    ) -> [LaneSensor: LineSettings] {
        var sensors: [LaneSensor: LineSettings] = [:]
        for sensor in kinds {
            sensors[sensor] = map.optional(sensor.rawValue) {
                self.lineSettings($0, use: "\(sensor.rawValue) of \(name)")
            }
        }
        return sensors
    }

    mutating func exitButton(_ map: StrictMapping, lane: String) -> LineSettings? {
        map.optional("exit-button") { self.lineSettings($0, use: "exit button of lane '\(lane)'") }
    }
}

private enum TurnstileCommandWord: String, CaseIterable {
    case pulse, level
}
