import GateModel
import Lanes

/// Access points, their readers, and the buses that readers share.
extension SettingsParser {
    mutating func buses(_ reader: StrictReader) -> [BusSettings] {
        var buses: [BusSettings] = []
        for (name, value) in reader.namedEntries() {
            busNames.append(name)
            guard let map = value.mapping(["kind", "device", "rate", "latency"]) else { continue }
            _ = map.required("kind") { $0.word(BusKindWord.self) }
            let latency = map.optional("latency", .milliseconds(20)) { $0.duration(.zero ... .seconds(1)) }
            guard let serial = serial(map, use: "bus '\(name)'", rate: 9600) else { continue }
            buses.append(BusSettings(name: name, serial: serial, latency: latency, line: value.line))
        }
        return buses
    }

    mutating func accessPoint(_ reader: StrictReader, lane: LaneID, site: Site) -> AccessPointSettings? {
        guard
            let map = reader.mapping([
                "name", "direction", "readers", "thermometer", "release-time", "list", "policy-file",
            ])
        else { return nil }
        let name = map.required("name") { self.uniqueName($0, "access point") }
        let direction = map.required("direction") { $0.word(Direction.self) }
        var readers: [ReaderSettings] = []
        for entry in map.optional("readers", [], { $0.sequence() }) {
            if let reader = self.reader(entry) { readers.append(reader) }
        }
        let thermometer: ThermometerSettings? = map.optional("thermometer") { self.thermometer($0, at: name ?? "?") }
        if direction == .exit, thermometer != nil {
            map.entries["thermometer"]?.problem("nobody is measured on the way out: put it at an entry")
        }
        let releaseTime: Duration? = map.optional("release-time") { $0.duration(DoorSettings.releaseTimeRange) }
        let list = map.optional("list", limits) { self.freshness($0) }
        let policy = map.optional("policy-file", policy) { self.policy($0) }
        guard let name, let direction else { return nil }
        let point = AccessPoint(id: AccessPointID(rawValue: name), lane: lane, direction: direction, site: site)
        return AccessPointSettings(
            point: point, readers: readers, thermometer: thermometer, releaseTime: releaseTime, list: list,
            policy: policy)
    }

    private mutating func reader(_ reader: StrictReader) -> ReaderSettings? {
        let every = ReaderKindWord.allCases.flatMap(\.keys)
        let keys = every.enumerated().filter { !every[..<$0.offset].contains($0.element) }.map(\.element)
        guard let map = reader.mapping(["name", "kind"] + keys) else { return nil }
        let name = map.required("name") { self.uniqueName($0, "reader") }
        guard let word = map.required("kind", { $0.word(ReaderKindWord.self) }) else { return nil }
        for (key, entry) in map.entries where key != "name" && key != "kind" && !word.keys.contains(key) {
            let owners = ReaderKindWord.allCases.filter { $0.keys.contains(key) }.map(\.rawValue)
            entry.problem("belongs to kind \(owners.joined(separator: ", ")), not to \(word.rawValue)")
        }
        guard let kind = kind(word, map, use: "reader '\(name ?? "?")'"), let name else { return nil }
        return ReaderSettings(id: ReaderID(rawValue: name), kind: kind, line: reader.line)
    }

    private mutating func kind(_ word: ReaderKindWord, _ map: StrictMapping, use: String) -> ReaderSettings.Kind? {
        switch word {
        case .sdt: return serial(map, use: use, rate: 115_200).map { .sdt($0) }
        case .serialRFID: return serial(map, use: use, rate: 9600).map { .serialRFID($0) }
        case .sdtUSB: return usb(map, use: use).map { .sdtUSB($0) }
        case .qrSerial:
            let make = map.optional("make", .generic) { $0.word(ScannerSettings.Make.self) }
            let scanner = ScannerSettings(
                suffix: map.optional("suffix", .cr) { $0.word(ScannerSettings.Suffix.self) },
                idleGap: map.optional("idle-gap", .milliseconds(80)) {
                    $0.duration(.milliseconds(10) ... .seconds(2))
                },
                codes: codes(map), make: make)
            return serial(map, use: use, rate: 9600).map { .qrSerial($0, scanner) }
        case .hidPOS:
            let codes = codes(map)
            return device(map, use: use).map { .hidPOS(device: $0, codes) }
        case .keyboardWedge:
            let gap = map.optional("idle-gap", .milliseconds(100)) { $0.duration(.milliseconds(10) ... .seconds(2)) }
            let codes = codes(map)
            return device(map, use: use).map { .keyboardWedge(device: $0, idleGap: gap, codes) }
        case .osdp: return osdp(map, use: use).map { .osdp($0) }
        case .wiegand: return wiegand(map, use: use).map { .wiegand($0) }
        }
    }

    /// A device that nobody else in the file uses.
    private mutating func device(_ map: StrictMapping, use: String) -> String? {
        map.required("device") { self.device($0, use: use) }
    }

    private mutating func device(_ reader: StrictReader, use: String) -> String? {
        guard let text = reader.string() else { return nil }
        let isAddress = text.hasPrefix("usb-port:") || text.hasPrefix("usb-serial:")
        guard !isAddress || DeviceAddress(text) != nil else {
            reader.problem(
                "expected usb-port:BUS-PORT such as usb-port:1-1.4 (or usb-port:1-1.4:1.0 for one interface of it), or "
                    + "usb-serial:NUMBER; found '\(text)'")
            return nil
        }
        let device = isAddress ? text : resolve(text)
        if let other = users.claim("device \(device)", use: use, line: reader.line) {
            reader.problem(
                "\(device) is already the device of \(other.use) (line \(other.line)); a device has one user")
        }
        return device
    }

    private mutating func serial(_ map: StrictMapping, use: String, rate standard: Int) -> SerialSettings? {
        let device = device(map, use: use)
        let rates = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600]
        let rate = map.optional("rate", standard) { entry -> Int? in
            guard let rate = entry.integer(1200...921_600) else { return nil }
            guard rates.contains(rate) else {
                entry.problem("expected one of \(rates.map(String.init).joined(separator: ", ")); found \(rate)")
                return nil
            }
            return rate
        }
        return device.map { SerialSettings(device: $0, rate: rate) }
    }

    private mutating func usb(_ map: StrictMapping, use: String) -> USBSettings? {
        let device: String? = map.optional("device") { entry in
            guard let text = entry.string() else { return nil }
            guard text.hasPrefix("usb-port:") || text.hasPrefix("usb-serial:") else {
                entry.problem("expected usb-port:BUS-PORT or usb-serial:NUMBER; found '\(text)'")
                return nil
            }
            return self.device(entry, use: use)
        }
        let ids = map.optional("usb-ids", []) { entry in
            entry.sequence()?.compactMap { id -> String? in
                guard let text = id.string() else { return nil }
                guard USBProductID(text) != nil else {
                    id.problem("expected vendor and product such as '0400:c35a'; found '\(text)'")
                    return nil
                }
                return text.lowercased()
            }
        }
        return USBSettings(ids: ids, device: device)
    }

    private func codes(_ map: StrictMapping) -> CodeSettings {
        let codes = CodeSettings(
            aim: map.optional("aim", .optional) { $0.word(CodeSettings.AIM.self) },
            acceptedAIM: map.optional("accept-aim", CodeSettings.standardAIM) { $0.sequence()?.compactMap(aim) })
        if let entry = map.entries["accept-aim"], entry.isEmptySequence {
            entry.problem("expected at least one AIM identifier: no code would be read")
        }
        return codes
    }

    private func aim(_ reader: StrictReader) -> String? {
        guard let text = reader.string() else { return nil }
        let characters = text.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard text.count == 2, characters == text, text.first?.isLetter == true else {
            reader.problem("expected an AIM identifier: a letter, then a letter or digit, such as Q1; found '\(text)'")
            return nil
        }
        return text
    }

    private mutating func osdp(_ map: StrictMapping, use: String) -> OSDPReaderSettings? {
        let bus = map.required("bus") { entry -> String? in
            guard let name = entry.string() else { return nil }
            guard busNames.contains(name) else {
                let known = busNames.isEmpty ? "there is none under 'buses'" : busNames.joined(separator: ", ")
                entry.problem("there is no bus '\(name)'; expected one of: \(known)")
                return nil
            }
            return name
        }
        let address = map.required("address") { $0.integer(0...126) }
        let keyFile: String? = map.optional("key-file") { $0.string().map(resolve) }
        let isClear = map.optional("clear", false) { $0.boolean() }
        let install = map.optional("install", false) { $0.boolean() }
        // Which of the two it is must be somebody's choice: a forgotten key must not make a clear reader.
        if (keyFile != nil) == isClear {
            map.reader.problem("expected either 'key-file' (secure channel) or 'clear: true' (anybody can listen)")
        }
        if install, isClear { map.entries["install"]?.problem("belongs to readers with a key-file") }
        guard let bus, let address else { return nil }
        if let other = users.claim("bus \(bus) address \(address)", use: use, line: map.reader.line) {
            map.entries["address"]?.problem(
                "address \(address) of bus '\(bus)' is already that of \(other.use) (line \(other.line))")
        }
        return OSDPReaderSettings(bus: bus, address: address, keyFile: keyFile, install: install)
    }

    private mutating func wiegand(_ map: StrictMapping, use: String) -> WiegandSettings? {
        let data0 = map.required("data0") { self.lineSettings($0, use: "data 0 line of \(use)") }
        let data1 = map.required("data1") { self.lineSettings($0, use: "data 1 line of \(use)") }
        let gap = map.optional("gap", .milliseconds(25)) { $0.duration(.milliseconds(10) ... .milliseconds(60)) }
        let lengths = map.optional("lengths", [26, 34]) { entry -> [Int]? in
            entry.sequence()?.compactMap { length -> Int? in
                let known = [4, 6, 8, 26, 30, 32, 34, 37]
                guard let bits = length.integer(4...37), known.contains(bits) else {
                    length.problem("expected one of \(known.map(String.init).joined(separator: ", "))")
                    return nil
                }
                return bits
            }
        }
        if let entry = map.entries["lengths"], entry.isEmptySequence {
            entry.problem("expected at least one length: no card would be read")
        }
        let swaps = map.optional("swap-star-and-hash", false) { $0.boolean() }
        guard let data0, let data1 else { return nil }
        return WiegandSettings(data0: data0, data1: data1, gap: gap, lengths: lengths, swapsStarAndHash: swaps)
    }

    private mutating func thermometer(_ reader: StrictReader, at point: String) -> ThermometerSettings? {
        guard let map = reader.mapping(["kind", "device", "rate", "limit", "window", "required"]) else { return nil }
        let kind = map.required("kind") { $0.word(ThermometerSettings.Kind.self) }
        let limit = map.optional("limit", 3730) { entry -> Int? in
            guard let text = entry.string(), let degrees = Double(text), (30...42).contains(degrees) else {
                entry.problem("expected a temperature from 30 to 42 degrees Celsius such as 37.3")
                return nil
            }
            return Int((degrees * 100).rounded())
        }
        let window = map.optional("window", .seconds(1)) { $0.duration(.milliseconds(100) ... .seconds(10)) }
        let isRequired = map.optional("required", false) { $0.boolean() }
        let serial = serial(map, use: "thermometer of '\(point)'", rate: 9600)
        guard let kind, let serial else { return nil }
        return ThermometerSettings(
            kind: kind, serial: serial, limit: limit, window: window, isRequired: isRequired, line: reader.line)
    }
}

private enum BusKindWord: String, CaseIterable {
    case osdp
}

extension CodeSettings {
    /// The identifiers for codes that carry tickets: QR, Data Matrix and Aztec.
    static let standardAIM = ["Q1", "Q2", "Q3", "d1", "d2", "z0"]
}
