import GateModel
import Testing

struct CalendarDateTests {
    @Test(arguments: [
        (0 as Int64, "1970-01-01"), (-1, "1969-12-31"), (86_399, "1970-01-01"), (86_400, "1970-01-02"),
        (951_782_400, "2000-02-29"), (951_868_800, "2000-03-01"), (4_107_542_400, "2100-03-01"),
        (4_107_542_399, "2100-02-28"),
        (-62_135_596_800, "0001-01-01"), (253_402_300_799, "9999-12-31"), (.min, "0001-01-01"), (.max, "9999-12-31"),
    ])
    func `a point in time falls on a day in UTC`(seconds: Int64, text: String) {
        #expect(CalendarDate(WallTime(secondsSince1970: seconds)).description == text)
    }

    @Test func `each day is followed by the next one`() throws {
        var seconds: Int64 = -2_208_988_800
        var previous = CalendarDate(WallTime(secondsSince1970: seconds))
        #expect(previous.description == "1900-01-01")
        while previous.year < 2101 {
            seconds += 86_400
            let next = CalendarDate(WallTime(secondsSince1970: seconds))
            #expect(previous < next)
            // It exists, and nothing lies between the two.
            #expect(CalendarDate(year: next.year, month: next.month, day: next.day) == next)
            if next.day != 1 {
                #expect((next.year, next.month, next.day) == (previous.year, previous.month, previous.day + 1))
            } else {
                #expect(CalendarDate(year: previous.year, month: previous.month, day: previous.day + 1) == nil)
            }
            previous = next
        }
    }

    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 1, 0), (2024, 4, 31), (0, 1, 1),
        (10_000, 1, 1),
        (.max, 1, 1), (2024, .min, 1), (2024, 1, .max),
    ])
    func `days that never were are refused`(year: Int, month: Int, day: Int) {
        #expect(CalendarDate(year: year, month: month, day: day) == nil)
    }

    @Test func `eight digits are read, nothing else is`() {
        #expect(CalendarDate(yyyymmdd: "20000229")?.description == "2000-02-29")
        for text in [
            "", "2000022", "200002290", "2000022a", "+2000229", "２0000229", "20000230", "2000-2-9", "00000101",
        ] {
            #expect(CalendarDate(yyyymmdd: text) == nil)
        }
    }
}
