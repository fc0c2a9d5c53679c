import GateModel
import Hardware
import NIOCore
import OSDP
import ReaderProtocols
import Settings

/// Makes the readers and thermometers that the configuration names. None of them is started.
struct ReaderFactory {
    struct Made {
        var readers: [any GateReader] = []
        var thermometers: [AccessPointID: ThermometerShell] = [:]
    }

    let settings: GateSettings
    let lines: LaneLines
    let usbHost: USBHost
    let eventLoop: any EventLoop
    let clock: any TimeSource
    let onEvent: (ReaderEvent, ReaderID, AccessPointID, MonotonicTime) -> Void
    let onNote: (String, ReaderID) -> Void

    func make() -> Made {
        var made = Made()
        let buses = makeBuses()
        for point in settings.lanes.flatMap(\.accessPoints) {
            for reader in point.readers { made.readers.append(make(reader, at: point.point, on: buses)) }
            if let thermometer = point.thermometer {
                // In events it has a name like a reader's.
                let name = ReaderID(rawValue: "\(point.point.id).thermometer")
                made.thermometers[point.point.id] = ThermometerShell(
                    settings: thermometer, makeLine: serial(thermometer.serial),
                    onState: { [onEvent, clock] state, reason in
                        onEvent(.health(state, reason), name, point.point.id, clock.monotonic)
                    })
            }
        }
        return made
    }

    private func make(_ reader: ReaderSettings, at point: AccessPoint, on buses: [String: Bus]) -> any GateReader {
        let (allEvents, allNotes) = (self.onEvent, self.onNote)
        let onEvent: (ReaderEvent, MonotonicTime) -> Void = { allEvents($0, reader.id, point.id, $1) }
        let onNote: (String) -> Void = { allNotes($0, reader.id) }
        func shell(_ dialogue: any ReaderDialogue, _ makeLine: @escaping MakeReaderLine) -> ReaderShell {
            ReaderShell(
                settings: reader, accessPoint: point, eventLoop: eventLoop, clock: clock, dialogue: dialogue,
                makeLine: makeLine, onEvent: onEvent, onNote: onNote)
        }
        switch reader.kind {
        case .sdt(let serial): return shell(SDTDialogue(), self.serial(serial))
        case .qrSerial(let serial, let scanner):
            let dialogue: any ReaderDialogue =
                scanner.make == .zebraSSI
                ? SSIDialogue(scanner, feedback: settings.feedback)
                : ScannerDialogue(scanner, feedback: settings.feedback)
            return shell(dialogue, self.serial(serial))
        case .serialRFID(let serial): return shell(RFIDDialogue(), self.serial(serial))
        case .wiegand(let wiegand):
            return WiegandReader(
                settings: reader, wiegand: wiegand, accessPoint: point, lines: lines, eventLoop: eventLoop, clock: clock,
                onEvent: onEvent, onNote: onNote)
        case .sdtUSB(let usb): return shell(SDTDialogue(), self.usb(usb))
        case .hidPOS(let device, let codes): return hidPOS(device, codes, shell)
        case .keyboardWedge(let device, let idleGap, let codes):
            return shell(WedgeDialogue(idleGap: idleGap, codes: codes)) { [eventLoop, clock] onBytes, onState in
                EvdevDevice(path: device, eventLoop: eventLoop, clock: clock, onBytes: onBytes, onState: onState)
            }
        case .osdp(let osdp):
            let (bus, trouble) = buses[osdp.bus] ?? (nil, "there is no bus '\(osdp.bus)'")
            let address = UInt8(clamping: osdp.address)
            let made = OSDPReader(
                settings: reader, accessPoint: point, address: address, bus: bus, trouble: trouble,
                feedback: settings.feedback, onEvent: onEvent, onNote: onNote)
            bus?.attach(made, at: address)
            return made
        }
    }

    // MARK: OSDP

    /// A bus, or why it cannot be run.
    private typealias Bus = (shell: OSDPBusShell?, trouble: String?)

    /// The buses with the readers on them. One whose key cannot be read keeps its bus from no other.
    private func makeBuses() -> [String: Bus] {
        var buses: [String: Bus] = [:]
        for bus in settings.buses {
            do {
                let devices = try settings.readers.compactMap { reader -> OSDPDeviceSettings? in
                    guard case .osdp(let osdp) = reader.kind, osdp.bus == bus.name else { return nil }
                    return try device(osdp)
                }
                let shell = try OSDPBusShell(
                    settings: bus, devices: devices, eventLoop: eventLoop, clock: clock, makeLine: serial(bus.serial))
                buses[bus.name] = (shell, nil)
            } catch {
                buses[bus.name] = (nil, "the bus '\(bus.name)' cannot be run: \(error)")
            }
        }
        return buses
    }

    private func device(_ osdp: OSDPReaderSettings) throws -> OSDPDeviceSettings {
        let address = UInt8(clamping: osdp.address)
        guard let file = osdp.keyFile else { return try OSDPDeviceSettings(address: address, security: .clear) }
        guard let key = OSDPKey(hex: try SecretFile.read(file)) else {
            throw StartError("\(file) does not hold a key of 32 hexadecimal digits")
        }
        return try OSDPDeviceSettings(address: address, security: osdp.install ? .install(key) : .secure(key))
    }

    /// How the reports are laid out is known when the device is opened, and may change with the device.
    private func hidPOS(
        _ device: String, _ codes: CodeSettings,
        _ makeShell: (any ReaderDialogue, @escaping MakeReaderLine) -> ReaderShell
    ) -> ReaderShell {
        func dialogue(_ vendorID: UInt16, _ descriptor: [UInt8]) -> HIDPOSDialogue {
            HIDPOSDialogue(descriptor: HIDReportDescriptor(descriptor), vendorID: vendorID, codes: codes)
        }
        weak var weakShell: ReaderShell?
        let shell = makeShell(dialogue(0, [])) { [eventLoop, clock] onBytes, onState in
            HidrawDevice(
                path: device, eventLoop: eventLoop, clock: clock,
                onOpened: { weakShell?.use(dialogue($0.vendorID, $0.reportDescriptor)) }, onBytes: onBytes,
                onState: onState)
        }
        weakShell = shell
        return shell
    }

    private func usb(_ usb: USBSettings) -> MakeReaderLine {
        { [eventLoop, clock, usbHost] onBytes, onState in
            let known = usb.ids.compactMap { USBProductID($0) }
            let address = usb.device.flatMap { text in try? DeviceAddress(text) }
            let target = address.map { .address($0) } ?? USBTarget.anyOf(known.isEmpty ? USBTarget.idCardReaders : known)
            return USBReaderLine(
                target, host: usbHost, eventLoop: eventLoop, clock: clock, onBytes: onBytes, onState: onState)
        }
    }

    private func serial(_ serial: SerialSettings) -> MakeReaderLine {
        { [eventLoop, clock] onBytes, onState in
            SerialLine(
                path: serial.device, rate: serial.rate, eventLoop: eventLoop, clock: clock, onBytes: onBytes,
                onState: onState)
        }
    }
}

extension OSDPKey {
    /// Reads 32 hexadecimal digits.
    fileprivate init?(hex: String) {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map { UInt8($0) } }
        guard hex.utf8.count == 2 * OSDPKey.length, digits.count == hex.utf8.count else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
