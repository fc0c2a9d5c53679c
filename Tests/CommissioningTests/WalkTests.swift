import Commissioning
import Control
import Foundation
import GateModel
import TestSupport
import Testing

@Suite struct WalkTests {
    /// Up to the loss of power, and on after it.
    private func whole(_ change: (inout ScriptedGate) -> Void = { _ in }) -> ScriptedGate {
        var first = ScriptedGate()
        change(&first)
        first.run()
        var second = ScriptedGate(first.walk.session, run: "second")
        change(&second)
        second.run()
        return second
    }

    private func measures(_ step: String, _ gate: ScriptedGate) -> [String: String] {
        let measures = gate.walk.session.result(of: step)?.measures ?? []
        return Dictionary(measures.map { ($0.what, $0.words) }) { first, _ in first }
    }

    @Test func `every step of every lane is walked through, in order, and the loss of power ends the program`() {
        var gate = ScriptedGate()
        gate.run()
        #expect(gate.results.map(\.step) == ScriptedGate.steps.dropLast())
        #expect(gate.results.allSatisfy { $0.outcome == .passed }, "\(gate.results.filter { $0.outcome != .passed })")
        guard case .suspended = gate.ending else {
            Issue.record("\(String(describing: gate.ending))")
            return
        }
        #expect(gate.walk.session.powerCutIn == "first")

        var again = ScriptedGate(gate.walk.session, run: "second")
        again.run()
        #expect(again.ending == .complete)
        #expect(again.results.map(\.step) == ["power-loss"])
        #expect(again.ids == ["power-loss.front-door", "power-loss.turnstile"])
    }

    @Test func `what was measured stands in the results, and a gate that tells no times has none`() {
        let gate = whole()
        #expect(measures("front-door.release", gate)["command to release, recorded first"] == "8 ms")
        #expect(measures("front-door.exit-button", gate)["button to actuation"] == "12.3 ms")
        #expect(measures("front-door.credential.card-in", gate)["read to actuation"] == "12.3 ms")
        #expect(measures("front-door.held-open", gate)["opened to alarm"] == "30.1 s")
        #expect(measures("front-door.bounce", gate)["longest bounce of contact"] == "3.10 ms")
        #expect(measures("turnstile.bounce", gate)["longest bounce"] == "not measured")
        #expect(measures("fire", gate)["turnstile: fire input to actuation"] == "900 µs")
        #expect(measures("front-door.kill", gate)["killed while"] == "released")
        #expect(measures("turnstile.kill", gate)["killed while"] == "locked")
        #expect(measures("front-door.kill", gate)["kill to answering again"] == "2 s")
        #expect(measures("power-loss", gate)["start of the machine to start of the daemon, by itself"] == "30 s")

        let silent = whole { $0.reaction = nil }
        #expect(measures("front-door.exit-button", silent)["button to actuation"] == "not measured")
        #expect(measures("front-door.credential.card-in", silent)["read to actuation"] == "not measured")
        #expect(silent.walk.session.results.allSatisfy { $0.outcome == .passed })
    }

    @Test
    func `principle 13: lanes are released and reset by the technician, and the daemon is killed only with leave`() {
        #expect(ScriptedGate.session().operatorName == "tester")
        var asked = ScriptedGate()
        asked.run()
        #expect(asked.acts.contains(.kill(100)))
        var unasked = ScriptedGate()
        unasked.answers = ["front-door.kill": "no", "turnstile.kill": "no"]
        unasked.run()
        #expect(!unasked.acts.contains { if case .kill = $0 { true } else { false } })
        #expect(unasked.ids.contains("front-door.kill.type"), "the technician is told what to type")
        #expect(unasked.acts.contains(.resetFire([ScriptedGate.door, ScriptedGate.turnstile])))
    }

    @Test(
        arguments: [
            "front-door.exit-button", "front-door.credential.card-in", "front-door.forced-open",
            "front-door.held-open", "turnstile.passage-without-leave", "fire.on", "front-door.kill.restart",
        ])
    func `a step in which nothing happens fails in its time and the walk goes on`(prompt: String) {
        var gate = ScriptedGate()
        gate.refuses = [prompt]
        gate.run()
        let failed = gate.walk.session.results.filter { $0.outcome == .failed }
        #expect(failed.count == 1 && failed.allSatisfy { prompt.hasPrefix($0.step) }, "\(failed)")
        #expect(failed.first?.reason?.contains("did not come in time") == true, "\(failed)")
        #expect(gate.walk.session.results.count == ScriptedGate.steps.count - 1)
    }

    @Test(arguments: ["front-door.forced-open", "front-door.held-open"])
    func `an alarm that does not end is not said to have ended`(step: String) {
        var gate = ScriptedGate()
        gate.refuses = ["\(step).close"]
        gate.run()
        let result = gate.walk.session.result(of: step)
        #expect(result?.outcome == .failed)
        #expect(result?.reason?.contains("did not come in time") == true, "\(result?.reason ?? "")")
        #expect(result?.measures.contains { $0.what == "alarm" } == false)
    }

    @Test func `a step that failed is repeated when asked for, and the report counts the attempts`() {
        var gate = ScriptedGate()
        gate.refuses = ["front-door.exit-button"]
        gate.answers["front-door.exit-button.again"] = "repeat"
        gate.run()
        let tries = gate.results.filter { $0.step == "front-door.exit-button" }
        #expect(tries.map(\.attempts) == [1, 2])
        #expect(gate.walk.session.results.filter { $0.step == "front-door.exit-button" }.count == 1)
    }

    @Test func `a gate that refuses, a lock that stays and a card on a list are failed steps that say why`() {
        var gate = ScriptedGate()
        gate.refuses = ["act"]
        gate.answers["outcome"] = "refer"
        gate.run()
        #expect(gate.walk.session.result(of: "front-door.release")?.reason == "the disk is full")
        let card = gate.walk.session.result(of: "front-door.credential.card-in")
        #expect(card?.outcome == .failed && card?.reason?.contains("not simply admitted") == true)
        #expect(card?.measures == [], "why is nobody's business here")

        var stuck = ScriptedGate()
        stuck.answers["front-door.release.moved"] = "no"
        stuck.run()
        let release = stuck.walk.session.result(of: "front-door.release")
        #expect(release?.outcome == .failed && release?.reason == "the lock moved: no, required is yes")
    }

    @Test func `what takes longer than GB 50396 allows fails, and an event that is not uploaded too`() {
        var gate = ScriptedGate()
        gate.reaction = 2_000_001
        gate.uploads = false
        gate.run()
        let card = gate.walk.session.result(of: "front-door.credential.card-in")
        #expect(card?.outcome == .failed)
        #expect(card?.reason == "read to actuation: 2.01 s, required is at most 2 s", "never shown as the limit")
        #expect(gate.walk.session.result(of: "event-to-centre")?.outcome == .failed)
    }

    @Test func `a lane that is not at rest, or not controlled, is not tried`() {
        for (change, says) in [("mode", "unlocked"), ("fire", "reset"), ("fault", "no such chip")] {
            var gate = ScriptedGate()
            gate.setLane(ScriptedGate.door) {
                switch change {
                case "mode": $0.mode = "unlocked"
                case "fire": $0.fire = "latched"
                default: $0.fault = "no such chip"
                }
            }
            gate.run()
            let result = gate.walk.session.result(of: "front-door.release")
            #expect(result?.outcome == .failed && result?.reason?.contains(says) == true, "\(change): \(result as Any)")
            #expect(gate.acts.first != .release(ScriptedGate.door))
        }
    }

    @Test func `a lane that has just come to rest is given a moment: a door that opens again would seem to bounce`() {
        var gate = ScriptedGate()
        _ = gate.walk.begin(at: gate.time)
        _ = gate.walk.handle(.watching(true), at: gate.time)
        #expect(gate.poll() == [.awaiting("front-door at rest: locked, closed, no alarm")])
        gate.pass(.milliseconds(300))
        gate.setLane(ScriptedGate.door) { $0.contact = "open" }
        #expect(gate.poll().isEmpty)
        gate.setLane(ScriptedGate.door) { $0.contact = "closed" }
        #expect(gate.poll().isEmpty)
        gate.pass(.milliseconds(499))
        #expect(gate.poll().isEmpty)
        gate.pass(.milliseconds(1))
        #expect(gate.poll().contains(.act(.release(ScriptedGate.door))))
    }

    @Test func `a daemon that does not answer is a failed step and no endless wait`() {
        var gate = ScriptedGate()
        var outputs = gate.walk.begin(at: gate.time)
        outputs = gate.walk.handle(.silence, at: gate.time)
        #expect(outputs.isEmpty)
        gate.pass(.seconds(31))
        outputs = gate.walk.handle(.timer, at: gate.time)
        guard case .finished(let result) = outputs.first else {
            Issue.record("\(outputs)")
            return
        }
        #expect(result.reason?.contains("gatehouse doctor") == true)
    }

    @Test func `a step is skipped with a reason, and not with a number that may be that of a document`() {
        var gate = ScriptedGate()
        _ = gate.walk.begin(at: gate.time)
        for reason in ["", "card 000000190001010017", "two\nlines", String(repeating: "x", count: 301)] {
            guard case .unclear = gate.walk.handle(.skip(reason), at: gate.time).first else {
                Issue.record("\(reason) was taken")
                return
            }
        }
        guard case .finished(let result) = gate.walk.handle(.skip("no key on 2026-11-25"), at: gate.time).first else {
            Issue.record("it was not taken")
            return
        }
        #expect(result.outcome == .skipped && result.reason == "no key on 2026-11-25")
    }

    @Test func `the walk goes on after the last finished step, wherever it was broken off`() throws {
        let complete = whole().walk.session
        for count in 0...ScriptedGate.steps.count {
            var partial = ScriptedGate.session()
            for result in complete.results.prefix(count) { partial = try partial.adding(result) }
            var gate = ScriptedGate(partial)
            gate.run()
            let left = ScriptedGate.steps.dropFirst(count).filter { $0 != "power-loss" }
            #expect(gate.results.map(\.step) == Array(left), "after \(count)")
            #expect(count < ScriptedGate.steps.count ? gate.ending != .complete : gate.ending == .complete)
        }
    }

    @Test func `with the power never cut the technician is asked again`() {
        var gate = ScriptedGate()
        gate.run()
        var again = ScriptedGate(gate.walk.session, run: "first")
        again.run()
        #expect(again.ids == ["power-loss"] && again.results.isEmpty)
    }

    @Test func `one lane alone has its own steps alone, and can be done anew`() {
        var gate = ScriptedGate(only: ScriptedGate.turnstile)
        gate.run()
        #expect(gate.ending == .complete)
        #expect(gate.results.map(\.step) == ScriptedGate.steps.filter { $0.hasPrefix("turnstile.") })
        var session = gate.walk.session
        session.forget(ScriptedGate.door)
        #expect(session == gate.walk.session)
        session.forget(ScriptedGate.turnstile)
        #expect(session.results.isEmpty)
    }

    @Test(arguments: 0..<200)
    func `no sequence of lines, statuses and answers stops the walk from being one`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var gate = ScriptedGate()
        _ = gate.walk.begin(at: gate.time)
        let lanes = [ScriptedGate.door, ScriptedGate.turnstile, LaneID(rawValue: "?")]
        let words = [
            "locked", "released", "open", "closed", "normal", "none", "active", "latched", "held-open", "\u{0}",
        ]
        let changes = [
            "forced-open", "forced-open-ended", "held-open", "fire", "passage-without-grant", "", "nonsense",
        ]
        let answers = ["yes", "no", "", "locked", "released", "repeat", "go-on", "r", "\u{1F6AA}"]
        let times: [Int64?] = [nil, 0, 1, -1, .max, .min, 2_000_000]
        let whats: [WatchLine.What] = [.decided, .released, .passed, .exitButton, .lane, .reader, .unobserved]
        for _ in 0..<400 {
            gate.pass(.milliseconds(Int64.random(in: 0...20_000, using: &random)))
            switch Int.random(in: 0..<12, using: &random) {
            case 0: _ = gate.walk.handle(.watching(.random(using: &random)), at: gate.time)
            case 1, 2, 3:
                _ = gate.line(
                    whats.randomElement(using: &random) ?? .lane, lanes[Int.random(in: 0..<3, using: &random)]
                ) {
                    $0.accessPoint = AccessPointID(rawValue: "front-in")
                    $0.change = changes.randomElement(using: &random)
                    $0.outcome = Outcome.allCases.randomElement(using: &random)
                    $0.reactionMicroseconds = times.randomElement(using: &random) ?? nil
                }
            case 4, 5, 6:
                if Bool.random(using: &random) { gate.statusSoFar = ScriptedGate.atRest }
                gate.setLane(lanes[Int.random(in: 0..<3, using: &random)]) {
                    $0.lock = words.randomElement(using: &random) ?? ""
                    $0.contact = words.randomElement(using: &random) ?? ""
                    $0.alarm = words.randomElement(using: &random) ?? ""
                    $0.fire = words.randomElement(using: &random) ?? ""
                    $0.bounces = ["x": times.compactMap(\.self).randomElement(using: &random) ?? 0]
                }
                gate.statusSoFar.upSeconds = times.compactMap(\.self).randomElement(using: &random) ?? 0
                gate.statusSoFar.processID = Bool.random(using: &random) ? nil : 7
                if Bool.random(using: &random) { gate.statusSoFar.lanes = [] }
                _ = gate.poll()
            case 7: _ = gate.walk.handle(.silence, at: gate.time)
            case 8: _ = gate.walk.handle(.answer(answers.randomElement(using: &random) ?? ""), at: gate.time)
            case 9: _ = gate.walk.handle(.skip(answers.randomElement(using: &random) ?? ""), at: gate.time)
            case 10:
                _ = gate.walk.handle(
                    .random(in: 0..<2, using: &random) == 0 ? .actDone : .actRefused("no"), at: gate.time)
            default: _ = gate.walk.handle(.timer, at: gate.time)
            }
            let ids = gate.walk.session.results.map(\.step)
            #expect(Set(ids).count == ids.count && ids.allSatisfy(ScriptedGate.steps.contains))
        }
    }
}

extension CommissioningSession {
    /// As it would have been saved earlier, and read again.
    fileprivate func adding(_ result: StepResult) throws -> CommissioningSession {
        var object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self)) as? [String: Any] ?? [:]
        let added = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result))
        object["results"] = (object["results"] as? [Any] ?? []) + [added]
        return try JSONDecoder().decode(
            CommissioningSession.self, from: JSONSerialization.data(withJSONObject: object))
    }
}
