import AsyncHTTPClient
import Control
import Credentials
import EventStream
import GateModel
import Glibc
import Hardware
import Hummingbird
import HummingbirdCore
import Ledger
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
public import Settings
import TrustedFiles
import UnixSignals
import Uplink

/// Puts a gate together and runs it.
///
/// The order of starting is the order of importance: lanes (exit buttons and fire work from here on), ledger, list,
/// readers, uplink, local servers. They stop the other way round. Only a second daemon on the same state ends the start.
public struct Daemon: Sendable {
    let settings: GateSettings
    let log: Logger

    public init(settings: GateSettings, log: Logger) {
        self.settings = settings
        self.log = log
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Throws: ``StartError`` when another daemon uses the state directory.
    public func run() async throws {
        let lock = try StateDirectory.lock(settings.stateDirectory, log: log)
        defer { lock?.release() }
        let clock = SystemClock()
        let laneGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let networkGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let watch = WatchHub()
        let monitor = MonitorHub()
        let bell = UploadBell()
        let journal = Journal(
            path: "\(settings.stateDirectory)/ledger.sqlite", gate: settings.gate, clock: clock, log: log
        ) {
            if $0 { bell.ringUrgently() }
        }
        let (identification, keyFault) = loadIdentification()
        let gatekeeper = Gatekeeper(
            settings: settings, identification: identification, journal: journal, watch: watch, monitor: monitor,
            clock: clock, loop: laneGroup.next())
        await gatekeeper.startLanes { chip, loop in
            switch chip.kind {
            case .gpiod: GpiodChip(path: chip.path, eventLoop: loop, clock: clock)
            case .simulated: SimulatedChip(path: chip.path, eventLoop: loop)
            }
        } makeWatchdogs: { [settings] in
            let own = settings.watchdog.map { HardwareWatchdog(path: $0.device, timeout: $0.timeout, clock: clock) }
            let dogs: [(any Watchdog)?] = [ServiceManager.ofThisProcess(), own]
            return dogs.compactMap { $0 }
        }

        let http = HTTPClient(
            eventLoopGroupProvider: .shared(networkGroup), configuration: CentralClient.httpConfiguration)
        // Three ways to the central service, which fail for different reasons: none may hide another's trouble.
        let tell: @Sendable (String) -> Void = { [clock] in watch.publish(.uplink($0, at: clock.now().wall)) }
        let uploads = UplinkHealth(changed: tell)
        let downloads = UplinkHealth(changed: tell)
        let modeChanges = UplinkHealth(changed: tell)
        let opened = networkGroup.next().makePromise(of: Ledger.self)
        let status = StatusGatherer(
            settings: settings, gatekeeper: gatekeeper, journal: journal, uplinks: [uploads, downloads, modeChanges],
            keyFault: keyFault,
            clock: clock)
        let fileService = FileService(
            settings: settings, keyCheck: identification?.key.keyCheck, gatekeeper: gatekeeper, http: http,
            clock: clock, health: downloads, loaded: networkGroup.next().makePromise(), log: log)
        let central: @Sendable (UplinkHealth) throws -> CentralClient = { health in
            do throws(SecretFileError) {
                let token = try SecretFile.read(settings.central.tokenFile)
                return CentralClient(
                    http: http, url: settings.central.url, token: token, clock: clock, health: health)
            } catch {
                health.failed("\(error)")
                throw error
            }
        }
        let uplink = Persistent(name: "uplink", log: log) {
            let uploader = EventUploader(
                client: try central(uploads), ledger: try await opened.futureResult.get(), bell: bell,
                every: settings.central.uploadEvery, clock: clock)
            try await cancelWhenGracefulShutdown { try await uploader.run() }
        }
        let unrecorded = Persistent(name: "unrecorded alerts", log: log) {
            let alerts = UnrecordedAlerts(client: try central(uploads), gate: settings.gate, clock: clock) {
                journal.unrecordedHouseholdExits(before: $0)
            }
            try await cancelWhenGracefulShutdown { try await alerts.run() }
        }
        let modes = Persistent(name: "changes of mode", log: log) {
            let fetcher = ModeChangeFetcher(
                client: try central(modeChanges), gate: settings.gate, deployment: settings.central.deployment,
                key: try fileService.publisherKey(), every: settings.central.refreshEvery
            ) { reason in
                log.error("a change of mode from the central service was refused: \(reason)")
                watch.publish(.uplink("a change of mode was refused: \(reason)", at: clock.now().wall))
            } offered: {
                await gatekeeper.take($0)
            }
            try await cancelWhenGracefulShutdown { try await fetcher.run() }
        }
        var services: [any Service] = [
            LineService(gatekeeper: gatekeeper),
            JournalService(journal: journal, log: log, opened: opened, clock: clock),
            LaneService(gatekeeper: gatekeeper, files: fileService, log: log),
            uplink,
            unrecorded,
            modes,
            Persistent(name: "signed files", log: log) {
                try await cancelWhenGracefulShutdown { try await fileService.fetch() }
            },
            Housekeeping(
                gatekeeper: gatekeeper, files: fileService, ledger: { journal.ledger }, clock: clock, log: log),
            controlService(
                ControlServer(
                    gatekeeper: gatekeeper, journal: journal, status: status, watch: watch, monitor: monitor),
                networkGroup),
        ]
        if let address = settings.statusPage { services.append(statusPage(status, address, networkGroup)) }
        services.append(StopDeadline(log: log))
        log.info("gatehoused \(SoftwareVersion.text) runs gate \(settings.gate)")
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quietLog)
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        defer { log.info("gatehoused has stopped") }
        try await group.run()
        try await http.shutdown()
        try await laneGroup.shutdownGracefully()
        try await networkGroup.shutdownGracefully()
    }

    /// The libraries' own words are for developers.
    private var quietLog: Logger {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        return quiet
    }

    /// Without the key the gate works as a plain door, and says so.
    private func loadIdentification() -> (Identification?, fault: String?) {
        do {
            let key = try DeploymentKey(
                hex: try SecretFile.read(settings.deploymentKey.file), epoch: settings.deploymentKey.epoch)
            return (
                Identification(key: key, rules: .init(acceptPlaceholders: settings.documents.acceptPlaceholders)), nil
            )
        } catch {
            log.error("nobody can be checked, every lane works as a plain door: \(error)")
            // An error of the file names it.
            return (nil, error is SecretFileError ? "\(error)" : "\(settings.deploymentKey.file): \(error)")
        }
    }

    private func controlService(_ server: ControlServer, _ group: any EventLoopGroup) -> Persistent {
        let path = settings.controlSocket
        return Persistent(name: "control socket", log: log) {
            try await removeSocketLeftBehind(path, group)
            try await Application(
                router: server.router(),
                // Watchers stay for hours and send nothing: connections end when they end, but there are not many.
                configuration: .init(
                    address: .unixDomainSocket(path: path), serverName: nil,
                    availableConnectionsDelegate: MaximumAvailableConnections(64)),
                eventLoopGroupProvider: .shared(group), logger: quietLog
            ).run()
        }
    }

    /// A socket that nobody listens on is removed. Anything else at its path is somebody's, and stays.
    private func removeSocketLeftBehind(_ path: String, _ group: any EventLoopGroup) async throws {
        do {
            let other = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get()
            try? await other.close()
        } catch let error as IOError where error.errnoCode == ENOENT {
            return
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            // A plain file is answered like a socket without a listener.
            var kind = stat()
            if unsafe lstat(path, &kind) == 0, kind.st_mode & S_IFMT == S_IFSOCK {
                _ = unsafe unlink(path)
                return
            }
        } catch {}
        throw StartError("\(path) belongs to another program; stop it, or choose another control-socket")
    }

    private func statusPage(
        _ status: StatusGatherer, _ address: SocketAddressSetting, _ group: any EventLoopGroup
    ) -> Persistent {
        Persistent(name: "status page", log: log) {
            try await Application(
                router: StatusPage(status: status).router(),
                // Anybody may open connections and say nothing: that must not take the gate's descriptors.
                server: .http1(configuration: .init(idleTimeout: .seconds(10))),
                configuration: .init(
                    address: .hostname(address.host, port: address.port), serverName: nil,
                    availableConnectionsDelegate: MaximumAvailableConnections(32)),
                eventLoopGroupProvider: .shared(group), logger: quietLog
            ).run()
        }
    }
}
