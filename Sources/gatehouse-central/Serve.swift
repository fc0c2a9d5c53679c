import ArgumentParser
import Central
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve files to the gates and take their events.")

    @OptionGroup var data: DataOption

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port = 8090

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("The port must be 0 to 65535.") }
    }

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "gatehouse-central")
        try await CentralServer(directory: data.directory, host: host, port: port, logger: logger).runUntilSignal()
    }
}
