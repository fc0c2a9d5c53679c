import ArgumentParser
import Control
import FoundationEssentials
import GateModel

struct ReadersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readers", abstract: "The gate's readers.",
        subcommands: [ReadersList.self, ReadersMonitor.self, ReadersProbe.self], defaultSubcommand: ReadersList.self)
}

struct ReadersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Each reader's state, last read and error counters.",
        discussion: "Exit status 1 if a reader is not ready.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await reporting {
            let status: StatusReport = try await ControlClient(options).get(ControlPath.status)
            try Output.print(status.readers, json: options.json) { Tables.readers(status.readers) }
            if status.readers.contains(where: { $0.state != .ready }) { throw ExitCode.refused }
        }
    }
}

struct ReadersMonitor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "What comes from the readers, decoded, live, until Ctrl-C.",
        discussion: "Personal fields are left out.")
    @OptionGroup var options: CommonOptions

    @Argument(help: "Only this reader.")
    var reader: String?

    func run() async throws {
        try await reporting {
            let client = try ControlClient(options)
            let status: StatusReport = try await client.get(ControlPath.status)
            let names = status.readers.map(\.reader.rawValue)
            if let reader, !names.contains(reader) {
                throw Trouble(
                    "there is no reader '\(reader)'; this gate has \(names.joined(separator: ", "))", .refused)
            }
            try await client.printLines(
                ControlPath.monitor + (reader.map { "?reader=\($0)" } ?? ""), json: options.json, Tables.monitor)
        }
    }
}
