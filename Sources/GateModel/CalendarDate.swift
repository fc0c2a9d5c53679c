/// A day of the proleptic Gregorian calendar, years 1 to 9999, with no clock and no time zone. Always a real date.
public struct CalendarDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to the last day of the month.
    public let day: Int

    /// `nil` if there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        self.init(checkedYear: year, month: month, day: day)
    }

    /// Reads eight ASCII digits `YYYYMMDD`, the form of identity documents. `nil` for anything else or for no such day.
    public init?(yyyymmdd text: some StringProtocol) {
        var number = 0
        var count = 0
        for byte in text.utf8 {
            guard (0x30...0x39).contains(byte), count < 8 else { return nil }
            number = number * 10 + Int(byte) - 0x30
            count += 1
        }
        guard count == 8 else { return nil }
        self.init(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    /// The day in UTC that holds `wall`, clamped to the years 1 to 9999.
    public init(_ wall: WallTime) {
        // Seconds at 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
        let seconds = min(max(wall.secondsSince1970, -62_135_596_800), 253_402_300_799)
        // Counts from 0000-03-01, so that the leap day is the last of its year and every era of 400 years
        // (146 097 days) is alike.
        let days = Int((seconds + 719_468 * 86_400) / 86_400)
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.init(
            checkedYear: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private init(checkedYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (a: CalendarDate, b: CalendarDate) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
