import Control
import GateModel

/// One thing to try: phases that follow each other.
struct Step: Sendable {
    var id: String
    var title: String
    /// `nil` for a step of the whole gate.
    var lane: LaneID?
    var phases: [Phase]
}

/// A part of a step.
enum Phase: Sendable {
    /// Has the technician do something.
    case tell(id: String, String)
    /// Asks the technician; what is answered may lead to more phases.
    case ask(Question)
    /// Has the program do something, and goes on when it is done.
    case act(CommissioningAct)
    /// Notes what is known by now.
    case note(Measure)
    /// Looks at what was seen until now; more phases may follow from it.
    case branch(@Sendable (inout Seen) -> [Phase])
    /// Waits for something to be seen.
    case await(String, within: Duration, @Sendable (inout Seen, MonotonicTime) -> Sight)
    /// Ends the program, to be continued by the next one.
    case suspend(String)
}

/// Whether what is awaited was seen.
enum Sight: Sendable {
    case waits, seen
    /// It was not, and will not be.
    case failed(String)
}

struct Question: Sendable {
    var id: String
    var text: String
    var choices: [String]
    /// What is answered by saying nothing.
    var standard: String?
    /// Takes one of the choices.
    var take: @Sendable (String, inout Seen) -> [Phase]
}

/// What a step has seen of the gate, and found.
struct Seen: Sendable {
    /// So many lines are kept for those who wait for them.
    private static let linesKept = 256

    private var lines: [(line: WatchLine, at: MonotonicTime)] = []
    /// When the last act was begun.
    var actBegan = MonotonicTime(nanoseconds: 0)
    /// When the last act was done.
    private(set) var actDone: MonotonicTime?
    /// The newest status; `nil` while the daemon does not answer, and after an act.
    private(set) var status: StatusReport?
    /// A status that was asked for before that says nothing any more.
    private var heedsFrom = MonotonicTime(nanoseconds: 0)
    /// The first status of the step, or the last one before the technician was told something.
    private(set) var first: StatusReport?
    /// When the daemon did not answer for the first time.
    private(set) var silentSince: MonotonicTime?
    /// Lanes that a status showed released, or open, since the last statement.
    private(set) var released: Set<LaneID> = []
    private(set) var opened: Set<LaneID> = []
    /// Since when each lane has been at rest, as far as that was awaited.
    var restsSince: [LaneID: MonotonicTime] = [:]
    /// When something began that is measured.
    var mark: MonotonicTime?
    var measures: [Measure] = []
    /// Why the step fails although it went on to its end.
    var complaint: String?

    mutating func take(_ line: WatchLine, at time: MonotonicTime) {
        lines.append((line, time))
        if lines.count > Self.linesKept { lines.removeFirst() }
    }

    /// - Parameter asked: when it was asked for.
    mutating func take(_ status: StatusReport, asked: MonotonicTime) {
        guard asked >= heedsFrom else { return }
        if first == nil { first = status }
        self.status = status
        for lane in status.lanes {
            if lane.lock == "released" { released.insert(lane.lane) }
            if lane.contact == "open" { opened.insert(lane.lane) }
        }
    }

    /// What was so before an act says nothing of what is after it.
    mutating func didAct(at time: MonotonicTime) {
        actDone = time
        wantsNewStatus(from: time)
    }

    /// Something has changed that a status from before does not show.
    mutating func wantsNewStatus(from time: MonotonicTime) {
        heedsFrom = time
        status = nil
    }

    /// From here on another daemon, or silence, is what follows from what is done now.
    mutating func watchesForRestart() {
        first = status ?? first
        silentSince = nil
    }

    mutating func isSilent(at time: MonotonicTime) {
        status = nil
        silentSince = silentSince ?? time
    }

    /// The technician is told something: what was before is no answer to it.
    mutating func forgetWhatWas() {
        (released, opened) = ([], [])
        lines = []
        first = status ?? first
    }

    /// The first line that fits, once.
    mutating func line(where fits: (WatchLine) -> Bool) -> (line: WatchLine, at: MonotonicTime)? {
        guard let index = lines.firstIndex(where: { fits($0.line) }) else { return nil }
        return lines.remove(at: index)
    }

    /// The line that tells a change of a lane, once.
    mutating func change(_ change: String, of lane: LaneID) -> (line: WatchLine, at: MonotonicTime)? {
        line { $0.what == .lane && $0.lane == lane && $0.change == change }
    }

    func lane(_ id: LaneID) -> LaneStatus? { status?.lanes.first { $0.lane == id } }

    /// Whether another daemon answers than the one at the start of the step.
    var isAnotherDaemon: Bool {
        guard let status, let first else { return false }
        if let before = first.processID, let now = status.processID { return before != now }
        return silentSince != nil
    }
}
