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
        let readers = settings.lanes.flatMap(\.accessPoints).flatMap(\.readers).map {
            (name: $0.id.rawValue, path: $0.device, line: $0.line)
        }
        return (chips + readers).compactMap { device in
            DeviceCheck.trouble(device.path).map {
                Problem(
                    file: options.config, line: device.line,
                    message: "\(device.name): expected a device at \(device.path): \($0)")
            }
        }
    }
}
