import ArgumentParser
import Central
import Credentials
import FoundationEssentials
import GateModel
import Glibc

struct Orders: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish orders, and release people from them.", subcommands: [Import.self, Release.self])

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

extension Orders {
    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the QR code text with which one person is released from one order.",
            discussion: """
                For whoever is on the list wrongly or is free already, at gates that the next list does not reach in time. \
                Print the text as a QR code and hand it out: the person shows it at the gate, and the document after it. It \
                lifts the order of that reference alone, until its end. It names the person by the token only, but belongs \
                in nobody else's hands. Correct the list as well: a release does not.
                """)

        @OptionGroup var data: DataOption

        @Option(
            help: """
                What the order was filed on: a document number, or the text of a travel document or card. '-' reads it \
                from standard input, so that the shell does not remember it.
                """)
        var document: String

        @Option(help: "The reference of the order, as in the order list.")
        var order: UInt64

        @Option(help: "For how long, 1 to 24.")
        var hours: Int

        @Flag(help: "Take document numbers that nobody can have. For demonstrations only.")
        var acceptPlaceholders = false

        func validate() throws {
            guard OrderReference(order) != nil else {
                throw ValidationError(
                    "An order reference is \(OrderReference.range.lowerBound) to \(OrderReference.range.upperBound).")
            }
            guard (1...24).contains(hours) else { throw ValidationError("A release lasts 1 to 24 hours.") }
        }

        func run() throws {
            guard let order = OrderReference(order) else { return }
            let issued = try ReleaseIssuer(directory: data.directory).issue(
                document: document == "-" ? readLine() ?? "" : document, order: order, hours: hours,
                acceptPlaceholders: acceptPlaceholders, at: .now())
            print(issued.text)
            printError("Release \(issued.release.id), until \(issued.release.expires.text).")
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
