import Foundation
import GateModel
import Lanes
import Settings
import Testing

@Suite struct HoursTests {
    private static func text(_ hours: String, zone: String = "time-zone: UTC") throws -> String {
        try Shipped.text("gate.example.yaml").replacingOccurrences(
            of: "    access-points:\n      - name: front-in",
            with: "    hours: \(hours)\n    access-points:\n      - name: front-in"
        ).replacingOccurrences(of: "lanes:\n", with: "\(zone)\nlanes:\n")
    }

    @Test func `hours are read as they are written`() throws {
        let text = try Self.text(
            #"{unlocked: [{days: [monday], from: "07:30", to: "24:00"}], entry-locked: [{from: "00:00", to: "05:00"}]}"#
        )
        let settings = try GateSettings.parse(text, file: "gate.yaml", folder: Shipped.folder)
        #expect(settings.timeZone == "UTC")
        let all = Set(LocalTime.Weekday.allCases)
        #expect(
            settings.lanes.first?.schedule
                == LaneSchedule(
                    unlocked: [WeekHours(days: [.monday], from: 450, to: 1440)],
                    entryLocked: [WeekHours(days: all, from: 0, to: 300)]))
    }

    @Test(arguments: [
        (#"{unlocked: [{from: "7:30", to: "09:00"}]}"#, "such as \"07:30\""),
        (#"{unlocked: [{from: "07:60", to: "09:00"}]}"#, "'07:60'"),
        (#"{unlocked: [{from: "24:01", to: "09:00"}]}"#, "'24:01'"),
        (#"{unlocked: [{days: [Monday], from: "07:00", to: "09:00"}]}"#, "monday, tuesday"),
        (#"{unlocked: [{to: "09:00"}]}"#, "'from' is missing"), (#"{open: []}"#, "unknown key 'open'"),
        (
            #"{unlocked: [{from: "07:00", to: "09:00"}], entry-locked: [{from: "08:00", to: "10:00"}]}"#,
            "on monday 08:00 the lane would be unlocked and entry-locked"
        ),
    ])
    func `hours that cannot be are told`(hours: String, says: String) throws {
        let found = problems(try Self.text(hours))
        #expect(found.count == 1 && found[0].message.contains(says), "\(found)")
    }

    @Test(arguments: ["Nowhere/Land", "../../etc/passwd", "/etc/localtime"])
    func `a time zone that this machine does not know is told`(zone: String) throws {
        let found = problems(try Self.text("{}", zone: "time-zone: \(zone)"))
        #expect(found.count == 1 && found[0].message.contains("knows no time zone"), "\(found)")
    }
}
