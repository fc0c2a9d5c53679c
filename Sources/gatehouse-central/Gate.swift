import ArgumentParser
import Central

struct Gate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Manage the gates that may send events.", subcommands: [Add.self, Remove.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a gate and print its token. The token is shown this once and stored nowhere.")

        @OptionGroup var data: DataOption

        @Argument(help: "The gate's name, as in its configuration.")
        var name: String

        @Flag(help: "Replace the token of a gate that has one.")
        var renew = false

        func run() throws { print(try data.directory.openStore().addGate(name, renew: renew, at: .now())) }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a gate's token void at once. What it reported stays.")

        @OptionGroup var data: DataOption

        @Argument(help: "The gate's name.")
        var name: String

        func run() throws { try data.directory.openStore().removeGate(name) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the gates.")

        @OptionGroup var data: DataOption

        func run() throws {
            for gate in try data.directory.openStore().gates() { print("\(gate.addedAt.text)  \(gate.name)") }
        }
    }
}
