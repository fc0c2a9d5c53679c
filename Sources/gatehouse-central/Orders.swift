import ArgumentParser
import Central
import FoundationEssentials
import GateModel
import Glibc
import Orders
import TrustedFiles

struct OrdersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "Change the list of orders, and publish it.",
        subcommands: [Import.self, Add.self, Lift.self, Release.self, Approve.self, History.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the list what a CSV file says.",
            discussion: """
                The columns are document, kind, tier, reason, issued, ends, household, order. Rows that cannot be \
                accepted are told on standard error and left out; the exit status is 0. With --strict any such row, and \
                without it a list in which no row is right, keeps the list from being published; the exit status is 1.
                """)

        @OptionGroup var data: DataOption
        @OptionGroup var signing: Signing

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
            try Publisher(directory: data.directory).importOrders(
                csv: Array(content), by: signing.operator, at: .now(), approval: signing.approval(), strict: strict,
                acceptPlaceholders: acceptPlaceholders
            ).tell(json: json)
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put one order on the list, in place of one that the person has.")

        @OptionGroup var data: DataOption
        @OptionGroup var signing: Signing

        @Option(help: "The number of the person's document, as in a list; '-' reads it from standard input.")
        var document: String

        @Option(help: "isolation or exposure.")
        var kind: String

        @Option(help: "1 to 4; for exposure only.")
        var tier: String?

        @Option(help: "confirmed-case, close-contact, household-contact, travel-history or awaiting-result.")
        var reason: String

        @Option(help: "When it begins: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ. Today, unless told.")
        var issued: String?

        @Option(help: "The last day, or the time of its end; 30 days after its beginning at most.")
        var ends: String

        @Option(help: "The household, as the authority names it.")
        var household: String

        @Option(help: "The number of the order, 1 to 999999999999.")
        var order: String

        @Flag(help: "Take a document number that nobody can have. For demonstrations only.")
        var acceptPlaceholders = false

        func run() throws {
            let columns: [(String, String)] = [
                ("document", try documentText(document)), ("kind", kind), ("tier", tier ?? ""), ("reason", reason),
                ("issued", issued ?? String(WallTime.now().text.prefix(10))), ("ends", ends), ("household", household),
                ("order", order),
            ]
            let header = columns.map(\.0).joined(separator: ",")
            let row = columns.map { "\"\($0.1.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
            let summary = try Publisher(directory: data.directory).addOrders(
                csv: Array("\(header)\n\(row)\n".utf8), by: signing.operator, at: .now(),
                approval: signing.approval(), acceptPlaceholders: acceptPlaceholders)
            if let rejected = summary.rejected.first {
                throw CentralError.unusable(reason: "Nothing was published: \(rejected.reason).")
            }
            try summary.tell(json: false)
        }
    }

    struct Lift: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an order off the list: a mistake, or an end before its time.")

        @OptionGroup var data: DataOption

        @Option(help: "The number of the person's document; '-' reads it from standard input.")
        var document: String?

        @Option(help: "The number of the order.")
        var order: UInt64?

        @Option(help: "Who orders it.")
        var `operator`: String

        @Option(help: "Why.")
        var because: String

        @Flag(help: "Take a document number that nobody can have. For demonstrations only.")
        var acceptPlaceholders = false

        func validate() throws {
            guard (document == nil) != (order == nil) else {
                throw ValidationError("Give --document or --order, and not both.")
            }
            guard order == nil || order.flatMap(OrderReference.init) != nil else {
                throw ValidationError("The number of an order is 1 to 999999999999.")
            }
        }

        func run() throws {
            let lifted: Publisher.Lifted
            if let reference = order.flatMap(OrderReference.init) {
                lifted = .order(reference)
            } else {
                lifted = .document(try documentText(document ?? ""))
            }
            let version = try Publisher(directory: data.directory).lift(
                lifted, by: `operator`, because: because, at: .now(), acceptPlaceholders: acceptPlaceholders)
            print("Lifted; published list version \(version).")
        }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign for the whole list as it stands, as the second person.",
            discussion: """
                Makes a whole book of the list, which gates take as their new base. From then on as many orders may be \
                added with one signature as --allowance says: 1000 or a tenth of the list, unless told.
                """)

        @OptionGroup var data: DataOption

        @Option(help: "The second key: orders-bulk-2.key.")
        var key: String

        @Option(help: "How many orders may be added with one signature from now on.")
        var allowance: Int?

        @Option(help: "Who signs.")
        var `operator`: String

        @Flag(
            help: """
                A backup of this directory was put back, and gates have seen what came after it. All version numbers \
                become so high that gates take what is published.
                """)
        var afterBackup = false

        func validate() throws {
            guard allowance ?? 0 >= 0 else { throw ValidationError("The allowance cannot be less than 0.") }
        }

        func run() throws {
            let version = try Publisher(directory: data.directory).approve(
                by: `operator`, with: try DataDirectory.key(path: key), allowance: allowance,
                isAfterBackup: afterBackup, at: .now())
            print("Signed by both; published list version \(version).")
        }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what changed the list, and who ordered it.")

        @OptionGroup var data: DataOption

        @Flag(help: "One JSON object a line.")
        var json = false

        func run() throws {
            let publisher = try Publisher(directory: data.directory)
            for version in try publisher.history() { print(json ? version.json() : version.line) }
            for release in try publisher.releases() { print(json ? release.json() : release.line) }
        }
    }
}

/// A document's number, or the line of standard input for `-`: so the shell does not remember it.
func documentText(_ option: String) throws -> String {
    guard option == "-" else { return option }
    guard let line = readLine() else { throw ValidationError("Nothing came from standard input.") }
    return line
}

/// Who changes the list, and who signs for it as the second.
struct Signing: ParsableArguments {
    @Option(help: "Who orders it; the name of the user account, unless told.")
    var `operator` = Self.account

    @Option(name: .customLong("approve"), help: "The second key, orders-bulk-2.key, where many orders are added.")
    var approvalKey: String?

    private static var account: String {
        guard let entry = unsafe getpwuid(getuid()) else { return "" }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    func approval() throws -> PublisherKey? { try approvalKey.map { try DataDirectory.key(path: $0) } }
}

extension ImportSummary {
    fileprivate func tell(json asJSON: Bool) throws {
        for line in rejectedLines { printError(line) }
        if asJSON {
            print(json())
        } else if let listVersion {
            print("List version \(listVersion) is published: \(accepted) rows accepted, \(rejected.count) rejected.")
        }
        if listVersion == nil { throw CentralError.rowsRejected(count: rejected.count) }
    }
}
