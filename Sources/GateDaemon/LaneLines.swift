import GateModel
import Hardware
import Lanes
import NIOCore
import Settings

/// Connects the lanes' machines with the GPIO lines of the configuration. Lives on the lane loop.
final class LaneLines {
    private let settings: GateSettings
    private let lanes: [LaneID: LaneShell]
    private var changed: (LaneID, String?) -> Void = { _, _ in }
    private var chips: [String: any LineChip] = [:]
    /// What is wrong with each chip, or with single lines of it.
    private var faults: [String: ChipFault] = [:]

    /// While a lane's lines are asked for what they hold: what they told, and whom.
    private var collected: [(LineEvent, (LineEvent) -> Void)]?

    private enum ChipFault {
        case whole(String)
        case lines([LineAddress: String])
    }

    init(settings: GateSettings, lanes: [LaneID: LaneShell], makeChip: (ChipSettings) -> any LineChip) {
        self.settings = settings
        self.lanes = lanes
        for chip in settings.chips { chips[chip.name] = makeChip(chip) }
    }

    /// - Parameter changed: told when a lane's lines get a fault, and with `nil` when they are well again.
    func start(changed: @escaping (LaneID, String?) -> Void) {
        self.changed = changed
        for lane in settings.lanes {
            guard let shell = lanes[lane.id] else { continue }
            let name = lane.id.rawValue
            // Not energised is the safe value of every output: a strike stays locked, a magnet lets go, a turnstile and
            // a barrier get no command.
            for (output, line) in lane.outputs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                chips[line.chip]?.requestOutput(
                    OutputRequest(
                        line: line.address, name: "\(name) \(output.rawValue)", activeLow: line.activeLow, safe: false)
                )
            }
            watch(lane.exitButton, of: shell, "exit button", key: "exit-button") { .exitButton(pressed: $0) }
            watch(lane.airlockButton, of: shell, "airlock button", key: "airlock-button") {
                .airlockButton(pressed: $0)
            }
            for (sensor, line) in lane.sensors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                watch(line, of: shell, sensor.rawValue, key: sensor.rawValue) { .sensor(sensor, active: $0) }
            }
        }
        if let line = settings.fire {
            watch(line, "fire input") { [lanes] event in
                for lane in lanes.values { lane.handle(.fire(active: event.active), at: event.at) }
            }
        }
        for (name, chip) in chips {
            chip.start { [unowned self] in healthChanged(of: name, $0) }
        }
    }

    /// Takes an input of a lane, if it is wired.
    ///
    /// - Parameter key: what its bounces are told under.
    private func watch(
        _ line: LineSettings?, of shell: LaneShell, _ name: String, key: String,
        input: @escaping (_ active: Bool) -> LaneInput
    ) {
        guard let line else { return }
        watch(line, "\(shell.settings.id.rawValue) \(name)") { event in
            shell.handle(input(event.active), at: event.at)
            if !event.isInitial { shell.bounced(key, at: event.at) }
        }
    }

    /// Takes an input, for a lane or a reader.
    func watch(
        _ line: LineSettings, _ name: String, edges: InputRequest.Edges = .both,
        _ onEvent: @escaping (LineEvent) -> Void
    ) {
        let bias: InputRequest.Bias =
            switch line.bias {
            case .none: .asIs
            case .pullUp: .pullUp
            case .pullDown: .pullDown
            }
        let request = InputRequest(
            line: line.address, name: name, activeLow: line.activeLow, bias: bias, edges: edges)
        chips[line.chip]?.requestInput(request) { [unowned self] event in
            if collected == nil { onEvent(event) } else { collected?.append((event, onEvent)) }
        }
    }

    /// See ``LineChip/tellPending(_:)``. Not to be called while a line's edges are told.
    func tellPending(_ line: LineSettings) { chips[line.chip]?.tellPending(line.address) }

    /// Tells what the lines of a lane's machine hold, in the order of time: any input makes the machine settle what is due by
    /// then, and each line has a queue of its own.
    func tellPending(of lane: LaneSettings) {
        collected = []
        for line in lane.lines + [settings.fire].compactMap(\.self) { tellPending(line) }
        let pending = collected ?? []
        collected = nil
        for (event, onEvent) in pending.sorted(by: { $0.0.at < $1.0.at }) { onEvent(event) }
    }

    func drive(_ output: LaneOutput, of lane: LaneID, active: Bool) {
        guard let settings = lanes[lane]?.settings, let line = settings.outputs[output] else { return }
        let energised = settings.lockWirings[output] == .energiseToLock ? !active : active
        chips[line.chip]?.set(line.address, active: energised)
    }

    func driveSafe(_ lane: LaneID) {
        for line in lanes[lane]?.settings.outputs.values ?? [:].values {
            chips[line.chip]?.set(line.address, active: false)
        }
    }

    /// A device has come or gone.
    func devicesChanged() {
        for chip in chips.values { chip.devicesChanged() }
    }

    /// Drives all outputs safe and gives the lines back.
    func stop() -> [EventLoopFuture<Void>] { chips.values.map { $0.stop() } }

    // MARK: Health

    private func healthChanged(of chip: String, _ health: ChipHealth) {
        let before = lanes.keys.map { ($0, fault(of: $0)) }
        switch health {
        case .lost(let error):
            faults[chip] = .whole("\(error)")
            for lane in lanes.values {
                for (sensor, line) in lane.settings.sensors where line.chip == chip { lane.lose(sensor) }
            }
        case .found(let problems):
            let lines = problems.compactMap { problem in problem.line.map { ($0, "\(problem)") } }
            faults[chip] = lines.isEmpty ? nil : .lines(Dictionary(lines) { first, _ in first })
            // The outputs came back with their safe values: what is released now has to be released again.
            for (id, lane) in lanes {
                for (output, active) in lane.outputs where lane.settings.outputs[output]?.chip == chip {
                    drive(output, of: id, active: active)
                }
            }
        }
        for (lane, fault) in before where self.fault(of: lane) != fault { changed(lane, self.fault(of: lane)) }
    }

    /// What is wrong with the lines of a lane, `nil` for nothing.
    func fault(of lane: LaneID) -> String? {
        guard let settings = lanes[lane]?.settings else { return nil }
        return fault(of: settings.lines + [self.settings.fire].compactMap(\.self))
    }

    /// What is wrong with any of some lines, `nil` for nothing.
    func fault(of lines: [LineSettings]) -> String? {
        for line in lines {
            switch faults[line.chip] {
            case .whole(let text): return text
            case .lines(let texts): if let text = texts[line.address] { return text }
            case nil: continue
            }
        }
        return nil
    }
}

extension LineError {
    /// The line that is meant, `nil` for the whole chip.
    fileprivate var line: LineAddress? {
        switch self {
        case .noSuchLine(_, let line, _), .lineBusy(_, let line, _), .lineShared(_, let line, _, _),
            .biasRefused(_, let line, _), .lineFailed(_, let line, _, _):
            line
        case .noSuchChip, .permissionDenied, .notAChip, .chipFailed, .wentAway, .noSimulator, .refused: nil
        }
    }
}
