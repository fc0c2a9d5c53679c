import GateModel

/// The two commands of a barrier's board: never both at once, and the gap between any two of them.
///
/// Times are those at which the lines really move, so that a late timer shortens no pulse and no gap.
struct BarrierPulses: Hashable, Sendable {
    private struct Running: Hashable, Sendable {
        var output: LaneOutput
        var ends: MonotonicTime
    }

    private let pulse: Duration
    private let gap: Duration
    private var running: Running?
    /// Whether opening has been asked for and waits for the gap.
    private(set) var wantsOpen = false
    /// Whether the pulse to open that runs or waits is for someone who leaves, or for a fire.
    private var isForExit = false
    /// Whether opening is commanded without an end, once it is given.
    private var holdsOpen = false
    /// When the gap after the latest command is over.
    private(set) var quietUntil = MonotonicTime(nanoseconds: 0)

    init(settings: BarrierSettings) {
        pulse = settings.pulse
        gap = settings.gap
    }

    /// What the output should be right now.
    var isOpening: Bool { running?.output == .open || holdsOpen && !wantsOpen }
    var isClosing: Bool { running?.output == .close }
    /// Whether opening is commanded, or will be as soon as the gap is over.
    var opensNowOrSoon: Bool { isOpening || wantsOpen }

    var nextDeadline: MonotonicTime? { running?.ends ?? (wantsOpen ? quietUntil : nil) }

    /// Asks for opening. A command to close ends at once; a pulse to open that runs is enough.
    mutating func open(isForExit: Bool, at now: MonotonicTime) {
        endClosing(at: now)
        if !isOpening {
            wantsOpen = true
        } else if (running?.ends ?? now) <= now {
            // What holds the boom open, or the timer that is late, may end just now; what is asked for must not.
            running = Running(output: .open, ends: now.advanced(by: pulse))
        }
        self.isForExit = self.isForExit || isForExit
    }

    /// Keeps the boom open from now on, or no longer.
    mutating func hold(_ holds: Bool, at now: MonotonicTime) {
        if holds && !holdsOpen { open(isForExit: false, at: now) }
        let wasOpening = isOpening
        holdsOpen = holds
        if wasOpening && !isOpening { rest(from: now) }
    }

    /// Commands closing. Only when the gap is over and nothing opens.
    mutating func close(at now: MonotonicTime) {
        running = Running(output: .close, ends: now.advanced(by: pulse))
    }

    mutating func endClosing(at now: MonotonicTime) {
        guard isClosing else { return }
        running = nil
        rest(from: now)
    }

    /// Ends what is over, and gives what has waited for the gap. A fire waits for no gap.
    mutating func settle(at now: MonotonicTime, inFire: Bool) {
        if let ends = running?.ends, ends <= now { endPulse(at: now) }
        if wantsOpen && (inFire || quietUntil <= now) {
            wantsOpen = false
            running = Running(output: .open, ends: now.advanced(by: pulse))
        }
    }

    /// Leaves no command but one for someone who leaves, which is given in full.
    mutating func stop(at now: MonotonicTime) {
        if isForExit && opensNowOrSoon { return }
        wantsOpen = false
        if running != nil { endPulse(at: now) }
    }

    private mutating func endPulse(at now: MonotonicTime) {
        running = nil
        guard !isOpening else { return }
        rest(from: now)
    }

    private mutating func rest(from now: MonotonicTime) {
        isForExit = false
        quietUntil = now.advanced(by: gap)
    }
}
