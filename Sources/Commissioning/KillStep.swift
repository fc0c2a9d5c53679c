import Control
import GateModel

extension LanePlan {
    /// What the lane does without the daemon, and whether the daemon comes back.
    func kill(patience: Duration) -> Step {
        let id = "\(lane).kill"
        let permission = Question(
            id: id,
            text: "The daemon is killed now (SIGKILL), as if it had crashed. Look at the \(mover) of \(lane). "
                + "May this program kill it (yes), or do you (no)?",
            choices: ["yes", "no"]
        ) { [isReleasedByCurrent, releasedByName] answer, seen in
            seen.watchesForRestart()
            guard let process = seen.status?.processID ?? seen.first?.processID else {
                let text = "The daemon does not tell its number. Type: sudo systemctl kill -s KILL gatehoused"
                return [.tell(id: "\(id).type", text)]
            }
            // What an output does that nobody drives any more is seen where it carried current.
            let released =
                (isReleasedByCurrent ? releasedByName : [])
                + [.note(.seen("killed while", isReleasedByCurrent ? "released" : "locked"))]
            return released
                + (answer == "yes"
                    ? [.act(.kill(process))] : [.tell(id: "\(id).type", "Type: sudo kill -9 \(process)")])
        }
        let lock = Question(
            id: "\(id).lock", text: "Without the daemon, what was the \(mover) of \(lane)?",
            choices: ["locked", "released", "unchanged"]
        ) { [mover] answer, seen in
            seen.measures.append(.seen("\(mover) without the daemon", answer))
            return []
        }
        return Step(
            id: id, title: "Loss of the daemon (SIGKILL)", lane: lane,
            phases: [
                settled, .ask(permission),
                .await("the daemon gone", within: patience) { seen, now in
                    guard seen.silentSince != nil || seen.isAnotherDaemon else { return .waits }
                    // Where it was killed by hand, nobody knows more than when it first did not answer.
                    seen.mark = seen.actDone ?? seen.silentSince ?? now
                    return .seen
                },
                .tell(id: "\(id).restart", "The daemon is gone. It is to come back by itself."),
                .await("the daemon to answer again", within: patience) { seen, now in
                    guard seen.isAnotherDaemon else { return .waits }
                    let took = seen.mark.map { now.since($0).clampedMicroseconds }
                    seen.measures.append(.time("kill to answering again", took))
                    return .seen
                },
                .ask(lock), settled,
                .note(.seen("after the restart", "locked", required: "locked", .ok)),
            ])
    }
}
