import EventStream
import FoundationEssentials
import GateModel
import Orders

/// How stored things are written for people: one line each, columns two spaces apart.
/// And for programs: one JSON object a line.
extension StoredEvent {
    public static let heading = "received              gate              epoch             sequence  what"

    public var line: String {
        let columns = [
            receivedAt.text, gate.padded(16), epoch.description, "\(event.sequence)".leftPadded(8),
        ]
        return (columns + [Self.words(event.body)]).joined(separator: "  ")
    }

    /// `gate`, `epoch`, `sequence`, `receivedAt` (seconds since 1970), `event` (an object), `hash`.
    public func json() -> String {
        JSONLine.text(
            EventLine(
                gate: gate, epoch: epoch, sequence: event.sequence, hash: event.hash, body: event.body,
                receivedAt: receivedAt))
    }

    fileprivate static func words(_ body: String) -> String {
        guard let event = try? GateEvent(body: body) else { return "(of a type that this version does not know)" }
        return "\(event.fact.typeName): \(event.fact.words)"
    }
}

extension StoredAlert {
    public static let heading = StoredEvent.heading

    public var line: String {
        let columns = [
            receivedAt.text, gate.padded(16), (place?.epoch.description ?? "not recorded yet").padded(16),
            (place.map { "\($0.sequence)" } ?? "-").leftPadded(8),
        ]
        return (columns + [StoredEvent.words(body)]).joined(separator: "  ")
    }

    /// As of a stored event; `epoch`, `sequence` and `hash` are null while the gate could not record it.
    public func json() -> String {
        JSONLine.text(
            EventLine(
                gate: gate, epoch: place?.epoch, sequence: place?.sequence, hash: place?.hash, body: body,
                receivedAt: receivedAt))
    }
}

extension ListVersion {
    public var line: String {
        let what = isBase ? "\(act.kind.rawValue), signed by two" : act.kind.rawValue
        let why = act.because.isEmpty ? "" : ": \(act.because)"
        return [
            created.text, "version \(version)".padded(14), "+\(upserts) -\(removals)".padded(14), what,
            "\(act.operator)\(why)",
        ].joined(separator: "  ")
    }

    public func json() -> String { JSONLine.text(self) }
}

extension IssuedRelease {
    public var line: String {
        [
            issued.text, "order \(order)".padded(14), "released".padded(14), "until \(expires.text)",
            "\(`operator`): \(because)",
        ].joined(separator: "  ")
    }

    public func json() -> String { JSONLine.text(self) }
}

extension Alarm {
    public static let heading = "raised                gate              epoch             sequence  what"

    public var line: String {
        [raisedAt.text, gate.padded(16), epoch.description, "\(sequence)".leftPadded(8), "\(kind.rawValue): \(detail)"]
            .joined(separator: "  ")
    }

    /// `gate`, `epoch`, `sequence`, `kind`, `detail`, `raisedAt` (seconds since 1970).
    public func json() -> String { JSONLine.text(self) }
}

extension Alarm: Encodable {
    private enum CodingKeys: String, CodingKey { case gate, epoch, sequence, kind, detail, raisedAt }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(gate, forKey: .gate)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encode(detail, forKey: .detail)
        try container.encode(raisedAt, forKey: .raisedAt)
    }
}

extension ImportSummary {
    /// `published`, `listVersion`, `accepted`, `rejected` (a list of `line` and `reason`).
    public func json() -> String {
        struct Row: Encodable {
            var line: Int
            var reason: String
        }
        struct Summary: Encodable {
            var published: Bool
            var listVersion: UInt64?
            var accepted: Int
            var rejected: [Row]
        }
        return JSONLine.text(
            Summary(
                published: listVersion != nil, listVersion: listVersion, accepted: accepted,
                rejected: rejected.map { Row(line: $0.line, reason: "\($0.reason)") }))
    }
}

private struct EventLine: Encodable {
    var gate: String
    var epoch: StreamEpoch?
    var sequence: UInt64?
    var hash: ChainHash?
    var body: String
    var receivedAt: WallTime

    private enum CodingKeys: String, CodingKey { case gate, epoch, sequence, receivedAt, event, hash }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(gate, forKey: .gate)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(receivedAt, forKey: .receivedAt)
        try container.encode(hash, forKey: .hash)
        // An event that a newer gate sent is shown as the text that it is.
        if let decoded = try? GateEvent(body: body) {
            try container.encode(decoded, forKey: .event)
        } else {
            try container.encode(body, forKey: .event)
        }
    }
}

private enum JSONLine {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
