import Control
import EventStream
import GateModel
import Lanes
import Settings

/// The modes of the lanes: by the hour, or by a named person's change for a time (`Gatekeeper+ModeChanges`).
extension Gatekeeper {
    /// A change that is in force.
    struct ModeInForce {
        var change: ModeChange
        /// Counted on the monotonic clock (principle 18).
        var ends: MonotonicTime
        /// Of one from before a restart nothing but the wall clock knows how long it has lasted, and that may be put right
        /// later.
        var isRestored = false

        func isOver(at now: TimeStamp) -> Bool {
            now.monotonic >= ends || isRestored && now.wall >= change.until
        }
    }

    /// Gives each lane the mode that it should have now.
    func checkModes(at now: TimeStamp) {
        for (id, mode) in modesInForce where mode.isOver(at: now) {
            modesInForce[id] = nil
            // A clock that is put back must not bring it to life again at the next start.
            modeStore.writeLater(storedModes)
        }
        for lane in lanes.values {
            let id = lane.settings.id
            let mode = modesInForce[id]?.change.mode ?? scheduledMode(of: lane.settings, at: now.wall)
            guard mode != lane.state.mode else { continue }
            lane.handle(.mode(mode), at: now.monotonic)
            laneFact(id, LaneChanged.Change(mode), detail: LaneChanged.Change(mode).words, now)
        }
    }

    /// A clock that is years behind opens nothing.
    func scheduledMode(of lane: LaneSettings, at now: WallTime) -> LaneMode {
        now < .earliestPlausible ? .controlled : lane.schedule.mode(at: localTime(now))
    }

    func isAttended(_ lane: LaneID, at now: WallTime) -> Bool {
        lanes[lane]?.settings.schedule.isAttended(at: localTime(now)) ?? true
    }

    /// The case that an attendant decides; its code is the attendant's from then on.
    func takeCase(_ code: String, lane: LaneID) throws(ControlFailure) -> HeldCases.Case {
        guard let held = heldCases.take(code, lane: lane, at: clock.monotonic) else {
            throw ControlFailure(
                "lane '\(lane)' holds no case '\(code)': it was decided, is older than ten minutes, or came when nobody "
                    + "attends; have the person present again, or release the lane without a case")
        }
        return held
    }
}

extension LaneChanged.Change {
    init(_ mode: LaneMode) {
        self =
            switch mode {
            case .controlled: .controlled
            case .unlocked: .unlocked
            case .entryLocked: .entryLocked
            }
    }
}
