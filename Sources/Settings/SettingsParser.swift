import GateModel
import Lanes

/// Turns the YAML tree into ``GateSettings``, noting every problem on the way.
struct SettingsParser {
    let folder: String
    let list: ProblemList
    var policyProblems: [Problem] = []
    /// The chips that are named in the file, also those whose entry is wrong.
    private var chipNames: [String] = []
    private var names = NameRegister()
    private var lines = LineRegister()

    init(folder: String, list: ProblemList) {
        self.folder = folder
        self.list = list
    }

    mutating func gate(_ root: StrictReader) -> GateSettings? {
        guard
            let map = root.mapping([
                "gate", "state-directory", "control-socket", "status-page", "central", "deployment-key", "list",
                "ledger",
                "documents", "policy-file", "chips", "fire", "lanes",
            ])
        else { return nil }
        let gate = map.required("gate") { $0.name() }
        let state = map.required("state-directory") { $0.string() }
        let socket = map.required("control-socket") { $0.string() }
        let page: SocketAddressSetting? = map.optional("status-page") { socketAddress($0) }
        let central = map.required("central") { self.central($0) }
        let key = map.required("deployment-key") { self.key($0) }
        let freshness = map.optional(
            "list", ListSettings(staleAfter: .seconds(6 * 3600), expiredAfter: .seconds(24 * 3600))
        ) {
            self.freshness($0)
        }
        let ledger = map.optional("ledger", LedgerSettings.standard) { self.ledger($0) }
        let documents = map.optional("documents", DocumentSettings(acceptPlaceholders: false)) { self.documents($0) }
        let policy = map.optional("policy-file", PolicyTable.standard) { self.policy($0) }
        let chips = map.required("chips") { self.chips($0) } ?? []
        let fire: LineSettings? = map.optional("fire") { self.lineSettings($0, use: "fire input") }
        let lanes = map.required("lanes") { self.lanes($0) } ?? []
        guard let gate, let state, let socket, let central, let key else { return nil }
        return GateSettings(
            gate: gate, stateDirectory: resolve(state), controlSocket: resolve(socket), statusPage: page,
            central: central,
            deploymentKey: key, list: freshness, ledger: ledger, documents: documents, policy: policy, chips: chips,
            lanes: lanes, fire: fire, file: list.file)
    }

    // MARK: Sections without hardware

    private func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

    private func socketAddress(_ reader: StrictReader) -> SocketAddressSetting? {
        guard let text = reader.string() else { return nil }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port), colon != text.startIndex
        else {
            reader.problem("expected HOST:PORT such as 127.0.0.1:8080; found '\(text)'")
            return nil
        }
        return SocketAddressSetting(host: String(text[..<colon]), port: port)
    }

    private func central(_ reader: StrictReader) -> CentralSettings? {
        guard
            let map = reader.mapping([
                "url", "token-file", "deployment", "publisher-key-file", "refresh-every", "upload-every",
            ])
        else { return nil }
        let url = map.required("url") { url -> String? in
            guard let text = url.string() else { return nil }
            guard isCentralURL(text) else {
                url.problem("expected a URL such as https://central.example; found '\(text)'")
                return nil
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
        let token = map.required("token-file") { $0.string() }
        let deployment = map.required("deployment") { $0.name() }
        let publisher = map.required("publisher-key-file") { $0.string() }
        let refresh = map.optional("refresh-every", .seconds(60)) {
            $0.duration(.milliseconds(100) ... .seconds(86_400))
        }
        let upload = map.optional("upload-every", .seconds(10)) { $0.duration(.milliseconds(50) ... .seconds(3600)) }
        guard let url, let token, let deployment, let publisher else { return nil }
        return CentralSettings(
            url: url, tokenFile: resolve(token), deployment: deployment, publisherKeyFile: resolve(publisher),
            refreshEvery: refresh, uploadEvery: upload)
    }

    /// A scheme, a host and perhaps a path to which more is added; neither query nor fragment.
    private func isCentralURL(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        guard let first = rest.first, first != UInt8(ascii: "/"), first != UInt8(ascii: ":") else { return false }
        let excluded = Set("?#<>\"\\".utf8)
        return rest.allSatisfy { $0 > 0x20 && $0 < 0x7F && !excluded.contains($0) }
    }

    private func key(_ reader: StrictReader) -> KeySetting? {
        guard let map = reader.mapping(["file", "epoch"]) else { return nil }
        let file = map.required("file") { $0.string() }
        let epoch = map.required("epoch") { $0.integer(1...Int(Int32.max)) }
        guard let file, let epoch else { return nil }
        return KeySetting(file: resolve(file), epoch: UInt32(epoch))
    }

    private func freshness(_ reader: StrictReader) -> ListSettings? {
        guard let map = reader.mapping(["stale-after", "expired-after"]) else { return nil }
        let range = Duration.seconds(1) ... .seconds(30 * 86_400)
        let stale = map.optional("stale-after", .seconds(6 * 3600)) { $0.duration(range) }
        let expired = map.optional("expired-after", .seconds(24 * 3600)) { $0.duration(range) }
        guard stale < expired else {
            reader.problem("expected stale-after to be shorter than expired-after")
            return nil
        }
        return ListSettings(staleAfter: stale, expiredAfter: expired)
    }

    private func ledger(_ reader: StrictReader) -> LedgerSettings? {
        guard let map = reader.mapping(["deadline", "entry-deadline"]) else { return nil }
        let standard = LedgerSettings.standard
        // Principle 1: an exit may not be made to wait for a disk; half a second is what a person does not notice.
        let deadline = map.optional("deadline", standard.deadline) {
            $0.duration(.milliseconds(1) ... .milliseconds(500))
        }
        let entry = map.optional("entry-deadline", standard.entryDeadline) {
            $0.duration(.milliseconds(1) ... .seconds(10))
        }
        return LedgerSettings(deadline: deadline, entryDeadline: entry)
    }

    private func documents(_ reader: StrictReader) -> DocumentSettings? {
        guard let map = reader.mapping(["accept-placeholders"]) else { return nil }
        return DocumentSettings(acceptPlaceholders: map.optional("accept-placeholders", false) { $0.boolean() })
    }

    private mutating func policy(_ reader: StrictReader) -> PolicyTable? {
        guard let name = reader.string() else { return nil }
        let path = resolve(name)
        do throws(SettingsError) {
            return try PolicyTable.load(path: path)
        } catch {
            policyProblems += error.problems
            return nil
        }
    }

    // MARK: Hardware

    private mutating func chips(_ reader: StrictReader) -> [ChipSettings] {
        let entries = reader.namedEntries()
        if entries.isEmpty { reader.problem("expected at least one chip") }
        return entries.compactMap { name, value in
            chipNames.append(name)
            guard let map = value.mapping(["kind", "path"]) else { return nil }
            let kind = map.required("kind") { $0.word(ChipSettings.Kind.self) }
            let path = map.required("path") { $0.string() }.map(resolve)
            if let path, let other = lines.claim(device: path, use: "chip '\(name)'", line: value.line) {
                value.problem(
                    "\(path) is already the device of \(other.use) (line \(other.line)); a device has one user")
            }
            guard let kind, let path else { return nil }
            return ChipSettings(name: name, kind: kind, path: path, line: value.line)
        }
    }

    private mutating func lineSettings(_ reader: StrictReader, use: String) -> LineSettings? {
        guard let map = reader.mapping(["chip", "line", "active-low", "bias"]) else { return nil }
        let chip = map.required("chip") { chip -> String? in
            guard let name = chip.string() else { return nil }
            guard chipNames.contains(name) else {
                chip.problem("there is no chip '\(name)'; expected one of \(chipNames.joined(separator: ", "))")
                return nil
            }
            return name
        }
        let offset = map.required("line") { $0.integer(0...1023) }
        let activeLow = map.optional("active-low", false) { $0.boolean() }
        let bias = map.optional("bias", LineSettings.Bias.none) { $0.word(LineSettings.Bias.self) }
        guard let chip, let offset else { return nil }
        if let other = lines.claim(chip: chip, offset: offset, use: use, line: reader.line) {
            reader.problem(
                "line \(offset) of chip '\(chip)' is already the \(other.use) (line \(other.line)); a line has one user"
            )
            return nil
        }
        return LineSettings(chip: chip, offset: UInt32(offset), activeLow: activeLow, bias: bias, line: reader.line)
    }

    private mutating func lanes(_ reader: StrictReader) -> [LaneSettings] {
        guard let entries = reader.sequence() else { return [] }
        if entries.isEmpty { reader.problem("expected at least one lane") }
        var lanes: [LaneSettings] = []
        for entry in entries {
            if let lane = lane(entry) { lanes.append(lane) }
        }
        return lanes
    }

    private mutating func lane(_ reader: StrictReader) -> LaneSettings? {
        guard let map = reader.mapping(["name", "site", "door", "access-points"]) else { return nil }
        let name = map.required("name") { self.uniqueName($0, "lane") }
        let site = map.required("site") { $0.word(Site.self) }
        let door = map.required("door") { self.door($0, lane: name ?? "?") }
        var points: [AccessPointSettings] = []
        for entry in map.required("access-points", { $0.sequence() }) ?? [] {
            if let point = accessPoint(entry, lane: LaneID(rawValue: name ?? "?"), site: site ?? .communityGate) {
                points.append(point)
            }
        }
        guard let name, let site, let door else { return nil }
        return LaneSettings(
            id: LaneID(rawValue: name), site: site, door: door.settings, lock: door.lock, lockWiring: door.wiring,
            contact: door.contact, exitButton: door.button, accessPoints: points)
    }

    private struct Door {
        var settings: DoorSettings
        var lock: LineSettings
        var wiring: LockWiring
        var contact: LineSettings?
        var button: LineSettings?
    }

    private mutating func door(_ reader: StrictReader, lane: String) -> Door? {
        guard
            let map = reader.mapping([
                "lock", "wiring", "contact", "exit-button", "release-time", "held-open-after", "relock-on-open",
                "debounce",
            ])
        else { return nil }
        let lock = map.required("lock") { self.lineSettings($0, use: "lock of lane '\(lane)'") }
        let wiring = map.required("wiring") { $0.word(LockWiring.self) }
        let contact: LineSettings? = map.optional("contact") {
            self.lineSettings($0, use: "door contact of lane '\(lane)'")
        }
        let button: LineSettings? = map.optional("exit-button") {
            self.lineSettings($0, use: "exit button of lane '\(lane)'")
        }
        let release = map.optional("release-time", Duration.seconds(5)) { $0.duration(DoorSettings.releaseTimeRange) }
        let held = map.optional("held-open-after", Duration.seconds(30)) {
            $0.duration(DoorSettings.heldOpenAfterRange)
        }
        let relock = map.optional("relock-on-open", true) { $0.boolean() }
        let debounce = map.optional("debounce", Duration.milliseconds(20)) { $0.duration(DoorSettings.debounceRange) }
        do {
            let settings = try DoorSettings(
                releaseTime: release, heldOpenAfter: held, hasContact: contact != nil, relockOnOpen: relock,
                debounce: debounce)
            guard let lock, let wiring else { return nil }
            return Door(settings: settings, lock: lock, wiring: wiring, contact: contact, button: button)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }

    private mutating func accessPoint(_ reader: StrictReader, lane: LaneID, site: Site) -> AccessPointSettings? {
        guard let map = reader.mapping(["name", "direction", "readers"]) else { return nil }
        let name = map.required("name") { self.uniqueName($0, "access point") }
        let direction = map.required("direction") { $0.word(Direction.self) }
        var readers: [ReaderSettings] = []
        for entry in map.optional("readers", [], { $0.sequence() }) {
            if let reader = self.reader(entry) { readers.append(reader) }
        }
        guard let name, let direction else { return nil }
        let point = AccessPoint(id: AccessPointID(rawValue: name), lane: lane, direction: direction, site: site)
        return AccessPointSettings(point: point, readers: readers)
    }

    private mutating func reader(_ reader: StrictReader) -> ReaderSettings? {
        guard
            let map = reader.mapping([
                "name", "kind", "device", "rate", "suffix", "idle-gap", "aim", "accept-aim",
            ])
        else { return nil }
        let name = map.required("name") { self.uniqueName($0, "reader") }
        let kindWord = map.required("kind") { $0.word(ReaderKindWord.self) }
        let device = map.required("device") { $0.string() }.map(resolve)
        if let device, let other = lines.claim(device: device, use: "reader '\(name ?? "?")'", line: reader.line) {
            reader.problem(
                "\(device) is already the device of \(other.use) (line \(other.line)); a device has one user")
        }
        let scannerOnly = ["suffix", "idle-gap", "aim", "accept-aim"]
        if kindWord == .sdt, let stray = scannerOnly.first(where: { map.entries[$0] != nil }) {
            map.entries[stray]?.problem("belongs to kind qr-serial, not to sdt")
        }
        let rates = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600]
        let rate = map.optional("rate", kindWord == .sdt ? 115_200 : 9600) { entry -> Int? in
            guard let rate = entry.integer(1200...921_600) else { return nil }
            guard rates.contains(rate) else {
                entry.problem("expected one of \(rates.map(String.init).joined(separator: ", ")); found \(rate)")
                return nil
            }
            return rate
        }
        let scanner = ScannerSettings(
            suffix: map.optional("suffix", .cr) { $0.word(ScannerSettings.Suffix.self) },
            idleGap: map.optional("idle-gap", .milliseconds(80)) { $0.duration(.milliseconds(10) ... .seconds(2)) },
            aim: map.optional("aim", .optional) { $0.word(ScannerSettings.AIM.self) },
            acceptedAIM: map.optional("accept-aim", ScannerSettings.standardAIM) { $0.sequence()?.compactMap(aim) })
        guard let name, let kindWord, let device else { return nil }
        return ReaderSettings(
            id: ReaderID(rawValue: name), kind: kindWord == .sdt ? .sdt : .qrSerial(scanner), device: device,
            rate: rate,
            line: reader.line)
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

    private mutating func uniqueName(_ reader: StrictReader, _ kind: String) -> String? {
        guard let name = reader.name() else { return nil }
        if let other = names.claim(name, kind: kind, line: reader.line) {
            reader.problem("the name '\(name)' is already taken by the \(other.kind) on line \(other.line)")
        }
        return name
    }
}

private enum ReaderKindWord: String, CaseIterable {
    case sdt
    case qrSerial = "qr-serial"
}

extension ScannerSettings {
    /// The identifiers for codes that carry tickets: QR, Data Matrix and Aztec.
    static let standardAIM = ["Q1", "Q2", "Q3", "d1", "d2", "z0"]
}

extension LedgerSettings {
    static let standard = LedgerSettings(deadline: .milliseconds(50), entryDeadline: .seconds(3))
}

extension StrictReader {
    /// A short name: letters, digits, `-`, `_` and `.`, at most 40. It becomes part of URLs and tables.
    fileprivate func name() -> String? {
        guard let text = string() else { return nil }
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard allowed, text.utf8.count <= 40, !text.hasPrefix(".") else {
            problem("expected a name of at most 40 letters, digits, '-', '_' and '.'; found '\(text)'")
            return nil
        }
        return text
    }
}

/// Who has which name.
private struct NameRegister {
    struct User {
        var kind: String
        var line: Int
    }

    private var users: [String: User] = [:]

    /// Returns the earlier user of the name, if there is one.
    mutating func claim(_ name: String, kind: String, line: Int) -> User? {
        if let user = users[name] { return user }
        users[name] = User(kind: kind, line: line)
        return nil
    }
}

/// Who uses which line or device.
private struct LineRegister {
    struct User {
        var use: String
        var line: Int
    }

    private var users: [String: User] = [:]

    mutating func claim(chip: String, offset: Int, use: String, line: Int) -> User? {
        claim(key: "chip \(chip) \(offset)", use: use, line: line)
    }

    mutating func claim(device: String, use: String, line: Int) -> User? {
        claim(key: "device \(device)", use: use, line: line)
    }

    private mutating func claim(key: String, use: String, line: Int) -> User? {
        if let user = users[key] { return user }
        users[key] = User(use: use, line: line)
        return nil
    }
}
