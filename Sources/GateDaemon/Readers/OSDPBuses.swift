import GateModel
import NIOCore
import OSDP
import Settings

/// The OSDP buses of the configuration, each with those of its readers that can be used.
struct OSDPBuses {
    private(set) var shells: [String: OSDPBusShell] = [:]
    /// Why a reader cannot be used as it is configured. The others on its bus are.
    private(set) var troubles: [ReaderID: String] = [:]

    init(
        settings: GateSettings, eventLoop: any EventLoop, clock: any TimeSource,
        makeLine: (SerialSettings) -> MakeReaderLine
    ) {
        for bus in settings.buses {
            var devices: [OSDPDeviceSettings] = []
            for reader in settings.readers {
                guard case .osdp(let osdp) = reader.kind, osdp.bus == bus.name else { continue }
                do {
                    devices.append(try Self.device(osdp))
                } catch {
                    troubles[reader.id] = "\(error)"
                }
            }
            do throws(OSDPSettingsError) {
                shells[bus.name] = try OSDPBusShell(
                    settings: bus, devices: devices, eventLoop: eventLoop, clock: clock, makeLine: makeLine(bus.serial))
            } catch {
                for reader in settings.readers {
                    if case .osdp(let osdp) = reader.kind, osdp.bus == bus.name { troubles[reader.id] = "\(error)" }
                }
            }
        }
    }

    private static func device(_ osdp: OSDPReaderSettings) throws -> OSDPDeviceSettings {
        let address = UInt8(clamping: osdp.address)
        guard let file = osdp.keyFile else { return try OSDPDeviceSettings(address: address, security: .clear) }
        guard let key = OSDPKey(hex: try SecretFile.read(file)) else {
            throw StartError("\(file) does not hold a key of 32 hexadecimal digits")
        }
        return try OSDPDeviceSettings(address: address, security: osdp.install ? .install(key) : .secure(key))
    }
}
