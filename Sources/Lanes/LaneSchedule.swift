public import GateModel

/// Hours that come again every week.
///
/// They are what the clock on the wall shows: on the day when it is put forward, hours that it skips do not happen; on the
/// day when it is put back, hours that it shows twice happen twice.
public struct WeekHours: Hashable, Sendable {
    /// The days on which they begin.
    public var days: Set<LocalTime.Weekday>
    /// Minutes of the day. `to` is not part of them; if it is not after `from` it is of the next day.
    public var from: Int
    public var to: Int

    public init(days: Set<LocalTime.Weekday>, from: Int, to: Int) {
        self.days = days
        self.from = from
        self.to = to
    }

    public func contains(_ time: LocalTime) -> Bool {
        guard to <= from else { return days.contains(time.weekday) && (from..<to).contains(time.minute) }
        return days.contains(time.weekday) && time.minute >= from
            || days.contains(time.weekday.before) && time.minute < to
    }
}

/// What a lane does by itself at which hours. The rest of the time it is controlled.
public struct LaneSchedule: Hashable, Sendable {
    public var unlocked: [WeekHours]
    /// Exits stay free.
    public var entryLocked: [WeekHours]
    /// When an attendant is there to whom `refer` can send somebody; `nil`: always.
    public var attended: [WeekHours]?

    public init(unlocked: [WeekHours] = [], entryLocked: [WeekHours] = [], attended: [WeekHours]? = nil) {
        self.unlocked = unlocked
        self.entryLocked = entryLocked
        self.attended = attended
    }

    public func mode(at time: LocalTime) -> LaneMode {
        if entryLocked.contains(where: { $0.contains(time) }) { return .entryLocked }
        return unlocked.contains { $0.contains(time) } ? .unlocked : .controlled
    }

    public func isAttended(at time: LocalTime) -> Bool {
        attended.map { $0.contains { $0.contains(time) } } ?? true
    }

    /// A time at which the lane would be unlocked and entry-locked; `nil` if there is none.
    public var contradiction: LocalTime? {
        for weekday in LocalTime.Weekday.allCases {
            for minute in 0..<(24 * 60) {
                let time = LocalTime(weekday: weekday, minute: minute)
                guard unlocked.contains(where: { $0.contains(time) }) else { continue }
                if entryLocked.contains(where: { $0.contains(time) }) { return time }
            }
        }
        return nil
    }
}
