import ArgumentParser
import Control
import GateModel
import Glibc
import Hardware
import Settings

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look the gate over and say what to do about what is wrong.",
        discussion: "Works with the daemon down too. Exit status 1 if there is a fault.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let findings = Diagnosis.findings(await evidence())
        try Output.print(findings, json: options.json) { Tables.findings(findings) }
        if findings.contains(where: { $0.verdict == .fault }) { throw ExitCode.refused }
    }

    private func evidence() async -> Evidence {
        var problems: [String] = []
        var settings: GateSettings?
        do throws(SettingsError) {
            settings = try GateSettings.load(path: options.config)
        } catch {
            problems = error.problems.map(\.description)
        }
        let time = SystemClock().now()
        let state = settings?.stateDirectory ?? "the state directory"
        let socket = options.socket ?? settings?.controlSocket
        return Evidence(
            configurationFile: options.config, configurationProblems: problems,
            devices: settings.map { DeviceCheck.devices(of: $0) } ?? [],
            freeBytes: settings.flatMap { freeBytes($0.stateDirectory) }, stateDirectory: state,
            clockSynchronised: time.synchronised, now: time.wall, controlSocket: socket ?? "",
            status: await status(socket))
    }

    private func status(_ socket: String?) async -> Result<StatusReport, ControlFailure> {
        guard let socket else {
            return .failure(
                ControlFailure("the daemon cannot be asked: the configuration does not name its control socket"))
        }
        do {
            return .success(try await ControlClient(socket: socket).get(ControlPath.status))
        } catch {
            return .failure(ControlFailure("\(error)"))
        }
    }

    private func freeBytes(_ path: String) -> UInt64? {
        var info = statvfs()
        guard unsafe statvfs(path, &info) == 0 else { return nil }
        return UInt64(info.f_bavail) &* UInt64(info.f_frsize)
    }
}

/// What the system says of the devices that the configuration names.
enum DeviceCheck {
    static func devices(of settings: GateSettings) -> [Evidence.Device] {
        let chips = settings.chips.map {
            Evidence.Device(name: $0.name, path: $0.path, isChip: true, trouble: trouble($0.path))
        }
        let readers = settings.lanes.flatMap(\.accessPoints).flatMap(\.readers)
        return chips
            + readers.map { Evidence.Device(name: $0.id.rawValue, path: $0.device, trouble: trouble($0.device)) }
    }

    /// `nil` if the device is there and may be read and written.
    static func trouble(_ path: String) -> String? {
        guard unsafe access(path, R_OK | W_OK) != 0 else { return nil }
        switch errno {
        case ENOENT: return "there is no such device"
        case EACCES: return "permission denied for this user"
        default: return unsafe String(cString: strerror(errno))
        }
    }
}
