import GateModel

/// Simulated hardware and what happens to it.
///
/// ```yaml
/// chip: chip.sock                  # optional; socket and devices are made in one directory
/// readers:
///   - {name: id-reader, kind: id-card}
///   - {name: scanner, kind: scanner}
/// lanes:
///   - name: main
///     lock: 0                      # a line number, or {line: 0, active-low: true}
///     lock-wiring: energise-to-release
///     contact: 1
///     exit-button: 2
/// fire: 7
/// steps:                           # optional
///   - {at: 1, do: present 000000190001010017 at id-reader}
///   - {after: 0.5, do: walk main}
/// ```
///
/// `at` counts seconds from the start, `after` from the step before. The words of `do` are those of ``Command``.
public struct Scenario: Hashable, Sendable {
    public enum ReaderKind: String, Hashable, Sendable, CaseIterable {
        case idCard = "id-card"
        case scanner
        /// A scanner that sends SSI packets.
        case packetScanner = "packet-scanner"
        /// An RFID module.
        case rfid
        /// An OSDP reader, alone on its line, at address 0, in clear text.
        case osdp
        case thermometer

        var isScanner: Bool { self == .scanner || self == .packetScanner }
    }

    public struct Lane: Hashable, Sendable {
        public var name: String
        public var wiring: SimulatedDoor.Wiring
    }

    public struct Step: Hashable, Sendable {
        /// From the start of the scenario.
        public var at: Duration
        /// As it is written in the file.
        public var text: String
        public var command: Command
    }

    /// The name of the socket in the directory.
    public var chip: String
    /// The kind of each reader; its name is also that of its device in the directory.
    public var readers: [String: ReaderKind]
    public var lanes: [Lane]
    public var fire: WiredLine?
    /// In the order of their times.
    public var steps: [Step]

    /// Whether everything that a command names is there.
    func check(_ command: Command) throws(CommandError) {
        switch command {
        case .present(_, let name, _), .presentUnreadable(let name, _), .fault(_, let name):
            try checkReader(name, .idCard, "ID-card reader")
        case .scan(_, let name):
            guard readers[name]?.isScanner != true else { return }
            throw .unknown(what: "scanner", name: name, known: readers.filter { $0.value.isScanner }.keys.sorted())
        case .tag(_, let name): try checkReader(name, .rfid, "RFID module")
        case .badge(_, let name): try checkReader(name, .osdp, "OSDP reader")
        case .temperature(_, let name, _): try checkReader(name, .thermometer, "thermometer")
        case .unplug(let name), .plug(let name):
            guard readers[name] == nil else { return }
            throw .unknown(what: "reader", name: name, known: readers.keys.sorted())
        case .walk(let name), .hold(let name, _), .force(let name):
            _ = try lane(name)
        case .press(let name, _):
            guard try lane(name).wiring.exitButton != nil else { throw .notWired("the exit button of \(name)") }
        case .fire:
            guard fire != nil else { throw .notWired("the fire panel") }
        }
    }

    private func lane(_ name: String) throws(CommandError) -> Lane {
        guard let lane = lanes.first(where: { $0.name == name }) else {
            throw .unknown(what: "lane", name: name, known: lanes.map(\.name))
        }
        return lane
    }

    private func checkReader(_ name: String, _ kind: ReaderKind, _ what: String) throws(CommandError) {
        guard readers[name] == kind else {
            throw .unknown(what: what, name: name, known: readers.filter { $0.value == kind }.keys.sorted())
        }
    }
}

/// What is wrong with a scenario file, and where.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1.
    public var line: Int
    public var problem: String

    public var description: String { "\(file):\(line): \(problem)" }
}
