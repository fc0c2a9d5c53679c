import GateModel
import Lanes

/// Turns the YAML tree into ``GateSettings``, noting every problem on the way.
struct SettingsParser {
    let folder: String
    let list: ProblemList
    private(set) var policyProblems: [Problem] = []
    /// Those whose problems are told.
    private var policyFiles: Set<String> = []
    /// Of the gate; an access point may have its own.
    private(set) var limits = FreshnessLimits.standard
    private(set) var policy = PolicyTable.standard
    /// The chips that are named in the file, also those whose entry is wrong.
    var chipNames: [String] = []
    var simulatedChips: Set<String> = []
    /// The buses, likewise.
    var busNames: [String] = []
    /// Who has which name.
    var names = UserRegister()
    /// Who uses which line or device.
    var users = UserRegister()

    init(folder: String, list: ProblemList) {
        self.folder = folder
        self.list = list
    }

    mutating func gate(_ root: StrictReader) -> GateSettings? {
        guard
            let map = root.mapping([
                "gate", "state-directory", "control-socket", "status-page", "central", "deployment-key", "list",
                "ledger", "documents", "policy-file", "presentations", "feedback", "chips", "fire", "watchdog", "buses",
                "time-zone", "lanes",
            ])
        else { return nil }
        let gate = map.required("gate") { $0.name() }
        let state = map.required("state-directory") { $0.string() }
        let socket = map.required("control-socket") { $0.string() }
        let page: SocketAddressSetting? = map.optional("status-page") { socketAddress($0) }
        let central = map.required("central") { self.central($0) }
        let key = map.required("deployment-key") { self.key($0) }
        limits = map.optional("list", limits) { self.freshness($0) }
        let ledger = map.optional("ledger", LedgerSettings.standard) { self.ledger($0) }
        let documents = map.optional("documents", DocumentSettings(acceptPlaceholders: false)) { self.documents($0) }
        policy = map.optional("policy-file", policy) { self.policy($0) }
        let presentations = map.optional("presentations", PresentationWatch.Settings()) { self.presentations($0) }
        let feedback = map.optional("feedback", FeedbackTable.standard) { self.feedback($0) }
        let chips = map.required("chips") { self.chips($0) } ?? []
        let fire: LineSettings? = map.optional("fire") { self.lineSettings($0, use: "fire input") }
        let watchdog: WatchdogSettings? = map.optional("watchdog") { self.watchdog($0) }
        let zone: String? = map.optional("time-zone") { timeZone($0) }
        let buses = map.optional("buses", []) { self.buses($0) }
        let lanes = map.required("lanes") { self.lanes($0) } ?? []
        guard let gate, let state, let socket, let central, let key else { return nil }
        return GateSettings(
            gate: gate, stateDirectory: resolve(state), controlSocket: resolve(socket), statusPage: page,
            central: central,
            deploymentKey: key, list: limits, ledger: ledger, documents: documents,
            presentations: presentations, feedback: feedback, buses: buses, chips: chips,
            lanes: lanes, fire: fire, watchdog: watchdog, timeZone: zone, file: list.file)
    }

    func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

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
                "url", "token-file", "deployment", "publisher-key-file", "root-file", "refresh-every", "download-limit",
                "upload-every",
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
        let root = map.required("root-file") { $0.string() }
        let refresh = map.optional("refresh-every", .seconds(60)) {
            $0.duration(.milliseconds(100) ... .seconds(86_400))
        }
        // In KiB a second.
        let limit = map.optional("download-limit") { $0.integer(1...1_000_000) }
        let upload = map.optional("upload-every", .seconds(3)) { $0.duration(.milliseconds(50) ... .seconds(3600)) }
        guard let url, let token, let deployment, let publisher, let root else { return nil }
        return CentralSettings(
            url: url, tokenFile: resolve(token), deployment: deployment, publisherKeyFile: resolve(publisher),
            rootFile: resolve(root), refreshEvery: refresh, downloadLimit: limit.map { Int64($0) * 1024 },
            uploadEvery: upload)
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

    /// Limits of which one that is absent is the gate's.
    func freshness(_ reader: StrictReader) -> FreshnessLimits? {
        guard let map = reader.mapping(["stale-after", "expired-after"]) else { return nil }
        let range = Duration.seconds(1) ... .seconds(30 * 86_400)
        let stale = map.optional("stale-after", .seconds(limits.stale)) { $0.duration(range) }
        let expired = map.optional("expired-after", .seconds(limits.expired)) { $0.duration(range) }
        guard let own = FreshnessLimits(stale: stale.components.seconds, expired: expired.components.seconds) else {
            reader.problem("expected stale-after to be shorter than expired-after, by a second at least")
            return nil
        }
        return own
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

    private func presentations(_ reader: StrictReader) -> PresentationWatch.Settings? {
        guard let map = reader.mapping(["repeat-window"]) else { return nil }
        return PresentationWatch.Settings(
            repeatWindow: map.optional("repeat-window", PresentationWatch.Settings().repeatWindow) {
                $0.duration(PresentationWatch.Settings.repeatWindowRange)
            })
    }

    mutating func policy(_ reader: StrictReader) -> PolicyTable? {
        guard let name = reader.string() else { return nil }
        let path = resolve(name)
        do throws(SettingsError) {
            return try PolicyTable.load(path: path)
        } catch {
            // Without a line nothing of the file could be read: then the place that names it matters.
            if let whole = error.problems.first, whole.line == 0 {
                reader.problem("\(path) \(whole.message)")
            } else if policyFiles.insert(path).inserted {
                policyProblems += error.problems
            }
            return nil
        }
    }
}

extension LedgerSettings {
    static let standard = LedgerSettings(deadline: .milliseconds(50), entryDeadline: .seconds(3))
}

extension StrictReader {
    /// A short name (``ConfiguredName``).
    func name() -> String? {
        guard let text = string() else { return nil }
        guard ConfiguredName.isOne(text) else {
            problem("expected a name of at most 40 letters, digits, '-', '_' and '.'; found '\(text)'")
            return nil
        }
        return text
    }
}
