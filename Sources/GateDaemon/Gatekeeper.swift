import Control
import EventStream
import GateModel
import Hardware
import Lanes
import Ledger
import ListStore
import NIOCore
import NIOPosix
import Orders
import ReaderProtocols
import Settings
import Uplink

/// Decides and admits. Owns the lanes, the access points and their readers, and lives on the one event loop that they
/// live on, so that a scan reaches the relay without a thread hop. Nothing here blocks.
actor Gatekeeper: LoopActor {
    /// A read older than this is not acted upon (principle 17).
    static let staleReadLimit = Duration.seconds(3)

    nonisolated let eventLoop: any EventLoop

    let settings: GateSettings
    let clock: any TimeSource
    let journal: Journal
    private let watch: WatchHub
    /// `nil` where the deployment key cannot be read: then nobody can be checked.
    private let identification: Identification?
    private let fireLatch: FireLatch
    private let startedAt: MonotonicTime

    private(set) var lanes: [LaneID: LaneShell] = [:]
    private(set) var points: [AccessPointID: PointState] = [:]
    private(set) var readers: [ReaderShell] = []
    private var chips: LaneLines?
    private(set) var files: FilesInForce?
    private(set) var lastRefusal: String?
    private var pending: [CrossingID: PendingAdmission] = [:]

    /// What is kept of an access point between presentations.
    struct PointState {
        var point: AccessPoint
        /// Unreadable presentations in a row.
        var unreadableAttempts = 0
        var reads: UInt64 = 0
        var unreadable: UInt64 = 0
        var stale: UInt64 = 0
    }

    /// An admission that waits for its event to be durable.
    private struct PendingAdmission {
        var point: AccessPoint
        var decision: Decision
        var deadline: Scheduled<Void>
    }

    init(
        settings: GateSettings, identification: Identification?, journal: Journal, watch: WatchHub,
        clock: any TimeSource,
        loop: any EventLoop
    ) {
        fireLatch = FireLatch(directory: settings.stateDirectory)
        self.settings = settings
        self.identification = identification
        self.journal = journal
        self.watch = watch
        self.clock = clock
        eventLoop = loop
        startedAt = clock.now().monotonic
        for lane in settings.lanes {
            for point in lane.accessPoints { points[point.point.id] = PointState(point: point.point) }
        }
    }

    // MARK: Start and stop

    /// Takes the lines first: from here on exit buttons and fire work, whatever else does not.
    ///
    /// - Parameter makeChip: makes the back end of a chip, on the lane loop.
    func startLanes(makeChip: @Sendable (ChipSettings, any EventLoop) -> any LineChip) {
        for lane in settings.lanes {
            let shell = makeLane(lane)
            lanes[lane.id] = shell
            // The input's own first level follows: where it is quiet by now, the release stays until somebody resets it.
            guard fireLatch.isSet(lane.id) else { continue }
            shell.handle(.fire(active: true), at: clock.now().monotonic)
            if settings.fire == nil { shell.handle(.fire(active: false), at: clock.now().monotonic) }
        }
        let lines = LaneLines(settings: settings, lanes: lanes) { makeChip($0, eventLoop) }
        chips = lines
        lines.start { [unowned self] lane, fault in laneLine(lane, fault) }
    }

    private func makeLane(_ settings: LaneSettings) -> LaneShell {
        LaneShell(settings: settings, clock: clock, loop: eventLoop) { [unowned self] actions, lane, time in
            perform(actions, on: lane, at: time)
        }
    }

    func startReaders() {
        for lane in settings.lanes {
            for point in lane.accessPoints {
                for reader in point.readers {
                    let shell = ReaderShell(
                        settings: reader, accessPoint: point.point, eventLoop: eventLoop, clock: clock
                    ) { [unowned self] event, readAt in
                        handle(event, from: reader.id, at: point.point.id, readAt: readAt)
                    }
                    readers.append(shell)
                    shell.start()
                }
            }
        }
    }

    /// Voids what was granted, drives the outputs safe and gives the lines back; the futures end when that is done.
    func stop() -> [EventLoopFuture<Void>] {
        let now = clock.now()
        for reader in readers { reader.stop() }
        for (crossing, admission) in pending {
            resolvePending(crossing, granted: false)
            interrupt(crossing, lane: admission.point.lane, at: now)
        }
        for lane in lanes.values {
            for grant in lane.abandon() {
                if let crossing = grant.crossing { interrupt(crossing, lane: lane.settings.id, at: now) }
            }
            lane.handle(.stop, at: now.monotonic)
        }
        journal.record(.gateStopped(GateStopped()), at: now)
        return chips?.stop() ?? []
    }

    // MARK: Presentations

    /// - Parameter readAt: when the last byte of it arrived.
    func handle(_ event: ReaderEvent, from reader: ReaderID, at point: AccessPointID, readAt: MonotonicTime) {
        switch event {
        case .document(let document):
            present(.idCard, at: point, readAt: readAt) { identification, today in
                identification.outcome(of: document, today: today)
            }
        case .scan(let scan):
            present(.qrCode, at: point, readAt: readAt) { identification, today in
                identification.outcome(of: scan.text, today: today)
            }
        case .unreadable:
            present(.idCard, at: point, readAt: readAt) { _, _ in .unreadable(.readFailed) }
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
        let readAt = clock.now().monotonic
        let result = present(.typed, at: request.accessPoint, readAt: readAt) { identification, today in
            identification.outcome(of: request.text, today: today)
        }
        guard let result else { throw ControlFailure("the gate was too slow to act on the scan; scan again") }
        return ScanAnswer(
            outcome: result.decision.outcome, policyCase: result.decision.policyCase, advises: result.decision.advises,
            listVersion: result.decision.list.version, listAgeSeconds: result.decision.list.ageSeconds,
            caseCode: result.caseCode, unreadable: result.unreadable?.explanation)
    }

    private struct Result {
        var decision: Decision
        var caseCode: String?
        var unreadable: UnreadableReason?
    }

    /// Presentation → standing → decision → lane. `nil` if the read was too old to act upon.
    @discardableResult
    private func present(
        _ kind: CredentialKind, at id: AccessPointID, readAt: MonotonicTime,
        identify: (Identification, CalendarDate?) -> Presentation.Outcome
    ) -> Result? {
        guard var state = points[id] else { return nil }
        defer { points[id] = state }
        let now = clock.now()
        guard now.monotonic.since(readAt) <= Self.staleReadLimit else {
            state.stale += 1
            return nil
        }
        state.reads += 1
        let point = state.point
        let today = point.direction == .exit ? nil : CalendarDate(now.wall)
        let outcome = identification.map { identify($0, today) }
        var unreadable: UnreadableReason?
        if case .unreadable(let reason) = outcome {
            unreadable = reason
            state.unreadable += 1
            state.unreadableAttempts += 1
        } else {
            state.unreadableAttempts = 0
        }
        let (presented, subject, order) = look(up: outcome, at: now.wall)
        let list = stamp(at: now.wall)
        let decision = settings.policy.decide(
            PolicyInput(
                direction: point.direction, site: point.site, mandateValid: checks(at: now.wall), presented: presented,
                list: list.stamp, listExpired: list.freshness == .expired, unreadableAttempts: state.unreadableAttempts)
        )
        if decision.outcome == .refer { state.unreadableAttempts = 0 }
        let crossing = CrossingID.random()
        let code = decision.outcome == .refer ? Self.caseCode(crossing) : nil
        publish(decision, by: kind, at: point, caseCode: code, now.wall)
        if decision.reports, let subject, let order {
            let decided = CrossingDecided(
                crossing: crossing, accessPoint: point, credential: kind, presentedAt: readAt, decision: decision,
                subject: subject, order: order)
            report(decided, decision, at: point, now)
        } else {
            if decision.outcome.admits {
                grant(
                    Grant(crossing: nil, direction: point.direction, accessPoint: id), on: point.lane, at: now.monotonic
                )
            }
            tally([.presented, Self.countable(decision.outcome)], at: point, now.wall)
        }
        return Result(decision: decision, caseCode: code, unreadable: unreadable)
    }

    private func look(
        up outcome: Presentation.Outcome?, at now: WallTime
    ) -> (PolicyInput.Presented, SubjectToken?, Order?) {
        switch outcome {
        case .unreadable(let reason): return (.unreadable(reason), nil, nil)
        case .subject(let token):
            guard let book = files?.book else { return (.standing(.unknown), token, nil) }
            let standing = Standing(order: book.order(for: token), at: now)
            return (.standing(standing), token, standing.order)
        case nil: return (.standing(.unknown), nil, nil)
        }
    }

    /// A reported presentation: its event is durable before the relay moves, or the deadline passes.
    private func report(_ decided: CrossingDecided, _ decision: Decision, at point: AccessPoint, _ now: TimeStamp) {
        let crossing = decided.crossing
        guard decision.outcome.admits else {
            return journal.record(.crossingDecided(decided), at: now)
        }
        let patience = point.direction == .exit ? settings.ledger.deadline : settings.ledger.entryDeadline
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(patience.clampedNanoseconds)) {
            [unowned self] in
            deadlinePassed(crossing)
        }
        pending[crossing] = PendingAdmission(point: point, decision: decision, deadline: deadline)
        journal.record(.crossingDecided(decided), at: now) { [self, eventLoop] in
            eventLoop.execute { self.assumeIsolated { $0.resolvePending(crossing, granted: true) } }
        }
    }

    /// The disk is too slow. An exit opens anyway, and the event follows (principle 1); an entry is for the attendant.
    private func deadlinePassed(_ crossing: CrossingID) {
        guard let admission = pending[crossing] else { return }
        resolvePending(crossing, granted: admission.point.direction == .exit)
        guard admission.point.direction == .entry else { return }
        let now = clock.now()
        interrupt(crossing, lane: admission.point.lane, at: now)
        var decision = admission.decision
        decision.outcome = .refer
        decision.policyCase = .ledgerStalled
        publish(decision, by: nil, at: admission.point, caseCode: Self.caseCode(crossing), now.wall)
    }

    private func resolvePending(_ crossing: CrossingID, granted: Bool) {
        guard let admission = pending.removeValue(forKey: crossing) else { return }
        admission.deadline.cancel()
        guard granted else { return }
        let grant = Grant(crossing: crossing, direction: admission.point.direction, accessPoint: admission.point.id)
        self.grant(grant, on: admission.point.lane, at: clock.now().monotonic)
    }

    private func grant(_ grant: Grant, on lane: LaneID, at now: MonotonicTime) {
        lanes[lane]?.handle(.grant(grant), at: now)
    }

    // MARK: Overrides

    /// A named person acts. The event is durable before anything moves (principle 13).
    func override(
        _ act: Overridden.Act, lane id: LaneID, operator name: String, reason: String
    ) async throws(ControlFailure) {
        guard let lane = lanes[id] else {
            let names = lanes.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw ControlFailure("there is no lane '\(id)'; this gate has \(names)")
        }
        guard !name.isEmpty, !reason.isEmpty, name.utf8.count <= 100, reason.utf8.count <= 500 else {
            throw ControlFailure("an operator (at most 100 bytes) and a reason (at most 500 bytes) are needed")
        }
        if act == .fireReset, lane.state.fire != .latched {
            throw ControlFailure(
                lane.state.fire == .active
                    ? "the fire input is still active: reset the fire panel first" : "the lane is not released by fire")
        }
        let now = clock.now()
        let fact = Overridden(lane: id, act: act, operator: name, reason: reason)
        guard await durable(.overridden(fact), at: now) else {
            var abandoned = fact
            abandoned.act = .notCarriedOut
            journal.record(.overridden(abandoned), at: clock.now())
            throw ControlFailure(
                "it could not be recorded, so nothing was done (\(journal.fault.text ?? "the disk is too slow")); "
                    + "the exit button works all the same")
        }
        switch act {
        case .release: lane.handle(.grant(Grant(crossing: nil, direction: .entry)), at: clock.now().monotonic)
        case .fireReset: lane.handle(.fireReset, at: clock.now().monotonic)
        case .notCarriedOut: break
        }
    }

    /// Records a fact and waits until it is on disk, five seconds at the most.
    private func durable(_ fact: Fact, at now: TimeStamp) async -> Bool {
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

    // MARK: Lanes

    private func perform(_ actions: [DoorAction], on lane: LaneID, at time: MonotonicTime) {
        let now = clock.now()
        for action in actions {
            switch action {
            case .drive(let released): chips?.drive(lane, released: released)
            case .driveSafe: chips?.driveSafe(lane)
            case .step(let step): record(step, on: lane, now)
            case .changed(let change): changed(lane, change, now)
            case .countExitButton: countExitButton(lane, now)
            }
        }
    }

    private func record(_ step: DoorAction.Step, on lane: LaneID, _ now: TimeStamp) {
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
        watch.publish(line)
    }

    private func changed(_ lane: LaneID, _ change: DoorChange, _ now: TimeStamp) {
        let fact: LaneChanged.Change =
            switch change {
            case .heldOpen: .heldOpen
            case .heldOpenEnded: .heldOpenEnded
            case .forcedOpen: .forcedOpen
            case .forcedOpenEnded: .forcedOpenEnded
            case .fire: .fire
            case .fireReset: .fireReset
            }
        laneFact(lane, fact, detail: fact.words, now)
        guard change == .fire || change == .fireReset else { return }
        NIOThreadPool.singleton.submit { [fireLatch] _ in
            change == .fire ? fireLatch.set(lane) : fireLatch.clear(lane)
        }
    }

    private func laneLine(_ lane: LaneID, _ fault: String?) {
        laneFact(lane, fault == nil ? .lineFound : .lineLost, detail: fault ?? "the lines are back", clock.now())
    }

    private func laneFact(_ lane: LaneID, _ change: LaneChanged.Change, detail: String, _ now: TimeStamp) {
        journal.record(.laneChanged(LaneChanged(lane: lane, change: change)), at: now)
        var line = WatchLine(at: now.wall, what: .lane)
        line.lane = lane
        line.detail = detail
        watch.publish(line)
    }

    private func countExitButton(_ lane: LaneID, _ now: TimeStamp) {
        let exits = points.values.filter { $0.point.lane == lane && $0.point.direction == .exit }
        let point =
            exits.map(\.point).min { $0.id.rawValue < $1.id.rawValue }
            ?? AccessPoint(
                id: AccessPointID(rawValue: lane.rawValue), lane: lane, direction: .exit, site: .communityGate)
        tally([.exitButton], at: point, now.wall)
        var line = WatchLine(at: now.wall, what: .exitButton)
        line.lane = lane
        watch.publish(line)
    }

    private func interrupt(_ crossing: CrossingID, lane: LaneID, at now: TimeStamp) {
        journal.record(.crossingInterrupted(CrossingStep(crossing: crossing, lane: lane)), at: now)
    }

    private func readerChanged(_ reader: ReaderID, _ state: ReaderState, _ reason: String?) {
        let now = clock.now()
        journal.record(.readerChanged(ReaderChanged(reader: reader, state: state, reason: reason)), at: now)
        var line = WatchLine(at: now.wall, what: .reader)
        line.detail = "reader \(reader): \(state.rawValue)" + (reason.map { ", \($0)" } ?? "")
        watch.publish(line)
    }

    // MARK: List and mandate

    /// Swaps the list. Decisions before this line used the old one, decisions after it the new one.
    func install(_ files: FilesInForce) {
        let now = clock.now()
        let previous = self.files?.book?.listVersion
        self.files = files
        lastRefusal = nil
        guard let book = files.book, book.listVersion != previous else { return }
        journal.record(.listInstalled(ListInstalled(version: book.listVersion, orders: UInt64(book.count))), at: now)
        listLine("list \(book.listVersion) with \(book.count) orders is in force", now.wall)
    }

    func refused(_ reason: String) {
        let now = clock.now()
        lastRefusal = reason
        journal.record(.listRefused(ListRefused(reason: reason)), at: now)
        listLine("an offer was refused, the old list stays: \(reason)", now.wall)
    }

    /// Whether the mandate is over (or there is none), so that the list must go. It is out of memory when this returns.
    func dropListWithoutMandate() -> Bool {
        let now = clock.now()
        guard let book = files?.book, !(files?.mandate.map { now.wall < $0.until } ?? false) else { return false }
        files?.book = nil
        journal.record(.mandateEnded(ListErased(version: book.listVersion)), at: now)
        listLine("there is no mandate any more: the list is erased and nobody is checked", now.wall)
        return true
    }

    private func listLine(_ text: String, _ now: WallTime) {
        var line = WatchLine(at: now, what: .list)
        line.detail = text
        watch.publish(line)
    }

    /// No mandate, no check (principle 7). Without the deployment key nobody can be checked either.
    private func checks(at now: WallTime) -> Bool {
        identification != nil && files?.mandate?.isValid(at: now) == true
    }

    private func stamp(at now: WallTime) -> (stamp: ListStamp, freshness: Freshness) {
        guard let book = files?.book else { return (.none, .expired) }
        let age = now.seconds(since: book.created)
        let limits =
            FreshnessLimits(
                stale: settings.list.staleAfter.clampedMilliseconds / 1000,
                expired: settings.list.expiredAfter.clampedMilliseconds / 1000) ?? .standard
        return (
            ListStamp(version: book.listVersion, ageSeconds: max(0, age)), Freshness(ageSeconds: age, limits: limits)
        )
    }

    // MARK: Telling

    private func tally(_ countables: [Countable], at point: AccessPoint, _ now: WallTime) {
        journal.count(countables.map { Tally($0, accessPoint: point.id, direction: point.direction) }, at: now)
    }

    private func publish(
        _ decision: Decision, by kind: CredentialKind?, at point: AccessPoint, caseCode: String?, _ now: WallTime
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
        watch.publish(line)
    }

    func status() -> (lanes: [LaneStatus], readers: [ReaderStatus], list: ListStatus, mandate: MandateStatus, up: Int64)
    {
        let now = clock.now()
        let lanes = settings.lanes.compactMap { lane in
            self.lanes[lane.id].map { $0.status(fault: chips?.fault(of: lane.id)) }
        }
        let readers = self.readers.map { reader in
            let point = points[reader.accessPoint.id]
            return ReaderStatus(
                reader: reader.settings.id, accessPoint: reader.accessPoint.id, kind: reader.settings.kindWord,
                device: reader.settings.device, state: reader.state, reason: reader.reason, reads: point?.reads ?? 0,
                unreadable: point?.unreadable ?? 0, stale: point?.stale ?? 0)
        }
        let stamp = stamp(at: now.wall)
        let freshness: ListStatus.Freshness =
            files?.book == nil ? .none : [.fresh: .fresh, .stale: .stale, .expired: .expired][stamp.freshness] ?? .none
        let list = ListStatus(
            version: stamp.stamp.version, orders: UInt64(files?.book?.count ?? 0), ageSeconds: stamp.stamp.ageSeconds,
            freshness: freshness, lastRefusal: lastRefusal)
        let mandate = MandateStatus(
            valid: checks(at: now.wall), reference: files?.mandate?.reference, until: files?.mandate?.until)
        return (lanes, readers, list, mandate, now.monotonic.since(startedAt).clampedMilliseconds / 1000)
    }

    private static func countable(_ outcome: Outcome) -> Countable {
        switch outcome {
        case .admit, .admitAndReport: .admitted
        case .refer: .referred
        case .retry: .retried
        }
    }

    /// Four characters that a person can say aloud, from the crossing's random number (Crockford's base 32).
    private static func caseCode(_ crossing: CrossingID) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        return String((0..<4).map { alphabet[Int(crossing.rawValue >> (5 * UInt64($0)) & 31)] })
    }
}
