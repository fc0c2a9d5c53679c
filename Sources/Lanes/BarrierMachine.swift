public import GateModel

/// The state machine of a vehicle barrier: inputs and times in, actions out.
///
/// The barrier's own board sees its safety inputs first and answers for them. What this machine does comes on top: it
/// commands no closing while the loop under the boom is occupied or cannot be read, and never on a clear loop alone
/// where the detector may have forgotten a vehicle (``BarrierSettings/presenceLimit``).
///
/// The exit button, a grant to leave and fire always command opening, whatever the boom does and the board says. The
/// first two wait for the end of the gap after the command before, and for nothing else; fire does not wait for it.
///
/// How a passage is matched: the loop sees a vehicle under the boom, not who drives it. A vehicle that comes on the loop
/// is that of the oldest grant that still waits, and has passed once the loop is clear. A vehicle that no grant waits for
/// belongs to the exit button and has no crossing. Grants that overlap share one release, which lasts until the latest
/// of them is over, and each vehicle gives those behind it their time anew. In a fire each vehicle is `passageInFire`,
/// beside the passage of the grant that it is matched to. Without a loop that can be read a grant ends `unobserved`.
public struct BarrierMachine: LaneMachine {
    /// What was asked of the boom last, and how far it is known to have come.
    private enum Boom: Hashable, Sendable {
        /// Closed, or so it should be. As at start: what stands open then was not opened by this machine.
        case down
        /// Commanded to open.
        case up
        /// Commanded to close, or the board is about to do it by itself.
        case lowering
        /// A vehicle or an unreadable loop has come between. Lowered again as soon as that is over.
        case interrupted
    }

    public let settings: BarrierSettings
    private var latest = MonotonicTime(nanoseconds: 0)
    private var armingLoop: Debouncer
    private var safetyLoop: Debouncer
    private var openLimit: Debouncer
    private var closedLimit: Debouncer
    private var ready: Debouncer
    private var tamper: Debouncer
    private var button: Debouncer
    private var mode = LaneMode.controlled
    private var fire = FireInput()
    private var alarm = LaneState.Alarm.normal
    /// The limits at which the boom did not arrive, and the loop whose clearing is not believed.
    private var faults: Set<LaneSensor> = []
    private var boom = Boom.down
    /// When a boom that has not arrived yet is late.
    private var openBy: MonotonicTime?
    private var closedBy: MonotonicTime?
    private var pulses: BarrierPulses
    private var traffic = BarrierTraffic()
    /// Since when the safety loop has been clear without a flicker.
    private var clearSince: MonotonicTime?
    /// What was asked of the outputs last.
    private var opens = false
    private var closes = false
    private var stopped = false
    private var isDrivenSafe = false

    public init(settings: BarrierSettings) {
        self.settings = settings
        let line = Debouncer(window: settings.debounce)
        (armingLoop, safetyLoop, openLimit, closedLimit, ready, tamper) = (line, line, line, line, line, line)
        button = Debouncer(window: settings.debounce, believesActiveAtOnce: true, value: false)
        pulses = BarrierPulses(settings: settings)
    }

    /// Whether the boom is open or is being opened on our command. After the stop: whether opening is still commanded.
    public var isReleased: Bool { pulses.opensNowOrSoon || boom == .up && !stopped }

    public var outputs: [LaneOutput: Bool] { [.open: pulses.isOpening, .close: pulses.isClosing] }

    public var state: LaneState {
        LaneState(
            mode: mode, lock: !faults.isEmpty ? .fault : isReleased ? .released : .locked, contact: contact,
            alarm: alarm, tamper: tamper.value.map { $0 ? .tampered : .normal } ?? .unknown, fire: fire.state)
    }

    /// A boom that has left its closed limit is open for whoever wants to pass it.
    private var contact: LaneState.Contact {
        switch (closedLimit.value, openLimit.value) {
        case (true?, true?): .fault
        case (true?, _): .closed
        case (false?, _), (nil, true?): .open
        case (nil, _): .unknown
        }
    }

    public var nextDeadline: MonotonicTime? {
        [
            armingLoop.deadline, safetyLoop.deadline, openLimit.deadline, closedLimit.deadline, ready.deadline,
            tamper.deadline, button.deadline, pulses.nextDeadline, openBy, closedBy, end(of: traffic.grantRelease),
            end(of: traffic.buttonRelease), lowersAt,
        ].compactMap(\.self).min()
    }

    public mutating func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction] {
        latest = max(latest, time)
        var actions: [LaneAction] = []
        // The input comes before what is overdue: with a late timer the boom still stood open when the vehicle came.
        apply(input, at: latest, &actions)
        settlePulses()
        while let due = nextDeadline, due <= latest {
            meet(due, &actions)
            settlePulses()
        }
        drive(&actions)
        return actions
    }

    public mutating func abandon() -> [Grant] { traffic.abandon() }

    private mutating func apply(_ input: LaneInput, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        switch input {
        case .grant(let grant):
            release(for: grant, at: now, &actions)
        case .exitButton(let pressed):
            settleButton(at: now)
            guard button.sample(pressed, at: now) else { return }
            if pressed {
                openBoom(isForExit: true)
                actions.append(.countExitButton)
            }
            extendButtonRelease(at: now)
        case .sensor(let sensor, let active):
            guard settings.sensors.contains(sensor) else { return }
            sense(sensor, active, at: now, &actions)
        case .sensorLost(let sensor):
            guard settings.sensors.contains(sensor) else { return }
            lost(sensor, &actions)
        case .fire(let active):
            if fire.signal(active) {
                endAlarm(&actions)
                actions.append(.changed(.fire))
                traffic.give(.fire)
            }
            if active { openBoom(isForExit: true) }
        case .fireReset:
            if fire.reset() { actions.append(.changed(.fireReset)) }
        case .mode(let new):
            change(to: new, &actions)
        case .airlockButton, .timer:
            break
        case .stop:
            stop()
        }
    }

    /// Does what was to be done at `due`, as if the timer had been punctual. Commands are given when the line moves.
    private mutating func meet(_ due: MonotonicTime, _ actions: inout [LaneAction]) {
        // The safety loop first: a vehicle that came in the last moment came with leave, and has not backed out.
        settleSafetyLoop(at: due, &actions)
        settleOthers(at: due, &actions)
        settleButton(at: due)
        if let openBy, openBy <= due { openingIsOver(&actions) }
        if let closedBy, closedBy <= due { closingIsOver(&actions) }
        if let end = end(of: traffic.grantRelease), end <= due { traffic.endGrants(&actions) }
        if let end = end(of: traffic.buttonRelease), end <= due { traffic.endButton() }
        if let lowersAt, lowersAt <= due { lower(&actions) }
    }

    // MARK: Outputs

    /// Whether opening is commanded without an end. After the stop nobody watches over an unlocked lane.
    private var holdsOpen: Bool { fire.isOn || button.value == true || mode == .unlocked && !stopped }

    private mutating func settlePulses() {
        let wasOpening = pulses.isOpening
        pulses.hold(holdsOpen, at: latest)
        pulses.settle(at: latest, inFire: fire.isOn)
        if pulses.isOpening && !wasOpening { watchOpening() }
    }

    private mutating func drive(_ actions: inout [LaneAction]) {
        let (opened, closed) = (opens, closes)
        (opens, closes) = (pulses.isOpening, pulses.isClosing)
        if opens && !opened { actions.insert(.drive(.open, active: true), at: 0) }
        // Even before that: the two are never active together.
        if !closes && closed { actions.insert(.drive(.close, active: false), at: 0) }
        if closes && !closed { actions.append(.drive(.close, active: true)) }
        guard stopped else {
            if !opens && opened { actions.append(.drive(.open, active: false)) }
            return
        }
        let holdsNothing = !pulses.opensNowOrSoon
        if holdsNothing && !isDrivenSafe { actions.append(.driveSafe) }
        isDrivenSafe = holdsNothing
    }

    /// Nobody who leaves and no fire is locked in by a stop: the outputs are driven safe once they no longer hold them.
    /// The boom stays where it is, for nobody would watch it come down.
    private mutating func stop() {
        guard !stopped else { return }
        stopped = true
        traffic.stop()
        openBy = nil
        closedBy = nil
        pulses.stop(at: latest)
    }

    // MARK: Releases

    private mutating func release(for grant: Grant, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard !stopped else { return }
        guard mode != .entryLocked || grant.passesLockedEntry else {
            actions.append(.step(.notPassed(grant)))
            return
        }
        openBoom(isForExit: grant.direction == .exit)
        actions.append(.step(.released(grant)))
        let range = BarrierSettings.entryTimeRange
        let time = min(max(grant.releaseTime ?? settings.entryTime, range.lowerBound), range.upperBound)
        traffic.expect(grant, for: time, at: now, &actions)
    }

    private mutating func settleButton(at now: MonotonicTime) {
        if let since = button.settle(at: now) { extendButtonRelease(at: since) }
    }

    private mutating func extendButtonRelease(at now: MonotonicTime) {
        guard !stopped else { return }
        traffic.expectLeaver(for: settings.entryTime, at: now, isPressed: button.value == true)
    }

    /// When a release is over. A vehicle that is about to be believed came while the boom was open, so the release lasts
    /// until it is, or until it proves a bounce.
    private func end(of release: BarrierTraffic.Release?) -> MonotonicTime? {
        guard let release else { return nil }
        guard safetyLoop.value == false, let believed = safetyLoop.deadline else { return release.ends }
        return max(release.ends, believed)
    }

    private mutating func change(to new: LaneMode, _ actions: inout [LaneAction]) {
        guard new != mode else { return }
        // The grants given keep their time.
        mode = new
        guard new == .unlocked, !stopped else { return }
        endAlarm(&actions)
        traffic.give(.free)
        openBoom(isForExit: false)
    }

    // MARK: The boom

    private mutating func openBoom(isForExit: Bool) {
        boom = .up
        closedBy = nil
        pulses.open(isForExit: isForExit, at: latest)
    }

    /// When the boom is lowered; `nil` as long as somebody needs it open or it must not come down.
    private var lowersAt: MonotonicTime? {
        let isNeeded = pulses.opensNowOrSoon || traffic.isExpected
        guard !stopped, boom == .interrupted || boom == .up && !isNeeded, let mayLowerFrom else { return nil }
        return max(mayLowerFrom, pulses.quietUntil)
    }

    /// From when on nothing is in the way of the boom, as far as can be seen from here.
    private var mayLowerFrom: MonotonicTime? {
        // Nothing is closed on a level that is about to change.
        let isReady = !settings.sensors.contains(.ready) || ready.value == true && ready.deadline == nil
        let mayHideVehicle = faults.contains(.safetyLoop) && closedLimit.value != true
        if settings.closes && (!isReady || mayHideVehicle) { return nil }
        // A board that closes by itself waits for no loop of ours.
        let isUnread = !settings.sensors.contains(.safetyLoop) || !settings.closes && safetyLoop.value == nil
        return isUnread ? MonotonicTime(nanoseconds: 0) : clearSince?.advanced(by: settings.clearDelay)
    }

    private mutating func lower(_ actions: inout [LaneAction]) {
        boom = .lowering
        openBy = nil
        closedBy = latest.advanced(by: settings.closingTime)
        if settings.closes { pulses.close(at: latest) }
        if closedLimit.value == true { isDown(&actions) }
    }

    /// Something is or may be under the boom: the command to close ends at once.
    private mutating func interruptLowering() {
        pulses.endClosing(at: latest)
        guard boom == .lowering else { return }
        boom = .interrupted
        closedBy = nil
    }

    private mutating func isDown(_ actions: inout [LaneAction]) {
        boom = .down
        closedBy = nil
        // Where the boom has come down nothing stands.
        repair([.openLimit, .closedLimit, .safetyLoop], &actions)
    }

    /// The command to open is given now: expects the boom to arrive, if a limit can tell.
    private mutating func watchOpening() {
        // Who commands it again and again gives it no more time.
        guard openBy == nil else { return }
        let canTell = openLimit.value == false || openLimit.value == nil && closedLimit.value != nil
        openBy = canTell && !stopped ? latest.advanced(by: settings.openingTime) : nil
    }

    private mutating func openingIsOver(_ actions: inout [LaneAction]) {
        openBy = nil
        let isOpen = openLimit.value ?? (closedLimit.value != true)
        if !isOpen { fail(.openLimit, &actions) }
    }

    private mutating func closingIsOver(_ actions: inout [LaneAction]) {
        closedBy = nil
        if closedLimit.value == false { fail(.closedLimit, &actions) } else { boom = .down }
    }

    private mutating func openLimitChanged(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard openLimit.value == true, boom == .up else { return }
        if openBy != nil { traffic.restartReleases(at: now) }
        arrived(&actions)
    }

    /// The boom opens as it was commanded to.
    private mutating func arrived(_ actions: inout [LaneAction]) {
        openBy = nil
        repair([.openLimit, .closedLimit], &actions)
    }

    private mutating func closedLimitChanged(from before: Bool?, _ actions: inout [LaneAction]) {
        guard closedLimit.value == true else {
            traffic.isPassable()
            // Without an open limit it is all that shows the boom move.
            if boom == .up && openLimit.value == nil { arrived(&actions) }
            guard before == true, boom == .down, !stopped else { return }
            alarm = .forcedOpen
            actions.append(.changed(.forcedOpen))
            return
        }
        endAlarm(&actions)
        if boom == .up {
            // The board or somebody's hand has closed it. While it opens the limit may still chatter.
            guard openBy == nil, openLimit.value != true, !pulses.opensNowOrSoon else { return }
            traffic.endGrants(&actions)
            traffic.endButton()
        }
        isDown(&actions)
    }

    private mutating func endAlarm(_ actions: inout [LaneAction]) {
        if alarm == .forcedOpen { actions.append(.changed(.forcedOpenEnded)) }
        alarm = .normal
    }

    private mutating func fail(_ sensor: LaneSensor, _ actions: inout [LaneAction]) {
        guard !stopped else { return }
        if faults.isEmpty { actions.append(.changed(.fault)) }
        faults.insert(sensor)
    }

    private mutating func repair(_ sensors: Set<LaneSensor>, _ actions: inout [LaneAction]) {
        guard !faults.isEmpty else { return }
        faults.subtract(sensors)
        if faults.isEmpty { actions.append(.changed(.faultEnded)) }
    }

    // MARK: The loops

    private mutating func settleSafetyLoop(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        guard let since = safetyLoop.settle(at: now) else { return }
        safetyLoopChanged(from: safetyLoop.value == false, at: since, &actions)
    }

    private mutating func sampleSafetyLoop(_ active: Bool, at now: MonotonicTime, _ actions: inout [LaneAction]) {
        settleSafetyLoop(at: now, &actions)
        // A passage must last to be believed; a boom must not come down meanwhile.
        if active {
            clearSince = nil
            interruptLowering()
        }
        let before = safetyLoop.value
        if safetyLoop.sample(active, at: now) { safetyLoopChanged(from: before, at: now, &actions) }
        if safetyLoop.value == false && !active && clearSince == nil { clearSince = now }
    }

    private mutating func safetyLoopChanged(
        from before: Bool?, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) {
        guard safetyLoop.value == true else {
            clearSince = now
            if let vehicle = traffic.left(at: now) { hasLeft(vehicle, at: now, &actions) }
            return
        }
        let vehicle = BarrierTraffic.Vehicle(
            since: now, couldPass: closedLimit.value != true, cameToClosedBoom: boom == .down)
        if before == nil {
            traffic.found(vehicle)
        } else {
            traffic.came(vehicle, at: now, otherwise: fire.isOn ? .fire : holdsOpen ? .free : nil)
        }
    }

    private mutating func hasLeft(
        _ vehicle: BarrierTraffic.Vehicle, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) {
        if case .granted(let grant) = vehicle.leave {
            actions.append(.step(vehicle.couldPass ? .passed(grant) : .notPassed(grant)))
        }
        guard vehicle.couldPass else { return }
        if fire.isOn || vehicle.leave == .fire {
            actions.append(.changed(.passageInFire))
        } else if vehicle.leave == .nobody && !stopped {
            actions.append(.changed(.passageWithoutGrant))
        }
        guard settings.closes, let limit = settings.presenceLimit else { return }
        if now.since(vehicle.since) >= limit { fail(.safetyLoop, &actions) } else { repair([.safetyLoop], &actions) }
    }

    private mutating func armingLoopChanged(_ actions: inout [LaneAction]) {
        // Clear without a flicker: whoever is about to be seen on the safety loop drives in.
        if armingLoop.value == false && clearSince != nil { traffic.backedOut(&actions) }
    }

    // MARK: Sensors

    private mutating func sense(
        _ sensor: LaneSensor, _ active: Bool, at now: MonotonicTime, _ actions: inout [LaneAction]
    ) {
        if sensor == .safetyLoop { return sampleSafetyLoop(active, at: now, &actions) }
        settleOthers(at: now, &actions)
        switch sensor {
        case .armingLoop:
            let before = armingLoop.value
            if armingLoop.sample(active, at: now), before == true { armingLoopChanged(&actions) }
        case .openLimit:
            if openLimit.sample(active, at: now) { openLimitChanged(at: now, &actions) }
        case .closedLimit:
            let before = closedLimit.value
            if closedLimit.sample(active, at: now) { closedLimitChanged(from: before, &actions) }
        case .ready:
            _ = ready.sample(active, at: now)
        case .tamper:
            let before = tamper.value
            if tamper.sample(active, at: now) { tamperChanged(from: before, &actions) }
        default: break
        }
    }

    /// Believes the lines but the safety loop that have rested.
    private mutating func settleOthers(at now: MonotonicTime, _ actions: inout [LaneAction]) {
        if let since = openLimit.settle(at: now) { openLimitChanged(at: since, &actions) }
        if closedLimit.settle(at: now) != nil { closedLimitChanged(from: closedLimit.value == false, &actions) }
        if armingLoop.settle(at: now) != nil { armingLoopChanged(&actions) }
        if tamper.settle(at: now) != nil { tamperChanged(from: tamper.value == false, &actions) }
        _ = ready.settle(at: now)
    }

    private mutating func tamperChanged(from before: Bool?, _ actions: inout [LaneAction]) {
        guard !stopped, tamper.value == true || before == true else { return }
        actions.append(.changed(tamper.value == true ? .tamper : .tamperEnded))
    }

    /// Nobody knows what a sensor would say: nothing is an alarm for that, and nothing moves (principle 4).
    private mutating func lost(_ sensor: LaneSensor, _ actions: inout [LaneAction]) {
        let unread = Debouncer(window: settings.debounce)
        switch sensor {
        case .armingLoop:
            armingLoop = unread
        case .safetyLoop:
            safetyLoop = unread
            clearSince = nil
            interruptLowering()
            traffic.loopIsLost(&actions)
        case .openLimit:
            openLimit = unread
            repair([.openLimit], &actions)
        case .closedLimit:
            closedLimit = unread
            endAlarm(&actions)
            repair([.closedLimit], &actions)
            if boom == .lowering && closedBy == nil { boom = .down }
        case .ready:
            ready = unread
        case .tamper:
            if tamper.value == true, !stopped { actions.append(.changed(.tamperEnded)) }
            tamper = unread
        default: break
        }
    }
}
