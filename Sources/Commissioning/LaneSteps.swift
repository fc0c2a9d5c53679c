import Control
import GateModel

/// What is tried at a lane.
extension LanePlan {
    /// How long the gate may take to do what it was asked to.
    static let promptly: Duration = .seconds(5)
    /// How far from its configured time the alarm for a door that is held open may come.
    static let heldOpenTolerance: Duration = .milliseconds(500)

    func steps(patience: Duration) -> [Step] {
        var steps = [release]
        if hasExitButton { steps.append(exitButton(patience)) }
        steps += readers.map { credential($0, patience) }
        switch barring {
        case .watchedDoor(let heldOpenAfter):
            steps += [forcedOpen(patience), heldOpen(after: heldOpenAfter, patience)]
        case .countedPassage: steps.append(passageWithoutLeave(patience))
        case .unseen: break
        }
        return steps + [bounce]
    }

    private func id(_ name: String) -> String { "\(lane).\(name)" }

    private func step(_ name: String, _ title: String, _ phases: [Phase]) -> Step {
        Step(id: id(name), title: title, lane: lane, phases: [settled] + phases)
    }

    // MARK: Parts of steps

    /// For so long a lane is at rest before something is tried: a door that closes and opens again is none that bounces.
    static let rest: Duration = .milliseconds(500)

    /// Nothing is under way at the lane.
    var settled: Phase {
        .await("\(lane) at rest: locked, closed, no alarm", within: max(releaseTime * 2, .seconds(30))) {
            [lane] seen, time in
            guard seen.status != nil else { return .waits }
            guard let now = seen.lane(lane) else { return .failed("the gate has no lane \(lane)") }
            if let fault = now.fault { return .failed("\(lane): \(fault)") }
            if now.mode != "controlled" {
                return .failed("\(lane) is \(now.mode) now; commission it at an hour at which it is controlled")
            }
            if now.fire == "latched" {
                return .failed("\(lane) is released by fire; 'gatehouse lane reset \(lane)' ends that")
            }
            let isAtRest = now.lock == "locked" && now.contact != "open" && now.alarm == "normal" && now.fire == "none"
            let since = isAtRest ? seen.restsSince[lane] ?? time : nil
            let isSettled = since.map { time.since($0) >= Self.rest } ?? false
            seen.restsSince[lane] = isSettled ? nil : since
            return isSettled ? .seen : .waits
        }
    }

    /// Releases the lane by name, and marks when it was released.
    var releasedByName: [Phase] {
        [
            .act(.release(lane)),
            .await("\(lane) released", within: Self.promptly) { [lane] seen, _ in
                guard let released = seen.line(where: { $0.what == .released && $0.lane == lane }) else {
                    return .waits
                }
                seen.mark = released.at
                return .seen
            },
        ]
    }

    /// An alarm of the door; what the time since the mark says is noted.
    private func alarm(
        _ name: String, within limit: Duration, note: @escaping @Sendable (Duration) -> Measure? = { _ in nil }
    ) -> Phase {
        .await("the alarm '\(name)'", within: limit) { [lane] seen, now in
            let line = seen.change(name, of: lane)
            guard line != nil || seen.lane(lane)?.alarm == name else { return .waits }
            if let mark = seen.mark, let measure = note((line?.at ?? now).since(mark)) { seen.measures.append(measure) }
            // The alarm has only just begun: a status from before would seem to show its end.
            seen.wantsNewStatus(from: now)
            return .seen
        }
    }

    private func endOfAlarm(_ name: String, within limit: Duration) -> Phase {
        .await("the end of the alarm: \(lane) closed", within: limit) { [lane] seen, _ in
            guard seen.change("\(name)-ended", of: lane) != nil || seen.lane(lane)?.alarm == "normal" else {
                return .waits
            }
            seen.measures.append(.seen("alarm", "raised, ended when closed", required: "both", .ok))
            return .seen
        }
    }

    // MARK: Steps

    private var release: Step {
        let moved = Question(
            id: id("release.moved"), text: "Did the \(mover) of \(lane) really move?", choices: ["yes", "no"]
        ) { [mover] answer, seen in
            let took = seen.mark.map { $0.since(seen.actBegan).clampedMicroseconds }
            seen.measures.append(.time("command to release, recorded first", took))
            seen.measures.append(
                .seen("the \(mover) moved", answer, required: "yes", answer == "yes" ? .ok : .notOK))
            return []
        }
        return step(
            "release", "Release by name",
            [.tell(id: id("release"), "Look at the \(mover) of \(lane): it is released now.")] + releasedByName
                + [.ask(moved)])
    }

    private func exitButton(_ patience: Duration) -> Step {
        let isWatched = if case .watchedDoor = barring { true } else { false }
        let button: [Phase] = [
            .tell(
                id: id("exit-button"), "Press the exit button of \(lane)" + (isWatched ? " and go through." : ".")),
            .await("the exit button", within: patience) { [lane] seen, _ in
                guard let pressed = seen.line(where: { $0.what == .exitButton && $0.lane == lane }) else {
                    return .waits
                }
                seen.measures.append(.time("button to actuation", pressed.line.reactionMicroseconds))
                return .seen
            },
            .await("\(lane) released", within: Self.promptly) { [lane] seen, _ in
                // Where the time until the output was driven is known, it was driven.
                let isDriven = seen.measures.contains { $0.microseconds != nil }
                return isDriven || seen.released.contains(lane) ? .seen : .waits
            },
        ]
        let contact: [Phase] = [
            .await("\(lane) open", within: patience) { [lane] seen, _ in
                seen.opened.contains(lane) ? .seen : .waits
            },
            .await("\(lane) closed", within: patience) { [lane] seen, _ in
                guard seen.lane(lane)?.contact == "closed" else { return .waits }
                seen.measures.append(.seen("contact", "opened and closed", required: "both", .ok))
                return .seen
            },
        ]
        return step("exit-button", "Exit button", button + (isWatched ? contact : []))
    }

    private func credential(_ reader: ReaderPlan, _ patience: Duration) -> Step {
        let point = reader.accessPoint
        let place = "\(reader.reader) (\(point), \(reader.direction.rawValue))"
        return step(
            "credential.\(reader.reader)", "Credential at \(place)",
            [
                .tell(
                    id: id("credential.\(reader.reader)"), "Show a card or code that is on no list at \(place)."),
                .await("a decision", within: patience) { seen, _ in
                    guard
                        let decided = seen.line(where: {
                            $0.what == .decided && $0.accessPoint == point && $0.outcome != .retry
                        }), let outcome = decided.line.outcome
                    else { return .waits }
                    // Why is nobody's business here: somebody may have passed by chance (principle 11).
                    guard outcome == .admit else {
                        return .failed("it was not simply admitted; show one that is on no list")
                    }
                    seen.measures.append(.seen("decision", "admitted"))
                    return .seen
                },
                .await("\(lane) released", within: Self.promptly) { seen, _ in
                    guard let released = seen.line(where: { $0.what == .released && $0.accessPoint == point }) else {
                        return .waits
                    }
                    seen.measures.append(
                        .time(
                            "read to actuation", released.line.reactionMicroseconds,
                            atMost: Measure.Figure.readToActuation.limit, figure: .readToActuation))
                    return .seen
                },
                .await("a read counted by \(reader.reader)", within: Self.promptly) { seen, _ in
                    guard let before = seen.first?.reads(of: reader.reader),
                        let now = seen.status?.reads(of: reader.reader)
                    else { return .waits }
                    return now > before ? .seen : .waits
                },
            ])
    }

    private func forcedOpen(_ patience: Duration) -> Step {
        step(
            "forced-open", "Forced open",
            [
                .tell(
                    id: id("forced-open"), "Open \(lane) without leave, with its key or by hand, and close it again."),
                alarm("forced-open", within: patience),
                endOfAlarm("forced-open", within: patience),
            ])
    }

    private func heldOpen(after limit: Duration, _ patience: Duration) -> Step {
        step(
            "held-open", "Held open",
            [
                .tell(
                    id: id("held-open"),
                    "\(lane) is released now: open it and keep it open for \(Figures.text(limit)) and more.")
            ] + releasedByName + [
                .await("\(lane) open", within: releaseTime + Self.promptly) { [lane] seen, now in
                    // An interlock is passed at its second door only.
                    let passed = seen.line { $0.what == .passed && $0.lane == lane }
                    guard passed != nil || seen.lane(lane)?.contact == "open" else { return .waits }
                    seen.mark = passed?.at ?? now
                    return .seen
                },
                alarm("held-open", within: limit + .seconds(10)) {
                    .time("opened to alarm", $0, configured: limit, within: Self.heldOpenTolerance)
                },
                .tell(id: id("held-open.close"), "The alarm came. Close \(lane)."),
                endOfAlarm("held-open", within: patience),
            ])
    }

    private func passageWithoutLeave(_ patience: Duration) -> Step {
        step(
            "passage-without-leave", "Passage without leave",
            [
                .tell(
                    id: id("passage-without-leave"),
                    "Pass \(lane) without leave: push through, or work its passage sensor by hand."),
                .await("the passage", within: patience) { [lane] seen, _ in
                    guard seen.change("passage-without-grant", of: lane) != nil else { return .waits }
                    seen.measures.append(.seen("passage without leave", "noticed", required: "noticed", .ok))
                    return .seen
                },
            ])
    }

    /// What the inputs did in the steps before.
    private var bounce: Step {
        step(
            "bounce", "Bounce of the inputs",
            [
                .await("the inputs' figures", within: Self.promptly) { [lane, debounce] seen, _ in
                    guard let bounces = seen.lane(lane)?.bounces else { return .waits }
                    seen.measures += bounces.sorted { $0.key < $1.key }.map {
                        .time("longest bounce of \($0.key)", $0.value, atMost: debounce)
                    }
                    if bounces.isEmpty { seen.measures.append(.time("longest bounce", nil)) }
                    return .seen
                }
            ])
    }
}
