public import GateModel
public import Lanes

/// Everything a gate is told by its configuration file, checked.
public struct GateSettings: Sendable {
    /// The name under which the central service knows the gate.
    public var gate: String
    /// Where ledger, list and mandate are kept.
    public var stateDirectory: String
    /// The Unix socket of the control API.
    public var controlSocket: String
    /// Where the status page is served, `nil` for nowhere.
    public var statusPage: SocketAddressSetting?
    public var central: CentralSettings
    public var deploymentKey: KeySetting
    /// When a list counts as stale and as expired (principle 15), where an access point has no limits of its own.
    public var list: FreshnessLimits
    public var ledger: LedgerSettings
    public var documents: DocumentSettings
    /// How long the same credential is the same presentation.
    public var presentations: PresentationWatch.Settings
    /// What readers show and sound.
    public var feedback: FeedbackTable
    /// Lines that several readers share.
    public var buses: [BusSettings]
    public var chips: [ChipSettings]
    public var lanes: [LaneSettings]
    public var fire: LineSettings?
    /// What resets the machine when the daemon hangs; `nil` for nothing.
    public var watchdog: WatchdogSettings?
    /// Of the lanes' hours, such as `Asia/Shanghai`; `nil`: the machine's own.
    public var timeZone: String?
    /// The file the settings came from, for messages.
    public var file: String
}

/// The machine's own watchdog.
public struct WatchdogSettings: Sendable, Hashable {
    public var device: String
    /// How long the machine may go without food.
    public var timeout: Duration
}

/// A host and a TCP port.
public struct SocketAddressSetting: Sendable, Hashable {
    public var host: String
    public var port: Int
}

/// The central service, as the gate reaches and trusts it.
public struct CentralSettings: Sendable {
    /// Without a trailing slash.
    public var url: String
    /// Holds the gate's bearer token.
    public var tokenFile: String
    /// The name of the deployment that signed files must carry.
    public var deployment: String
    /// Holds the Ed25519 public key that changes of mode are signed with, 64 hexadecimal digits.
    public var publisherKeyFile: String
    /// Holds the first TUF root metadata: what all signed files are trusted by.
    public var rootFile: String
    /// How often the gate looks for new signed files when the central service does not tell it of changes.
    public var refreshEvery: Duration
    /// At most so many bytes a second of the list are fetched, to leave a slow line to others; `nil` for no such limit.
    public var downloadLimit: Int64?
    /// How long events may wait for a fuller batch. Household exits never wait.
    public var uploadEvery: Duration
}

/// Where the secret key of subject tokens is.
public struct KeySetting: Sendable {
    /// Holds 64 hexadecimal digits; readable by the daemon alone.
    public var file: String
    /// Counts up when the deployment changes its key.
    public var epoch: UInt32
}

public struct LedgerSettings: Sendable {
    /// How long a reported exit waits for the disk before the lane opens anyway.
    public var deadline: Duration
    /// How long a reported entry waits before it becomes `refer`.
    public var entryDeadline: Duration
}

public struct DocumentSettings: Sendable {
    /// Accept the placeholder numbers of demonstrations and tests, which no person can have.
    public var acceptPlaceholders: Bool
}

/// A chip of GPIO lines.
public struct ChipSettings: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The kernel's GPIO character device, through libgpiod.
        case gpiod
        /// A chip simulated by `gatehouse-mock`, reached over a Unix socket.
        case simulated
    }

    public var name: String
    public var kind: Kind
    /// The device or the socket.
    public var path: String
    /// Where the setting stands in the file.
    public var line: Int
}

/// One line of a chip.
public struct LineSettings: Sendable, Hashable {
    public enum Bias: String, Sendable, Hashable, CaseIterable {
        case none
        case pullUp = "pull-up"
        case pullDown = "pull-down"
    }

    public var chip: String
    public var address: LineAddress
    public var activeLow: Bool
    public var bias: Bias
    /// Where the setting stands in the file.
    public var line: Int
}

/// What a lane's lock does with current.
public enum LockWiring: String, Sendable, Hashable, CaseIterable {
    /// A strike: current releases it (fail-secure).
    case energiseToRelease = "energise-to-release"
    /// A magnet: current holds it (fail-safe).
    case energiseToLock = "energise-to-lock"
}

public struct LaneSettings: Sendable {
    public var id: LaneID
    public var site: Site
    public var kind: LaneKind
    /// Everything that the machine of this kind can drive has a line here.
    public var outputs: [LaneOutput: LineSettings]
    /// How the line of each door's lock is wired; all other outputs are active while they carry current.
    public var lockWirings: [LaneOutput: LockWiring]
    public var sensors: [LaneSensor: LineSettings]
    /// Active means pressed.
    public var exitButton: LineSettings?
    /// Of an interlock: between its doors.
    public var airlockButton: LineSettings?
    public var schedule: LaneSchedule
    public var accessPoints: [AccessPointSettings]

    /// Every line of the lane.
    public var lines: [LineSettings] {
        Array(outputs.values) + Array(sensors.values) + [exitButton, airlockButton].compactMap(\.self)
    }
}

/// What stands in a lane.
public enum LaneKind: Hashable, Sendable {
    case door(DoorSettings)
    case turnstile(TurnstileSettings)
    case barrier(BarrierSettings)
    case interlock(InterlockSettings)

    /// How long somebody who is let through has.
    public var releaseTime: Duration {
        switch self {
        case .door(let door): door.releaseTime
        case .turnstile(let turnstile): turnstile.passageTime
        case .barrier(let barrier): barrier.openingTime + barrier.entryTime
        case .interlock(let interlock):
            interlock.outer.releaseTime + interlock.transferTime + interlock.inner.releaseTime
        }
    }

    /// The modes that a lane of this kind can have.
    public var possibleModes: Set<LaneMode> {
        switch self {
        case .door, .turnstile, .barrier: Set(LaneMode.allCases)
        case .interlock: InterlockSettings.possibleModes
        }
    }

    public var machine: any LaneMachine {
        switch self {
        case .door(let door): DoorMachine(settings: door)
        case .turnstile(let turnstile): TurnstileMachine(settings: turnstile)
        case .barrier(let barrier): BarrierMachine(settings: barrier)
        case .interlock(let interlock): InterlockMachine(settings: interlock)
        }
    }
}
