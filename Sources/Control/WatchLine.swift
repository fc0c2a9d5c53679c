public import GateModel

/// One line of `GET /v1/watch`: what happens at the gate, live. Never stored, and never holds identity.
public struct WatchLine: Sendable, Codable {
    public enum What: String, Sendable, Codable {
        case decided, released, passed
        case notPassed = "not-passed"
        case unobserved
        case exitButton = "exit-button"
        case lane, reader, list, release, uplink
    }

    public var at: WallTime
    public var what: What
    public var lane: LaneID?
    public var accessPoint: AccessPointID?
    public var direction: Direction?
    public var credential: CredentialKind?
    public var outcome: Outcome?
    public var policyCase: PolicyCase?
    public var advises: Bool?
    public var listVersion: UInt64?
    public var listAgeSeconds: Int64?
    public var caseCode: String?
    /// The lane's change, the reader's state, the refusal: words for a person.
    public var detail: String?
    /// Of `lane`: the change as the ledger names it, such as `forced-open`.
    public var change: String?
    /// Of what releases a lane (`released`, `exit-button`, and `lane` with the change `fire`): from the last byte of the
    /// read, or from the edge of the line, until the output was driven. Microseconds.
    public var reactionMicroseconds: Int64?

    public init(at: WallTime, what: What) {
        self.at = at
        self.what = what
    }
}

extension WatchLine {
    /// The central service began or ceased to answer.
    public static func uplink(_ detail: String, at now: WallTime) -> WatchLine {
        var line = WatchLine(at: now, what: .uplink)
        line.detail = detail
        return line
    }
}
