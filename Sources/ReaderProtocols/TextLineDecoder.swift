public import GateModel

/// A scan of printable ASCII, without suffix and AIM identifier.
public struct ScannedText: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    /// `nil` if the scanner sent none, or the policy does not look for it.
    public let aim: AIMIdentifier?

    public init(text: String, aim: AIMIdentifier?) {
        self.text = text
        self.aim = aim
    }

    /// Leaves the text out, so that it does not get into a log.
    public var description: String {
        "ScannedText(\(text.utf8.count) characters withheld\(aim.map { ", \($0)" } ?? ""))"
    }
}

/// Cuts the bytes of a serial scanner into scans.
///
/// A scan ends with the configured suffix or when the line has been idle. Stray CR and LF before a scan are skipped, so a
/// scanner that sends CR LF works where CR is configured.
///
/// Holds at most ``Settings/maximumLength`` bytes, and overwrites them with zero as soon as the scan is handed over or
/// dropped (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct TextLineDecoder: Sendable {
    public enum Suffix: String, Hashable, Sendable, CaseIterable {
        case cr, crlf, lf, tab, etx

        /// The byte that ends the scan; for CR LF, the last of the two.
        fileprivate var lastByte: UInt8 {
            switch self {
            case .cr: TextLineDecoder.carriageReturn
            case .crlf, .lf: TextLineDecoder.lineFeed
            case .tab: 0x09
            case .etx: 0x03
            }
        }
    }

    public struct Settings: Hashable, Sendable {
        public var suffix: Suffix
        /// How long the line must be silent for a scan to end without its suffix.
        public var idleGap: Duration
        /// In bytes, suffix excluded, AIM identifier included: 1 to 4096, clamped.
        public let maximumLength: Int
        public var aim: AIMPolicy

        public init(
            suffix: Suffix = .cr, idleGap: Duration = .milliseconds(80), maximumLength: Int = 4096,
            aim: AIMPolicy = .optional
        ) {
            self.suffix = suffix
            self.idleGap = idleGap
            self.maximumLength = min(max(maximumLength, 1), 4096)
            self.aim = aim
        }
    }

    public enum Output: Hashable, Sendable {
        case text(ScannedText)
        /// Something was scanned that is not printable ASCII.
        case unreadable
    }

    /// What the line did so far, in scans.
    public struct Counters: Hashable, Sendable {
        public var scans: UInt64 = 0
        public var unreadable: UInt64 = 0
        /// Longer than allowed, and dropped whole.
        public var overlong: UInt64 = 0
        /// Without an AIM identifier that the policy requires.
        public var otherSymbologies: UInt64 = 0
        /// The text `%%NoRead`, with which some scanners report that they saw no code.
        public var noReads: UInt64 = 0
    }

    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A
    private static let noRead = Array("%%NoRead".utf8)

    public let settings: Settings
    public private(set) var counters = Counters()
    /// The scan so far stands at its beginning, all other bytes are zero.
    private var buffer: [UInt8]
    private var held = 0
    /// The scan has become too long; the rest of it is not kept.
    private var isDropping = false
    private var previousWasCarriageReturn = false
    private var lastByteAt: MonotonicTime?

    public init(settings: Settings = Settings()) {
        self.settings = settings
        buffer = [UInt8](repeating: 0, count: settings.maximumLength + 1)
    }

    /// When ``timerFired(at:)`` is due: the end of the idle gap, `nil` while no scan has begun.
    public var nextDeadline: MonotonicTime? {
        guard held > 0 || isDropping else { return nil }
        return lastByteAt?.advanced(by: settings.idleGap)
    }

    /// Takes the next bytes of the line and hands over each scan that they complete.
    public mutating func feed(_ bytes: Span<UInt8>, at now: MonotonicTime, output: (Output) -> Void) {
        guard bytes.count > 0 else { return }
        if let ended = timerFired(at: now) { output(ended) }
        lastByteAt = now
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if let scan = take(byte) { output(scan) }
            previousWasCarriageReturn = byte == Self.carriageReturn
        }
    }

    /// The same for an array; gives back the scans.
    public mutating func feed(_ bytes: [UInt8], at now: MonotonicTime) -> [Output] {
        var outputs: [Output] = []
        feed(bytes.span, at: now) { outputs.append($0) }
        return outputs
    }

    /// Ends the scan that has begun, if the line has been idle for long enough.
    public mutating func timerFired(at now: MonotonicTime) -> Output? {
        guard let nextDeadline, now >= nextDeadline else { return nil }
        return endScan()
    }

    private mutating func take(_ byte: UInt8) -> Output? {
        if byte == settings.suffix.lastByte, settings.suffix != .crlf || previousWasCarriageReturn {
            return endScan()
        }
        if isDropping { return nil }
        if held == 0, byte == Self.carriageReturn || byte == Self.lineFeed { return nil }
        // One more is allowed for the CR of CR LF.
        let room = settings.maximumLength + (settings.suffix == .crlf && byte == Self.carriageReturn ? 1 : 0)
        guard held < room else {
            counters.overlong &+= 1
            wipe()
            isDropping = true
            return nil
        }
        buffer[held] = byte
        held += 1
        return nil
    }

    private mutating func endScan() -> Output? {
        defer {
            wipe()
            isDropping = false
        }
        if settings.suffix == .crlf, held > 0, buffer[held - 1] == Self.carriageReturn {
            // It was kept, as it could not be known that LF would follow.
            held -= 1
            buffer[held] = 0
        }
        guard held > 0 else { return nil }
        return read()
    }

    /// Decides what the held bytes are.
    private mutating func read() -> Output? {
        var start = 0
        var aim: AIMIdentifier?
        if settings.aim != .none, held >= 3, buffer[0] == 0x5D {
            aim = AIMIdentifier(letter: buffer[1], modifier: buffer[2])
            if aim != nil { start = 3 }
        }
        let scan = buffer[start..<held]
        if scan.elementsEqual(Self.noRead) {
            counters.noReads &+= 1
            return nil
        }
        if case .required(let accepted) = settings.aim {
            guard let aim, accepted.contains(aim) else {
                counters.otherSymbologies &+= 1
                return nil
            }
        }
        guard !scan.isEmpty, scan.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            counters.unreadable &+= 1
            return .unreadable
        }
        counters.scans &+= 1
        return .text(ScannedText(text: String(decoding: scan, as: UTF8.self), aim: aim))
    }

    private mutating func wipe() {
        for index in 0..<held { buffer[index] = 0 }
        held = 0
    }
}
