import EventStream
import GateModel
import Glibc
import Hummingbird
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTP side of the central service: static files for the gates to fetch, and what takes their events.
///
/// | request | answer |
/// |---|---|
/// | `GET /metadata/NAME`, `GET /targets/PATH` | a published file |
/// | `GET /v1/changes?after=VERSION&wait=SECONDS` | a `PublishedVersion`, once it is another |
/// | `POST /v1/gates/GATE/events` | takes an `EventBatch`, gives a `StreamPosition` |
/// | `GET /v1/gates/GATE/position` | a `StreamPosition` |
/// | `GET /v1/gates/GATE/mode-changes` | `ModeChangeOffers` |
/// | `POST /v1/gates/GATE/alerts` | takes an `EventAlert`, gives an `AlertReceipt` |
/// | `POST /v1/gates/GATE/alerts/unrecorded` | takes an `UnrecordedAlert`, gives an `AlertReceipt` |
/// | `GET /v1/health` | `{"status":"ok"}` |
///
/// What is under `/v1/gates` needs `Authorization: Bearer TOKEN` with the gate's own token. Errors are
/// `{"error": "..."}`. Neither tokens nor bodies are logged.
public struct CentralServer: Sendable {
    /// The largest body that is taken.
    public static let largestBodyBytes = 4 * 1_024 * 1_024

    private let directory: DataDirectory
    private let store: CentralStore
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) -> Void

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - onListening: called once with the port.
    public init(
        directory: DataDirectory, host: String, port: Int, logger: Logger = Logger(label: "gatehouse-central"),
        onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) throws(CentralError) {
        self.directory = directory
        store = try directory.openStore()
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is cancelled.
    ///
    /// Throws ``CentralError/cannotListen(host:port:reason:)`` where the address cannot be had.
    public func run() async throws { try await tellingAddress { try await application().run() } }

    /// Serves until SIGTERM or SIGINT, then lets running requests end.
    public func runUntilSignal() async throws { try await tellingAddress { try await application().runService() } }

    private func tellingAddress(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as IOError {
            let reason = unsafe String(cString: strerror(error.errnoCode))
            throw CentralError.cannotListen(host: host, port: port, reason: reason)
        }
    }

    private func application() -> some ApplicationProtocol {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ErrorAnswers())
        router.get("/v1/health") { _, _ in Answer.json(["status": "ok"]) }
        let repository = Repository(directory: directory)
        let hints = ChangeHints(current: repository.publishedSnapshot())
        PublicFiles(directory: directory, hints: hints).addRoutes(to: router, logger: logger)
        GateRoutes(store: store).addRoutes(to: router)
        var application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "gatehouse-central"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("The central service listens on \(host):\(port).")
                onListening(port)
            },
            logger: logger
        )
        application.addServices(
            PublicationWatch(repository: repository, hints: hints),
            Republishing(directory: directory, logger: logger))
        return application
    }
}

/// Notices what any process has published.
private struct PublicationWatch: Service {
    let repository: Repository
    let hints: ChangeHints

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await hints.publish(repository.publishedSnapshot(), at: .now)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// Says once a minute that what is published is still the last, so that gates know how fresh it is.
private struct Republishing: Service {
    let directory: DataDirectory
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var told: [String] = []
            while true {
                do {
                    let due = try await NIOThreadPool.singleton.runIfActive {
                        try Publisher(directory: directory).publish(at: .now())
                    }
                    for line in due where due != told { logger.warning("\(line)") }
                    told = due
                } catch {
                    logger.error("The publication could not be renewed: \(error)")
                }
                try await Task.sleep(for: .seconds(60))
            }
        }
    }
}
