public import GateModel

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
            self.maximumLength = min(max(maximumLength, 1), ScanAssembler.longest)
            self.aim = aim
        }
    }

    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A

    public let settings: Settings
    private var assembler: ScanAssembler
    private var previousWasCarriageReturn = false
    private var lastByteAt: MonotonicTime?

    public init(settings: Settings = Settings()) {
        self.settings = settings
        // One more for the CR of CR LF, of which it cannot be known that LF will follow.
        assembler = ScanAssembler(maximumLength: settings.maximumLength, aim: settings.aim, spare: 1)
    }

    public var counters: ScanCounters { assembler.counters }

    /// When ``timerFired(at:scan:)`` is due: the end of the idle gap, `nil` while no scan has begun.
    public var nextDeadline: MonotonicTime? {
        assembler.isEmpty ? nil : lastByteAt?.advanced(by: settings.idleGap)
    }

    /// Takes the next bytes of the line and hands over each scan that they complete.
    public mutating func feed(_ bytes: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        guard bytes.count > 0 else { return }
        timerFired(at: now, scan: scan)
        lastByteAt = now
        for index in 0..<bytes.count {
            let byte = bytes[index]
            take(byte, scan)
            previousWasCarriageReturn = byte == Self.carriageReturn
        }
    }

    /// Ends the scan that has begun, if the line has been idle for long enough.
    public mutating func timerFired(at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        guard let nextDeadline, now >= nextDeadline else { return }
        endScan(scan)
    }

    private mutating func take(_ byte: UInt8, _ scan: (ScanKind, Span<UInt8>) -> Void) {
        if byte == settings.suffix.lastByte, settings.suffix != .crlf || previousWasCarriageReturn {
            return endScan(scan)
        }
        if assembler.isEmpty, byte == Self.carriageReturn || byte == Self.lineFeed { return }
        assembler.append(byte, spare: settings.suffix == .crlf && byte == Self.carriageReturn ? 1 : 0)
    }

    private mutating func endScan(_ scan: (ScanKind, Span<UInt8>) -> Void) {
        if settings.suffix == .crlf, assembler.last == Self.carriageReturn { assembler.removeLast() }
        assembler.end(scan: scan)
    }
}

extension TextLineDecoder {
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
