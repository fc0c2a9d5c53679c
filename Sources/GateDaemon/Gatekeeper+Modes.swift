import Control
import EventStream
import GateModel
import Lanes
import Settings

/// The modes of the lanes: by the hour, or by a named person's change for a time.
extension Gatekeeper {
    /// A change that is in force.
    struct ModeInForce {
        var change: ModeChange
        /// Counted on the monotonic clock (principle 18).
        var ends: MonotonicTime
    }

    /// How long a change may take to be stored.
    static let storingPatience = Duration.seconds(10)

    /// Gives each lane the mode that it should have now.
    func checkModes(at now: TimeStamp) {
        for (id, mode) in modesInForce where now.monotonic >= mode.ends {
            modesInForce[id] = nil
            // A clock that is put back must not bring it to life again at the next start.
            modeStore.writeLater(storedModes)
        }
        for lane in lanes.values {
            let id = lane.settings.id
            let mode = modesInForce[id]?.change.mode ?? scheduledMode(of: lane.settings, at: now.wall)
            guard mode != lane.state.mode else { continue }
            lane.handle(.mode(mode), at: now.monotonic)
            laneFact(id, LaneChanged.Change(mode), detail: LaneChanged.Change(mode).words, now)
        }
    }

    /// A clock that is years behind opens nothing.
    func scheduledMode(of lane: LaneSettings, at now: WallTime) -> LaneMode {
        now < .earliestPlausible ? .controlled : lane.schedule.mode(at: localTime(now))
    }

    func isAttended(_ lane: LaneID, at now: WallTime) -> Bool {
        lanes[lane]?.settings.schedule.isAttended(at: localTime(now)) ?? true
    }

    /// The case that an attendant decides; its code is the attendant's from then on.
    func takeCase(_ code: String, lane: LaneID) throws(ControlFailure) -> HeldCases.Case {
        guard let held = heldCases.take(code, lane: lane, at: clock.monotonic) else {
            throw ControlFailure(
                "lane '\(lane)' holds no case '\(code)': it was decided, is older than ten minutes, or came when nobody "
                    + "attends; have the person present again, or release the lane without a case")
        }
        return held
    }

    // MARK: Changes

    /// Somebody at the gate sets a lane's mode for a time.
    func change(_ request: ModeRequest, lane: LaneID) async throws(ControlFailure) {
        guard let mode = LaneMode(rawValue: request.mode) else {
            let modes = LaneMode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlFailure("there is no mode '\(request.mode)'; expected one of \(modes)")
        }
        let now = clock.now().wall
        let change: ModeChange
        do throws(ModeChangeError) {
            change = try ModeChange(
                deployment: settings.central.deployment, gate: settings.gate, lane: lane, mode: mode,
                operator: request.operator, reason: request.reason, issued: now,
                until: now.advanced(bySeconds: Int64(request.seconds)))
        } catch {
            throw ControlFailure("\(error)")
        }
        try await carryOut(change, isRemote: false)
    }

    /// Changes of the central service, signed for this gate. Each is dealt with once.
    func take(_ offers: [ModeChange]) async {
        let now = clock.now()
        handledChanges = handledChanges.filter { now.wall < $0.value }
        for change in offers where handledChanges[change.id] == nil {
            handledChanges[change.id] = max(change.until, now.wall).advanced(
                bySeconds: ModeChange.latestArrivalSeconds)
            do throws(ControlFailure) {
                guard change.arrivesInTime(at: now.wall) else {
                    abandon(change.fact(isRemote: true))
                    throw ControlFailure(
                        "it was issued \(now.wall.seconds(since: change.issued)) s ago by this gate's clock, and "
                            + "nothing that comes later than \(ModeChange.latestArrivalSeconds) s moves a door")
                }
                try await carryOut(change, isRemote: true)
            } catch {
                modeStore.writeLater(storedModes)
                var line = WatchLine(at: now.wall, what: .lane)
                line.lane = change.lane
                line.detail = "the mode \(change.mode.rawValue) from the central service was not set: \(error)"
                watch.publish(line)
            }
        }
    }

    /// What was in force before a restart, if it still is. Of a clock that shows a time before it was issued nobody knows.
    func restore(_ stored: StoredModes) {
        let now = clock.now()
        handledChanges.merge(stored.handled) { new, _ in new }
        for change in stored.changes where change.issued <= now.wall && now.wall < change.until {
            guard modesInForce[change.lane] == nil, allows(change.mode, on: change.lane) else { continue }
            modesInForce[change.lane] = ModeInForce(
                change: change, ends: now.monotonic.advanced(by: .seconds(change.until.seconds(since: now.wall))))
        }
        if lastBeat != nil { checkModes(at: now) }
    }

    /// Durable before it acts (principle 13): in the ledger, which reports it, and in the file that a restart reads.
    private func carryOut(_ change: ModeChange, isRemote: Bool) async throws(ControlFailure) {
        let fact = change.fact(isRemote: isRemote)
        let now = clock.now()
        let left = change.until.seconds(since: max(now.wall, change.issued))
        let ends = now.monotonic.advanced(by: .seconds(max(0, left)))
        guard lanes[change.lane] == nil || allows(change.mode, on: change.lane) else {
            if isRemote { abandon(fact) }
            throw ControlFailure(
                "lane '\(change.lane)' cannot be \(change.mode.rawValue): two doors that lock each other are never both "
                    + "released")
        }
        do throws(ControlFailure) {
            try await act(fact)
        } catch {
            if isRemote, lanes[change.lane] == nil { abandon(fact) }
            throw error
        }
        var wanted = storedModes
        wanted.changes.removeAll { $0.lane == change.lane }
        wanted.changes.append(change)
        let fault = await modeStore.write(wanted)
        // A late answer of the disk moves nothing.
        let isLate = clock.monotonic.since(now.monotonic) > Self.storingPatience
        guard fault == nil, !isLate else {
            abandon(fact)
            modeStore.writeLater(storedModes)
            throw ControlFailure("it could not be stored, so nothing was done (\(fault ?? "the disk is too slow"))")
        }
        modesInForce[change.lane] = ModeInForce(change: change, ends: ends)
        // Another change may have come while this one was written.
        modeStore.writeLater(storedModes)
        checkModes(at: clock.now())
    }

    private func allows(_ mode: LaneMode, on lane: LaneID) -> Bool {
        lanes[lane]?.settings.kind.possibleModes.contains(mode) == true
    }

    private var storedModes: StoredModes {
        StoredModes(
            changes: modesInForce.values.map(\.change).sorted { $0.lane.rawValue < $1.lane.rawValue },
            handled: handledChanges)
    }
}

extension ModeChange {
    fileprivate func fact(isRemote: Bool) -> Overridden {
        Overridden(
            lane: lane, act: .mode, operator: `operator`, reason: reason, mode: mode.rawValue, until: until,
            change: isRemote ? id : nil)
    }
}

extension LaneChanged.Change {
    init(_ mode: LaneMode) {
        self =
            switch mode {
            case .controlled: .controlled
            case .unlocked: .unlocked
            case .entryLocked: .entryLocked
            }
    }
}
