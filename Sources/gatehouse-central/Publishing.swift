import ArgumentParser
import Central
import FoundationEssentials
import Glibc

struct Orders: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Publish orders.", subcommands: [Import.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish the orders of a CSV file in place of the whole list.",
            discussion: """
                The columns are document, kind, tier, reason, issued, ends, household, order. Rows that cannot be \
                accepted are told on standard error and left out; the exit status is 0. With --strict any such row, and \
                without it a list in which no row is right, keeps the list from being published; the exit status is 1.
                """)

        @OptionGroup var data: DataOption

        @Argument(help: "The CSV file.")
        var file: String

        @Flag(help: "Publish nothing if any row is rejected.")
        var strict = false

        @Flag(help: "Take document numbers that nobody can have. For demonstrations only.")
        var acceptPlaceholders = false

        @Flag(help: "Print the summary as JSON.")
        var json = false

        func run() throws {
            guard let content = FileManager.default.contents(atPath: file) else {
                throw CentralError.cannotRead(path: file, reason: "it is missing or may not be read")
            }
            let summary = try Publisher(directory: data.directory).publishOrders(
                csv: Array(content), at: .now(), strict: strict, acceptPlaceholders: acceptPlaceholders)
            for line in summary.rejectedLines { printError(line) }
            if json {
                print(summary.json())
            } else if let version = summary.listVersion {
                print(
                    "Published list version \(version): \(summary.accepted) orders, \(summary.rejected.count) rows rejected."
                )
            }
            if summary.listVersion == nil { throw CentralError.rowsRejected(count: summary.rejected.count) }
        }
    }
}

struct PublishMandate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mandate", abstract: "Publish the mandate on which the gates check anybody.")

    @OptionGroup var data: DataOption

    @Option(help: "Under which the issuing authority files it.")
    var reference: String

    @Option(help: "The law or decision it rests on.")
    var legalBasis: String

    @Option(help: "Where it applies.")
    var area: String

    @Option(help: "How long it applies from now, 1 to 90.")
    var days: Int

    func validate() throws {
        guard (1...90).contains(days) else { throw ValidationError("A mandate lasts 1 to 90 days.") }
    }

    func run() throws {
        let until = try Publisher(directory: data.directory).publishMandate(
            reference: reference, legalBasis: legalBasis, area: area, days: days, at: .now())
        print("Published mandate \(reference), valid until \(until.text).")
    }
}

func printError(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
