import Foundation
import Settings
import Testing

/// A mistake in an otherwise good file: what is written instead of what, where it is, and what is said of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    /// A text of the line that is named; the new text itself if empty.
    var at = ""
    var says: [String]

    var testDescription: String { "\(new.isEmpty ? "no \(old)" : new)" }
}

@Suite struct MistakeTests {
    @Test(arguments: [
        Mistake(old: "fire: ", new: "fier: ", says: ["unknown key 'fier'", "fire, watchdog, buses"]),
        Mistake(
            old: "  epoch: 1", new: "  epoch: one", says: ["deployment-key.epoch", "whole number from 1", "'one'"]),
        Mistake(old: "  epoch: 1", new: "  epoch: 0", says: ["whole number from 1"]),
        Mistake(old: "  epoch: 1", new: "  epoch: 99999999999999999999", says: ["whole number from 1"]),
        Mistake(old: "  epoch: 1", new: "  epoch: {}", says: ["found a mapping"]),
        Mistake(old: "gate: north-gate ", new: "gate: ", says: ["gate: expected a text; found nothing"]),
        Mistake(old: "gate: north-gate ", new: "gate: north/gate ", says: ["letters, digits", "'north/gate'"]),
        Mistake(old: "gate: north-gate ", new: "gate: [a] ", says: ["expected a text; found a list"]),
        Mistake(old: "gate: north-gate ", new: "", at: "state-directory", says: ["'gate' is missing"]),
        Mistake(old: "  deployment: example-town", new: "", at: "url:", says: ["central: 'deployment' is missing"]),
        Mistake(old: "127.0.0.1:8080", new: "127.0.0.1", says: ["status-page", "HOST:PORT"]),
        Mistake(old: "127.0.0.1:8080", new: "127.0.0.1:65536", says: ["HOST:PORT"]),
        Mistake(old: "https://central.example", new: "ftp://central.example", says: ["central.url", "expected a URL"]),
        Mistake(old: "https://central.example", new: "https://", says: ["expected a URL"]),
        Mistake(old: "https://central.example", new: "https://central example", says: ["expected a URL"]),
        Mistake(old: "https://central.example", new: "'https://central.example?x=1'", says: ["expected a URL"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: 60", says: ["such as 50ms, 5s, 2m or 6h"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: 1ms", says: ["from 100ms to 24h"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: 1e20s", says: ["expected a time"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: 9e300h", says: ["expected a time"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: -5s", says: ["expected a time"]),
        Mistake(old: "refresh-every: 60s", new: "refresh-every: nans", says: ["expected a time"]),
        Mistake(old: "deadline: 50ms", new: "deadline: 2s", says: ["ledger.deadline", "from 1ms to 500ms"]),
        Mistake(
            old: "stale-after: 6h", new: "stale-after: 25h", says: ["stale-after to be shorter than expired-after"]),
        Mistake(
            old: "        direction: entry\n",
            new: "        direction: entry\n        list: {stale-after: 48h}\n", at: "list: {stale",
            says: ["stale-after to be shorter than expired-after"]),
        Mistake(old: "release-time: 5s", new: "release-time: 100ms", says: ["door.release-time", "from 500ms to 1m"]),
        Mistake(old: "held-open-after: 30s", new: "held-open-after: 2h", says: ["held-open-after", "from 1s to 1h"]),
        Mistake(old: "release-time: 5s", new: "debounce: 1s", says: ["debounce", "from 0ms to 200ms"]),
        Mistake(old: "kind: gpiod", new: "kind: gpio", says: ["chips.main.kind", "gpiod, simulated", "'gpio'"]),
        Mistake(old: "  line: 5\n", new: "  line: 5\n  edge: up\n", at: "edge: up", says: ["fire: unknown key 'edge'"]),
        Mistake(
            old: "lock: {chip: main", new: "lock: {chip: other",
            says: ["there is no chip 'other'; expected one of main"]),
        Mistake(old: "line: 17", new: "line: 1024", says: ["door.lock.line", "from 0 to 1023"]),
        Mistake(old: "line: 17", new: "line: -1", says: ["door.lock.line", "the name of a line"]),
        Mistake(old: "line: 17", new: "line: 1.5", says: ["door.lock.line", "the name of a line"]),
        Mistake(
            old: "line: 17", new: "line: a-name-of-more-than-31-letters-x", says: ["the name of a line"]),
        Mistake(
            old: "line: 17", new: "line: 27", at: "exit-button:",
            says: ["already the lock of lane 'front-door'", "one user"]),
        Mistake(old: "line: 22", new: "line: 5", says: ["already the fire input (line", "one user"]),
        Mistake(old: "active-low: true  ", new: "active-low: yes  ", says: ["expected true or false; found 'yes'"]),
        Mistake(old: "bias: pull-up\n", new: "bias: up\n", says: ["none, pull-up, pull-down"]),
        Mistake(
            old: "wiring: energise-to-release", new: "wiring: strike", says: ["energise-to-release, energise-to-lock"]),
        Mistake(old: "site: community-gate", new: "site: home", says: ["community-gate, checkpoint"]),
        Mistake(old: "direction: entry", new: "direction: in", says: ["entry, exit"]),
        Mistake(old: "kind: sdt", new: "kind: sdt2", says: ["sdt, sdt-usb, qr-serial"]),
        Mistake(old: "rate: 115200", new: "rate: 115000", says: ["one of 1200", "found 115000"]),
        Mistake(old: "rate: 115200", new: "rate: fast", says: ["readers[0].rate", "whole number"]),
        Mistake(old: "rate: 115200", new: "suffix: crlf", says: ["belongs to kind qr-serial, not to sdt"]),
        Mistake(old: "suffix: cr", new: "suffix: none", says: ["cr, crlf, lf, tab, etx"]),
        Mistake(old: "aim: optional", new: "accept-aim: [QRC]", says: ["accept-aim[0]", "such as Q1", "'QRC'"]),
        Mistake(old: "aim: optional", new: "accept-aim: ['11']", says: ["such as Q1"]),
        Mistake(old: "aim: optional", new: "accept-aim: Q1", says: ["expected a list"]),
        Mistake(
            old: "name: front-out", new: "name: front-in", at: "direction: exit",
            says: ["already taken by the access point"]),
        Mistake(old: "name: code-out", new: "name: front-door", says: ["already taken by the lane"]),
        Mistake(
            old: "usb-Example_Scanner_0001-if00\n", new: "usb-Example_ID_Reader_0001-if00-port0\n",
            says: ["already the device of reader 'card-in'", "one user"]),
        Mistake(old: "relock: on-open", new: "relock: soon", says: ["on-open, on-close, after-time"]),
        Mistake(old: "policy-file: policy.yaml", new: "policy-file: []", says: ["policy-file: expected a text"]),
    ])
    func `a mistake is told with its line and what was expected`(mistake: Mistake) throws {
        let text = try Shipped.example(mistake.old, mistake.new)
        let found = problems(text)
        let problem = try #require(
            found.first { problem in mistake.says.allSatisfy(problem.message.contains) }, "\(found)")
        #expect(problem.file == "gate.yaml")
        let wanted = (mistake.at.isEmpty ? mistake.new : mistake.at).split(separator: "\n").first.map(String.init) ?? ""
        let numbers = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.contains(wanted) }.map { $0.offset + 1 }
        // A block's line is the line of its first entry.
        #expect(numbers.contains { abs($0 - problem.line) <= 1 }, "line \(problem.line), not \(numbers): \(problem)")
        #expect(problem.description.hasPrefix("gate.yaml:\(problem.line): "))
    }

    @Test func `principle 1: an exit that nobody could leave by is refused with its line`() throws {
        let text = try Shipped.text("gate.example.yaml")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let exit = try #require(lines.firstIndex { $0.contains("name: front-out") })
        var without = lines[...exit] + ["        direction: exit"]
        #expect(problems(without.joined(separator: "\n")) == [], "the lane has an exit button")
        without.removeAll { $0.contains("exit-button:") }
        let found = problems(without.joined(separator: "\n"))
        #expect(found.map(\.line) == [exit], "the button's line is gone, so the exit stands one line higher")
        #expect(found.first?.message.contains("nobody could leave here: the exit 'front-out'") == true, "\(found)")
    }

    @Test func `all mistakes are told in one go, in the order of the lines`() throws {
        var text = try Shipped.example("gate: north-gate ", "gate: 'north gate' ")
        for (old, new) in [
            ("60s", "soon"), ("line: 17", "line: 1.5"), ("kind: sdt", "kind: rfid"), ("epoch: 1", "epoch: -1"),
        ] {
            text = text.replacingOccurrences(of: old, with: new)
        }
        let found = problems(text)
        #expect(found.count == 5, "\(found)")
        #expect(found.map(\.line) == found.map(\.line).sorted())
        let error = #expect(throws: SettingsError.self) {
            try GateSettings.parse(text, file: "gate.yaml", folder: Shipped.folder)
        }
        #expect(error?.description.split(separator: "\n").count == 5)
    }

    @Test func `a chip whose entry is wrong does not make every line of it wrong too`() throws {
        let found = problems(try Shipped.example("kind: gpiod", "kind: gpio"))
        #expect(found.count == 1, "\(found)")
    }

    @Test func `two chips on one device are refused: a line has one user`() throws {
        let found = problems(try Shipped.example("chips:\n", "chips:\n  spare: {kind: gpiod, path: /dev/gpiochip0}\n"))
        #expect(
            found.map(\.message).contains { $0.contains("/dev/gpiochip0 is already the device of chip 'spare'") },
            "\(found)")
    }

    @Test func `a gate needs a lane and a chip`() throws {
        let text = try Shipped.text("gate.example.yaml")
        let start = try #require(text.range(of: "chips:"))
        let found = problems(text[..<start.lowerBound] + "chips: {}\nlanes: []\n").map(\.message)
        #expect(found == ["chips: expected at least one chip", "lanes: expected at least one lane"])
        #expect(
            problems(text[..<start.lowerBound] + "chips: no\nlanes: no\n").map(\.message).contains(
                "lanes: expected a list; found 'no'"))
    }
}
