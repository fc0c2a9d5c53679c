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
        commandName: "check", abstract: "Check a configuration file, and that the devices it names are there.",
        discussion: "Exit status 1 if anything is wrong; each problem with file and line.")
    @OptionGroup var options: CommonOptions

    @Flag(help: "Do not look for devices: the file is checked on another machine than the gate.")
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
        let chips = settings.chips.map { (name: $0.name, path: $0.path, line: $0.line) }
        let troubles =
            chips.map { ($0.name, $0.path, $0.line, DeviceCheck.trouble($0.path)) }
            + DeviceCheck.attached(to: settings).map { ($0.name, $0.address, $0.line, DeviceCheck.trouble($0)) }
        return troubles.compactMap { name, path, line, trouble in
            trouble.map {
                Problem(file: options.config, line: line, message: "\(name): expected a device at \(path): \($0)")
            }
        }
    }
}
