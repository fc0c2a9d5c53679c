public import GateModel

/// A key of a keypad with twelve keys. The raw value is the nibble that Wiegand keypads send.
public enum KeypadKey: UInt8, Hashable, Sendable, CaseIterable {
    case digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7, digit8, digit9
    case star
    case hash

    /// As an OSDP reader sends it (reply KEYPAD): ASCII digits, 7F for `*`, 0D for `#`. `nil` for anything else.
    public init?(osdp byte: UInt8) {
        switch byte {
        case 0x30...0x39: self.init(rawValue: byte - 0x30)
        case 0x7F: self = .star
        case 0x0D: self = .hash
        default: return nil
        }
    }
}

/// Collects the digits that a person types on a keypad: `#` ends the entry, `*` clears it, and so does a pause.
///
/// Holds at most ``longest`` digits, and overwrites them with zero as soon as the entry has ended (principle 6).
public struct KeypadEntry: Sendable {
    /// No document number is longer than 18 characters.
    public static let longest = 20

    public struct Settings: Hashable, Sendable {
        /// How long after the last key the entry is forgotten.
        public var inactivity: Duration
        /// Some keypads send `*` for the key on the right, and `#` for the one on the left.
        public var swapsStarAndHash: Bool

        public init(inactivity: Duration = .milliseconds(2500), swapsStarAndHash: Bool = false) {
            self.inactivity = inactivity
            self.swapsStarAndHash = swapsStarAndHash
        }
    }

    public struct Counters: Hashable, Sendable {
        public var entries: UInt64 = 0
        public var cleared: UInt64 = 0
        public var timedOut: UInt64 = 0
        /// Longer than ``KeypadEntry/longest``.
        public var overlong: UInt64 = 0
    }

    public let settings: Settings
    public private(set) var counters = Counters()
    /// ASCII digits; those held stand at its beginning, all other bytes are zero.
    private var buffer = [UInt8](repeating: 0, count: longest)
    private var held = 0
    private var isOverlong = false
    private var lastKeyAt: MonotonicTime?

    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// When ``timerFired(at:)`` is due: the end of the pause, `nil` while nothing has been typed.
    public var nextDeadline: MonotonicTime? {
        isEmpty ? nil : lastKeyAt?.advanced(by: settings.inactivity)
    }

    private var isEmpty: Bool { held == 0 && !isOverlong }

    /// Takes a key, and hands over the entry that it ends: the digits, or `unreadable` if there were too many.
    public mutating func press(_ key: KeypadKey, at now: MonotonicTime, entry: (ScanKind, Span<UInt8>) -> Void) {
        timerFired(at: now)
        lastKeyAt = now
        switch key {
        case settings.swapsStarAndHash ? .star : .hash: end(entry)
        case .star, .hash: clear()
        default: append(0x30 + key.rawValue)
        }
    }

    /// Forgets the digits typed, if the keypad has been idle for long enough.
    public mutating func timerFired(at now: MonotonicTime) {
        guard let nextDeadline, now >= nextDeadline else { return }
        counters.timedOut &+= 1
        wipe()
    }

    private mutating func append(_ digit: UInt8) {
        guard !isOverlong else { return }
        guard held < buffer.count else {
            counters.overlong &+= 1
            wipe()
            isOverlong = true
            return
        }
        buffer[held] = digit
        held += 1
    }

    private mutating func clear() {
        if !isEmpty { counters.cleared &+= 1 }
        wipe()
    }

    private mutating func end(_ entry: (ScanKind, Span<UInt8>) -> Void) {
        defer { wipe() }
        if isOverlong { return entry(.unreadable, buffer.span.extracting(0..<0)) }
        guard held > 0 else { return }
        counters.entries &+= 1
        entry(.text(nil), buffer.span.extracting(0..<held))
    }

    private mutating func wipe() {
        for index in 0..<held { buffer[index] = 0 }
        held = 0
        isOverlong = false
    }
}

extension KeypadEntry {
    /// As ``press(_:at:entry:)``; gives back the entry.
    public mutating func press(_ key: KeypadKey, at now: MonotonicTime) -> ScanOutput? {
        var output: ScanOutput?
        press(key, at: now) { output = ScanOutput($0, $1) }
        return output
    }
}
