public import GateModel

/// Reads the scans of a scanner that poses as a keyboard, from the events of its evdev device.
///
/// Keys are those of a US keyboard, whatever layout the machine has, and the locks of the machine do not count. Two
/// other ways to send a byte are understood: its decimal code on the keypad while Alt is held, and Ctrl with a key of
/// `@ A–Z [ \ ] ^ _` for a control character. A key with Alt or Ctrl that stands for nothing makes the scan unreadable,
/// because a character left out would make another text of it.
///
/// A scan ends with Enter, Tab, CR, LF or HT, or when no key has moved for a while. When the kernel has lost events
/// (`SYN_DROPPED`), everything is dropped until the scan that they belonged to has ended.
///
/// Holds at most ``Settings/maximumLength`` bytes, and overwrites them with zero as soon as the scan is handed over or
/// dropped (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct KeyboardWedgeDecoder: Sendable {
    public struct Settings: Hashable, Sendable {
        /// How long no key must have moved for a scan to end without Enter or Tab.
        public var idleGap: Duration
        /// In bytes, AIM identifier included: 1 to 4096, clamped.
        public let maximumLength: Int
        public var aim: AIMPolicy

        public init(idleGap: Duration = .milliseconds(100), maximumLength: Int = 4096, aim: AIMPolicy = .optional) {
            self.idleGap = idleGap
            self.maximumLength = min(max(maximumLength, 1), ScanAssembler.longest)
            self.aim = aim
        }
    }

    /// What the device sent so far.
    public struct EventCounters: Hashable, Sendable {
        public var events: UInt64 = 0
        /// How often the kernel has lost events, because nobody read them in time.
        public var overruns: UInt64 = 0
        /// Reads that ended within a record.
        public var cutRecords: UInt64 = 0
    }

    private enum Loss {
        case none
        /// The rest of the packet is of no use (Documentation/input/event-codes.rst).
        case untilReport
        /// The rest of a scan that has lost some of its keys.
        case untilEnd
    }

    private enum EventType {
        static let synchronisation: UInt16 = 0
        static let key: UInt16 = 1
    }

    private enum Synchronisation {
        static let report: UInt16 = 0
        static let dropped: UInt16 = 3
    }

    /// A byte that no text has, so it makes the scan unreadable.
    private static let senseless: UInt8 = 0
    /// A time stamp that is older is not by the monotonic clock.
    private static let oldestTimeStamp = Duration.seconds(10)

    public let settings: Settings
    public private(set) var eventCounters = EventCounters()
    private var assembler: ScanAssembler
    private var loss = Loss.none
    private var held: USKeyboard.Modifiers = []
    /// What was typed on the keypad since Alt was pressed; grows no further above 255. `nil`: nothing.
    private var altCode: Int?
    private var lastKeyAt = MonotonicTime(nanoseconds: 0)

    public init(settings: Settings = Settings()) {
        self.settings = settings
        assembler = ScanAssembler(maximumLength: settings.maximumLength, aim: settings.aim)
    }

    public var counters: ScanCounters { assembler.counters }

    /// When ``timerFired(at:scan:)`` is due: the end of the idle gap, `nil` while no scan has begun.
    public var nextDeadline: MonotonicTime? {
        assembler.isEmpty && altCode == nil && loss == .none ? nil : lastKeyAt.advanced(by: settings.idleGap)
    }

    /// Takes what was read from the device and hands over each scan that it completes.
    ///
    /// - Parameter now: when it was read. When its keys were pressed is told by their time stamps, if the device uses
    ///   the monotonic clock.
    public mutating func feed(_ bytes: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        let rest = EvdevEvents.parse(bytes) { feed($0, at: now, scan: scan) }
        if rest > 0 { eventCounters.cutRecords &+= 1 }
    }

    /// Takes one event.
    public mutating func feed(_ event: EvdevEvent, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        eventCounters.events &+= 1
        let isPlausible = event.time <= now && now.since(event.time) <= Self.oldestTimeStamp
        let time = isPlausible ? event.time : now
        switch (event.type, event.code) {
        case (EventType.synchronisation, Synchronisation.dropped): lostEvents(at: time)
        case (EventType.synchronisation, Synchronisation.report):
            if loss == .untilReport { loss = .untilEnd }
        case (EventType.key, let code) where loss != .untilReport && (event.value == 0 || event.value == 1):
            timerFired(at: time, scan: scan)
            lastKeyAt = max(lastKeyAt, time)
            take(code, isPressed: event.value == 1, scan)
        default: break
        }
    }

    /// Ends the scan that has begun, if no key has moved for long enough.
    public mutating func timerFired(at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        guard let nextDeadline, now >= nextDeadline else { return }
        endScan(scan)
    }

    private mutating func lostEvents(at time: MonotonicTime) {
        eventCounters.overruns &+= 1
        assembler.discard()
        loss = .untilReport
        lastKeyAt = max(lastKeyAt, time)
        // Which keys are held is not known any more. Those of a scanner are not held for long.
        held = []
        altCode = nil
    }

    private mutating func take(_ code: UInt16, isPressed: Bool, _ scan: (ScanKind, Span<UInt8>) -> Void) {
        switch USKeyboard.key(code) {
        case .modifier(let key) where isPressed: held.insert(key)
        case .modifier(let key):
            held.remove(key)
            if held.isDisjoint(with: .alt) { endAltCode(scan) }
        case .end where isPressed: endScan(scan)
        case .keypadDigit(let digit) where isPressed:
            if held.isDisjoint(with: .alt) {
                takeByte(held.isDisjoint(with: .control) ? 0x30 + digit : Self.senseless, scan)
            } else {
                altCode = min((altCode ?? 0) * 10 + Int(digit), 256)
            }
        case .character(let plain, let shifted) where isPressed:
            let byte = held.isDisjoint(with: .shift) ? plain : shifted
            if !held.isDisjoint(with: .alt) {
                append(Self.senseless)
            } else {
                takeByte(held.isDisjoint(with: .control) ? byte : Self.control(byte), scan)
            }
        case .end, .keypadDigit, .character, .ignored: break
        }
    }

    private mutating func endAltCode(_ scan: (ScanKind, Span<UInt8>) -> Void) {
        guard let code = altCode else { return }
        altCode = nil
        takeByte(UInt8(exactly: code) ?? Self.senseless, scan)
    }

    /// The control character that Ctrl makes of a key.
    private static func control(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x40...0x5F: byte & 0x1F
        case 0x61...0x7A: byte & 0x1F
        default: senseless
        }
    }

    private mutating func takeByte(_ byte: UInt8, _ scan: (ScanKind, Span<UInt8>) -> Void) {
        // HT, LF and CR, however they were typed.
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { endScan(scan) } else { append(byte) }
    }

    private mutating func append(_ byte: UInt8) {
        if loss == .none { assembler.append(byte) }
    }

    private mutating func endScan(_ scan: (ScanKind, Span<UInt8>) -> Void) {
        // Alt was not released, so a character is missing.
        if altCode != nil { append(Self.senseless) }
        altCode = nil
        loss = .none
        assembler.end(scan: scan)
    }
}

extension KeyboardWedgeDecoder {
    /// As ``feed(_:at:scan:)``, for an array; gives back the scans.
    public mutating func feed(_ bytes: [UInt8], at now: MonotonicTime) -> [ScanOutput] {
        var outputs: [ScanOutput] = []
        feed(bytes.span, at: now) { outputs.append(ScanOutput($0, $1)) }
        return outputs
    }

    /// As ``timerFired(at:scan:)``; gives back the scan.
    public mutating func timerFired(at now: MonotonicTime) -> ScanOutput? {
        var output: ScanOutput?
        timerFired(at: now) { output = ScanOutput($0, $1) }
        return output
    }
}
