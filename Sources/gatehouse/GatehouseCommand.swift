import ArgumentParser
import Control

/// The technician's and attendant's tool. Talks to the daemon over its control socket.
@main
struct GatehouseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "Looks after a Gatehouse gate.",
        discussion: """
            Exit status: 0 done; 1 the gate says no, or a check found a fault; 2 the daemon cannot be reached; \
            64 the command line is not understood.
            """,
        version: SoftwareVersion.text,
        subcommands: [
            StatusCommand.self, WatchCommand.self, ScanCommand.self, EventsCommand.self, OrdersCommand.self,
            LaneCommand.self, ReadersCommand.self, ConfigCommand.self, DoctorCommand.self, CommissionCommand.self,
        ])
}

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(help: "The gate's configuration file.")
    var config = "/etc/gatehouse/gate.yaml"

    @Option(help: "The control socket; taken from the configuration where it is not given.")
    var socket: String?

    @Flag(help: "Print JSON instead of tables.")
    var json = false
}

extension ExitCode {
    /// The gate says no, or a check found a fault.
    static let refused = ExitCode(1)
    /// The daemon cannot be reached.
    static let unreachable = ExitCode(2)
}
