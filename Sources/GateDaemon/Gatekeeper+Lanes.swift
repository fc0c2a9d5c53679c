import Control
import EventStream
import GateModel
import Lanes
import NIOCore
import Settings

/// What lanes do, and what named people do to them.
extension Gatekeeper {
    // MARK: Actions of the machines

    func perform(_ actions: [LaneAction], on lane: LaneID, at time: MonotonicTime) {
        // What moves comes first: even the clocks are asked after it.
        for action in actions {
            switch action {
            case .drive(let output, let active): chips?.drive(output, of: lane, active: active)
            case .driveSafe: chips?.driveSafe(lane)
            case .step, .changed, .countExitButton: break
            }
        }
        let now = clock.now()
        for action in actions {
            switch action {
            case .drive, .driveSafe: break
            case .step(let step): record(step, on: lane, now)
            case .changed(let change): changed(lane, change, at: time, now)
            case .countExitButton: countExitButton(lane, at: time, now)
            }
        }
    }

    func record(_ step: LaneAction.Step, on lane: LaneID, _ now: TimeStamp) {
        let (grant, countable, what): (Grant, Countable, WatchLine.What) =
            switch step {
            case .released(let grant): (grant, .released, .released)
            case .passed(let grant): (grant, .passed, .passed)
            case .notPassed(let grant): (grant, .notPassed, .notPassed)
            case .unobserved(let grant): (grant, .unobserved, .unobserved)
            }
        if let crossing = grant.crossing {
            let fact = CrossingStep(crossing: crossing, lane: lane)
            switch step {
            case .released: journal.record(.crossingReleased(fact), at: now)
            case .passed: journal.record(.crossingPassed(fact), at: now)
            case .notPassed: journal.record(.crossingNotPassed(fact), at: now)
            case .unobserved: journal.record(.crossingUnobserved(fact), at: now)
            }
        } else if let point = grant.accessPoint.flatMap({ points[$0]?.point }) {
            tally([countable], at: point, now.wall)
        }
        var line = WatchLine(at: now.wall, what: what)
        line.lane = lane
        line.accessPoint = grant.accessPoint
        line.direction = grant.direction
        if what == .released { line.reactionMicroseconds = grant.presentedAt.map(reaction) }
        watch.publish(line)
    }

    /// How long ago that was which released a lane, now that its output is driven.
    func reaction(since cause: MonotonicTime) -> Int64 { clock.monotonic.since(cause).clampedNanoseconds / 1000 }

    func changed(_ lane: LaneID, _ change: LaneChange, at time: MonotonicTime, _ now: TimeStamp) {
        let fact = LaneChanged.Change(change)
        laneFact(lane, fact, detail: fact.words, reaction: change == .fire ? reaction(since: time) : nil, now)
        guard change == .fire || change == .fireReset else { return }
        change == .fire ? fireLatch.set(lane) : fireLatch.clear(lane)
    }

    func laneLine(_ lane: LaneID, _ fault: String?) {
        laneFact(lane, fault == nil ? .lineFound : .lineLost, detail: fault ?? "the lines are back", clock.now())
    }

    func laneFact(
        _ lane: LaneID, _ change: LaneChanged.Change, detail: String, reaction: Int64? = nil, _ now: TimeStamp
    ) {
        journal.record(.laneChanged(LaneChanged(lane: lane, change: change)), at: now)
        var line = WatchLine(at: now.wall, what: .lane)
        line.lane = lane
        line.detail = detail
        line.change = change.rawValue
        line.reactionMicroseconds = reaction
        watch.publish(line)
    }

    func countExitButton(_ lane: LaneID, at time: MonotonicTime, _ now: TimeStamp) {
        let exits = points.values.filter { $0.point.lane == lane && $0.point.direction == .exit }
        let point =
            exits.map(\.point).min { $0.id.rawValue < $1.id.rawValue }
            ?? AccessPoint(
                id: AccessPointID(rawValue: lane.rawValue), lane: lane, direction: .exit, site: .communityGate)
        tally([.exitButton], at: point, now.wall)
        var line = WatchLine(at: now.wall, what: .exitButton)
        line.lane = lane
        line.reactionMicroseconds = reaction(since: time)
        watch.publish(line)
    }

    func interrupt(_ crossing: CrossingID, lane: LaneID, at now: TimeStamp) {
        journal.record(.crossingInterrupted(CrossingStep(crossing: crossing, lane: lane)), at: now)
    }

    func readerChanged(_ reader: ReaderID, _ state: ReaderState, _ reason: String?) {
        let now = clock.now()
        let change = ChangeLimiter.Change(state: state, reason: reason)
        if let told = changes[reader, default: ChangeLimiter()].take(change, at: now.monotonic) {
            record(told, of: reader, now)
        }
        var line = WatchLine(at: now.wall, what: .reader)
        line.detail = "reader \(reader): \(state.rawValue)" + (reason.map { ", \($0)" } ?? "")
        watch.publish(line)
    }

    func record(_ change: ChangeLimiter.Change, of reader: ReaderID, _ now: TimeStamp) {
        let fact = ReaderChanged(reader: reader, state: change.state, reason: change.reason)
        journal.record(.readerChanged(fact), at: now)
    }

    /// What the loop does twice a second for its readers.
    func checkReaders(at now: MonotonicTime) {
        for id in points.keys { points[id]?.watch.forget(at: now) }
        for thermometer in thermometers.values { thermometer.check(at: now) }
        for reader in changes.keys {
            if let told = changes[reader]?.release(at: now) { record(told, of: reader, clock.now()) }
        }
    }

    // MARK: Overrides

    /// A named person acts. The event is durable before anything moves (principle 13).
    @discardableResult
    func override(
        _ act: Overridden.Act, lane id: LaneID, operator name: String, reason: String, caseCode: String? = nil,
        releaseTime: Duration? = nil
    ) async throws(ControlFailure) -> Done {
        let held = try caseCode.map { (code) throws(ControlFailure) in try takeCase(code, lane: id) }
        let grant = Grant(
            crossing: held?.crossing ?? CrossingID.random(), direction: held?.point.direction ?? .entry,
            accessPoint: held?.point.id, releaseTime: releaseTime, isByPerson: true)
        do throws(ControlFailure) {
            try await self.act(
                Overridden(
                    lane: id, act: act, operator: name, reason: reason,
                    crossing: act == .release ? grant.crossing : nil))
        } catch {
            // The person still waits.
            if let held { heldCases.hold(held.crossing, at: held.point, clock.monotonic) }
            throw error
        }
        guard let lane = lanes[id] else { throw ControlFailure(noLane(id)) }
        if act == .fireReset, lane.state.fire == .active {
            throw ControlFailure("the fire input became active again; the lane stays released")
        }
        switch act {
        case .release:
            let actions = lane.handle(.grant(grant), at: clock.monotonic)
            if actions.contains(.step(.released(grant))) { return Done() }
            guard !actions.contains(.step(.notPassed(grant))) else {
                throw ControlFailure("it is recorded, but too many wait for the lane; try again when they have passed")
            }
            return Done(note: "the lane is in use: it waits for its turn, and ends if that does not come")
        case .fireReset: lane.handle(.fireReset, at: clock.monotonic)
        case .mode, .notCarriedOut: break
        }
        return Done()
    }

    /// Records what a named person is about to do (principle 13).
    ///
    /// - Throws: why it may not be done; then nothing is recorded, or that it was not done.
    func act(_ fact: Overridden) async throws(ControlFailure) {
        guard let lane = lanes[fact.lane] else { throw ControlFailure(noLane(fact.lane)) }
        if let fault = NamedAct.fault(operator: fact.operator, reason: fact.reason) { throw ControlFailure(fault) }
        if fact.act == .fireReset, let fault = chips?.fault(of: [settings.fire].compactMap(\.self)) {
            throw ControlFailure("the fire input may not be readable, so the lane stays released: \(fault)")
        }
        if fact.act == .fireReset, lane.state.fire != .latched {
            throw ControlFailure(
                lane.state.fire == .active
                    ? "the fire input is still active: reset the fire panel first" : "the lane is not released by fire")
        }
        guard await durable(.overridden(fact), at: clock.now()) else {
            let fault = journal.fault.text ?? "the disk is too slow"
            abandon(fact, cause: fault)
            throw ControlFailure(
                "it could not be recorded, so nothing was done (\(fault)); the exit button works all the same")
        }
    }

    func noLane(_ id: LaneID) -> String {
        let names = lanes.keys.map(\.rawValue).sorted().joined(separator: ", ")
        return "there is no lane '\(id)'; this gate has \(names)"
    }

    /// Records that an act is not carried out, and why.
    func abandon(_ fact: Overridden, cause: String) {
        var abandoned = fact
        abandoned.act = .notCarriedOut
        abandoned.cause = cause
        journal.record(.overridden(abandoned), at: clock.now())
    }

    /// Records a fact and waits until it is on disk, five seconds at the most.
    func durable(_ fact: Fact, at now: TimeStamp) async -> Bool {
        let promise = eventLoop.makePromise(of: Bool.self)
        let deadline = eventLoop.scheduleTask(in: .seconds(5)) { promise.succeed(false) }
        journal.record(fact, at: now) { [eventLoop] in
            // A promise takes one answer only: the deadline is cancelled on the loop, where it would fire.
            eventLoop.execute {
                deadline.cancel()
                promise.succeed(true)
            }
        }
        return (try? await promise.futureResult.get()) ?? false
    }
}

extension LaneChanged.Change {
    init(_ change: LaneChange) {
        self =
            switch change {
            case .heldOpenSoon: .heldOpenSoon
            case .heldOpen: .heldOpen
            case .heldOpenEnded: .heldOpenEnded
            case .forcedOpen: .forcedOpen
            case .forcedOpenEnded: .forcedOpenEnded
            case .tamper: .tamper
            case .tamperEnded: .tamperEnded
            case .fault: .fault
            case .faultEnded: .faultEnded
            case .passageWithoutGrant: .passageWithoutGrant
            case .passageInFire: .passageInFire
            case .fire: .fire
            case .fireReset: .fireReset
            }
    }
}
