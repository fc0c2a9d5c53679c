public import GateModel

/// Puts the lines of a machine-readable zone together: most readers send each as a scan of its own.
///
/// A line of 30, 36 or 44 letters, digits and `<` whose first character names a kind of document begins a zone of three
/// (TD1) or two lines (TD2, TD3). What does not go on in time is handed over as it came. Anything else passes through.
public struct MRZLineJoiner: Sendable {
    /// The lines of a zone come within this time of one another.
    public static let gap = Duration.milliseconds(700)

    /// At most two lines of 44 characters; forgotten as soon as they are handed over.
    private var lines: [ScannedText] = []
    private var lastAt = MonotonicTime(nanoseconds: 0)

    public init() {}

    /// When ``timerFired(at:)`` is due; `nil` while no zone has begun.
    public var nextDeadline: MonotonicTime? { lines.isEmpty ? nil : lastAt.advanced(by: Self.gap) }

    /// Takes a scan, and gives what is to be presented: nothing while a zone goes on.
    public mutating func take(_ scan: ScannedText, at now: MonotonicTime) -> [ScannedText] {
        let late = timerFired(at: now)
        guard Self.isLine(scan.text) else { return late + flush() + [scan] }
        if let first = lines.first, first.text.utf8.count != scan.text.utf8.count {
            let broken = flush()
            return late + broken + begin(scan, at: now)
        }
        guard !lines.isEmpty else { return late + begin(scan, at: now) }
        lines.append(scan)
        lastAt = now
        guard lines.count == (scan.text.utf8.count == 30 ? 3 : 2) else { return late }
        let zone = ScannedText(text: lines.map(\.text).joined(separator: "\n"), aim: lines[0].aim)
        lines = []
        return late + [zone]
    }

    /// Gives the lines of a zone that did not go on.
    public mutating func timerFired(at now: MonotonicTime) -> [ScannedText] {
        guard let nextDeadline, now >= nextDeadline else { return [] }
        return flush()
    }

    private mutating func begin(_ scan: ScannedText, at now: MonotonicTime) -> [ScannedText] {
        guard let first = scan.text.utf8.first, "ACIPV".utf8.contains(first) else { return [scan] }
        lines = [scan]
        lastAt = now
        return []
    }

    private mutating func flush() -> [ScannedText] {
        defer { lines = [] }
        return lines
    }

    private static func isLine(_ text: String) -> Bool {
        let length = text.utf8.count
        guard length == 30 || length == 36 || length == 44 else { return false }
        return text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x3C
        }
    }
}
