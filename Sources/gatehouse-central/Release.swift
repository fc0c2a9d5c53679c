import ArgumentParser
import Central
import Credentials
import GateModel

extension OrdersCommand {
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

        @Option(help: "Who orders it.")
        var `operator`: String

        @Option(help: "Why.")
        var because: String

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
                document: try documentText(document), order: order, hours: hours, by: `operator`,
                because: because, acceptPlaceholders: acceptPlaceholders, at: .now())
            print(issued.text)
            printError("Release \(issued.release.id), until \(issued.release.expires.text).")
        }
    }
}
