import ArgumentParser
import Control
import GateModel
import Settings

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The gate's configuration.", subcommands: [ConfigCheck.self])
}

struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file, and that the devices, keys and tokens it names are there.",
        discussion: "Exit status 1 if anything is wrong; each problem with file and line.")
    @OptionGroup var options: CommonOptions

    @Flag(help: "Do not look for devices, keys and tokens: the file is checked on another machine than the gate.")
    var withoutDevices = false

    func run() async throws {
        let problems = check()
        try Output.print(problems.map(\.description), json: options.json) {
            problems.isEmpty
                ? "\(options.config): complete and consistent" : problems.map(\.description).joined(separator: "\n")
        }
        if !problems.isEmpty { throw ExitCode.refused }
    }

    private func check() -> [Problem] {
        let settings: GateSettings
        do throws(SettingsError) {
            settings = try GateSettings.load(path: options.config)
        } catch {
            return error.problems
        }
        guard !withoutDevices else { return [] }
        let devices = DeviceCheck.devices(of: settings).map {
            ($0.line, $0.trouble, "\($0.name): expected a device at \($0.address): ")
        }
        let secrets = SecretCheck.secrets(of: settings).map { ($0.line, $0.trouble, "") }
        return (devices + secrets).compactMap { line, trouble, what in
            trouble.map { Problem(file: options.config, line: line, message: what + $0) }
        }
    }
}
