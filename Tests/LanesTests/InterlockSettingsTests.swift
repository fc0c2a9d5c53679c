import GateModel
import Lanes
import Testing

@Suite struct InterlockSettingsTests {
    private static func door(
        hasContact: Bool = true, relock: DoorSettings.Relock = .onOpen
    ) throws -> DoorSettings { try DoorSettings(hasContact: hasContact, relock: relock) }

    @Test func `an interlock has usable times when none are given`() throws {
        let settings = try InterlockSettings(outer: Self.door(), inner: Self.door())
        #expect(settings.transferTime == .seconds(10))
        #expect(settings.waitTime == .seconds(30))
    }

    @Test(arguments: [Duration.milliseconds(2999), .milliseconds(60_001), .zero, .seconds(-1), .seconds(Int64.max)])
    func `an impossible transfer time is refused and the possible ones are named`(time: Duration) {
        let error = #expect(throws: InterlockSettingsError.self) {
            try InterlockSettings(outer: Self.door(), inner: Self.door(), transferTime: time)
        }
        #expect(error == .transferTime(time))
        #expect(error?.description.hasSuffix("Give 3.0 seconds to 60.0 seconds.") == true)
    }

    @Test func `an impossible waiting time is refused`() {
        let error = #expect(throws: InterlockSettingsError.self) {
            try InterlockSettings(outer: Self.door(), inner: Self.door(), waitTime: .seconds(301))
        }
        #expect(error?.description == "An entry cannot wait for 301.0 seconds. Give 5.0 seconds to 300.0 seconds.")
        #expect(throws: InterlockSettingsError.waitTime(.seconds(4))) {
            try InterlockSettings(outer: Self.door(), inner: Self.door(), waitTime: .seconds(4))
        }
    }

    @Test func `both doors must have a contact`() {
        let error = #expect(throws: InterlockSettingsError.self) {
            try InterlockSettings(outer: Self.door(hasContact: false), inner: Self.door())
        }
        #expect(
            error?.description
                == "The outer door has no contact. An interlock has to see both doors closed: give it one.")
        #expect(throws: InterlockSettingsError.noContact(.inner)) {
            try InterlockSettings(outer: Self.door(), inner: Self.door(hasContact: false))
        }
    }

    @Test func `no door of an interlock stays released for its whole time`() {
        let error = #expect(throws: InterlockSettingsError.self) {
            try InterlockSettings(outer: Self.door(), inner: Self.door(relock: .afterTime))
        }
        #expect(error == .relocksAfterTime(.inner))
        #expect(error?.description.hasSuffix("Give on-open or on-close.") == true)
    }

    @Test func `the mode unlocked is no mode of an interlock`() {
        #expect(InterlockSettings.possibleModes == [.controlled, .entryLocked])
    }
}
