import ArgumentParser
import Central

@main
struct GatehouseCentral: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-central",
        abstract: "The reference central service: publishes the signed list and takes the gates' events.",
        subcommands: [
            Init.self, Serve.self, OrdersCommand.self, PublishMandate.self, Publish.self, RenewRoot.self, Gate.self,
            Lane.self,
            Events.self, Verify.self,
        ]
    )
}

/// Where the central service keeps what it has.
struct DataOption: ParsableArguments {
    @Option(name: .customLong("data"), help: "The directory of the central service.")
    var path: String

    var directory: DataDirectory { DataDirectory(path: path) }
}
