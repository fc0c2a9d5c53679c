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

/// What the system says of the devices that the configuration names.
enum DeviceCheck {
    static func devices(of settings: GateSettings) -> [Evidence.Device] {
        let chips = settings.chips.map {
            Evidence.Device(name: $0.name, path: $0.path, isChip: true, trouble: trouble($0.path))
        }
        return chips
            + attached(to: settings).map { Evidence.Device(name: $0.name, path: $0.address, trouble: trouble($0)) }
    }

    /// A device that the configuration names for a reader, a bus or a thermometer.
    struct Attached {
        var name: String
        var address: String
        var kind: DeviceKind
        /// Where the setting stands in the file.
        var line: Int
    }

    static func attached(to settings: GateSettings) -> [Attached] {
        let readers = settings.readers.compactMap { reader -> Attached? in
            func attached(_ address: String, _ kind: DeviceKind) -> Attached {
                Attached(name: reader.id.rawValue, address: address, kind: kind, line: reader.line)
            }
            switch reader.kind {
            case .sdt(let serial), .qrSerial(let serial, _), .serialRFID(let serial):
                return attached(serial.device, .serialLine)
            case .hidPOS(let device, _): return attached(device, .hidraw)
            case .keyboardWedge(let device, _, _): return attached(device, .input)
            case .sdtUSB(let usb): return usb.device.map { attached($0, .usb) }
            case .osdp, .wiegand: return nil
            }
        }
        let buses = settings.buses.map {
            Attached(name: $0.name, address: $0.serial.device, kind: .serialLine, line: $0.line)
        }
        let thermometers = settings.lanes.flatMap(\.accessPoints).compactMap { point in
            point.thermometer.map {
                Attached(
                    name: "thermometer of \(point.point.id)", address: $0.serial.device, kind: .serialLine,
                    line: $0.line)
            }
        }
        return readers + buses + thermometers
    }

    /// `nil` if the device is there and may be read and written.
    static func trouble(_ device: Attached) -> String? {
        do throws(DeviceAddressError) {
            return trouble(try DeviceFinder().node(of: DeviceAddress(device.address), as: device.kind))
        } catch {
            return "\(error)"
        }
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
