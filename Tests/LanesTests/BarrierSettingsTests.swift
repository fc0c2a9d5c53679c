import Lanes
import Testing

@Suite struct BarrierSettingsTests {
    @Test func `a barrier has usable times when none are given`() throws {
        let settings = try BarrierSettings(closes: true, sensors: [.safetyLoop])
        #expect(settings.pulse == .milliseconds(500))
        #expect(settings.gap == .milliseconds(500))
        #expect(settings.openingTime == .seconds(10))
        #expect(settings.entryTime == .seconds(20))
        #expect(settings.closingTime == .seconds(10))
        #expect(settings.clearDelay == .seconds(2))
        #expect(settings.presenceLimit == .seconds(240))
        #expect(settings.debounce == .milliseconds(20))
    }

    @Test(arguments: [Duration.milliseconds(99), .milliseconds(5001), .zero, .seconds(-5), .seconds(Int64.max)])
    func `an impossible pulse is refused and the possible ones are named`(time: Duration) {
        let error = #expect(throws: BarrierSettingsError.self) {
            try BarrierSettings(pulse: time, closes: true, sensors: [])
        }
        #expect(error == .pulse(time))
        #expect(error?.description.hasSuffix("Give 0.1 seconds to 5.0 seconds.") == true)
    }

    @Test func `the other impossible times are refused`() {
        let short = Duration.milliseconds(499)
        #expect(throws: BarrierSettingsError.gap(short)) { try BarrierSettings(gap: short, closes: true, sensors: []) }
        #expect(throws: BarrierSettingsError.openingTime(short)) {
            try BarrierSettings(openingTime: short, closes: true, sensors: [])
        }
        #expect(throws: BarrierSettingsError.entryTime(short)) {
            try BarrierSettings(entryTime: short, closes: true, sensors: [])
        }
        #expect(throws: BarrierSettingsError.closingTime(short)) {
            try BarrierSettings(closingTime: short, closes: true, sensors: [])
        }
        #expect(throws: BarrierSettingsError.clearDelay(short)) {
            try BarrierSettings(clearDelay: short, closes: true, sensors: [])
        }
        #expect(throws: BarrierSettingsError.presenceLimit(short)) {
            try BarrierSettings(presenceLimit: short, closes: true, sensors: [])
        }
        #expect(throws: BarrierSettingsError.debounce(short)) {
            try BarrierSettings(debounce: short, closes: true, sensors: [])
        }
    }

    @Test func `a sensor that a barrier has not is refused`() {
        let error = #expect(throws: BarrierSettingsError.self) {
            try BarrierSettings(closes: true, sensors: [.safetyLoop, .passageIn, .contact])
        }
        #expect(error == .sensor(.contact))
        let names = "tamper, ready, arming-loop, safety-loop, open-limit, closed-limit."
        #expect(error?.description == "A barrier has no sensor 'contact'. It may have \(names)")
    }
}
