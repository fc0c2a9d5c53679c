import EventStream
import GateModel

extension Fact {
    /// What happened, in one line for a person.
    var words: String {
        switch self {
        case .crossingDecided(let decided):
            """
            \(decided.outcome.rawValue) at \(decided.accessPoint) (\(decided.direction.rawValue)), \
            case \(decided.policyCase.rawValue), crossing \(decided.crossing), subject \(decided.subject), \
            household \(decided.household), order \(decided.order), list \(decided.list.version)
            """
        case .crossingReleased(let step), .crossingPassed(let step), .crossingNotPassed(let step),
            .crossingUnobserved(let step), .crossingInterrupted(let step):
            "lane \(step.lane), crossing \(step.crossing)"
        case .counted(let counted):
            "\(counted.accessPoint) (\(counted.direction.rawValue)) in the quarter from \(counted.quarter.text): "
                + counted.counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
        case .laneChanged(let changed): "lane \(changed.lane), \(changed.change.words)"
        case .overridden(let overridden):
            "lane \(overridden.lane), \(overridden.act.rawValue) by \(overridden.operator): \(overridden.reason)"
                + (overridden.mode.map { " (\($0)\(overridden.until.map { " until \($0.text)" } ?? ""))" } ?? "")
                + (overridden.cause.map { ": \($0)" } ?? "")
        case .accessPointFailing(let failing):
            "\(failing.reader) at \(failing.accessPoint): \(failing.failures) presentations within \(failing.withinSeconds) s were not admitted"
        case .readerChanged(let changed):
            "reader \(changed.reader), \(changed.state.rawValue)" + (changed.reason.map { ": \($0)" } ?? "")
        case .listInstalled(let list): "version \(list.version), \(list.orders) orders"
        case .listRefused(let refused): refused.reason
        case .mandateEnded(let list): "version \(list.version) was erased"
        case .releaseHonoured(let honoured):
            "release \(honoured.release) of order \(honoured.order) at \(honoured.accessPoint), until \(honoured.until.text)"
        case .releaseRefused(let refused): "\(refused.accessPoint): \(refused.reason)"
        case .gateStarted(let started):
            "version \(started.softwareVersion), after \(started.afterOrderlyStop ? "an orderly stop" : "an interruption")"
        case .gateStopped: "in order"
        case .eventsLost(let lost): (lost.count.map { "\($0) events: " } ?? "") + lost.reason
        case .streamForked(let forked): "after event \(forked.lastSequence) of epoch \(forked.previousEpoch)"
        }
    }
}
