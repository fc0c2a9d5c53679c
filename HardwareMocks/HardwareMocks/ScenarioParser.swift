import FoundationEssentials
import Hardware
import Yams

extension Scenario {
    /// Reads a scenario file.
    public init(file: String) throws(ScenarioError) {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ScenarioError(
                file: file, line: 1, problem: "the file cannot be read; check that it is there and is UTF-8")
        }
        try self.init(text: text, file: file)
    }

    /// - Parameter file: the name to use in errors.
    public init(text: String, file: String) throws(ScenarioError) {
        var parser = ScenarioParser(file: file)
        self = try parser.scenario(text)
    }
}

struct ScenarioParser {
    let file: String
    /// What each line of the chip is used for.
    private var used: [UInt32: String] = [:]

    init(file: String) { self.file = file }

    mutating func scenario(_ text: String) throws(ScenarioError) -> Scenario {
        let map = try map(try node(text), keys: ["chip", "readers", "lanes", "fire", "steps"], of: "a scenario")
        var scenario = Scenario(chip: "chip.sock", readers: [:], lanes: [], fire: nil, steps: [])
        if let node = map["chip"] { scenario.chip = try name(node) }
        for node in try list(map["readers"]) { try addReader(node, to: &scenario) }
        for node in try list(map["lanes"]) { scenario.lanes.append(try lane(node, besides: scenario.lanes)) }
        if let node = map["fire"] { scenario.fire = try line(node, for: "fire") }
        for node in try list(map["steps"]) { scenario.steps.append(try step(node, in: scenario)) }
        return scenario
    }

    private func addReader(_ node: Node, to scenario: inout Scenario) throws(ScenarioError) {
        let map = try map(node, keys: ["name", "kind"], of: "a reader")
        let name = try name(try required(map, "name", of: node))
        guard scenario.readers[name] == nil, name != scenario.chip else {
            throw error(node, "the name \(name) is used twice; give each device another one")
        }
        let word = try required(map, "kind", of: node)
        guard let kind = Scenario.ReaderKind(rawValue: try scalar(word)) else {
            throw error(
                word, "a reader is one of: " + Scenario.ReaderKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        scenario.readers[name] = kind
    }

    private mutating func lane(_ node: Node, besides others: [Scenario.Lane]) throws(ScenarioError) -> Scenario.Lane {
        let keys = ["name", "lock", "lock-wiring", "contact", "exit-button"]
        let map = try map(node, keys: keys, of: "a lane")
        let name = try name(try required(map, "name", of: node))
        guard !others.contains(where: { $0.name == name }) else {
            throw error(node, "the name \(name) is used twice; give each lane another one")
        }
        var releasedByCurrent = true
        if let wiring = map["lock-wiring"] {
            switch try scalar(wiring) {
            case "energise-to-release": releasedByCurrent = true
            case "energise-to-lock": releasedByCurrent = false
            default: throw error(wiring, "the wiring of a lock is energise-to-release or energise-to-lock")
            }
        }
        let lock = try line(try required(map, "lock", of: node), for: "\(name) lock")
        var contact: WiredLine?
        var button: WiredLine?
        if let node = map["contact"] { contact = try line(node, for: "\(name) contact") }
        if let node = map["exit-button"] { button = try line(node, for: "\(name) exit-button") }
        return Scenario.Lane(
            name: name,
            wiring: .init(lock: lock, releasedByCurrent: releasedByCurrent, contact: contact, exitButton: button))
    }

    private mutating func line(_ node: Node, for use: String) throws(ScenarioError) -> WiredLine {
        var number = node
        var activeLow = false
        if case .mapping = node {
            let map = try map(node, keys: ["line", "active-low"], of: "a line")
            number = try required(map, "line", of: node)
            if let flag = map["active-low"] {
                switch try scalar(flag) {
                case "true": activeLow = true
                case "false": activeLow = false
                default: throw error(flag, "active-low is true or false")
                }
            }
        }
        guard let offset = UInt32(try scalar(number)), offset < ChipMessage.lineCount else {
            throw error(number, "a line is a number from 0 to \(ChipMessage.lineCount - 1)")
        }
        if let other = used.updateValue(use, forKey: offset) {
            throw error(number, "line \(offset) is already used for \(other)")
        }
        return WiredLine(offset: offset, activeLow: activeLow)
    }

    private func step(_ node: Node, in scenario: Scenario) throws(ScenarioError) -> Scenario.Step {
        let map = try map(node, keys: ["at", "after", "do"], of: "a step")
        let action = try required(map, "do", of: node)
        let text = try scalar(action)
        let before = scenario.steps.last?.at ?? .zero
        do throws(CommandError) {
            let command = try Command(text)
            try scenario.check(command)
            let at: Duration
            switch (map["at"], map["after"]) {
            case (let time?, nil): at = try Duration(seconds: try scalar(time, or: "at"))
            case (nil, let time?): at = before + (try Duration(seconds: try scalar(time, or: "after")))
            case (nil, nil): at = before
            case (_?, _?): throw .failed("a step has either `at` or `after`")
            }
            guard at >= before else {
                throw .failed("the step before is later; put the steps in the order of their times")
            }
            return Scenario.Step(at: at, text: text, command: command)
        } catch {
            throw self.error(action, error.description)
        }
    }

    /// A time that is no scalar is as wrong as one that is no number.
    private func scalar(_ node: Node, or key: String) throws(CommandError) -> String {
        guard let text = node.scalar?.string else { throw .badDuration(key) }
        return text
    }
}
