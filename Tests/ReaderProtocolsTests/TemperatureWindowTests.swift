import GateModel
import ReaderProtocols
import Testing

struct TemperatureWindowTests {
    /// Readings 100 ms apart from `start` on.
    static func window(
        _ objects: [Int], from start: UInt64 = 1000, every gap: UInt64 = 100, ambient: Int = 2410,
        settings: TemperatureWindow.Settings = .init()
    ) -> TemperatureWindow {
        var window = TemperatureWindow(settings: settings)
        for (place, object) in objects.enumerated() {
            window.add(TemperatureReading(object: object, ambient: ambient), at: ms(start + gap * UInt64(place)))
        }
        return window
    }

    @Test func `the temperature is the median of the last five readings`() {
        #expect(Self.window([3650, 3660, 3640, 3655, 3645]).answer(at: ms(1400)) == .celsiusHundredths(3650))
        #expect(Self.window([3100, 3650, 3660, 3640, 3655, 3645]).answer(at: ms(1500)) == .celsiusHundredths(3650))
        #expect(Self.window([3650, 3660, 3640, 3655]).answer(at: ms(1300)) == .noReading)
        #expect(TemperatureWindow().answer(at: ms(0)) == .noReading)
    }

    @Test func `readings have to lie close together, in time and value`() {
        #expect(
            Self.window([3650, 3650, 3650, 3650, 3650], every: 125).answer(at: ms(1500)) == .celsiusHundredths(3650))
        #expect(Self.window([3650, 3650, 3650, 3650, 3650], every: 126).answer(at: ms(1504)) == .noReading)
        #expect(Self.window([3650, 3680, 3650, 3650, 3650]).answer(at: ms(1400)) == .celsiusHundredths(3650))
        #expect(Self.window([3650, 3681, 3650, 3650, 3650]).answer(at: ms(1400)) == .tooUnstable)
    }

    @Test func `a reading is not used for longer than a second`() {
        let window = Self.window([3650, 3650, 3650, 3650, 3650])
        #expect(window.answer(at: ms(1300)) == .celsiusHundredths(3650))
        #expect(window.answer(at: ms(2400)) == .celsiusHundredths(3650))
        #expect(window.answer(at: ms(2401)) == .noReading)
        #expect(window.answer(at: MonotonicTime(nanoseconds: .max)) == .noReading)
    }

    @Test(arguments: [2999, 4201, -320, 32_767, -32_768])
    func `what is no forehead ends what was before it`(object: Int) {
        var window = Self.window([3650, 3650, 3650, 3650, 3650])
        window.add(TemperatureReading(object: object, ambient: 2410), at: ms(1450))
        #expect(window.answer(at: ms(1450)) == .noReading)
        for time in [1500, 1550, 1600, 1650] as [UInt64] {
            window.add(TemperatureReading(object: 3700, ambient: 2410), at: ms(time))
            #expect(window.answer(at: ms(time)) == .noReading)
        }
        window.add(TemperatureReading(object: 3700, ambient: 2410), at: ms(1700))
        #expect(window.answer(at: ms(1700)) == .celsiusHundredths(3700))
    }

    @Test(arguments: [(999, false), (1000, true), (4000, true), (4001, false), (-320, false)])
    func `readings of a sensor that is too cold or too hot do not count`(ambient: Int, counts: Bool) {
        let window = Self.window([3000, 3000, 3000, 3000, 3000], ambient: ambient)
        #expect(window.answer(at: ms(1400)) == (counts ? .celsiusHundredths(3000) : .noReading))
    }

    @Test func `a clock that begins anew, a lost thermometer and a decided person end what was before`() {
        var window = Self.window([3650, 3650, 3650, 3650, 3650])
        window.add(TemperatureReading(object: 3650, ambient: 2410), at: ms(10))
        #expect(window.answer(at: ms(500)) == .noReading)
        window = Self.window([3650, 3650, 3650, 3650, 3650])
        window.clear()
        #expect(window.answer(at: ms(1400)) == .noReading)
    }

    @Test func `what counts is configurable`() {
        var settings = TemperatureWindow.Settings()
        settings.window = .seconds(4)
        settings.stability = 100
        settings.plausible = 2000...4500
        settings.ambient = -2000...5000
        settings.longestAge = .seconds(2)
        let window = Self.window([2010, 2100, 2050, 2050, 2040], every: 1000, ambient: -1900, settings: settings)
        #expect(window.answer(at: ms(7000)) == .celsiusHundredths(2050))
        #expect(window.answer(at: ms(7001)) == .noReading)
    }

    @Test func `a limit is reached by the temperature that equals it`() {
        typealias Answer = TemperatureWindow.Answer
        #expect(Answer.celsiusHundredths(3729).isAtOrAbove() == false)
        #expect(Answer.celsiusHundredths(3730).isAtOrAbove() == true)
        #expect(Answer.celsiusHundredths(3730).isAtOrAbove(3731) == false)
        #expect(Answer.noReading.isAtOrAbove() == nil)
        #expect(Answer.tooUnstable.isAtOrAbove() == nil)
    }
}
