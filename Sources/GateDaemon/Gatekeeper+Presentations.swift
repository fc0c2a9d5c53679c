import Control
import Credentials
import EventStream
import GateModel
import Lanes
import Ledger
import ListStore
import NIOCore
import Orders
import ReaderProtocols
import Settings

/// Presentation → standing → decision → grant.
extension Gatekeeper {
    /// - Parameter readAt: when the last byte of it arrived.
    func handle(_ event: ReaderEvent, from reader: ReaderID, at point: AccessPointID, readAt: MonotonicTime) {
        switch event {
        case .document(let document):
            present(.idCard, from: reader, at: point, readAt: readAt) { identification, today in
                identification.outcome(of: document, today: today)
            }
        case .scan(let scan) where isRelease(scan.text):
            take(release: scan.text, from: reader, at: point, readAt: readAt)
        case .scan(let scan):
            let kind: CredentialKind = TravelDocument.isMachineReadableZone(scan.text) ? .travelDocument : .qrCode
            present(kind, from: reader, at: point, readAt: readAt) { identification, today in
                identification.outcome(of: scan.text, today: today)
            }
        case .typed(let digits):
            present(.typed, from: reader, at: point, readAt: readAt) { identification, today in
                identification.outcome(of: digits.text, today: today)
            }
        case .card(let card):
            present(.cardNumber, from: reader, at: point, readAt: readAt) { identification, _ in
                identification.outcome(of: card)
            }
        case .unreadable(let kind):
            present(kind, from: reader, at: point, readAt: readAt) { _, _ in .unreadable(.readFailed) }
        case .health(let state, let reason):
            readerChanged(reader, state, reason)
        }
    }

    /// An attendant's scan by hand.
    func scan(_ request: ScanRequest) throws(ControlFailure) -> ScanAnswer {
        guard points[request.accessPoint] != nil else {
            let names = points.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw ControlFailure("there is no access point '\(request.accessPoint)'; this gate has \(names)")
        }
        let readAt = clock.monotonic
        let result =
            isRelease(request.text)
            ? take(release: request.text, from: nil, at: request.accessPoint, readAt: readAt)
            : present(.typed, from: nil, at: request.accessPoint, readAt: readAt) { identification, today in
                identification.outcome(of: request.text, today: today)
            }
        guard let result else { throw ControlFailure("the gate was too slow to act on the scan; scan again") }
        return ScanAnswer(
            outcome: result.decision.outcome, policyCase: result.decision.policyCase, advises: result.decision.advises,
            listVersion: result.decision.list.version, listAgeSeconds: result.decision.list.ageSeconds,
            caseCode: result.caseCode, unreadable: result.explanation)
    }

    struct Result {
        var decision: Decision
        var caseCode: String?
        /// For the attendant: why nothing was decided, and what to do.
        var explanation: String?
    }

    /// Counts a read; `false` if it is too old to act upon (principle 17).
    func isFresh(_ readAt: MonotonicTime, from reader: ReaderID?, _ now: MonotonicTime) -> Bool {
        var counts = reader.flatMap { readerCounts[$0] } ?? ReaderCounts()
        defer { if let reader { readerCounts[reader] = counts } }
        // Bytes are stamped when the loop reads them: after it stood still nobody knows how long they had waited.
        let oldest = min(readAt, lastBeat ?? readAt)
        guard now.since(oldest) <= Self.staleReadLimit else {
            counts.stale += 1
            if let reader { note("too old to act upon", of: reader) }
            return false
        }
        counts.reads += 1
        counts.lastReadAt = now
        return true
    }

    /// Presentation → standing → decision → lane. `nil` if the read was too old to act upon.
    ///
    /// - Parameter detail: more than the reason itself says of something that cannot be used.
    @discardableResult
    func present(
        _ kind: CredentialKind, from reader: ReaderID?, at id: AccessPointID, readAt: MonotonicTime,
        detail: String? = nil, identify: (Identification, CalendarDate?) -> Presentation
    ) -> Result? {
        let now = clock.now()
        guard var state = points[id], isFresh(readAt, from: reader, now.monotonic) else { return nil }
        var counts = reader.flatMap { readerCounts[$0] } ?? ReaderCounts()
        defer {
            points[id] = state
            if let reader { readerCounts[reader] = counts }
        }
        let point = state.point
        let today = point.direction == .exit ? nil : CalendarDate(now.wall)
        var outcome = identification.map { identify($0, today) }
        if let reader {
            note(outcome.map(\.words) ?? "nobody can be checked: there is no deployment key", of: reader)
            // Who is admitted and waits for the disk is as good as let through.
            let isReleased = lanes[point.lane]?.isReleased == true || pending.values.contains { $0.point.id == id }
            switch state.watch.verdict(
                for: outcome?.subject, at: reader, now.monotonic, laneIsReleased: isReleased)
            {
            case .new: break
            case .repeated:
                counts.repeated += 1
                return nil
            case .tooSoon:
                counts.slowed += 1
                show(.retry, on: reader)
                return nil
            }
        }
        // An attendant who types has other means than the sensor.
        let temperature = reader == nil ? .notMeasured : measure(at: point, now.monotonic, &outcome)
        var unreadable: UnreadableReason?
        if case .unreadable(let reason) = outcome {
            unreadable = reason
            // For a temperature that is missing the reader cannot help.
            if reason == .noTemperature {
                if let reader { note(reason.explanation, of: reader) }
            } else {
                counts.unreadable += 1
            }
            if now.monotonic.since(state.lastUnreadable) > Self.attemptsTogether { state.unreadableAttempts = 0 }
            state.unreadableAttempts += 1
            state.lastUnreadable = now.monotonic
        } else {
            state.unreadableAttempts = 0
        }
        let time = signedTime(now)
        let (presented, subject, order) = look(up: outcome, at: time)
        let list = stamp(at: time, state.list)
        var decision = state.policy.decide(
            PolicyInput(
                direction: point.direction, site: point.site, mandateValid: checks(at: time), presented: presented,
                temperature: temperature, list: list.stamp, freshness: list.freshness,
                unreadableAttempts: state.unreadableAttempts)
        )
        if decision.outcome.admits, point.direction == .entry, let closed = reasonForNoEntry(point.lane) {
            (decision.outcome, decision.policyCase) = (.refer, closed)
        }
        if decision.outcome == .refer { state.unreadableAttempts = 0 }
        if let reader,
            state.watch.ended(decision.outcome, at: reader, now.monotonic, wasReadable: unreadable == nil)
        {
            muchFails(at: reader, of: point, now)
        }
        let crossing = CrossingID.random()
        let code = decision.outcome == .refer ? Self.caseCode(crossing) : nil
        if decision.outcome == .refer, isAttended(point.lane, at: now.wall) {
            heldCases.hold(crossing, at: point, now.monotonic)
        }
        let explanation = unreadable.map { detail ?? $0.explanation }
        publish(decision, by: kind, at: point, caseCode: code, detail: explanation, now.wall)
        if decision.reports, let subject, let order {
            let decided = CrossingDecided(
                crossing: crossing, accessPoint: point, credential: kind, presentedAt: readAt, decision: decision,
                subject: subject, order: order)
            report(decided, decision, at: point, reader: reader, now)
        } else {
            if decision.outcome.admits {
                grant(
                    Grant(
                        crossing: nil, direction: point.direction, accessPoint: id, releaseTime: state.releaseTime,
                        presentedAt: readAt),
                    on: point.lane, at: now.monotonic)
            }
            show(decision.outcome, of: point.lane, on: reader)
            tally([.presented, Self.countable(decision.outcome)], at: point, now.wall)
        }
        return Result(decision: decision, caseCode: code, explanation: explanation)
    }

    /// Why nobody enters a lane by themselves now.
    func reasonForNoEntry(_ lane: LaneID) -> PolicyCase? {
        guard let lane = lanes[lane] else { return nil }
        if lane.state.mode == .entryLocked { return .entryLocked }
        // Who stands between two doors leaves by that button alone (principle 1).
        return chips?.fault(of: [lane.settings.airlockButton].compactMap(\.self)) == nil ? nil : .laneFault
    }

    /// What the thermometer of an access point adds to what is presented there; an entry that wants a temperature and has
    /// none asks again.
    func measure(
        at point: AccessPoint, _ now: MonotonicTime, _ outcome: inout Presentation?
    ) -> PolicyInput.Temperature {
        guard let thermometer = thermometers[point.id], case .subject = outcome else { return .notMeasured }
        let temperature = thermometer.measure(at: now)
        if temperature == .notMeasured, thermometer.settings.isRequired { outcome = .unreadable(.noTemperature) }
        return temperature
    }

    func look(
        up outcome: Presentation?, at now: WallTime
    ) -> (PolicyInput.Presented, SubjectToken?, Order?) {
        switch outcome {
        case .unreadable(let reason): return (.unreadable(reason), nil, nil)
        case .subject(let token):
            guard let list = files?.list else { return (.standing(.unknown), token, nil) }
            var order = list.order(for: token)
            if let found = order, honoured.clears(token, of: found.reference, at: now) { order = nil }
            let standing = Standing(order: order, at: now)
            return (.standing(standing), token, standing.order)
        case nil: return (.standing(.unknown), nil, nil)
        }
    }

    /// A reported presentation: its event is durable before the relay moves, or the deadline passes.
    func report(
        _ decided: CrossingDecided, _ decision: Decision, at point: AccessPoint, reader: ReaderID?, _ now: TimeStamp
    ) {
        let crossing = decided.crossing
        guard decision.outcome.admits else {
            show(decision.outcome, of: point.lane, on: reader)
            return journal.record(.crossingDecided(decided), at: now)
        }
        let patience = point.direction == .exit ? settings.ledger.deadline : settings.ledger.entryDeadline
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(patience.clampedNanoseconds)) {
            [unowned self] in
            deadlinePassed(crossing)
        }
        pending[crossing] = PendingAdmission(
            point: point, reader: reader, readAt: decided.presentedAt, decision: decision, deadline: deadline)
        journal.record(.crossingDecided(decided), at: now) { [self, eventLoop] in
            eventLoop.execute { self.assumeIsolated { $0.resolvePending(crossing, granted: true) } }
        }
    }

    /// The disk is too slow. An exit opens anyway, and the event follows (principle 1); an entry is for the attendant.
    func deadlinePassed(_ crossing: CrossingID) {
        guard let admission = pending[crossing] else { return }
        resolvePending(crossing, granted: admission.point.direction == .exit)
        guard admission.point.direction == .entry else { return }
        let now = clock.now()
        interrupt(crossing, lane: admission.point.lane, at: now)
        var decision = admission.decision
        decision.outcome = .refer
        decision.policyCase = .ledgerStalled
        show(decision.outcome, of: admission.point.lane, on: admission.reader)
        publish(decision, by: nil, at: admission.point, caseCode: Self.caseCode(crossing), now.wall)
    }

    func resolvePending(_ crossing: CrossingID, granted: Bool) {
        guard let admission = pending.removeValue(forKey: crossing) else { return }
        admission.deadline.cancel()
        guard granted else { return }
        let grant = Grant(
            crossing: crossing, direction: admission.point.direction, accessPoint: admission.point.id,
            releaseTime: points[admission.point.id]?.releaseTime, presentedAt: admission.readAt)
        self.grant(grant, on: admission.point.lane, at: clock.monotonic)
        show(admission.decision.outcome, of: admission.point.lane, on: admission.reader)
    }

    func grant(_ grant: Grant, on lane: LaneID, at now: MonotonicTime) {
        lanes[lane]?.handle(.grant(grant), at: now)
    }

    // MARK: What the person is shown

    /// Shows an outcome on the reader that was used. Who is admitted to a lane that cannot be released is told to go
    /// elsewhere.
    func show(_ outcome: Outcome, of lane: LaneID, on reader: ReaderID?) {
        guard let reader else { return }
        let isBroken =
            outcome.admits && lanes[lane].flatMap { chips?.fault(of: Array($0.settings.outputs.values)) } != nil
        show(isBroken ? .fault : FeedbackSignal(outcome), on: reader)
    }

    func show(_ signal: FeedbackSignal, on reader: ReaderID) {
        readers.first { $0.settings.id == reader }?.show(signal)
    }

    func muchFails(at reader: ReaderID, of point: AccessPoint, _ now: TimeStamp) {
        let fact = AccessPointFailing(
            accessPoint: point.id, lane: point.lane, reader: reader, failures: PresentationWatch.manyFailures,
            withinSeconds: Int(PresentationWatch.failureWindow.clampedMilliseconds / 1000))
        journal.record(.accessPointFailing(fact), at: now)
        var line = WatchLine(at: now.wall, what: .reader)
        line.lane = point.lane
        line.accessPoint = point.id
        line.detail =
            "\(fact.failures) presentations at \(reader) within \(fact.withinSeconds) s were not admitted"
            + (point.direction == .entry ? "; it is slowed down" : "")
        watch.publish(line)
    }

    func tally(_ countables: [Countable], at point: AccessPoint, _ now: WallTime) {
        journal.count(countables.map { Tally($0, accessPoint: point.id, direction: point.direction) }, at: now)
    }

    func publish(
        _ decision: Decision, by kind: CredentialKind?, at point: AccessPoint, caseCode: String?,
        detail: String? = nil, _ now: WallTime
    ) {
        var line = WatchLine(at: now, what: .decided)
        line.lane = point.lane
        line.accessPoint = point.id
        line.direction = point.direction
        line.credential = kind
        line.outcome = decision.outcome
        line.policyCase = decision.policyCase
        line.advises = decision.advises
        line.listVersion = decision.list.version
        line.listAgeSeconds = decision.list.ageSeconds
        line.caseCode = caseCode
        line.detail = detail
        watch.publish(line)
    }

    static func countable(_ outcome: Outcome) -> Countable {
        switch outcome {
        case .admit, .admitAndReport: .admitted
        case .refer: .referred
        case .retry: .retried
        }
    }

    /// Four characters that a person can say aloud, from the crossing's random number (Crockford's base 32).
    static func caseCode(_ crossing: CrossingID) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        return String((0..<4).map { alphabet[Int(crossing.rawValue >> (5 * UInt64($0)) & 31)] })
    }
}
