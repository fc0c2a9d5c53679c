import Control
import GateModel

/// What is tried at the gate as a whole, and in which order all is tried.
extension GatePlan {
    static let powerLossID = "power-loss"
    /// How long an event may be under way until nobody waits for it any more.
    private static let longestUpload: Duration = .seconds(60)

    /// - Parameter powerWasCut: whether the machine was started anew after the technician was told to cut the power;
    ///   `nil` if nobody was told.
    func steps(powerWasCut: Bool?) -> [Step] {
        var steps = lanes.flatMap { $0.steps(patience: patience) }
        if let lane = lanes.first { steps.append(eventToCentre(at: lane)) }
        if hasFireInput { steps.append(fire) }
        return steps + lanes.map { $0.kill(patience: patience) } + [powerLoss(wasCut: powerWasCut)]
    }

    /// The way of an event to the central service.
    private func eventToCentre(at lane: LanePlan) -> Step {
        Step(
            id: "event-to-centre", title: "Event to centre",
            phases: [
                lane.settled,
                .tell(id: "event-to-centre", "\(lane.lane) is released now: the centre is to be told of it."),
                .act(.release(lane.lane)),
                .await("the event at the central service", within: Self.longestUpload) { seen, now in
                    guard let ledger = seen.status?.ledger, let before = seen.first?.ledger, let done = seen.actDone,
                        ledger.lastSequence > before.lastSequence, ledger.unsent == 0
                    else { return .waits }
                    let took = now.since(done)
                    seen.measures.append(
                        .time(
                            "recorded to confirmed by the centre", took.clampedMicroseconds,
                            atMost: Measure.Figure.eventToCentre.limit, figure: .eventToCentre))
                    if took > Measure.Figure.eventToCentre.limit {
                        seen.complaint =
                            "the centre was told after \(Figures.text(took)); see central.upload-every in the configuration"
                    }
                    return .seen
                },
            ])
    }

    private var fire: Step {
        var phases = lanes.map(\.settled)
        phases.append(.tell(id: "fire.on", "Have the fire panel give its signal, and keep it."))
        phases += lanes.map(\.lane).map { [patience] lane in
            .await("\(lane) released by fire", within: patience) { seen, _ in
                // Its line came before the status that shows it.
                guard let now = seen.lane(lane), now.fire == "active", now.lock == "released" else { return .waits }
                let line = seen.change("fire", of: lane)
                seen.measures.append(.time("\(lane): fire input to actuation", line?.line.reactionMicroseconds))
                return .seen
            }
        }
        phases.append(.tell(id: "fire.off", "Reset the fire panel: its signal ends. The lanes must stay released."))
        phases += lanes.map(\.lane).map { [patience] lane in
            .await("the end of the fire signal", within: patience) { seen, _ in
                guard let now = seen.lane(lane), now.fire != "active" else { return .waits }
                guard now.fire == "latched", now.lock == "released" else {
                    return .failed("\(lane) did not stay released when the signal ended")
                }
                seen.measures.append(.seen("\(lane): signal ended", "still released", required: "released", .ok))
                return .seen
            }
        }
        let reset = Question(
            id: "fire.reset", text: "Are all lanes still released? They are reset and locked then.",
            choices: ["yes", "no"]
        ) { [lanes] answer, seen in
            if answer == "no" { seen.complaint = "a lane was locked before anybody reset it" }
            return [.act(.resetFire(lanes.map(\.lane)))]
        }
        phases.append(.ask(reset))
        phases += lanes.map(\.settled)
        phases.append(.note(.seen("after the reset", "all lanes locked", required: "locked", .ok)))
        return Step(id: "fire", title: "Fire input", phases: phases)
    }

    private func powerLoss(wasCut: Bool?) -> Step {
        Step(
            id: Self.powerLossID, title: "Loss of power",
            phases: wasCut == true ? afterPowerLoss : beforePowerLoss(again: wasCut == false))
    }

    private func beforePowerLoss(again: Bool) -> [Phase] {
        let ready = Question(
            id: Self.powerLossID,
            text: (again ? "This machine has not lost its power since. " : "")
                + "The power is to be cut: of this machine and of the locks. Is everybody out of the way?",
            choices: ["yes"]
        ) { _, _ in
            [
                .suspend(
                    "Everything is saved. Cut the power now, look at every lane, give the power back, and then run "
                        + "this command again.")
            ]
        }
        return [.ask(ready)]
    }

    private var afterPowerLoss: [Phase] {
        let cameUp = Phase.branch { seen in
            // The monotonic clock began with the machine.
            let took = seen.first.map { status in
                status.at.monotonic.advanced(by: .zero - .seconds(status.upSeconds))
                    .since(MonotonicTime(nanoseconds: 0)).clampedMicroseconds
            }
            seen.measures.append(.time("start of the machine to start of the daemon, by itself", took))
            return []
        }
        let locks = lanes.map { plan in
            Phase.ask(
                Question(
                    id: "\(Self.powerLossID).\(plan.lane)",
                    text: "Without power, what was the \(plan.mover) of \(plan.lane)?",
                    choices: ["locked", "released", "unchanged"]
                ) { answer, seen in
                    seen.measures.append(.seen("\(plan.lane): \(plan.mover) without power", answer))
                    return []
                })
        }
        return [cameUp] + locks + lanes.map(\.settled) + [
            .note(.seen("after the start", "all lanes locked", required: "locked", .ok))
        ]
    }
}

extension StatusReport {
    func reads(of reader: ReaderID) -> UInt64? { readers.first { $0.reader == reader }?.reads }
}
