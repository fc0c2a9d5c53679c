import HardwareMocks
import Testing

private let gate = """
    readers:
      - {name: id-reader, kind: id-card}
      - {name: scanner, kind: scanner}
    lanes:
      - name: main
        lock: 0
        lock-wiring: energise-to-lock
        contact: {line: 1, active-low: true}
        exit-button: 2
      - {name: side, lock: 4}
    fire: 7

    """

struct ScenarioTests {
    @Test func `a scenario is read as it is written`() throws {
        let steps = """
            steps:
              - {at: 1, do: present 000000190001010017 at id-reader for 3s}
              - {after: 0.5, do: "scan HELLO: WORLD at 7 at scanner"}
              - do: fire on
              - {at: 60, do: walk main}
            """
        let scenario = try Scenario(text: gate + steps, file: "x.yaml")
        #expect(scenario.chip == "chip.sock")
        #expect(scenario.readers == ["id-reader": .idCard, "scanner": .scanner])
        #expect(scenario.lanes.map(\.name) == ["main", "side"])
        #expect(scenario.lanes[0].wiring.contact == WiredLine(offset: 1, activeLow: true))
        #expect(!scenario.lanes[0].wiring.releasedByCurrent)
        #expect(scenario.lanes[1].wiring.exitButton == nil)
        #expect(scenario.fire == WiredLine(offset: 7))
        #expect(scenario.steps.map(\.at) == [.seconds(1), .milliseconds(1500), .milliseconds(1500), .seconds(60)])
        #expect(scenario.steps[1].command == .scan("HELLO: WORLD at 7", at: "scanner"))
        #expect(scenario.steps[2].command == .fire(true))
    }

    @Test(arguments: [
        ("steps:\n  - {at: 1, do: dance}", 13, "is no command"),
        ("steps:\n  - {at: 1, do: walk nowhere}", 13, "there is no lane nowhere; there is main, side"),
        ("steps:\n  - do: fire on\n  - do: scan X at id-reader", 14, "there is no scanner id-reader"),
        ("steps:\n  - {at: 1, do: press side button}", 13, "the exit button of side is not wired"),
        ("steps:\n  - {at: soon, do: walk main}", 13, "is no time"),
        ("steps:\n  - {at: 2, do: walk main}\n  - {at: 1, do: walk main}", 14, "order of their times"),
        ("steps:\n  - {at: 2, after: 1, do: walk main}", 13, "either"),
        ("steps:\n  - at: 2", 13, "\"do\" is missing"),
        ("steps:\n  walk: main", 13, "this is a list"),
        ("doors: 1", 12, "a scenario has no \"doors\""),
        ("chip: ../x", 12, "a name has letters"),
        ("chip: [", 13, "not YAML"),
        ("fire: 8", 11, "fire stands here twice"),
    ])
    func `what is wrong is told with its line`(text: String, line: Int, problem: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(text: gate + text, file: "x.yaml") }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("x.yaml:\(line): ") == true)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "none")")
    }

    @Test(arguments: [
        ("lanes:\n  - {name: a, lock: 1}\n  - {name: b, lock: 1}", 3, "line 1 is already used for a lock"),
        ("lanes:\n  - {name: a, lock: 1}\n  - {name: a, lock: 2}", 3, "used twice"),
        ("lanes:\n  - {name: a, lock: 4096}", 2, "a number from 0 to 1023"),
        ("readers:\n  - {name: a, kind: camera}", 2, "a reader is one of"),
        ("readers:\n  - {name: a, kind: scanner}\n  - {name: a, kind: scanner}", 3, "used twice"),
        ("", 1, "empty"),
        ("hello", 1, "a scenario is a map"),
    ])
    func `devices that cannot be are told with their line`(text: String, line: Int, problem: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(text: text, file: "x.yaml") }
        #expect(error?.line == line)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "none")")
    }

    @Test func `a file that is not there is named`() {
        let error = #expect(throws: ScenarioError.self) { try Scenario(file: "/none.yaml") }
        #expect(error?.description.hasPrefix("/none.yaml:1: the file cannot be read") == true)
    }
}

struct CommandTests {
    @Test(arguments: [
        ("unplug id-reader", Command.unplug("id-reader")),
        ("plug id-reader", .plug("id-reader")),
        ("unreadable card at id-reader for 1", .presentUnreadable(at: "id-reader", for: .seconds(1))),
        ("press main button for 0.25s", .press(lane: "main", for: .milliseconds(250))),
        ("hold main for 40", .hold(lane: "main", for: .seconds(40))),
        ("force main", .force(lane: "main")),
        ("fault bad-checksum at id-reader", .fault(.badChecksum, at: "id-reader")),
        ("fault none at id-reader", .fault(nil, at: "id-reader")),
        ("fire off", .fire(false)),
    ])
    func `commands read like sentences`(text: String, command: Command) throws {
        #expect(try Command(text) == command)
    }

    @Test(arguments: [
        ("present 810000180001010019 at r", "J"), ("present 90000019000101001X at r", "Y"),
        ("present XXX000000010103 at r", "I"), ("present 000000190001010017 at r", "resident"),
    ])
    func `the number tells the type of card unless the type is told`(text: String, type: String) throws {
        #expect(try Command(text) == Command(text + " type " + type))
        let other = type == "J" ? "Y" : "J"
        #expect(try Command(text) != Command(text + " type " + other))
    }

    @Test(arguments: [
        "present", "present 1 on r", "present 1 at r type Z", "scan at s", "scan X s", "scan  at s", "scan X at ",
        "fire",
        "fire maybe", "press main", "hold main", "walk main twice", "fault odd at r",
    ])
    func `a sentence that is not finished shows how it goes on`(text: String) {
        let error = #expect(throws: CommandError.self) { try Command(text) }
        #expect(error?.description.contains("write it as `\(text.prefix { $0 != " " }) ") == true)
    }

    @Test(arguments: ["press main button for nan", "press main button for -1", "press main button for 1e9"])
    func `an impossible time is refused`(text: String) {
        let error = #expect(throws: CommandError.self) { try Command(text) }
        #expect(error?.description.contains("is no time") == true)
    }
}
