import Control
import Credentials
import EventStream
import GateModel
import Hardware
import Lanes
import ListStore
import NIOCore
import Orders
import Settings
import Uplink

/// Decides and admits. Owns the lanes, the access points and their readers, and lives on the one event loop that they
/// live on, so that a scan reaches the relay without a thread hop. Nothing here blocks.
///
/// What is presented stands in `Gatekeeper+Presentations`, what lanes and named people do in `Gatekeeper+Lanes`, the list
/// in `Gatekeeper+List`, signed releases in `Gatekeeper+Releases`.
actor Gatekeeper: LoopActor {
    /// Unreadable presentations further apart than this are not one person's.
    static let attemptsTogether = Duration.seconds(30)
    /// How often the loop notes that it runs.
    static let beat = TimeAmount.milliseconds(500)
    /// A read older than this is not acted upon (principle 17).
    static let staleReadLimit = Duration.seconds(3)

    nonisolated let eventLoop: any EventLoop

    let settings: GateSettings
    let clock: any TimeSource
    let journal: Journal
    let watch: WatchHub
    let monitor: MonitorHub
    /// `nil` where the deployment key cannot be read: then nobody can be checked.
    let identification: Identification?
    let fireLatch: FireLatch
    let startedAt: MonotonicTime

    var lanes: [LaneID: LaneShell] = [:]
    var points: [AccessPointID: PointState] = [:]
    /// When the loop last noted that it runs; `nil` before ``startHours()``.
    var lastBeat: MonotonicTime?
    private var nextBeat: Scheduled<Void>?
    var readers: [any GateReader] = []
    let usbHost = USBHost()
    var deviceEvents: DeviceEvents?
    var thermometers: [AccessPointID: ThermometerShell] = [:]
    var changes: [ReaderID: ChangeLimiter] = [:]
    var readerCounts: [ReaderID: ReaderCounts] = [:]
    var chips: LaneLines?
    var modesInForce: [LaneID: ModeInForce] = [:]
    nonisolated let modeStore: ModeStore
    /// Until when a change of mode that was dealt with may be offered again.
    var handledChanges: [String: WallTime] = [:]
    /// Whether it is known what was in force before the restart. Before that nothing changes a mode but the hours.
    var modesAreKnown = false
    /// Before that the central service changes no mode.
    var takesChangesFrom = MonotonicTime(nanoseconds: 0)
    var heldCases = HeldCases()
    /// What the clock on the wall shows.
    let localTime: @Sendable (WallTime) -> LocalTime
    private(set) var watchdogs: WatchdogFeeder?
    var files: FilesInForce?
    /// What the time is taken to be for orders, mandate and ages, whatever the wall clock does.
    private var trustedTime: TrustedTime
    /// Whose releases are honoured; `nil` before the authority's key was read.
    var releaseKey: COSEPublicKey?
    var honoured = HonouredReleases()
    var lastRefusal: String?
    var pending: [CrossingID: PendingAdmission] = [:]

    /// What is kept of an access point between presentations.
    struct PointState {
        var point: AccessPoint
        /// Instead of the lane's own.
        var releaseTime: Duration?
        /// When the list counts as stale and as expired here.
        var list: FreshnessLimits
        var policy: PolicyTable
        var watch: PresentationWatch
        /// Unreadable presentations in a row.
        var unreadableAttempts = 0
        var lastUnreadable = MonotonicTime(nanoseconds: 0)
        /// When a refused release was last recorded.
        var releaseRefusedAt: MonotonicTime?
    }

    /// What a reader handed over so far.
    struct ReaderCounts {
        var reads: UInt64 = 0
        var unreadable: UInt64 = 0
        /// Too old to act upon.
        var stale: UInt64 = 0
        /// The one before, seen again.
        var repeated: UInt64 = 0
        /// Too soon after too many failures.
        var slowed: UInt64 = 0
        var lastReadAt: MonotonicTime?
    }

    /// An admission that waits for its event to be durable.
    struct PendingAdmission {
        var point: AccessPoint
        var reader: ReaderID?
        var readAt: MonotonicTime
        var decision: Decision
        var deadline: Scheduled<Void>
    }

    init(
        settings: GateSettings, identification: Identification?, journal: Journal, watch: WatchHub,
        monitor: MonitorHub, clock: any TimeSource, loop: any EventLoop,
        localTime: @escaping @Sendable (WallTime) -> LocalTime = { LocalClock.time($0) }
    ) {
        self.localTime = localTime
        fireLatch = FireLatch(directory: settings.stateDirectory)
        modeStore = ModeStore(directory: settings.stateDirectory)
        self.settings = settings
        self.identification = identification
        self.journal = journal
        self.watch = watch
        self.monitor = monitor
        self.clock = clock
        eventLoop = loop
        let now = clock.now()
        startedAt = now.monotonic
        trustedTime = TrustedTime(start: now)
        for lane in settings.lanes {
            for point in lane.accessPoints {
                let watch = PresentationWatch(
                    direction: point.point.direction, settings: settings.presentations,
                    releaseTime: max(point.releaseTime ?? .zero, lane.kind.releaseTime))
                points[point.point.id] = PointState(
                    point: point.point, releaseTime: point.releaseTime, list: point.list, policy: point.policy,
                    watch: watch)
            }
        }
    }

    /// What the time is taken to be now.
    func time() -> WallTime { signedTime(clock.now()) }

    /// The time at `now`, for what the authority has signed.
    func signedTime(_ now: TimeStamp) -> WallTime { trustedTime.time(at: now) }

    /// The authority has signed something at `time`: it is not earlier than that.
    func learn(signedAt time: WallTime, _ now: TimeStamp) { trustedTime.learn(signedAt: time, seenAt: now) }

    // MARK: Start and stop

    /// Takes the lines first: from here on exit buttons and fire work, whatever else does not.
    ///
    /// - Parameter makeChip: makes the back end of a chip, on the lane loop.
    /// - Parameter makeWatchdogs: makes what is fed from then on, on the lane loop.
    func startLanes(
        makeChip: @Sendable (ChipSettings, any EventLoop) -> any LineChip,
        makeWatchdogs: @Sendable () -> [any Watchdog] = { [] }
    ) {
        for lane in settings.lanes {
            let shell = makeLane(lane)
            lanes[lane.id] = shell
            // The input's own first level follows: where it is quiet by now, the release stays until somebody resets it.
            guard fireLatch.isSet(lane.id) else { continue }
            shell.handle(.fire(active: true), at: clock.monotonic)
            if settings.fire == nil { shell.handle(.fire(active: false), at: clock.monotonic) }
        }
        let lines = LaneLines(settings: settings, lanes: lanes) { makeChip($0, eventLoop) }
        chips = lines
        lines.start { [unowned self] lane, fault in laneLine(lane, fault) }
        watchdogs = WatchdogFeeder(makeWatchdogs(), eventLoop: eventLoop, clock: clock)
        watchdogs?.start()
    }

    /// Notes that the loop runs, again and again.
    func keepBeating() {
        let now = clock.monotonic
        lastBeat = now
        checkReaders(at: now)
        checkModes(at: clock.now())
        nextBeat = eventLoop.assumeIsolated().scheduleTask(in: Self.beat) { [self] in keepBeating() }
    }

    func makeLane(_ settings: LaneSettings) -> LaneShell {
        LaneShell(
            settings: settings, clock: clock, loop: eventLoop,
            tellPending: { [unowned self] in chips?.tellPending(of: settings) },
            perform: { [unowned self] actions, lane, time in perform(actions, on: lane, at: time) })
    }

    /// Begins what goes by the clock, and heeds what is plugged in and out.
    func startHours() {
        keepBeating()
        let events = DeviceEvents(eventLoop: eventLoop) { [unowned self] _ in devicesChanged() }
        deviceEvents = events
        events.start()
    }

    func startReaders() {
        guard let chips else { return }
        let made = ReaderFactory(
            settings: settings, lines: chips, usbHost: usbHost, eventLoop: eventLoop, clock: clock,
            onEvent: { [unowned self] event, reader, point, readAt in
                handle(event, from: reader, at: point, readAt: readAt)
            },
            onNote: { [unowned self] text, reader in note(text, of: reader) }
        ).make()
        readers = made.readers
        thermometers = made.thermometers
        for reader in readers { reader.start() }
        for thermometer in thermometers.values { thermometer.start() }
    }

    /// For whoever watches the readers.
    func note(_ text: String, of reader: ReaderID) {
        guard monitor.isWatched else { return }
        monitor.publish(MonitorLine(at: clock.now().wall, reader: reader, what: text))
    }

    /// Tells a reader something for a technician, and waits for what it says.
    func command(_ command: ReaderCommand, reader id: ReaderID) async throws(ControlFailure) -> ReaderCommandAnswer {
        guard let reader = readers.first(where: { $0.settings.id == id }) else {
            let names = readers.map(\.settings.id.rawValue).joined(separator: ", ")
            throw ControlFailure("there is no reader '\(id)'; this gate has \(names)")
        }
        guard command.act == nil || command.setting == nil else {
            throw ControlFailure("either an act or a setting, not both")
        }
        let (answers, answered) = AsyncStream.makeStream(of: ReaderCommandAnswer.self)
        try reader.command(command) {
            answered.yield($0)
            answered.finish()
        }
        for await answer in answers { return answer }
        return ReaderCommandAnswer(done: nil, answer: "the call was given up")
    }

    /// A device has come or gone.
    func devicesChanged() {
        chips?.devicesChanged()
        for reader in readers { reader.retryNow() }
        for thermometer in thermometers.values { thermometer.retryNow() }
    }

    /// Voids what was granted and drives the outputs safe. Exit buttons and fire go on working.
    func stop() {
        let now = clock.now()
        nextBeat?.cancel()
        for reader in readers { reader.stop() }
        for thermometer in thermometers.values { thermometer.stop() }
        deviceEvents?.stop()
        usbHost.stop()
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
    }

    /// Drives the outputs safe once more and gives the lines back; the futures end when that is done.
    func giveLinesBack() -> [EventLoopFuture<Void>] {
        for lane in lanes.values { lane.handle(.stop, at: clock.monotonic) }
        watchdogs?.stop()
        return chips?.stop() ?? []
    }
}
