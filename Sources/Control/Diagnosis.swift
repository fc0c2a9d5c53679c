public import GateModel

/// One check of `gatehouse doctor`: what was found, and what to do about it.
public struct Finding: Sendable, Codable, Hashable {
    public enum Verdict: String, Sendable, Codable { case ok, warning, fault }

    public var check: String
    public var verdict: Verdict
    public var found: String
    /// `nil` where nothing needs doing.
    public var remedy: String?

    public init(check: String, verdict: Verdict, found: String, remedy: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.found = found
        self.remedy = remedy
    }
}

/// What the doctor looks at. Gathered by the CLI, so that the reasoning below is a pure function.
public struct Evidence: Sendable {
    public struct Device: Sendable {
        public var name: String
        public var path: String
        /// A GPIO chip; a reader otherwise.
        public var isChip: Bool
        /// What the system says when the path is looked at, `nil` for "it is there and may be used".
        public var trouble: String?

        public init(name: String, path: String, isChip: Bool = false, trouble: String?) {
            self.name = name
            self.path = path
            self.isChip = isChip
            self.trouble = trouble
        }
    }

    /// A file with a key or token.
    public struct Secret: Sendable {
        public var path: String
        /// Why it is of no use, in words that name it.
        public var trouble: String?
        /// Who else may use it.
        public var exposure: String?

        public init(path: String, trouble: String?, exposure: String?) {
            self.path = path
            self.trouble = trouble
            self.exposure = exposure
        }
    }

    public var configurationFile: String
    public var configurationProblems: [String]
    public var devices: [Device]
    public var secrets: [Secret]
    /// OSDP readers that are to be given their key.
    public var installing: [String]
    /// Bytes free where the state is kept, `nil` if that could not be asked.
    public var freeBytes: UInt64?
    public var stateDirectory: String
    public var clockSynchronised: Bool
    public var now: WallTime
    public var controlSocket: String
    /// What the daemon says, or why it cannot be asked.
    public var status: Result<StatusReport, ControlFailure>

    public init(
        configurationFile: String, configurationProblems: [String], devices: [Device], secrets: [Secret] = [],
        installing: [String] = [], freeBytes: UInt64?,
        stateDirectory: String, clockSynchronised: Bool, now: WallTime, controlSocket: String,
        status: Result<StatusReport, ControlFailure>
    ) {
        self.configurationFile = configurationFile
        self.configurationProblems = configurationProblems
        self.devices = devices
        self.secrets = secrets
        self.installing = installing
        self.freeBytes = freeBytes
        self.stateDirectory = stateDirectory
        self.clockSynchronised = clockSynchronised
        self.now = now
        self.controlSocket = controlSocket
        self.status = status
    }
}

/// From what was seen to what is wrong, worst causes first within each check.
public enum Diagnosis {
    /// Less free space than this is worth a warning: a month of events of a busy gate is far below it.
    public static let scarceBytes: UInt64 = 200 << 20
    /// Less than this is a fault: the ledger may fail at any moment.
    public static let exhaustedBytes: UInt64 = 20 << 20

    public static func findings(_ evidence: Evidence) -> [Finding] {
        var findings = [configuration(evidence)]
        findings += evidence.devices.map { device($0, evidence) }
        findings += evidence.secrets.compactMap(secret)
        findings += evidence.installing.map(installing)
        findings += [clock(evidence), disk(evidence), daemon(evidence)]
        if case .success(let status) = evidence.status {
            findings += [mandate(status), list(status)] + signatures(status) + status.readers.map(reader)
            findings += status.thermometers.map(thermometer) + status.lanes.map(lane)
            findings += [ledger(status), uplink(status)]
            if let fault = status.keyFault { findings.append(key(fault)) }
            if let fault = status.watchdogFault { findings.append(watchdog(fault)) }
            if status.acceptsPlaceholders { findings.append(placeholders) }
        }
        return findings
    }

    private static func configuration(_ evidence: Evidence) -> Finding {
        guard let first = evidence.configurationProblems.first else {
            return Finding(
                check: "config", verdict: .ok, found: "\(evidence.configurationFile) is complete and consistent")
        }
        let more = evidence.configurationProblems.count - 1
        return Finding(
            check: "config", verdict: .fault, found: first + (more > 0 ? " (and \(more) more)" : ""),
            remedy: "mend the line named above, then run 'gatehouse config check'")
    }

    private static func device(_ device: Evidence.Device, _ evidence: Evidence) -> Finding {
        guard let trouble = device.trouble else {
            return Finding(
                check: "device \(device.name)", verdict: .ok, found: "\(device.path) is there and may be used")
        }
        let shows =
            switch device.path {
            case _ where device.isChip: "'gpiodetect'"
            case let path where path.hasPrefix("usb-"): "'lsusb -t'"
            case let path where path.hasPrefix("/dev/input/"): "'ls -l /dev/input/by-id'"
            default: "'ls -l /dev/serial/by-id'"
            }
        return Finding(
            check: "device \(device.name)", verdict: .fault, found: "\(device.path): \(trouble)",
            remedy: trouble.contains("permission")
                ? "add the daemon's user to the group that owns the device (dialout, gpio or input), then restart gatehoused"
                : "check the device's cable and power, and its path in the configuration; \(shows) shows what the system sees"
        )
    }

    /// Nothing is said of one that is as it should be: there is nothing to see.
    private static func secret(_ secret: Evidence.Secret) -> Finding? {
        if let trouble = secret.trouble {
            return Finding(
                check: "key file", verdict: .fault, found: trouble,
                remedy: "copy it again from where it was made, then restart gatehoused")
        }
        return secret.exposure.map {
            Finding(
                check: "key file", verdict: .warning, found: "\(secret.path): \($0)",
                remedy: "chmod g-w,o-rwx \(secret.path); if others use this machine, replace what stands in it")
        }
    }

    private static func installing(_ reader: String) -> Finding {
        Finding(
            check: "reader \(reader)", verdict: .warning, found: "'install: true' stands in the configuration",
            remedy:
                "once the reader is ready take it out and restart gatehoused: with it, a swapped reader is handed the key"
        )
    }

    private static func clock(_ evidence: Evidence) -> Finding {
        if evidence.now < .earliestPlausible {
            return Finding(
                check: "clock", verdict: .fault, found: "the wall clock is years behind",
                remedy: "replace the clock battery or start time synchronisation ('timedatectl set-ntp true')")
        }
        guard evidence.clockSynchronised else {
            return Finding(
                check: "clock", verdict: .warning, found: "the wall clock is not synchronised",
                remedy: "start time synchronisation ('timedatectl set-ntp true'); order end dates depend on it")
        }
        return Finding(check: "clock", verdict: .ok, found: "the wall clock is synchronised")
    }

    private static func disk(_ evidence: Evidence) -> Finding {
        guard let free = evidence.freeBytes else {
            return Finding(
                check: "disk", verdict: .fault, found: "\(evidence.stateDirectory) cannot be looked at",
                remedy: "create it, owned by the daemon's user, or correct state-directory in the configuration")
        }
        let found = "\(free >> 20) MiB free in \(evidence.stateDirectory)"
        if free < exhaustedBytes {
            return Finding(
                check: "disk", verdict: .fault, found: found,
                remedy:
                    "free space at once (old logs first): without it events wait in memory and are lost with the power")
        }
        if free < scarceBytes {
            return Finding(check: "disk", verdict: .warning, found: found, remedy: "free some space: old logs first")
        }
        return Finding(check: "disk", verdict: .ok, found: found)
    }

    private static func daemon(_ evidence: Evidence) -> Finding {
        switch evidence.status {
        case .success(let status):
            Finding(
                check: "daemon", verdict: .ok,
                found: "gatehoused \(status.softwareVersion) has run for \(Text.age(status.upSeconds))")
        case .failure(let failure):
            Finding(
                check: "daemon", verdict: .fault, found: failure.error,
                remedy:
                    "'systemctl status gatehoused' and 'journalctl -u gatehoused -n 50' say why; then 'systemctl start gatehoused'"
            )
        }
    }

    private static func mandate(_ status: StatusReport) -> Finding {
        guard status.mandate.valid else {
            return Finding(
                check: "mandate", verdict: .warning, found: "there is no valid mandate: nobody is checked",
                remedy: "ask the authority for a mandate; without one the gate rightly works as a plain door")
        }
        return Finding(
            check: "mandate", verdict: .ok,
            found: "mandate \(status.mandate.reference ?? "?") is valid"
                + (status.mandate.until.map { " for \(Text.age($0.seconds(since: status.signedTime))) more" } ?? ""))
    }

    private static func list(_ status: StatusReport) -> Finding {
        let list = status.list
        let refusal = list.lastRefusal.map { "; the newest offer was refused: \($0)" } ?? ""
        let remedy =
            list.lastRefusal == nil
            ? "check the network and the central service; decisions refer more until a new list arrives"
            : "if this gate's disk is at fault free space, else tell the central service's operator; the old list stays in force"
        switch list.freshness {
        case .none:
            return Finding(
                check: "list", verdict: status.mandate.valid ? .fault : .ok, found: "there is no list" + refusal,
                remedy: status.mandate.valid ? remedy : nil)
        case .fresh:
            let found = "list \(list.version) with \(list.orders) orders is \(Text.age(list.ageSeconds ?? 0)) old"
            return list.lastRefusal == nil
                ? Finding(check: "list", verdict: .ok, found: found)
                : Finding(check: "list", verdict: .warning, found: found + refusal, remedy: remedy)
        case .stale, .expired:
            return Finding(
                check: "list", verdict: list.freshness == .expired ? .fault : .warning,
                found: "list \(list.version) is \(list.freshness.rawValue): \(Text.age(list.ageSeconds ?? 0)) old"
                    + refusal,
                remedy: remedy)
        }
    }

    /// Whoever renews them needs some days. A snapshot that is renewed by itself is at ten days then.
    private static let signatureWarning: Int64 = 7 * 86_400

    private static func signatures(_ status: StatusReport) -> [Finding] {
        // What was heard long ago says nothing: the publisher signs anew before the end. That the list ages is told anyway.
        guard let end = status.list.signaturesEnd, status.list.ageSeconds ?? .max < 86_400 else { return [] }
        let left = end.at.seconds(since: status.signedTime)
        if left > signatureWarning {
            return [Finding(check: "signatures", verdict: .ok, found: "signed for \(Text.age(left)) more")]
        }
        return [
            Finding(
                check: "signatures", verdict: .warning,
                found: left > 0
                    ? "the signature of the role '\(end.role)' ends in \(Text.age(left)): from then on this gate takes no newer list"
                    : "the signature of the role '\(end.role)' has ended: this gate takes no newer list",
                remedy:
                    "tell the central service's operator: 'gatehouse-central publish' says which role has to sign, and how"
            )
        ]
    }

    private static func reader(_ reader: ReaderStatus) -> Finding {
        let name = "reader \(reader.reader)"
        let reason = reader.reason.map { ": \($0)" } ?? ""
        switch reader.state {
        case .ready where reader.unreadable >= 5 && reader.unreadable * 2 > reader.reads:
            return Finding(
                check: name, verdict: .warning,
                found: "ready, but \(reader.unreadable) of \(reader.reads) reads could not be used",
                remedy:
                    "check kind, rate and suffix; 'gatehouse readers monitor \(reader.reader)' shows what comes from it"
            )
        case .ready:
            return Finding(
                check: name, verdict: .ok, found: "ready, \(reader.reads) reads, \(reader.unreadable) unreadable")
        case .opening:
            return Finding(check: name, verdict: .ok, found: "opening \(reader.device)\(reason)")
        case .degraded:
            return Finding(
                check: name, verdict: .warning, found: "degraded\(reason)",
                remedy:
                    "check that kind and rate in the configuration fit the reader, then its cable and power; "
                    + "'gatehouse readers monitor \(reader.reader)' shows what comes from it")
        case .absent:
            return Finding(
                check: name, verdict: .fault, found: "absent\(reason)", remedy: remedy(forAbsent: reader.kind))
        case .failed:
            return Finding(
                check: name, verdict: .fault, found: "failed\(reason)",
                remedy: reader.kind == "osdp"
                    ? "do what is said above, and restart gatehoused if a key file changed"
                    : "do what is said above; 'fuser -v \(reader.device)' names a program that holds it")
        }
    }

    private static func remedy(forAbsent kind: String) -> String {
        switch kind {
        case "osdp": "check its power, the two bus wires (A and B may be swapped), its address and the rate of the bus"
        case "wiegand": "check the GPIO chip; 'gpioinfo' lists the lines and who holds them"
        case "hid-pos", "keyboard-wedge", "sdt-usb":
            "plug it in; 'lsusb' and 'ls -l /dev/input/by-id' show what the system sees"
        default:
            "plug it in; 'ls -l /dev/serial/by-id' shows what the system sees, 'gatehouse readers probe PORT' what is on a port"
        }
    }

    private static func thermometer(_ thermometer: ThermometerStatus) -> Finding {
        let name = "thermometer \(thermometer.accessPoint)"
        guard thermometer.state != .ready else { return Finding(check: name, verdict: .ok, found: "ready") }
        return Finding(
            check: name, verdict: .warning,
            found: "\(thermometer.state.rawValue)" + (thermometer.reason.map { ": \($0)" } ?? ""),
            remedy: "check its cable and power; while it is away, entries that want a temperature ask again")
    }

    private static func lane(_ lane: LaneStatus) -> Finding {
        let name = "lane \(lane.lane)"
        if let fault = lane.fault {
            return Finding(
                check: name, verdict: .fault, found: fault,
                remedy: "check the GPIO chip and its permissions ('gpioinfo' lists the lines and who holds them)")
        }
        if lane.fire != "none" {
            return Finding(
                check: name, verdict: .warning, found: "released by the fire input (\(lane.fire))",
                remedy:
                    "when the fire panel is reset: 'gatehouse lane reset \(lane.lane) --operator NAME --reason TEXT'"
            )
        }
        if lane.lock == "fault" || lane.contact == "fault" {
            return Finding(
                check: name, verdict: .fault, found: "it does not do what it is told: its sensors say otherwise",
                remedy:
                    "watch it while 'gatehouse lane release \(lane.lane)' moves it; check its power, then the sensors")
        }
        if lane.tamper == "tampered" {
            return Finding(
                check: name, verdict: .warning, found: "its tamper contact is open",
                remedy: "look whether somebody opened a housing or cut a wire; it ends when the contact is closed")
        }
        if lane.alarm != "normal" {
            return Finding(
                check: name, verdict: .warning, found: "alarm \(lane.alarm), door \(lane.contact)",
                remedy: "look at the door: wedged, or the contact is out of place")
        }
        return Finding(check: name, verdict: .ok, found: "\(lane.mode), lock \(lane.lock), door \(lane.contact)")
    }

    private static func ledger(_ status: StatusReport) -> Finding {
        if let fault = status.ledger.fault {
            return Finding(
                check: "ledger", verdict: .fault, found: "\(fault); \(status.ledger.waiting) events wait in memory",
                remedy:
                    "free disk space; if the disk reports errors replace it, the ledger file is in the state directory")
        }
        if let damaged = status.ledger.setAside.first {
            return Finding(
                check: "ledger", verdict: .warning, found: "a damaged ledger was set aside as \(damaged)",
                remedy:
                    "send the file to the central service's operator, who can see what it still holds; then remove it"
            )
        }
        return Finding(
            check: "ledger", verdict: .ok,
            found: "\(status.ledger.lastSequence) events, \(status.ledger.unsent) not yet at the central service")
    }

    private static func uplink(_ status: StatusReport) -> Finding {
        let uplink = status.uplink
        guard !uplink.reachable else {
            return Finding(check: "uplink", verdict: .ok, found: "\(uplink.url) answers")
        }
        let last = uplink.lastSuccessSecondsAgo.map { "last answer \(Text.age($0)) ago" } ?? "no answer since the start"
        return Finding(
            check: "uplink", verdict: .warning, found: "\(uplink.url): \(uplink.lastError ?? "not tried yet"); \(last)",
            remedy: "check the network cable, 'ip addr' and 'curl \(uplink.url)/v1/health'; nothing is lost meanwhile")
    }

    private static func key(_ fault: String) -> Finding {
        Finding(
            check: "deployment key", verdict: .fault, found: "nobody can be checked: \(fault)",
            remedy: "copy the deployment key of the central service to this file, mode 0600, then restart gatehoused")
    }

    private static func watchdog(_ fault: String) -> Finding {
        Finding(
            check: "watchdog", verdict: .fault, found: "a daemon that hangs would not be restarted: \(fault)",
            remedy:
                "'ls -l /dev/watchdog*' shows the watchdogs; the daemon's user must be able to write to the one configured"
        )
    }

    private static let placeholders = Finding(
        check: "documents", verdict: .warning, found: "placeholder documents are accepted",
        remedy: "on a gate in service set documents.accept-placeholders to false")
}
