public import GateModel

/// Where the control API answers, and what it answers to.
public enum ControlPath {
    public static let status = "/v1/status"
    public static let watch = "/v1/watch"
    /// Of all readers, or of the one that `?reader=NAME` names.
    public static let monitor = "/v1/readers/monitor"
    public static let command = "/v1/readers/:reader/command"
    public static let scan = "/v1/scan"
    public static let events = "/v1/events"
    public static let verify = "/v1/verify"
    public static let release = "/v1/lanes/:lane/release"
    public static let fireReset = "/v1/lanes/:lane/fire-reset"
    public static let mode = "/v1/lanes/:lane/mode"
}

/// `POST /v1/scan`: an attendant presents a credential by hand.
public struct ScanRequest: Sendable, Codable {
    public var accessPoint: AccessPointID
    /// The document number or the text of the code. It is reduced to a token at once and never stored.
    public var text: String

    public init(accessPoint: AccessPointID, text: String) {
        self.accessPoint = accessPoint
        self.text = text
    }
}

public struct ScanAnswer: Sendable, Codable {
    public var outcome: Outcome
    public var policyCase: PolicyCase
    public var advises: Bool
    public var listVersion: UInt64
    public var listAgeSeconds: Int64?
    /// For the attendant, when the outcome is `refer`.
    public var caseCode: String?
    /// Why the text could not be used.
    public var unreadable: String?

    public init(
        outcome: Outcome, policyCase: PolicyCase, advises: Bool, listVersion: UInt64, listAgeSeconds: Int64?,
        caseCode: String?, unreadable: String?
    ) {
        self.outcome = outcome
        self.policyCase = policyCase
        self.advises = advises
        self.listVersion = listVersion
        self.listAgeSeconds = listAgeSeconds
        self.caseCode = caseCode
        self.unreadable = unreadable
    }
}

/// `POST /v1/lanes/{lane}/release` and `…/fire-reset`: a named person acts (principle 13).
public struct OverrideRequest: Sendable, Codable {
    public var `operator`: String
    public var reason: String
    /// Of a release: the case that the person was referred with.
    public var caseCode: String?
    /// Of a release: for how long, instead of the lane's own time, as far as the lane's kind allows.
    public var seconds: UInt8?

    public init(operator: String, reason: String, caseCode: String? = nil, seconds: UInt8? = nil) {
        self.operator = `operator`
        self.reason = reason
        self.caseCode = caseCode
        self.seconds = seconds
    }
}

/// `POST /v1/lanes/{lane}/mode`: a named person gives a lane another mode for a time (principle 13).
public struct ModeRequest: Sendable, Codable {
    public var `operator`: String
    public var reason: String
    /// The word for the end of a change: the lane's hours count again.
    public static let byHours = "hours"

    /// `controlled`, `unlocked`, `entry-locked` or ``byHours``.
    public var mode: String
    /// Of no meaning with ``byHours``.
    public var seconds: Int

    public init(operator: String, reason: String, mode: String, seconds: Int) {
        self.operator = `operator`
        self.reason = reason
        self.mode = mode
        self.seconds = seconds
    }
}

/// The answer to an order that needs no further words.
public struct Done: Sendable, Codable {
    public var done: Bool
    /// What is still to come.
    public var note: String?

    public init(note: String? = nil) {
        done = true
        self.note = note
    }
}

/// Every refusal of the control API: what failed and what to do.
public struct ControlFailure: Error, Sendable, Codable, CustomStringConvertible {
    public var error: String

    public init(_ error: String) { self.error = error }

    public var description: String { error }
}

/// `GET /v1/verify`: the result of walking the hash chain.
public struct VerifyAnswer: Sendable, Codable {
    public var events: UInt64
    public var fault: String?

    public init(events: UInt64, fault: String?) {
        self.events = events
        self.fault = fault
    }
}
