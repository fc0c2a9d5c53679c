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
            devices: settings.map { DeviceCheck.devices(of: $0).map(Evidence.Device.init) } ?? [],
            secrets: settings.map { SecretCheck.secrets(of: $0).map(Evidence.Secret.init) } ?? [],
            installing: settings?.readers.compactMap {
                if case .osdp(let osdp) = $0.kind, osdp.install { $0.id.rawValue } else { nil }
            } ?? [],
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

extension Evidence.Device {
    fileprivate init(_ device: DeviceCheck.Device) {
        let isChip = if case .chip = device.use { true } else { false }
        self.init(name: device.name, path: device.address, isChip: isChip, trouble: device.trouble)
    }
}

extension Evidence.Secret {
    fileprivate init(_ secret: SecretCheck.Secret) {
        self.init(path: secret.path, trouble: secret.trouble, exposure: secret.exposure)
    }
}
