import Control
import EventStream
import GateModel
import Lanes
import Settings

/// The modes of the lanes: by the hour, or by somebody's order for a time.
extension Gatekeeper {
    /// An order of a named person. It ends by itself, and with the daemon.
    struct ModeOrder {
        var mode: LaneMode
        var ends: MonotonicTime
    }

    /// The longest order; who wants more writes it into the configuration.
    static let longestOrder = Duration.seconds(24 * 3600)

    /// Gives each lane the mode that it should have now.
    func checkModes(at now: TimeStamp) {
        for (id, order) in modeOrders where now.monotonic >= order.ends { modeOrders[id] = nil }
        for lane in lanes.values {
            let id = lane.settings.id
            let mode = modeOrders[id]?.mode ?? scheduledMode(of: lane.settings, at: now.wall)
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

    /// A named person sets a lane's mode for a time (principle 13): durable before it acts.
    func order(_ request: ModeRequest, lane id: LaneID) async throws(ControlFailure) {
        guard let mode = LaneMode(rawValue: request.mode) else {
            let modes = LaneMode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlFailure("there is no mode '\(request.mode)'; expected one of \(modes)")
        }
        guard request.seconds > 0, .seconds(request.seconds) <= Self.longestOrder else {
            throw ControlFailure(
                "a mode lasts from a second to a day; what is to last longer belongs into the schedule")
        }
        let ends = clock.now().wall.advanced(bySeconds: Int64(request.seconds))
        try await act(
            Overridden(
                lane: id, act: .mode, operator: request.operator, reason: request.reason, mode: mode.rawValue,
                until: ends))
        let now = clock.now()
        modeOrders[id] = ModeOrder(mode: mode, ends: now.monotonic.advanced(by: .seconds(request.seconds)))
        checkModes(at: now)
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
