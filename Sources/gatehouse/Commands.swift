import ArgumentParser
import Control
import FoundationEssentials
import GateModel

/// Runs a command's body; prints trouble as one sentence and leaves with its status.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let trouble as Trouble {
        Output.error(trouble.message)
        throw trouble.status
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "How the gate is now.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await reporting {
            let status: StatusReport = try await ControlClient(options).get(ControlPath.status)
            try Output.print(status, json: options.json) { Tables.status(status) }
        }
    }
}

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "What happens at the gate, live, until Ctrl-C.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await reporting {
            try await ControlClient(options).printLines(ControlPath.watch, json: options.json, Tables.watch)
        }
    }
}

struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Present a credential by hand, as an attendant would.",
        discussion:
            "Without TEXT the document is read from standard input, so that it does not stay in the shell's history.")
    @OptionGroup var options: CommonOptions

    @Option(name: .customLong("at"), help: "The access point.")
    var accessPoint: String

    @Argument(help: "The document number, the text of the code, MRZ/STATE/NUMBER, or CARD/BITS/HEXADECIMAL.")
    var text: String?

    func run() async throws {
        try await reporting {
            guard let text = text ?? readLine(strippingNewline: true), !text.isEmpty else {
                throw Trouble("nothing to present: give a document number", .refused)
            }
            let request = ScanRequest(accessPoint: AccessPointID(rawValue: accessPoint), text: text)
            let answer: ScanAnswer = try await ControlClient(options).post(ControlPath.scan, request)
            try Output.print(answer, json: options.json) { Tables.scan(answer) }
            if !answer.outcome.admits { throw ExitCode.refused }
        }
    }
}

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What stands in the gate's ledger.",
        subcommands: [EventsList.self, EventsVerify.self], defaultSubcommand: EventsList.self)
}

struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The events, oldest first.")
    @OptionGroup var options: CommonOptions

    @Option(help: "Begin after this sequence number.")
    var after: UInt64 = 0

    @Option(help: "At most this many (1 to 1000).")
    var limit = 100

    func run() async throws {
        try await reporting {
            let events: [LedgerEntry] = try await ControlClient(options).get(
                "\(ControlPath.events)?after=\(after)&limit=\(limit)")
            try Output.print(events, json: options.json) { Tables.events(events) }
        }
    }
}

struct EventsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "verify", abstract: "Walk the ledger's hash chain.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await reporting {
            let answer: VerifyAnswer = try await ControlClient(options).get(ControlPath.verify)
            try Output.print(answer, json: options.json) {
                answer.fault.map { "the chain is broken: \($0)" } ?? "\(answer.events) events, the chain is whole"
            }
            if answer.fault != nil { throw ExitCode.refused }
        }
    }
}
