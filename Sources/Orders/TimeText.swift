import GateModel

/// A date or time as order lists write it, in UTC: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SSZ`.
struct TimeText {
    /// The given second, or the first second of the given day.
    let first: WallTime
    let isWholeDay: Bool

    /// The given second, or the midnight that ends the given day.
    var end: WallTime { isWholeDay ? first.advanced(bySeconds: 86_400) : first }

    /// `nil` for any other form, and for a day or time that does not exist.
    init?(_ text: ArraySlice<UInt8>) {
        let pattern = text.count == 10 ? Self.dayPattern : Self.timePattern
        guard text.count == pattern.count else { return nil }
        var numbers = [0, 0, 0, 0, 0, 0]
        var field = 0
        for (byte, expected) in zip(text, pattern) {
            if expected == UInt8(ascii: "0") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                numbers[field] = numbers[field] * 10 + Int(byte - UInt8(ascii: "0"))
            } else {
                guard byte == expected else { return nil }
                field = min(field + 1, 5)
            }
        }
        guard let date = CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]),
            numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
        else { return nil }
        isWholeDay = text.count == Self.dayPattern.count
        let seconds = numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
        first = date.startInUTC.advanced(bySeconds: Int64(seconds))
    }

    private static let dayPattern = Array("0000-00-00".utf8)
    private static let timePattern = Array("0000-00-00T00:00:00Z".utf8)
}

extension CalendarDate {
    /// The midnight with which the day begins.
    fileprivate var startInUTC: WallTime {
        // Counts from March 0000, so that the leap day is the last of its year.
        let yearFromMarch = month > 2 ? year : year - 1
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let daysInYears = 365 * yearFromMarch + yearFromMarch / 4 - yearFromMarch / 100 + yearFromMarch / 400
        let days = daysInYears + (153 * monthFromMarch + 2) / 5 + day - 1
        return WallTime(secondsSince1970: Int64(days - 719_468) * 86_400)
    }
}
