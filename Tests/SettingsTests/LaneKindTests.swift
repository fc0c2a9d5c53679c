import Foundation
import GateModel
import Lanes
import Settings
import Testing

@Suite struct LaneKindTests {
    private static func text(_ old: String = "", _ new: String = "") throws -> String {
        let text = try Shipped.text("lanes.example.yaml")
        guard !old.isEmpty else { return text }
        try #require(text.contains(old), "the example has no '\(old)'")
        return text.replacingOccurrences(of: old, with: new)
    }

    @Test func `the example with every kind of lane loads, with the defaults that its comments name`() throws {
        let settings = try GateSettings.parse(try Self.text(), file: "gate.yaml", folder: "/etc/gatehouse")
        #expect(
            settings.lanes.map(\.kind) == [
                .door(try DoorSettings(hasContact: true, hasLockState: true, relock: .onClose)),
                .turnstile(try TurnstileSettings(sensors: TurnstileSettings.possibleSensors)),
                .barrier(try BarrierSettings(closes: true, sensors: BarrierSettings.possibleSensors)),
                .interlock(
                    try InterlockSettings(
                        outer: DoorSettings(hasContact: true, hasLockState: true), inner: DoorSettings(hasContact: true)
                    )),
            ])
        let lines = settings.lanes.flatMap(\.lines).map(\.address) + [settings.fire?.address].compactMap(\.self)
        #expect(lines.sorted() == (0...29).map { .offset($0) })
        #expect(settings.lanes[0].schedule.entryLocked.count == 1)
        for lane in settings.lanes { #expect(Set(lane.kind.machine.outputs.keys) == Set(lane.outputs.keys)) }
    }

    @Test func `a line can be meant by its name, and has one user by that name too`() throws {
        let text = try Self.text("lock: {chip: main, line: 1}", "lock: {chip: main, line: RELAY 1}")
        let settings = try GateSettings.parse(text, file: "gate.yaml", folder: "/etc/gatehouse")
        #expect(settings.lanes[0].outputs[.lock]?.address == .name("RELAY 1"))
        let twice = text.replacingOccurrences(of: "line: 6}", with: "line: RELAY 1}")
        #expect(
            problems(twice, folder: "/etc/gatehouse").map(\.message).contains {
                $0.contains("line 'RELAY 1' of chip 'main' is already the lock of lane 'bolted-door'")
            })
        let simulated = text.replacingOccurrences(of: "kind: gpiod", with: "kind: simulated")
        #expect(
            problems(simulated, folder: "/etc/gatehouse").map(\.message).contains { $0.contains("numbers only") })
    }

    @Test func `a barrier without a close output leaves the closing to its board`() throws {
        let text = try Self.text("      close: {chip: main, line: 14}", "      #")
        let settings = try GateSettings.parse(text, file: "gate.yaml", folder: "/etc/gatehouse")
        guard case .barrier(let barrier) = settings.lanes[2].kind else { throw CancellationError() }
        #expect(!barrier.closes)
        #expect(settings.lanes[2].outputs.keys.contains(.close) == false)
    }

    @Test(arguments: [
        Mistake(
            old: "      airlock-button: {chip: main, line: 28}", new: "#",
            says: ["nobody who stands between the doors could leave", "'airlock-button'"]),
        Mistake(
            old: "contact: {chip: main, line: 26}", new: "relock: on-close", says: ["inner door has no contact"]),
        Mistake(
            old: "contact: {chip: main, line: 26}", new: "contact: {chip: main, line: 23}",
            says: ["already the contact of the outer door of lane 'airlock'"]),
        Mistake(
            old: "contact: {chip: main, line: 26}",
            new: "contact: {chip: main, line: 26}\n        relock: after-time", says: ["inner door cannot relock"]),
        Mistake(
            old: "      transfer-time: 10s ", new: "      transfer-time: 1s ", says: ["transfer-time", "from 3s to 1m"]),
        Mistake(
            old: "    site: checkpoint\n    interlock:",
            new: "    site: checkpoint\n    hours: {unlocked: [{from: \"08:00\", to: \"09:00\"}]}\n    interlock:",
            says: ["an interlock has no unlocked hours"]),
        Mistake(
            old: "      command: pulse ", new: "      command: level ", says: ["belongs to command pulse, not to level"]
        ),
        Mistake(old: "      command: pulse ", new: "      command: push ", says: ["pulse, level"]),
        Mistake(old: "unlock-out: {chip: main, line: 7}", new: "#", says: ["'unlock-out' is missing"]),
        Mistake(old: "line: 12}", new: "line: 6}", says: ["already the unlock-in of lane 'turnstile'", "one user"]),
        Mistake(old: "line: 14}", new: "line: 13}", says: ["already the open output of lane 'vehicles'"]),
        Mistake(old: "line: 16}", new: "line: 2}", says: ["already the contact of lane 'bolted-door'"]),
        Mistake(old: "gap: 500ms", new: "gap: 100ms", says: ["gap", "from 500ms to 2s"]),
        Mistake(old: "passage-time: 7s", new: "passage-time: 0s", says: ["passage-time", "from 1s to 1m"]),
        Mistake(old: "    turnstile:\n", new: "    revolver:\n", says: ["unknown key 'revolver'"]),
        Mistake(
            old: "    turnstile:\n", new: "    barrier: {}\n    turnstile:\n",
            says: ["one of door, turnstile, barrier, interlock", "2 of them"]),
        Mistake(
            old: "ready: {chip: main, line: 19}", new: "passage-in: {chip: main, line: 19}",
            says: ["unknown key 'passage-in'"]),
    ])
    func `a mistake is told with what was expected`(mistake: Mistake) throws {
        let found = problems(try Self.text(mistake.old, mistake.new), folder: "/etc/gatehouse").map(\.message)
        #expect(found.contains { message in mistake.says.allSatisfy { message.contains($0) } }, "\(found)")
    }
}
