import ArgumentParser
import Control
import GateDaemon
import Hardware
import Logging
import NIOCore
import NIOPosix
import Settings

/// The daemon on the gate.
@main
struct GatehousedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehoused",
        abstract: "Runs a Gatehouse gate.",
        discussion:
            "Exit status: 0 after SIGTERM or SIGINT; 1 when the state directory cannot be used; 78 for a wrong configuration.",
        version: SoftwareVersion.text)

    @Option(help: "The gate's configuration file.")
    var config = "/etc/gatehouse/gate.yaml"

    @Option(help: "What to log: debug, info, warning or error.")
    var logLevel = "info"

    func run() async throws {
        ProcessHardening.apply()
        NIOSingletons.groupLoopCountSuggestion = 1
        NIOSingletons.blockingPoolThreadCountSuggestion = 2
        let level = Logger.Level(rawValue: logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let log = Logger(label: "gatehoused")
        let settings: GateSettings
        do throws(SettingsError) {
            settings = try GateSettings.load(path: config)
        } catch {
            for problem in error.problems { log.critical("\(problem)") }
            // EX_CONFIG of sysexits.h: starting again does not help.
            throw ExitCode(78)
        }
        if let zone = settings.timeZone { LocalClock.use(zone: zone) }
        do {
            try await Daemon(settings: settings, log: log).run()
        } catch let error as StartError {
            log.critical("\(error)")
            throw ExitCode(1)
        }
    }
}
