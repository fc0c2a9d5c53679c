import GateModel
public import Hardware
public import NIOCore

/// All the simulated hardware of a scenario, on one event loop, with people who use it.
///
/// The devices are made in one directory: a link for each reader, a socket for the chip.
public actor SimulatedGate: LoopActor {
    /// Something that happened, as a line of text: `edge OFFSET LEVEL NS`, `door LANE opened` or `step TEXT`.
    public enum Report: Hashable, Sendable, CustomStringConvertible {
        case edge(LineEdge)
        case door(lane: String, SimulatedDoor.Event)
        case step(String)

        public var description: String {
            switch self {
            case .edge(let edge): "edge \(edge.offset) \(edge.level ? 1 : 0) \(edge.at.nanoseconds)"
            case .door(let lane, let event): "door \(lane) \(event.rawValue)"
            case .step(let text): "step \(text)"
            }
        }
    }

    public nonisolated let scenario: Scenario
    public nonisolated let directory: String
    public nonisolated let eventLoop: any EventLoop
    private let report: @Sendable (Report) -> Void

    private let chip: SimulatedChipServer
    private let terminals: [String: PseudoTerminal]
    private var idReaders: [String: SimulatedIDReader] = [:]
    private var scanners: [String: SimulatedScanner] = [:]
    private var rfidReaders: [String: SimulatedRFIDReader] = [:]
    private var osdpReaders: [String: SimulatedOSDPReader] = [:]
    private var thermometers: [String: SimulatedThermometer] = [:]
    private var doors: [String: SimulatedDoor] = [:]

    /// - Parameters:
    ///   - eventLoop: one of a `MultiThreadedEventLoopGroup`; everything runs on it.
    ///   - report: called on the event loop.
    public init(
        scenario: Scenario, directory: String, eventLoop: any EventLoop, report: @escaping @Sendable (Report) -> Void
    ) {
        self.scenario = scenario
        self.directory = directory
        self.eventLoop = eventLoop
        self.report = report
        chip = SimulatedChipServer(path: "\(directory)/\(scenario.chip)", eventLoop: eventLoop, clock: SystemClock())
        terminals = scenario.readers.keys.reduce(into: [:]) {
            $0[$1] = PseudoTerminal(link: "\(directory)/\($1)", eventLoop: eventLoop)
        }
    }

    /// Makes all devices. They are there when this returns.
    public func start() async throws {
        let scheduler = LoopScheduler(eventLoop: eventLoop)
        for (name, kind) in scenario.readers {
            guard let terminal = terminals[name] else { continue }
            switch kind {
            case .idCard: idReaders[name] = SimulatedIDReader(terminal: terminal, scheduler: scheduler)
            case .scanner: scanners[name] = SimulatedScanner(terminal: terminal)
            case .packetScanner: scanners[name] = SimulatedScanner(terminal: terminal, form: .packet)
            case .rfid: rfidReaders[name] = SimulatedRFIDReader(terminal: terminal)
            case .osdp: osdpReaders[name] = SimulatedOSDPReader(terminal: terminal)
            case .thermometer:
                thermometers[name] = SimulatedThermometer(terminal: terminal, scheduler: scheduler)
            }
            try await terminal.plug()
        }
        if let fire = scenario.fire { chip.drive(fire, active: false) }
        for lane in scenario.lanes {
            let door = SimulatedDoor(wiring: lane.wiring, chip: chip, scheduler: scheduler)
            door.onEvent = { [report] in report(.door(lane: lane.name, $0)) }
            doors[lane.name] = door
        }
        chip.onEdge = { [report, doors] edge in
            report(.edge(edge))
            for door in doors.values { door.lineChanged(edge) }
        }
        try await chip.start()
    }

    /// Takes all devices away.
    public func stop() async {
        for terminal in terminals.values { terminal.unplug() }
        await chip.stop()
    }

    /// Carries out what a person types; see ``Command``.
    public func perform(_ text: String) async throws(CommandError) {
        try await perform(try Command(text))
    }

    public func perform(_ command: Command) async throws(CommandError) {
        try scenario.check(command)
        switch command {
        case .present(let document, let name, let duration):
            idReaders[name]?.present(.document(document), for: duration)
        case .presentUnreadable(let name, let duration):
            idReaders[name]?.present(.unreadable, for: duration)
        case .scan(let text, let name):
            guard scanners[name]?.scan(text) == true else { throw .failed("\(name) is not plugged in or is not read") }
        case .tag(let number, let name):
            guard rfidReaders[name]?.present(number: number) == true else {
                throw .failed("\(name) is not plugged in or is not read")
            }
        case .badge(let data, let name): osdpReaders[name]?.present(data: data)
        case .temperature(let degrees, let name, let duration): thermometers[name]?.measure(degrees, for: duration)
        case .fault(let fault, let name):
            idReaders[name]?.fault = fault
        case .unplug(let name):
            terminals[name]?.unplug()
        case .plug(let name):
            do throws(PseudoTerminalError) {
                try await terminals[name]?.plug()
            } catch {
                throw .failed(error.description)
            }
        case .press(let lane, let duration):
            guard doors[lane]?.press(for: duration) == true else { throw .notWired("the exit button of \(lane)") }
        case .walk(let lane):
            doors[lane]?.walk()
        case .hold(let lane, let duration):
            doors[lane]?.walk(holding: duration)
        case .force(let lane):
            doors[lane]?.force()
        case .fire(let isOn):
            if let fire = scenario.fire { chip.drive(fire, active: isOn) }
        }
    }

    /// Plays the steps of the scenario once.
    public func play(clock: some Clock<Duration>) async throws {
        let start = clock.now
        for step in scenario.steps {
            try await clock.sleep(until: start.advanced(by: step.at), tolerance: nil)
            report(.step(step.text))
            try await perform(step.command)
        }
    }
}
