import Control
import FoundationEssentials
import GateModel

/// The human forms of the daemon's answers.
enum Tables {
    static func status(_ status: StatusReport) -> String {
        let mandate =
            status.mandate.valid
            ? "valid (\(status.mandate.reference ?? "?"), \(Text.age(status.mandate.until?.seconds(since: status.signedTime) ?? 0)) left)"
            : "none: nobody is checked"
        let list =
            status.list.freshness == .none
            ? "none"
            : "version \(status.list.version), \(status.list.orders) orders, \(Text.age(status.list.ageSeconds ?? 0)) old, \(status.list.freshness.rawValue)"
        var rows = [
            ["gate", status.gate], ["software", status.softwareVersion], ["up", Text.age(status.upSeconds)],
            ["clock", status.at.synchronised ? "synchronised" : "not synchronised"], ["mandate", mandate],
            ["list", list + (status.list.lastRefusal.map { "; the newest offer was refused: \($0)" } ?? "")],
            ["ledger", status.ledger.fault ?? "\(status.ledger.lastSequence) events, \(status.ledger.unsent) unsent"],
            [
                "uplink",
                status.uplink.reachable ? "\(status.uplink.url) answers" : status.uplink.lastError ?? "not tried yet",
            ],
        ]
        if status.acceptsPlaceholders { rows.append(["documents", "placeholders are accepted"]) }
        let lanes =
            [["LANE", "SITE", "MODE", "LOCK", "DOOR", "ALARM", "TAMPER", "FIRE", ""]]
            + status.lanes.map {
                [
                    $0.lane.rawValue, $0.site.rawValue, mode($0, at: status.at.wall), $0.lock, $0.contact, $0.alarm,
                    $0.tamper, $0.fire,
                    $0.fault ?? "",
                ]
            }
        let readers =
            [["READER", "AT", "KIND", "STATE", "READS", "UNREADABLE", "STALE", ""]]
            + status.readers.map {
                [
                    $0.reader.rawValue, $0.accessPoint.rawValue, $0.kind, $0.state.rawValue, "\($0.reads)",
                    "\($0.unreadable)",
                    "\($0.stale)", $0.reason ?? "",
                ]
            }
        return [Text.table(rows), Text.table(lanes), Text.table(readers)].joined(separator: "\n\n")
    }

    private static func mode(_ lane: LaneStatus, at now: WallTime) -> String {
        guard let until = lane.modeUntil else { return lane.mode }
        return "\(lane.mode), \(Text.age(max(0, until.seconds(since: now)))) left"
    }

    static func readers(_ readers: [ReaderStatus]) -> String {
        let heading = [
            "READER", "AT", "KIND", "STATE", "LAST READ", "READS", "UNREADABLE", "REPEATED", "SLOWED", "STALE",
            "DEVICE",
        ]
        let rows = readers.map {
            [
                $0.reader.rawValue, $0.accessPoint.rawValue, $0.kind, $0.state.rawValue,
                $0.lastReadSecondsAgo.map { "\(Text.age($0)) ago" } ?? "never", "\($0.reads)", "\($0.unreadable)",
                "\($0.repeated)", "\($0.slowed)", "\($0.stale)", $0.device,
            ]
        }
        let more = readers.compactMap { reader -> String? in
            let counters = reader.details.counters.filter { $0.value > 0 }.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value)" }
            let parts = [reader.reason, reader.details.firmware].compactMap(\.self) + counters
            return parts.isEmpty ? nil : "\(reader.reader): \(parts.joined(separator: ", "))"
        }
        return ([Text.table([heading] + rows)] + more).joined(separator: "\n")
    }

    /// One readable line of what comes from a reader.
    static func monitor(_ line: MonitorLine) -> String {
        Text.table([[timeOfDay(line.at), line.reader.rawValue, line.what]])
    }

    /// One readable line of what happens.
    static func watch(_ line: WatchLine) -> String {
        let place = [line.lane?.rawValue, line.accessPoint?.rawValue].compactMap(\.self).joined(separator: "/")
        return Text.table([[timeOfDay(line.at), place.isEmpty ? "gate" : place, what(line)]])
    }

    private static func what(_ line: WatchLine) -> String {
        switch line.what {
        case .decided:
            let direction = line.direction?.rawValue ?? ""
            let credential = line.credential?.rawValue ?? ""
            let list = line.listAgeSeconds.map { "list \(line.listVersion ?? 0), \(Text.age($0)) old" } ?? "no list"
            let advice = line.advises == true ? ", with advice" : ""
            let code = line.caseCode.map { ", case \($0)" } ?? ""
            let detail = line.detail.map { ": \($0)" } ?? ""
            return
                "\(direction) by \(credential): \(line.outcome?.rawValue ?? "?")\(advice) (\(line.policyCase?.rawValue ?? "?")\(code); \(list))\(detail)"
        case .released: return "released"
        case .passed: return "passed"
        case .notPassed: return "released, nobody passed"
        case .unobserved: return "released; no contact to see a passage with"
        case .exitButton: return "exit button"
        case .lane, .reader, .list, .release, .uplink: return line.detail ?? line.what.rawValue
        }
    }

    private static func timeOfDay(_ time: WallTime) -> String {
        let second = ((time.secondsSince1970 % 86_400) + 86_400) % 86_400
        return [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(
            separator: ":")
    }

    static func scan(_ answer: ScanAnswer) -> String {
        var text = "\(answer.outcome.rawValue) (\(answer.policyCase.rawValue))"
        if answer.advises { text += ", give health advice" }
        if let code = answer.caseCode { text += "\ncase code \(code): the person may have a mistake corrected with it" }
        if let unreadable = answer.unreadable { text += "\n\(unreadable)" }
        return text
    }

    static func events(_ events: [LedgerEntry]) -> String {
        let rows = events.map { ["\($0.sequence)", $0.confirmed ? "sent" : "waits", $0.body] }
        return Text.table([["NUMBER", "UPLINK", "EVENT"]] + rows)
    }

    static func findings(_ findings: [Finding]) -> String {
        let mark: [Finding.Verdict: String] = [.ok: "ok", .warning: "WARN", .fault: "FAULT"]
        let lines = Text.table(findings.map { [mark[$0.verdict] ?? "", $0.check, $0.found] }).split(separator: "\n")
        return zip(findings, lines).map { finding, line in
            finding.remedy.map { "\(line)\n       -> \($0)" } ?? String(line)
        }.joined(separator: "\n")
    }
}
