public import GateModel

/// `GET /v1/status`: how the gate is now. Holds no identity.
public struct StatusReport: Sendable, Codable {
    public var gate: String
    public var softwareVersion: String
    public var at: TimeStamp
    /// What the gate takes the time to be for what is signed, however wrong its clock is.
    public var signedTime: WallTime
    public var upSeconds: Int64
    public var mandate: MandateStatus
    public var list: ListStatus
    public var lanes: [LaneStatus]
    public var readers: [ReaderStatus]
    public var thermometers: [ThermometerStatus]
    public var ledger: LedgerStatus
    public var uplink: UplinkStatus
    /// Placeholder documents are accepted: right for a demonstration, wrong on a gate in service.
    public var acceptsPlaceholders: Bool
    /// Why nobody can be checked, where the deployment key cannot be used.
    public var keyFault: String?
    /// What is wrong with a watchdog.
    public var watchdogFault: String?
    /// The daemon's.
    public var processID: Int32?

    public init(
        gate: String, softwareVersion: String, at: TimeStamp, signedTime: WallTime? = nil, upSeconds: Int64,
        mandate: MandateStatus,
        list: ListStatus,
        lanes: [LaneStatus], readers: [ReaderStatus], thermometers: [ThermometerStatus] = [], ledger: LedgerStatus,
        uplink: UplinkStatus, acceptsPlaceholders: Bool, keyFault: String? = nil,
        watchdogFault: String? = nil, processID: Int32? = nil
    ) {
        self.gate = gate
        self.softwareVersion = softwareVersion
        self.at = at
        self.signedTime = signedTime ?? at.wall
        self.upSeconds = upSeconds
        self.mandate = mandate
        self.list = list
        self.lanes = lanes
        self.readers = readers
        self.thermometers = thermometers
        self.ledger = ledger
        self.uplink = uplink
        self.acceptsPlaceholders = acceptsPlaceholders
        self.keyFault = keyFault
        self.watchdogFault = watchdogFault
        self.processID = processID
    }
}

/// Whether checking is switched on, and until when (principle 7).
public struct MandateStatus: Sendable, Codable {
    public var valid: Bool
    public var reference: String?
    public var until: WallTime?

    public init(valid: Bool, reference: String?, until: WallTime?) {
        self.valid = valid
        self.reference = reference
        self.until = until
    }
}

public struct ListStatus: Sendable, Codable {
    public enum Freshness: String, Sendable, Codable { case none, fresh, stale, expired }

    public var version: UInt64
    public var orders: UInt64
    public var ageSeconds: Int64?
    /// By the limits of the access point that has the strictest.
    public var freshness: Freshness
    /// Why the newest offer was refused, if it was.
    public var lastRefusal: String?
    /// As the publisher said last.
    public var signaturesEnd: SignaturesEnd?

    public init(
        version: UInt64, orders: UInt64, ageSeconds: Int64?, freshness: Freshness, lastRefusal: String?,
        signaturesEnd: SignaturesEnd? = nil
    ) {
        self.version = version
        self.orders = orders
        self.ageSeconds = ageSeconds
        self.freshness = freshness
        self.lastRefusal = lastRefusal
        self.signaturesEnd = signaturesEnd
    }
}

/// A lane in ONVIF's DoorControl words.
public struct LaneStatus: Sendable, Codable {
    public var lane: LaneID
    public var site: Site
    public var lock: String
    public var contact: String
    public var alarm: String
    public var fire: String
    public var mode: String
    /// When a named person's change of the mode ends; `nil` where the lane's hours count.
    public var modeUntil: WallTime?
    public var tamper: String
    /// What is wrong with its lines, if something is.
    public var fault: String?
    /// How long each input bounced at the most since the start, in microseconds: `exit-button`, `contact` and the like.
    public var bounces: [String: Int64]

    public init(
        lane: LaneID, site: Site, lock: String, contact: String, alarm: String, fire: String, mode: String,
        tamper: String, fault: String?, bounces: [String: Int64] = [:]
    ) {
        self.lane = lane
        self.site = site
        self.lock = lock
        self.contact = contact
        self.alarm = alarm
        self.fire = fire
        self.mode = mode
        self.tamper = tamper
        self.fault = fault
        self.bounces = bounces
    }
}

public struct ReaderStatus: Sendable, Codable {
    public var reader: ReaderID
    public var accessPoint: AccessPointID
    public var kind: String
    public var device: String
    public var state: ReaderState
    public var reason: String?
    public var reads: UInt64
    public var unreadable: UInt64
    /// Reads that were too old to act upon (principle 17).
    public var stale: UInt64
    /// Reads that were the one before, seen again.
    public var repeated: UInt64
    /// Reads that came too soon after too many failures.
    public var slowed: UInt64
    public var lastReadSecondsAgo: Int64?
    public var details: ReaderDetails

    public init(
        reader: ReaderID, accessPoint: AccessPointID, kind: String, device: String, state: ReaderState, reason: String?,
        reads: UInt64 = 0, unreadable: UInt64 = 0, stale: UInt64 = 0, repeated: UInt64 = 0, slowed: UInt64 = 0,
        lastReadSecondsAgo: Int64? = nil, details: ReaderDetails = ReaderDetails()
    ) {
        self.reader = reader
        self.accessPoint = accessPoint
        self.kind = kind
        self.device = device
        self.state = state
        self.reason = reason
        self.reads = reads
        self.unreadable = unreadable
        self.stale = stale
        self.repeated = repeated
        self.slowed = slowed
        self.lastReadSecondsAgo = lastReadSecondsAgo
        self.details = details
    }
}

/// The thermometer of an access point. Never holds a temperature.
public struct ThermometerStatus: Sendable, Codable {
    public var accessPoint: AccessPointID
    public var device: String
    public var state: ReaderState
    public var reason: String?

    public init(accessPoint: AccessPointID, device: String, state: ReaderState, reason: String?) {
        self.accessPoint = accessPoint
        self.device = device
        self.state = state
        self.reason = reason
    }
}

/// What a reader tells of itself, and what its line did.
public struct ReaderDetails: Sendable, Codable, Hashable {
    /// Model and firmware, where the device tells.
    public var firmware: String?
    /// Frames, noise, wrong checksums and the like, by name.
    public var counters: [String: UInt64]

    public init(firmware: String? = nil, counters: [String: UInt64] = [:]) {
        self.firmware = firmware
        self.counters = counters
    }
}

public struct LedgerStatus: Sendable, Codable {
    public var epoch: String
    public var lastSequence: UInt64
    public var unsent: UInt64
    /// Events that could not be written yet and wait in memory.
    public var waiting: Int
    public var fault: String?
    /// Damaged ledgers that stand beside this one. They may hold tokens, and events that nobody has received.
    public var setAside: [String]

    public init(
        epoch: String, lastSequence: UInt64, unsent: UInt64, waiting: Int, fault: String?, setAside: [String] = []
    ) {
        self.setAside = setAside
        self.epoch = epoch
        self.lastSequence = lastSequence
        self.unsent = unsent
        self.waiting = waiting
        self.fault = fault
    }
}

public struct UplinkStatus: Sendable, Codable {
    public var url: String
    public var reachable: Bool
    public var lastSuccessSecondsAgo: Int64?
    public var lastError: String?

    public init(url: String, reachable: Bool, lastSuccessSecondsAgo: Int64?, lastError: String?) {
        self.url = url
        self.reachable = reachable
        self.lastSuccessSecondsAgo = lastSuccessSecondsAgo
        self.lastError = lastError
    }
}
