import Lanes
import Testing

@Suite struct DoorSettingsTests {
    @Test func `a door has usable times when none are given`() throws {
        let settings = try DoorSettings(hasContact: true)
        #expect(settings.releaseTime == .seconds(5))
        #expect(settings.heldOpenAfter == .seconds(30))
        #expect(settings.relock == .onOpen)
        #expect(settings.debounce == .milliseconds(20))
    }

    @Test(arguments: [Duration.milliseconds(499), .milliseconds(60_001), .zero, .seconds(-5), .seconds(Int64.max)])
    func `an impossible release time is refused and the possible ones are named`(time: Duration) {
        let error = #expect(throws: DoorSettingsError.self) { try DoorSettings(releaseTime: time, hasContact: true) }
        #expect(error == .releaseTime(time))
        #expect(error?.description.hasSuffix("Give 0.5 seconds to 60.0 seconds.") == true)
    }

    @Test func `impossible times of the contact are refused`() {
        #expect(throws: DoorSettingsError.heldOpenAfter(.zero)) {
            try DoorSettings(heldOpenAfter: .zero, hasContact: true)
        }
        #expect(throws: DoorSettingsError.debounce(.seconds(1))) {
            try DoorSettings(hasContact: true, debounce: .seconds(1))
        }
    }
}
