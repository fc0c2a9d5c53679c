import ArgumentParser
import Control
import FoundationEssentials
import GateModel

struct ReadersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readers", abstract: "The gate's readers.",
        subcommands: [ReadersList.self, ReadersMonitor.self, ReadersProbe.self, ReadersTell.self, ReadersSet.self],
        defaultSubcommand: ReadersList.self)
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

struct ReadersTell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tell", abstract: "Tell a serial scanner or an OSDP reader to do something.")
    @OptionGroup var options: CommonOptions

    @Argument(help: "The reader.")
    var reader: String

    private static let acts = ReaderCommand.Act.allCases.map(\.rawValue).joined(separator: ", ")

    @Argument(
        help: "One of \(acts).",
        transform: { text in
            guard let act = ReaderCommand.Act(rawValue: text) else { throw ValidationError("expected one of \(acts)") }
            return act
        })
    var act: ReaderCommand.Act

    func run() async throws {
        try await reporting { try await ControlClient(options).tell(reader, ReaderCommand(act: act), options) }
    }
}

struct ReadersSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a setting of a serial scanner or an OSDP reader.",
        discussion: """
            What a setting looks like depends on the make: AIMENA1 (honeywell), SCNTRG1 (newland), 0000=81 (zone), 8A=08 \
            (zebra-ssi), 'address=3 rate=9600' (osdp). The maker's manual lists them.
            """)
    @OptionGroup var options: CommonOptions

    @Flag(help: "A scanner keeps it for the time after a power cycle. Its flash memory wears out.")
    var lasting = false

    @Argument(help: "The reader.")
    var reader: String

    @Argument(help: "The setting.")
    var setting: String

    func run() async throws {
        try await reporting {
            try await ControlClient(options).tell(reader, ReaderCommand(setting: setting, lasting: lasting), options)
        }
    }
}

extension ControlClient {
    fileprivate func tell(_ reader: String, _ command: ReaderCommand, _ options: CommonOptions) async throws {
        let answer: ReaderCommandAnswer = try await post(Self.path(ControlPath.command, of: reader), command)
        try Output.print(answer, json: options.json) { answer.answer }
        if answer.done == false { throw ExitCode.refused }
    }
}
