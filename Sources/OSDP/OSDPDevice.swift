import GateModel

/// The panel's side of one reader: sets it up, polls it, repeats, and starts again when something breaks.
///
/// ```
/// ID (sequence 0) ──► CAP ──┬─ clear ───────────────────────────────────────────────► POLL …
///      ▲                    └─ secure ─► CHLNG ─► SCRYPT ─┬─ own key ───────────────► POLL …
///      │                                                  └─ install mode ─► KEYSET ─┐
///      └──────── broken session, wrong sequence, silence, new key ◄──────────────────┘
/// ```
///
/// - Only ID, CAP, CHLNG and SCRYPT are ever sent in clear text to a reader that is configured as secure, and of its
///   replies in clear text nothing is believed but the set-up's own, NAK and BUSY. The way through the picture depends on
///   ``OSDPDeviceSettings/security`` alone.
/// - The same bytes are sent again until an answer comes, so a reader does nothing twice. After
///   ``triesBeforeRestart`` tries the set-up begins anew, and the reader may be another one.
/// - A reader is off line after 8 s without a valid answer, and at once when the set-up is refused; then the set-up is
///   tried again every 2 s.
/// - Cards and keys that a reader kept while it was not polled are dropped (principle 17): those that it reports, after
///   more than 3 s without a poll, before it first has nothing to report; for 3 s at most.
///
/// A value: the line and the clock belong to ``OSDPBus``. Holds at most ``queueLimit`` commands.
public struct OSDPDevice: Sendable {
    /// This many commands wait at most.
    public static let queueLimit = 16
    /// The same bytes are sent this many times before the set-up begins anew.
    public static let triesBeforeRestart = 4

    static let offlineAfter = Duration.seconds(8)
    static let setUpInterval = Duration.seconds(2)
    static let busyPause = Duration.milliseconds(100)
    static let freshness = Duration.seconds(3)

    enum Step: Hashable {
        case identify, capabilities, challenge, cryptogram, installKey, running
    }

    enum Condition: Hashable {
        case unknown
        case online
        case offline(OSDPOfflineReason)
    }

    /// A command that has no answer yet.
    struct Question {
        let code: UInt8
        let sequence: UInt8
        /// Its name, if it was enqueued.
        let enqueued: String?
    }

    public let settings: OSDPDeviceSettings
    /// As configured, until COMSET changes it.
    public internal(set) var address: UInt8
    /// What a COMSET on its way asks for.
    var askedAddress: UInt8?
    public internal(set) var counters = OSDPDeviceCounters()
    /// Whether the last command had no answer, or none was sent yet.
    var isSilent = true
    /// When the next command is due.
    var dueAt = MonotonicTime(nanoseconds: 0)

    let random: @Sendable () -> UInt64
    var step = Step.identify
    var condition = Condition.unknown
    var question: Question?
    /// The bytes of the last command, mark byte first.
    var frame: [UInt8] = []
    /// Of the next new command: 0, 1, 2, 3, 1, 2, 3, …
    var nextSequence: UInt8 = 0
    /// How often the last command had no answer.
    var tries = 0
    var lastSentAt = MonotonicTime(nanoseconds: 0)
    var lastAnswerAt = MonotonicTime(nanoseconds: 0)
    var lastPollAnswerAt: MonotonicTime?
    /// Cards and keys are dropped until then.
    var staleUntil: MonotonicTime?
    var queue: [OSDPCommand] = []
    /// Asked once, when the reader comes on line.
    var statusToAsk: [OSDPCommand] = []
    /// Commands of the queue and polls take turns.
    var isPollNext = false

    var handshake: OSDPHandshake?
    var panelCryptogram: [UInt8] = []
    var channel: OSDPSecureChannel?
    /// Whether anything was answered since the set-up.
    var isProven = false
    /// Install mode that has not been completed.
    var isInstalling: Bool
    /// In install mode: whether the next session is tried with SCBK-D.
    var usesFactoryKey: Bool
    /// In install mode: keys that the reader refused in a row.
    var refusedKeys = 0
    var known = OSDPKnownFacts()

    /// - Parameter random: unpredictable numbers for the set-up of secure sessions.
    public init(
        settings: OSDPDeviceSettings,
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) {
        self.settings = settings
        self.random = random
        address = settings.address
        if case .install = settings.security { isInstalling = true } else { isInstalling = false }
        usesFactoryKey = isInstalling
        frame.reserveCapacity(OSDPFrame.lengths.upperBound + 1)
    }

    public var isOnline: Bool { condition == .online }
    /// Whether a secure session is up and the reader is polled in it.
    public var isSecure: Bool { step == .running && channel != nil }

    /// The line is open, or open again.
    mutating func start(at now: MonotonicTime) {
        breakOff()
        queue.removeAll()
        condition = .unknown
        known = OSDPKnownFacts()
        tries = 0
        isSilent = true
        lastAnswerAt = now
        lastPollAnswerAt = nil
        dueAt = now
    }

    /// Takes a command for a reader that is on line.
    mutating func enqueue(_ command: OSDPCommand, at now: MonotonicTime) throws(OSDPQueueError) {
        switch command {
        case .poll, .challenge, .panelCryptogram, .keySet: throw .reserved(command.name)
        default: break
        }
        guard isOnline else { throw .offline }
        guard queue.count < Self.queueLimit else { throw .full }
        let limit = min(
            known.capabilities?.receiveSize ?? OSDPCapabilities.smallestReceiveSize, OSDPFrame.lengths.upperBound)
        guard frameLength(of: command) <= limit else { throw .tooLong(limit: limit) }
        if case .communication(let new) = command {
            guard askedAddress == nil else { throw .full }
            askedAddress = new.address
        }
        queue.append(command)
        if question == nil, step == .running { dueAt = min(dueAt, now) }
    }

    /// In clear text or secured, as the settings ask for; without the mark byte.
    private func frameLength(of command: OSDPCommand) -> Int {
        var body: [UInt8] = []
        command.append(to: &body)
        guard settings.security != .clear else { return OSDPFrame.headerLength + body.count + settings.check.length }
        // The code is not encrypted; the padding takes its place, and fills up the last block.
        let padded = (body.count + OSDPCipher.blockLength - 1) / OSDPCipher.blockLength * OSDPCipher.blockLength
        return OSDPFrame.headerLength + 3 + padded + OSDPFrame.macLength + OSDPCheck.crc.length
    }
}

/// What a reader has reported, so that only changes are told.
struct OSDPKnownFacts: Hashable, Sendable {
    var identification: OSDPIdentification?
    var capabilities: OSDPCapabilities?
    var localStatus: OSDPLocalStatus?
    var inputs: [Bool]?
    var outputs: [Bool]?
    var readers: [OSDPReaderStatus]?
}
