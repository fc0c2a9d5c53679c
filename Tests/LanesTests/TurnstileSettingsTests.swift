import Lanes
import Testing

@Suite struct TurnstileSettingsTests {
    @Test func `a turnstile has usable times when none are given`() throws {
        let settings = try TurnstileSettings(sensors: [])
        #expect(settings.command == .pulse(.milliseconds(300)))
        #expect(settings.passageTime == .seconds(7))
        #expect(settings.debounce == .milliseconds(20))
    }

    @Test(arguments: [Duration.milliseconds(99), .milliseconds(5001), .zero, .seconds(-1), .seconds(Int64.max)])
    func `an impossible pulse is refused and the possible ones are named`(time: Duration) {
        let error = #expect(throws: TurnstileSettingsError.self) {
            try TurnstileSettings(command: .pulse(time), sensors: [])
        }
        #expect(error == .pulse(time))
        #expect(error?.description.hasSuffix("Give 0.1 seconds to 5.0 seconds.") == true)
    }

    @Test func `other impossible settings are refused`() {
        #expect(throws: TurnstileSettingsError.passageTime(.zero)) {
            try TurnstileSettings(passageTime: .zero, sensors: [])
        }
        #expect(throws: TurnstileSettingsError.debounce(.milliseconds(51))) {
            try TurnstileSettings(sensors: [], debounce: .milliseconds(51))
        }
        let error = #expect(throws: TurnstileSettingsError.self) {
            try TurnstileSettings(sensors: [.passageIn, .armingLoop])
        }
        #expect(
            error?.description
                == "A turnstile has no line arming-loop. Give tamper, passage-in, passage-out, ready.")
    }
}
