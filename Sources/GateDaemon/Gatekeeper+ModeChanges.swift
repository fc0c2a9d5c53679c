import Control
import EventStream
import GateModel
import Lanes
import Settings

/// Changes of mode: from somebody at the gate, from the central service, and from before a restart.
extension Gatekeeper {
    /// How long a change may take to be stored.
    static let storingPatience = Duration.seconds(10)

    /// Somebody at the gate sets a lane's mode for a time, or has its hours count again.
    func change(_ request: ModeRequest, lane: LaneID) async throws(ControlFailure) {
        guard modesAreKnown else {
            throw ControlFailure(
                "the state directory has not been read yet, so nothing can be kept there; 'gatehouse doctor' looks at it"
            )
        }
        guard request.mode != ModeRequest.byHours else {
            return try await endChange(
                Overridden(
                    lane: lane, act: .mode, operator: request.operator, reason: request.reason, mode: request.mode))
        }
        guard let mode = LaneMode(rawValue: request.mode) else {
            let modes = (LaneMode.allCases.map(\.rawValue) + [ModeRequest.byHours]).joined(separator: ", ")
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

    /// Changes of the central service, signed for this gate, in the order in which they were issued. Each is dealt with
    /// once, and only the newest of each lane moves it: those before it would move it to and fro.
    func take(_ offers: [ModeChange]) async {
        guard modesAreKnown, clock.monotonic >= takesChangesFrom else { return }
        let wall = clock.now().wall
        handledChanges = handledChanges.filter { wall < $0.value }
        let new = offers.filter { handledChanges[$0.id] == nil }
        var newest: [LaneID: ModeChange] = [:]
        for change in new where newest[change.lane].map({ $0.issued <= change.issued }) ?? true {
            newest[change.lane] = change
        }
        for change in new {
            handledChanges[change.id] = max(change.until, wall).advanced(bySeconds: ModeChange.latestArrivalSeconds)
            if newest[change.lane] == change {
                await carryOutInTime(change)
            } else {
                refuse(change, "a newer one came with it")
            }
        }
    }

    private func carryOutInTime(_ change: ModeChange) async {
        let now = clock.now().wall
        if let inForce = modesInForce[change.lane]?.change, change.issued < inForce.issued {
            return refuse(change, "\(inForce.operator) has set the mode since")
        }
        guard change.arrivesInTime(at: now) else {
            return refuse(
                change,
                "it was issued \(now.seconds(since: change.issued)) s ago by this gate's clock, and nothing that is more "
                    + "than \(ModeChange.latestArrivalSeconds) s away moves a door")
        }
        do throws(ControlFailure) {
            try await carryOut(change, isRemote: true)
        } catch {
            tellRefusal(of: change, "\(error)")
        }
    }

    private func refuse(_ change: ModeChange, _ cause: String) {
        abandon(change.fact(isRemote: true), cause: cause)
        modeStore.writeLater(storedModes)
        tellRefusal(of: change, cause)
    }

    private func tellRefusal(of change: ModeChange, _ cause: String) {
        var line = WatchLine(at: clock.now().wall, what: .lane)
        line.lane = change.lane
        line.detail = "the mode \(change.mode.rawValue) from the central service was not set: \(cause)"
        watch.publish(line)
    }

    /// What was in force before a restart, if it still is. Of a clock that shows a time long before it was issued nobody
    /// knows. Where what was kept is lost, the central service may offer what was dealt with: nothing is taken until that
    /// is too old.
    func restore(_ found: ModeStore.Found) {
        let now = clock.now()
        modesAreKnown = true
        switch found {
        case .nothing: return
        case .unreadable:
            takesChangesFrom = now.monotonic.advanced(by: .seconds(2 * ModeChange.latestArrivalSeconds))
        case .modes(let stored):
            handledChanges.merge(stored.handled) { new, _ in new }
            for change in stored.changes where change.gate == settings.gate && allows(change.mode, on: change.lane) {
                let isOfNow = change.issued.seconds(since: now.wall) <= ModeChange.latestArrivalSeconds
                guard isOfNow, now.wall < change.until else { continue }
                let left = change.until.seconds(since: max(now.wall, change.issued))
                modesInForce[change.lane] = ModeInForce(
                    change: change, ends: now.monotonic.advanced(by: .seconds(left)), isRestored: true)
            }
            // Names and reasons of what is over do not stay.
            if storedModes != stored { modeStore.writeLater(storedModes) }
        }
        if lastBeat != nil { checkModes(at: now) }
    }

    /// Durable before it acts (principle 13).
    private func carryOut(_ change: ModeChange, isRemote: Bool) async throws(ControlFailure) {
        let fact = change.fact(isRemote: isRemote)
        let now = clock.now()
        let left = change.until.seconds(since: max(now.wall, change.issued))
        let ends = now.monotonic.advanced(by: .seconds(max(0, left)))
        let hindrance: String? =
            if lanes[change.lane] == nil {
                noLane(change.lane)
            } else if !allows(change.mode, on: change.lane) {
                "lane '\(change.lane)' cannot be \(change.mode.rawValue): two doors that lock each other are never both "
                    + "released"
            } else {
                nil
            }
        if let hindrance {
            if isRemote { abandon(fact, cause: hindrance) }
            throw ControlFailure(hindrance)
        }
        try await enforce(ModeInForce(change: change, ends: ends), by: fact)
    }

    private func endChange(_ fact: Overridden) async throws(ControlFailure) {
        guard modesInForce[fact.lane] != nil || lanes[fact.lane] == nil else {
            throw ControlFailure("lane '\(fact.lane)' goes by its hours already")
        }
        try await enforce(nil, by: fact)
    }

    /// Puts a mode in force at the lane of a fact, `nil` for its hours: in the ledger first, which reports it, then in the
    /// file that a restart reads.
    private func enforce(_ mode: ModeInForce?, by fact: Overridden) async throws(ControlFailure) {
        try await act(fact)
        var modes = modesInForce
        modes[fact.lane] = mode
        let wanted = stored(modes)
        // A late answer of the disk moves nothing.
        let written = await within(Self.storingPatience) { [modeStore] in await modeStore.write(wanted) }
        if let fault = written ?? "the disk is too slow" {
            abandon(fact, cause: fault)
            modeStore.writeLater(storedModes)
            throw ControlFailure("it could not be stored, so nothing was done (\(fault))")
        }
        modesInForce[fact.lane] = mode
        // Another change may have come while this one was written.
        if storedModes != wanted { modeStore.writeLater(storedModes) }
        checkModes(at: clock.now())
    }

    private func allows(_ mode: LaneMode, on lane: LaneID) -> Bool {
        lanes[lane]?.settings.kind.possibleModes.contains(mode) == true
    }

    var storedModes: StoredModes { stored(modesInForce) }

    private func stored(_ modes: [LaneID: ModeInForce]) -> StoredModes {
        StoredModes(
            changes: modes.values.map(\.change).sorted { $0.lane.rawValue < $1.lane.rawValue },
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
