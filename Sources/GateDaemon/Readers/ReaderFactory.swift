import GateModel
import Hardware
import NIOCore
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
        let buses = OSDPBuses(settings: settings, eventLoop: eventLoop, clock: clock) { serial($0) }
        for point in settings.lanes.flatMap(\.accessPoints) {
            for reader in point.readers { made.readers.append(make(reader, at: point.point, on: buses)) }
            if let thermometer = point.thermometer {
                // In events it has a name like a reader's.
                let name = ReaderID(rawValue: "\(point.point.id).thermometer")
                made.thermometers[point.point.id] = ThermometerShell(
                    settings: thermometer, clock: clock, makeLine: serial(thermometer.serial),
                    onState: { [onEvent, clock] state, reason in
                        onEvent(.health(state, reason), name, point.point.id, clock.monotonic)
                    })
            }
        }
        return made
    }

    private func make(_ reader: ReaderSettings, at point: AccessPoint, on buses: OSDPBuses) -> any GateReader {
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
                settings: reader, wiegand: wiegand, accessPoint: point, lines: lines, eventLoop: eventLoop,
                clock: clock,
                onEvent: onEvent, onNote: onNote)
        case .sdtUSB(let usb): return shell(SDTDialogue(), self.usb(usb))
        case .hidPOS(let device, let codes): return hidPOS(device, codes, shell)
        case .keyboardWedge(let device, let idleGap, let codes):
            return shell(WedgeDialogue(idleGap: idleGap, codes: codes)) { [eventLoop, clock] onBytes, onState in
                EvdevDevice(path: device, eventLoop: eventLoop, clock: clock, onBytes: onBytes, onState: onState)
            }
        case .osdp(let osdp):
            let bus = buses.shells[osdp.bus]
            let address = UInt8(clamping: osdp.address)
            let made = OSDPReader(
                settings: reader, accessPoint: point, address: address, bus: bus, trouble: buses.troubles[reader.id],
                feedback: settings.feedback, eventLoop: eventLoop, clock: clock, onEvent: onEvent, onNote: onNote)
            bus?.attach(made, at: address)
            return made
        }
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
            // A text that is no address names no device: no other one may be taken instead.
            let address = usb.device.map { DeviceAddress($0) ?? .path($0) }
            let target =
                address.map { .address($0) } ?? USBTarget.anyOf(known.isEmpty ? USBTarget.idCardReaders : known)
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
