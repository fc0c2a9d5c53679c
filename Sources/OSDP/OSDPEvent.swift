/// What the panel learnt from or about a reader.
public enum OSDPEvent: Hashable, Sendable {
    /// Set up and being polled. In a secure session if `secure`.
    case online(secure: Bool)
    /// Sent on changes only, of the reason too.
    case offline(OSDPOfflineReason)
    case card(OSDPCardRead)
    case keypad(OSDPKeypad)
    /// Sent on changes only; the first report counts as one.
    case localStatus(OSDPLocalStatus)
    /// `true` = active. Sent on changes only; the first report counts as one.
    case inputs([Bool])
    /// `true` = on. Sent on changes only; the first report counts as one.
    case outputs([Bool])
    /// Sent on changes only; the first report counts as one.
    case readers([OSDPReaderStatus])
    /// Sent on changes only. In clear text: for display.
    case identification(OSDPIdentification)
    /// Sent on changes only. In clear text: for display and convenience.
    case capabilities(OSDPCapabilities)
    /// Install mode is over: a session with the reader's own key is up.
    case keyInstalled
    /// The reader will use these from now on; the device follows the address, the driver has to set the rate.
    case communication(OSDPCommunication)
    /// A command that was enqueued did not have its effect, or nobody knows whether it had. Names the command.
    case commandFailed(String, OSDPCommandFailure)
}

/// Why a reader cannot be used.
public enum OSDPOfflineReason: Hashable, Sendable, CustomStringConvertible {
    /// Nothing valid for 8 s.
    case noAnswer
    /// BUSY and nothing else for 8 s.
    case busy
    /// The reader proves that it does not have the configured key, or holds that the panel does not.
    case wrongKey
    /// The reader wants to use SCBK-D, and this is not install mode.
    case factoryDefaultKeyRefused
    /// Install mode, and the reader has neither SCBK-D nor the configured key.
    case installationRefused
    /// The reader refused KEYSET.
    case keyNotAccepted(OSDPNak)
    case secureChannelUnsupported
    /// The reader is configured as clear text, and wants a secure channel.
    case secureChannelRequired
    /// A session that was just set up breaks at once.
    case sessionBroken
    /// The set-up failed in a way that only a defect explains.
    case protocolError

    public var description: String {
        switch self {
        case .noAnswer:
            "the reader does not answer; check its power, the two wires (A and B may be swapped), address and baud rate"
        case .busy: "the reader says it is busy and does nothing else; restart it"
        case .wrongKey:
            "the reader does not have the configured key; correct the key, or reset the reader and use install mode"
        case .factoryDefaultKeyRefused:
            "the reader offers the key that everybody knows, which is refused; give it its own key in install mode"
        case .installationRefused:
            "the reader accepts neither the factory key nor the configured one; reset it to factory state for install mode"
        case .keyNotAccepted(let nak):
            "the reader did not take its new key: \(nak); look in its manual for install mode"
        case .secureChannelUnsupported:
            "the reader has no secure channel; it has to be replaced, or configured as clear text by a decision of yours"
        case .secureChannelRequired: "the reader insists on a secure channel; configure its key"
        case .sessionBroken:
            "the reader breaks each session at once; restart it, and check for two readers of one address"
        case .protocolError:
            "the reader answers against the protocol; check for two readers of one address, and its firmware"
        }
    }
}

/// What became of a command that was enqueued.
public enum OSDPCommandFailure: Hashable, Sendable, CustomStringConvertible {
    case refused(OSDPNak)
    /// The connection broke before the answer came: it may have had its effect.
    case unknown
    /// The connection broke before it was sent.
    case notSent

    public var description: String {
        switch self {
        case .refused(let nak): nak.description
        case .unknown: "the connection broke before the answer came; the reader may have carried it out"
        case .notSent: "the connection broke before it was sent"
        }
    }
}

/// Why a command is not taken.
public enum OSDPQueueError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchReader(address: UInt8)
    /// Nothing is kept for later: what it says may no longer be true then (principle 17).
    case offline
    /// ``OSDPDevice/queueLimit`` commands wait already.
    case full
    /// Longer than the reader takes, in bytes.
    case tooLong(limit: Int)
    /// COMSET to the address of another reader on the line.
    case addressTaken(UInt8)
    /// Belongs to the set-up, which the panel does itself.
    case reserved(String)

    public var description: String {
        switch self {
        case .noSuchReader(let address): "no OSDP reader on this line has address \(address)"
        case .offline: "the OSDP reader is off line; commands are not kept for later"
        case .full: "too many commands wait for the OSDP reader; it does not keep up"
        case .tooLong(let limit): "the command is longer than the \(limit) bytes that the OSDP reader takes; shorten it"
        case .addressTaken(let address):
            "another OSDP reader on this line has address \(address), or no reader can have it; choose another"
        case .reserved(let name): "\(name) is sent by the panel itself, when the reader is set up"
        }
    }
}

/// What happened between panel and reader so far.
public struct OSDPDeviceCounters: Hashable, Sendable {
    public var sent: UInt64 = 0
    public var answers: UInt64 = 0
    /// Commands sent again, unchanged, because no answer came or the reader was busy.
    public var repeats: UInt64 = 0
    /// Commands without an answer in time.
    public var unanswered: UInt64 = 0
    public var busy: UInt64 = 0
    public var naks: UInt64 = 0
    /// How often the set-up had to begin anew.
    public var restarts: UInt64 = 0
    /// Secure sessions set up.
    public var sessions: UInt64 = 0
    public var wrongMACs: UInt64 = 0
    /// Replies in clear text where a session was up, and secured ones where none was: ignored.
    public var wrongSecurity: UInt64 = 0
    /// Replies to no open question, by sequence number: late or repeated, ignored.
    public var strayReplies: UInt64 = 0
    /// Data that does not fit its code: ignored.
    public var malformed: UInt64 = 0
    /// Cards and keys that the reader had kept while it was off line: dropped (principle 17).
    public var staleReads: UInt64 = 0
}
