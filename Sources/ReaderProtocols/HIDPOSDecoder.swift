public import GateModel

/// Joins the input reports of a HID POS bar code scanner to scans.
///
/// Takes each report as one read of hidraw gives it. Where its parts stand is told by the report descriptor; if that
/// tells nothing of use, one of the three layouts that makers are known to have is recognised.
///
/// A scan of several reports is handed over when the last has come. It is dropped whole when one of them is broken or
/// does not come: what is left of it is not taken for a scan of its own.
///
/// Holds at most ``Settings/maximumLength`` bytes, and overwrites them with zero as soon as the scan is handed over or
/// dropped (principle 6). What was passed to `feed` belongs to the caller, who has to wipe it.
public struct HIDPOSDecoder: Sendable {
    public struct Settings: Hashable, Sendable {
        /// How long the next report of a scan may take.
        public var reportGap: Duration
        /// In bytes, without the AIM identifier: 1 to 4096, clamped.
        public let maximumLength: Int
        public var aim: AIMPolicy

        public init(
            reportGap: Duration = .milliseconds(300), maximumLength: Int = 4096, aim: AIMPolicy = .optional
        ) {
            self.reportGap = reportGap
            self.maximumLength = min(max(maximumLength, 1), ScanAssembler.longest)
            self.aim = aim
        }
    }

    /// What the device sent so far, in reports.
    public struct ReportCounters: Hashable, Sendable {
        /// Part of a scan, whatever became of it.
        public var used: UInt64 = 0
        /// Not long enough for all of its fields.
        public var short: UInt64 = 0
        /// Of a number or layout that is not known.
        public var unknown: UInt64 = 0
        /// With a count that is greater than the room for data.
        public var absurdCounts: UInt64 = 0
        /// Answers to commands.
        public var replies: UInt64 = 0
    }

    private enum Progress {
        case idle
        /// More reports of this scan are to come.
        case collecting
        /// More reports are to come of a scan that is lost.
        case skipping
    }

    /// USB vendor of the scanners with layout B.
    private static let newland: UInt16 = 0x1EAB

    public let settings: Settings
    public private(set) var reportCounters = ReportCounters()
    private let described: [HIDScanReport]
    private let vendorID: UInt16
    private var assembler: ScanAssembler
    private var progress = Progress.idle
    /// Of the first report of the scan.
    private var identifier: AIMIdentifier?
    /// The layout that was recognised in the first report of the scan.
    private var recognised: HIDScanReport?
    private var lastReportAt = MonotonicTime(nanoseconds: 0)

    /// - Parameter vendorID: of the USB device.
    public init(descriptor: HIDReportDescriptor, vendorID: UInt16, settings: Settings = Settings()) {
        self.settings = settings
        self.vendorID = vendorID
        described = descriptor.scanReports
        assembler = ScanAssembler(maximumLength: settings.maximumLength, aim: settings.aim)
    }

    public var counters: ScanCounters { assembler.counters }

    /// When ``timerFired(at:)`` is due, `nil` while no scan has begun.
    public var nextDeadline: MonotonicTime? {
        progress == .idle ? nil : lastReportAt.advanced(by: settings.reportGap)
    }

    /// Takes one report and hands over the scan that it ends.
    public mutating func feed(_ report: Span<UInt8>, at now: MonotonicTime, scan: (ScanKind, Span<UInt8>) -> Void) {
        timerFired(at: now)
        guard report.count > 0, let layout = layout(of: report) else {
            reportCounters.unknown &+= 1
            return
        }
        lastReportAt = now
        guard report.count >= layout.minimumLength else {
            reportCounters.short &+= 1
            return lose(continues: true)
        }
        let continues = layout.continued.map { $0.number(in: report) != 0 } ?? false
        let count = layout.byteCount.map { $0.number(in: report) } ?? layout.paddedCount(of: report)
        guard count <= layout.data.bitCount / 8 else {
            reportCounters.absurdCounts &+= 1
            return lose(continues: continues)
        }
        if progress == .idle, !continues, layout.isReply(report, count: count) {
            reportCounters.replies &+= 1
            return
        }
        reportCounters.used &+= 1
        if progress == .skipping {
            if !continues { progress = .idle }
            return
        }
        if progress == .idle {
            identifier = layout.aimIdentifier(in: report)
            recognised = layout
        }
        for index in 0..<count { assembler.append(layout.data.byte(index, of: report)) }
        progress = continues ? .collecting : .idle
        if !continues { endScan(scan) }
    }

    /// Drops the scan that has begun, if its next report is overdue.
    public mutating func timerFired(at now: MonotonicTime) {
        guard let nextDeadline, now >= nextDeadline else { return }
        assembler.discard()
        progress = .idle
    }

    private func layout(of report: Span<UInt8>) -> HIDScanReport? {
        guard described.isEmpty else {
            return described.first { $0.reportID == 0 || $0.reportID == report[0] }
        }
        guard report[0] == HIDScanReport.layoutA.reportID else { return nil }
        // The data of a later report may begin with anything.
        if progress != .idle, let recognised { return recognised }
        // Before the bracket: with the AIM identifier switched on, these put it into the data.
        if vendorID == Self.newland { return .layoutB }
        if report.count > 2, report[2] == 0x5D { return .layoutA }
        if report.count > 3, report[3] == 0x5D { return .layoutAPlus1 }
        return nil
    }

    /// - Parameter continues: whether more reports of the scan are to be expected.
    private mutating func lose(continues: Bool) {
        assembler.discard()
        progress = continues ? .skipping : .idle
    }

    private mutating func endScan(_ scan: (ScanKind, Span<UInt8>) -> Void) {
        // The suffix of another interface, where it is programmed for all of them.
        while assembler.last == 0x0D || assembler.last == 0x0A { assembler.removeLast() }
        assembler.end(identifier: identifier, scan: scan)
    }
}

extension HIDPOSDecoder {
    /// As ``feed(_:at:scan:)``, for an array; gives back the scan.
    public mutating func feed(_ report: [UInt8], at now: MonotonicTime) -> ScanOutput? {
        var output: ScanOutput?
        feed(report.span, at: now) { output = ScanOutput($0, $1) }
        return output
    }
}

extension HIDScanReport {
    /// `nil` if the report has none, or something else in its place.
    fileprivate func aimIdentifier(in report: Span<UInt8>) -> AIMIdentifier? {
        guard identifier.count == 3, identifier[0].byte(0, of: report) == 0x5D else { return nil }
        return AIMIdentifier(letter: identifier[1].byte(0, of: report), modifier: identifier[2].byte(0, of: report))
    }

    /// The bytes of data without the zeros at their end.
    fileprivate func paddedCount(of report: Span<UInt8>) -> Int {
        var count = data.bitCount / 8
        while count > 0, data.byte(count - 1, of: report) == 0 { count -= 1 }
        return count
    }

    /// Whether this answers a command of the zone protocol: 02 00, status, 01, value, CRC (2 bytes).
    fileprivate func isReply(_ report: Span<UInt8>, count: Int) -> Bool {
        count == 7 && data.byte(0, of: report) == 0x02 && data.byte(1, of: report) == 0x00
            && data.byte(3, of: report) == 0x01
    }
}
