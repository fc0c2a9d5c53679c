public import GateModel

/// What a Wiegand reader or keypad sent.
public enum WiegandOutput: Hashable, Sendable {
    case card(CardRead)
    case key(KeypadKey)
    /// A message that was cut, disturbed, or of a format that is not expected.
    case unreadable
}

/// Puts the pulses of two Wiegand lines together into messages.
///
/// A pulse on D0 is a bit 0, one on D1 a bit 1. Pulses are put in the order of their time stamps, so those of one line
/// may arrive a little before older ones of the other. A message ends when no pulse has come for
/// ``Settings/endOfMessage``.
///
/// Fewer than four pulses are no message but interference, as from a relay that drops: counted, not reported.
///
/// Holds at most ``capacity`` pulses, and overwrites them with zero as soon as the message has ended (principle 6).
public struct WiegandDecoder: Sendable {
    public enum Line: Hashable, Sendable, CaseIterable {
        /// Green wire by custom; bit 0.
        case d0
        /// White wire by custom; bit 1.
        case d1
    }

    public struct Settings: Hashable, Sendable {
        /// The pulses of a message may stand up to 20 ms apart (SIA guideline), so 25 ms is the usual value.
        public static let endOfMessageRange = Duration.milliseconds(10)...Duration.milliseconds(60)
        /// No reader sends two cards faster.
        public static let shortestCardInterval = Duration.milliseconds(300)

        /// How long both lines must be silent for a message to end; clamped to ``endOfMessageRange``.
        public let endOfMessage: Duration
        /// A card this soon after one that was accepted is dropped and counted; ``shortestCardInterval`` or more.
        public let cardInterval: Duration
        /// Messages of another length are unreadable.
        public var formats: Set<WiegandFormat>
        /// Some readers send 32 bits of data without parity.
        public var hasParityAt32: Bool
        /// Whether the bytes of a card are put in reverse order, so that its number is the one another reader gives.
        public var reversesBytes: Bool

        public init(
            endOfMessage: Duration = .milliseconds(25), cardInterval: Duration = Self.shortestCardInterval,
            formats: Set<WiegandFormat> = Set(WiegandFormat.allCases), hasParityAt32: Bool = true,
            reversesBytes: Bool = false
        ) {
            let range = Self.endOfMessageRange
            self.endOfMessage = min(max(endOfMessage, range.lowerBound), range.upperBound)
            self.cardInterval = max(cardInterval, Self.shortestCardInterval)
            self.formats = formats
            self.hasParityAt32 = hasParityAt32
            self.reversesBytes = reversesBytes
        }
    }

    /// What the lines did so far, in messages where nothing else is said.
    public struct Counters: Hashable, Sendable {
        public var cards: UInt64 = 0
        public var keys: UInt64 = 0
        /// Of a length that is not expected; a lost pulse shows like this, or as wrong parity.
        public var wrongLengths: UInt64 = 0
        /// With wrong parity, or a key that does not exist.
        public var wrongParities: UInt64 = 0
        /// With a pulse on both lines at once: a short circuit, a missing ground, or crossed readers.
        public var bothLines: UInt64 = 0
        /// Cards that came too soon after another one.
        public var tooSoon: UInt64 = 0
        /// Given up for a pulse from long before they began.
        public var broken: UInt64 = 0
        /// Pulses that were too few for a message.
        public var strayPulses: UInt64 = 0
        /// Of which the driver lost pulses: the gate was too busy to take them in time, or a line went away.
        public var lostPulses: UInt64 = 0
        /// Pulses that came after the end of the message they belong to.
        public var latePulses: UInt64 = 0
    }

    private struct Pulse {
        var at = MonotonicTime(nanoseconds: 0)
        var bit: UInt64 = 0
    }

    /// The most pulses of a message that are kept. A longer one is reported at once, and dropped to its end.
    public static let capacity = 64
    /// The shortest message is a key of 4 bits.
    private static let fewest = 4
    /// Pulses of one reader begin 200 µs apart or more (SIA guideline); pulses last 10 µs or more. Two that begin
    /// closer together than this overlap, or the kernel was too late to tell their order.
    private static let overlap = Duration.microseconds(50)
    /// A pulse that is older by more than this means that the clock began anew, not that it is late.
    private static let latest = Duration.seconds(1)

    public let settings: Settings
    public private(set) var counters = Counters()
    /// The pulses held stand at its beginning in the order of time, all others are zero.
    private var pulses = [Pulse](repeating: Pulse(), count: capacity)
    private var held = 0
    /// The message has become too long; the rest of it is not kept.
    private var isDropping = false
    /// Between these times pulses may be missing.
    private var blind: ClosedRange<MonotonicTime>?
    /// The newest pulse of the message; `nil` while none has begun.
    private var newest: MonotonicTime?
    /// The newest pulse of the message before.
    private var endedAt: MonotonicTime?
    /// When that was which was handed over last: the last pulse of a message, or the one too many.
    public private(set) var handedOverAt: MonotonicTime?
    private var lastCardAt: MonotonicTime?

    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// When ``timerFired(at:output:)`` is due: the end of the message, `nil` while none has begun.
    public var nextDeadline: MonotonicTime? { newest?.advanced(by: settings.endOfMessage) }

    /// Takes a pulse, and hands over the message before it if that has ended.
    ///
    /// - Parameter time: the kernel's time stamp of the falling edge.
    public mutating func pulse(on line: Line, at time: MonotonicTime, output: (WiegandOutput) -> Void) {
        timerFired(at: time, output: output)
        if held > 0, pulses[0].at.since(time) >= settings.endOfMessage {
            counters.broken &+= 1
            forget()
        }
        if let endedAt, time <= endedAt, endedAt.since(time) < Self.latest {
            counters.latePulses &+= 1
            return
        }
        newest = max(newest ?? time, time)
        guard !isDropping else { return }
        guard held < Self.capacity else {
            counters.wrongLengths &+= 1
            wipe()
            isDropping = true
            handedOverAt = time
            return output(.unreadable)
        }
        var place = held
        while place > 0, pulses[place - 1].at > time {
            pulses[place] = pulses[place - 1]
            place -= 1
        }
        pulses[place] = Pulse(at: time, bit: line == .d1 ? 1 : 0)
        held += 1
    }

    /// The driver may have lost pulses between two times. A message that could be missing one is unreadable whatever its length:
    /// what is left may be another card's number, with the right parity.
    ///
    /// To be called before the pulses of that time are told, or before the message has ended.
    public mutating func pulsesLost(between start: MonotonicTime, and end: MonotonicTime) {
        let start = min(start, end)
        blind = min(start, blind?.lowerBound ?? start)...max(end, blind?.upperBound ?? end)
    }

    /// Whether the message from `first` to `last` may be missing pulses.
    private mutating func isIncomplete(from first: MonotonicTime, to last: MonotonicTime) -> Bool {
        guard let blind else { return false }
        guard first < blind.upperBound.advanced(by: settings.endOfMessage) else {
            // Long over.
            self.blind = nil
            return false
        }
        return last.advanced(by: settings.endOfMessage) > blind.lowerBound
    }

    /// Ends the message that has begun, if the lines have been silent for long enough.
    ///
    /// The driver has to hand over the pulses that the kernel still holds first.
    public mutating func timerFired(at now: MonotonicTime, output: (WiegandOutput) -> Void) {
        guard let newest, let nextDeadline, now >= nextDeadline else { return }
        defer {
            endedAt = newest
            forget()
        }
        guard !isDropping else { return }
        handedOverAt = newest
        var message: UInt64 = 0
        var overlaps = false
        for index in 0..<held {
            message = message << 1 | pulses[index].bit
            guard index > 0, pulses[index].bit != pulses[index - 1].bit else { continue }
            if pulses[index].at.since(pulses[index - 1].at) < Self.overlap { overlaps = true }
        }
        if overlaps { counters.bothLines &+= 1 }
        guard held >= Self.fewest else {
            counters.strayPulses &+= UInt64(held)
            return
        }
        let isIncomplete = isIncomplete(from: pulses[0].at, to: newest)
        if isIncomplete { counters.lostPulses &+= 1 }
        guard !overlaps, !isIncomplete else { return output(.unreadable) }
        judge(message, bits: held, at: newest, output)
    }

    /// Takes a message that an OSDP reader received (reply RAW), and judges it in the same way.
    ///
    /// - Parameters:
    ///   - bytes: the bits, the first in the highest bit of the first byte. What follows the last bit is ignored.
    ///   - bits: how many there are.
    public mutating func raw(
        _ bytes: Span<UInt8>, bits: Int, at now: MonotonicTime, output: (WiegandOutput) -> Void
    ) {
        guard (1...Self.capacity).contains(bits), bytes.count >= (bits + 7) / 8 else {
            counters.wrongLengths &+= 1
            return output(.unreadable)
        }
        var message: UInt64 = 0
        for index in 0..<(bits + 7) / 8 { message = message << 8 | UInt64(bytes[index]) }
        judge(message >> UInt64((8 - bits % 8) % 8), bits: bits, at: now, output)
    }

    private mutating func judge(
        _ message: UInt64, bits: Int, at time: MonotonicTime, _ output: (WiegandOutput) -> Void
    ) {
        guard let format = WiegandFormat(rawValue: bits), settings.formats.contains(format) else {
            counters.wrongLengths &+= 1
            return output(.unreadable)
        }
        switch format.interpret(message, hasParity: format != .card32 || settings.hasParityAt32) {
        case .card(let card):
            if let lastCardAt, time.since(lastCardAt) < settings.cardInterval {
                counters.tooSoon &+= 1
                return
            }
            lastCardAt = time
            counters.cards &+= 1
            output(.card(settings.reversesBytes ? card.reversingBytes() : card))
        case .key(let key):
            counters.keys &+= 1
            output(.key(key))
        case .unreadable:
            counters.wrongParities &+= 1
            output(.unreadable)
        }
    }

    /// Forgets the message that has begun.
    public mutating func forget() {
        wipe()
        isDropping = false
        newest = nil
    }

    private mutating func wipe() {
        for index in 0..<held { pulses[index] = Pulse() }
        held = 0
    }
}

extension WiegandDecoder {
    /// As ``pulse(on:at:output:)``; gives back the message before, if that has ended.
    public mutating func pulse(on line: Line, at time: MonotonicTime) -> WiegandOutput? {
        var result: WiegandOutput?
        pulse(on: line, at: time) { result = $0 }
        return result
    }

    /// As ``timerFired(at:output:)``; gives back the message.
    public mutating func timerFired(at now: MonotonicTime) -> WiegandOutput? {
        var result: WiegandOutput?
        timerFired(at: now) { result = $0 }
        return result
    }

    /// As ``raw(_:bits:at:output:)``, for an array; gives back the message.
    public mutating func raw(_ bytes: [UInt8], bits: Int, at now: MonotonicTime) -> WiegandOutput? {
        var result: WiegandOutput?
        raw(bytes.span, bits: bits, at: now) { result = $0 }
        return result
    }
}
