import ArgumentParser
import Central
import FoundationEssentials
import Glibc

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

struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign anew what expires soon, and say that what is published is still the last.",
        discussion: """
            `serve` does it every minute. Where another web server serves the directory public, run this by a timer, at \
            least once a day.
            """)

    @OptionGroup var data: DataOption

    func run() throws {
        for line in try Publisher(directory: data.directory).publish(at: .now()) { printError(line) }
    }
}

struct RenewRoot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign a new root, valid for another year, with the keys of two people.",
        discussion: """
            Gates that trust the root before take the new one by themselves; new gates may get either. Without it gates take \
            nothing new once the root has expired; what they have stays in force and grows old.
            """)

    @OptionGroup var data: DataOption

    @Option(name: .customLong("key"), help: "A key of the root: give root-1.key and root-2.key.")
    var keys: [String]

    @Option(help: "Make a new key for root-1, root-2, targets, snapshot or timestamp. May be given several times.")
    var replace: [String] = []

    func run() throws {
        let until = try Publisher(directory: data.directory).renewRoot(signers: keys, replaced: replace, at: .now())
        print("The new root is published, valid until \(until.text).")
    }
}

func printError(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
