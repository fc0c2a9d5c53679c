import GateModel
import Lanes
import Testing

@Suite struct LaneScheduleTests {
    private func time(_ weekday: LocalTime.Weekday, _ hour: Int, _ minute: Int = 0) -> LocalTime {
        LocalTime(weekday: weekday, minute: hour * 60 + minute)
    }

    private let morning = WeekHours(days: [.monday, .friday], from: 7 * 60, to: 9 * 60)
    private let night = WeekHours(days: [.sunday], from: 23 * 60, to: 5 * 60)

    @Test func `hours begin with their first minute and end before their last`() {
        #expect(!morning.contains(time(.monday, 6, 59)))
        #expect(morning.contains(time(.monday, 7)))
        #expect(morning.contains(time(.friday, 8, 59)))
        #expect(!morning.contains(time(.monday, 9)))
        #expect(!morning.contains(time(.tuesday, 8)))
    }

    @Test func `hours past midnight belong to the day on which they begin, over the end of the week too`() {
        #expect(night.contains(time(.sunday, 23)))
        #expect(night.contains(time(.monday, 4, 59)))
        #expect(!night.contains(time(.monday, 5)))
        #expect(!night.contains(time(.monday, 23)))
        #expect(!night.contains(time(.sunday, 4)))
        let always = WeekHours(days: Set(LocalTime.Weekday.allCases), from: 0, to: 0)
        for weekday in LocalTime.Weekday.allCases { #expect(always.contains(time(weekday, 13))) }
    }

    @Test func `a lane is controlled unless its hours say otherwise, and attended unless hours say when`() {
        let schedule = LaneSchedule(unlocked: [morning], entryLocked: [night])
        #expect(schedule.mode(at: time(.monday, 8)) == .unlocked)
        #expect(schedule.mode(at: time(.monday, 12)) == .controlled)
        #expect(schedule.mode(at: time(.monday, 3)) == .entryLocked)
        #expect(schedule.isAttended(at: time(.monday, 3)))
        let attended = LaneSchedule(attended: [morning])
        #expect(attended.isAttended(at: time(.monday, 8)) && !attended.isAttended(at: time(.monday, 9)))
        #expect(!LaneSchedule(attended: []).isAttended(at: time(.monday, 8)))
    }

    @Test func `hours that contradict each other are found`() {
        #expect(LaneSchedule(unlocked: [morning], entryLocked: [night]).contradiction == nil)
        let early = WeekHours(days: [.monday], from: 4 * 60, to: 6 * 60)
        #expect(LaneSchedule(unlocked: [early], entryLocked: [night]).contradiction == time(.monday, 4))
    }
}
