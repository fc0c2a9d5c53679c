import Foundation
import Settings
import TestSupport
import Testing

/// Files that are no configuration at all.
@Suite struct DamageTests {
    private func refusal(_ content: Data) throws -> Problem? {
        let scratch = try Scratch()
        let path = try scratch.write("gate.yaml", content)
        do throws(SettingsError) {
            _ = try GateSettings.load(path: path)
            return nil
        } catch {
            return error.problems.first
        }
    }

    @Test func `a file that is not there is told by its name`() throws {
        let error = #expect(throws: SettingsError.self) { try GateSettings.load(path: "/nowhere/gate.yaml") }
        #expect(error?.description == "/nowhere/gate.yaml: cannot be read; expected a readable YAML file")
        #expect(throws: SettingsError.self) { try GateSettings.load(path: "/") }
        #expect(throws: SettingsError.self) { try GateSettings.load(path: "") }
    }

    @Test func `an empty file, one that is not UTF-8 and a huge one are told`() throws {
        #expect(try refusal(Data())?.message.contains("is empty") == true)
        #expect(try refusal(Data("# nothing\n".utf8))?.message.contains("is empty") == true)
        #expect(try refusal(Data("---\n".utf8))?.message.contains("expected a mapping") == true)
        #expect(try refusal(Data([0x67, 0xFF, 0xFE]))?.message.contains("is not UTF-8") == true)
        #expect(try refusal(Data(repeating: 0x20, count: 2 << 20))?.message.contains("larger than 1 MiB") == true)
    }

    @Test(arguments: [
        ("gate: [a\nlist: b\n", 2), ("gate: a\n\tlist: b\n", 2), ("gate: a\nlist: 'b\n", 3), ("gate: a: b\n", 1),
        ("gate: a\n---\nlist: b\n", 2), ("gate: a\nlist: *b\n", 2), ("gate: a\nlist: \u{7}b\n", 2),
        ("a: 1\ngate: a\ngate: b\n", 2),
    ])
    func `what is not YAML, or says a thing twice, is told with the line`(text: String, line: Int) throws {
        let problem = try #require(problems(text).first)
        #expect(abs(problem.line - line) <= 1 && problem.line > 0, "\(problem)")
    }

    @Test func `a key given twice is named`() throws {
        let text = try Shipped.example("  epoch: 1", "  epoch: 1\n  epoch: 2")
        let problem = try #require(problems(text).first)
        #expect(problem.message.contains("the key 'epoch' stands twice"))
        #expect(try problem.line == line(of: "  epoch: 1", in: text))
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["- ", "[", "{a: ", "? "])
    func `deep nesting is refused`(opening: String) {
        #expect(!problems(String(repeating: opening, count: 100_000)).isEmpty)
        #expect(!problems(String(repeating: opening, count: 900)).isEmpty)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["x", "? *z\n: y", "lanes: *z", "chips: *z", "gate: *z"])
    func `a bomb of aliases is refused at once`(use: String) {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxy") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(problems(text + use).first?.message.contains("aliases") == true)
    }

    @Test func `a few aliases may be used`() throws {
        var text = try Shipped.example("gate: north-gate ", "gate: &name north-gate ")
        text = text.replacingOccurrences(of: "deployment: example-town", with: "deployment: *name")
        #expect(
            try GateSettings.parse(text, file: "gate.yaml", folder: Shipped.folder).central.deployment == "north-gate")
    }

    @Test(.timeLimit(.minutes(1))) func `no damage to a file does more than be told`() throws {
        let original = Array(try Shipped.text("gate.example.yaml").utf8)
        let marks = Array("{}[]:,'\"&*#|>-?!%@\\\n\t 0e~\u{0}\u{FF}".utf8)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<400 {
            var bytes = original
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                let length = min(Int.random(in: 1..<60, using: &generator), bytes.count - place)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = marks.randomElement(using: &generator) ?? 0
                case 1: bytes.removeSubrange(place..<place + length)
                case 2:
                    bytes.insert(
                        contentsOf: bytes[place..<place + length], at: Int.random(in: bytes.indices, using: &generator))
                case 3: bytes.insert(marks.randomElement(using: &generator) ?? 0, at: place)
                default: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                }
            }
            for problem in problems(String(decoding: bytes, as: UTF8.self)) {
                #expect(!problem.message.isEmpty)
                #expect((0...bytes.count).contains(problem.line))
            }
        }
    }
}
