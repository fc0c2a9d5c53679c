import Foundation
import Lanes
import Settings
import Testing

@Suite struct PolicyMistakeTests {
    private func problems(_ text: String) throws -> [Problem] {
        let scratch = try Scratch()
        do throws(SettingsError) {
            _ = try PolicyTable.load(path: (try? scratch.write("policy.yaml", text)) ?? "")
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `principle 1: a policy file that refers at an exit is refused, at its row`() throws {
        let text = try Shipped.text("policy.yaml").replacingOccurrences(
            of: "case: fever                      # temperature at or above the limit\n    exit: admit",
            with: "case: fever\n    exit: refer")
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.message.contains("An exit is never refused") == true, "\(found)")
        #expect(try found.first?.line == line(of: "case: fever", in: text))
    }

    @Test func `principle 7: a policy file that checks without a mandate is refused, at its row`() throws {
        let text = try Shipped.text("policy.yaml").replacingOccurrences(
            of: "case: no-mandate\n    exit: admit\n    community-gate: admit",
            with: "case: no-mandate\n    exit: admit\n    community-gate: refer")
        let found = try problems(text)
        #expect(try found.map(\.line) == [line(of: "case: no-mandate", in: text)])
        #expect(found.first?.message.contains("Without a mandate nobody is checked") == true, "\(found)")
    }

    @Test func `principle 9: a policy file that reports clear people is refused, at its row`() throws {
        let text = try Shipped.text("policy.yaml").replacingOccurrences(
            of: "case: clear\n    exit: admit\n    community-gate: admit",
            with: "case: clear\n    exit: admit\n    community-gate: admit, report")
        let found = try problems(text)
        let last = try line(of: "clear-on-stale-list", in: text) + 4
        #expect(found.map(\.line) == [last])
        #expect(found.first?.message.contains("leave out 'report'") == true, "\(found)")
    }

    @Test func `a row that is missing is told`() throws {
        let text = try Shipped.text("policy.yaml").replacingOccurrences(
            of: "  - case: clear\n    exit: admit\n    community-gate: admit\n    checkpoint: admit\n", with: "")
        #expect(try problems(text).first?.message.contains("Row 10 of the policy table is missing") == true)
    }

    @Test func `an outcome, a case and a column that do not exist are each told with their line`() throws {
        let text = try Shipped.text("policy.yaml").replacingOccurrences(
            of: "retry, refer after 3", with: "retry, refer after never"
        )
        .replacingOccurrences(of: "case: fever", with: "case: temperature")
        .replacingOccurrences(of: "  - case: isolation\n    exit:", with: "  - case: isolation\n    leaving:")
        let found = try problems(text)
        #expect(found.count { $0.message.contains("is no outcome") } == 2)
        #expect(found.contains { $0.message.contains("no-mandate, unreadable, fever") })
        #expect(found.contains { $0.message.contains("unknown key 'leaving'") })
        #expect(found.contains { $0.message.contains("'exit' is missing") })
        for problem in found { #expect(problem.line > 0) }
    }

    @Test func `mistakes of the policy file come with those of the configuration, under its own name`() throws {
        let scratch = try Scratch()
        _ = try scratch.write("policy.yaml", "rows: [")
        let text = try Shipped.example("epoch: 1", "epoch: x")
        let found = SettingsTests.problems(text, folder: scratch.path)
        #expect(found.map(\.file) == ["gate.yaml", "\(scratch.path)/policy.yaml"])
        #expect(
            SettingsTests.problems(try Shipped.text("gate.example.yaml"), folder: "/nowhere").map(\.description) == [
                "gate.yaml:\(try line(of: "policy-file", in: Shipped.text("gate.example.yaml"))): policy-file: /nowhere/policy.yaml cannot be read; expected a readable YAML file"
            ])
    }
}
