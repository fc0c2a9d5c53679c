/// What a wall clock and a calendar on the wall of the gate show: its time zone, daylight saving and all.
public struct LocalTime: Hashable, Sendable, CustomStringConvertible {
    public enum Weekday: Int, Hashable, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday

        public var before: Weekday { Weekday(rawValue: (rawValue + 6) % 7) ?? .monday }
    }

    public var weekday: Weekday
    /// Of the day, 0...1439.
    public var minute: Int

    public init(weekday: Weekday, minute: Int) {
        self.weekday = weekday
        self.minute = minute
    }

    /// Such as `monday 07:05`.
    public var description: String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(weekday) \(two(minute / 60)):\(two(minute % 60))"
    }
}
