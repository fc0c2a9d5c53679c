import GateModel
import Hardware
import Lanes
import NIOCore
import ReaderProtocols
import Settings

/// Runs the thermometer of an access point. Advisory: what it says goes into one decision and nowhere else. Lives on the
/// lane loop.
final class ThermometerShell {
    /// A thermometer at work sends ten readings a second.
    static let silence = Duration.seconds(3)

    let settings: ThermometerSettings
    /// Of the line.
    private var lineState = ReaderState.opening
    private var lineReason: String?
    private var openedAt = MonotonicTime(nanoseconds: 0)
    private var lastReadingAt: MonotonicTime?
    private var ambientIsUsable = true
    private var bytesSinceReading = 0
    /// As it was told last.
    private var told: (state: ReaderState, reason: String?) = (.opening, nil)

    private var window: TemperatureWindow
    private var decoder: any ThermometerDecoder
    private let makeLine: MakeReaderLine
    private let clock: any TimeSource
    private let onState: (ReaderState, String?) -> Void
    private var line: (any ReaderLine)?

    init(
        settings: ThermometerSettings, clock: any TimeSource, makeLine: @escaping MakeReaderLine,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.settings = settings
        self.clock = clock
        self.makeLine = makeLine
        self.onState = onState
        var limits = TemperatureWindow.Settings()
        limits.longestAge = settings.window
        window = TemperatureWindow(settings: limits)
        decoder = settings.kind.decoder
    }

    func start() {
        let line = makeLine(
            { [unowned self] bytes, now in received(bytes, at: now) },
            { [unowned self] state, reason in lineChanged(to: state, reason) })
        self.line = line
        line.start()
    }

    func stop() { line?.stop() }

    func retryNow() { line?.retryNow() }

    /// How it is now: a line that is open says nothing of what is on it.
    func health(at now: MonotonicTime) -> (state: ReaderState, reason: String?) {
        guard lineState == .ready else { return (lineState, lineReason) }
        guard now.since(lastReadingAt ?? openedAt) <= Self.silence else {
            return bytesSinceReading == 0
                ? (.degraded, "it sends nothing; check its power, its cable and the rate")
                : (.degraded, "what it sends are no readings; check kind and rate")
        }
        guard ambientIsUsable else {
            return (.degraded, "it is colder than 10 or warmer than 40 degrees around it, where it cannot be trusted")
        }
        return (.ready, nil)
    }

    /// Tells how it is, where that has changed. To be called now and then.
    func check(at now: MonotonicTime) {
        let health = health(at: now)
        guard health != told else { return }
        told = health
        onState(health.state, health.reason)
    }

    /// What the policy is told of whoever stands there at `time`. The next person needs readings of their own.
    func measure(at time: MonotonicTime) -> PolicyInput.Temperature {
        defer { window.clear() }
        guard let isHigh = window.answer(at: time).isAtOrAbove(settings.limit) else { return .notMeasured }
        return isHigh ? .atOrAboveLimit : .normal
    }

    private func lineChanged(to state: ReaderState, _ reason: String?) {
        lineState = state
        lineReason = reason
        window.clear()
        let now = clock.monotonic
        (openedAt, lastReadingAt, bytesSinceReading, ambientIsUsable) = (now, nil, 0, true)
        check(at: now)
        guard state == .ready else { return }
        decoder = settings.kind.decoder
        line?.send(settings.kind.start)
    }

    private func received(_ bytes: ByteBuffer, at now: MonotonicTime) {
        var readings: [TemperatureReading] = []
        decoder.feed(bytes.readableBytesUInt8Span) { readings.append($0) }
        bytesSinceReading += bytes.readableBytes
        for reading in readings {
            window.add(reading, at: now)
            (lastReadingAt, bytesSinceReading) = (now, 0)
            ambientIsUsable = window.settings.ambient.contains(reading.ambient)
        }
    }
}

extension ThermometerSettings.Kind {
    fileprivate var decoder: any ThermometerDecoder {
        switch self {
        case .mcu90614: MCU90614Decoder()
        case .gy614v: GY614VDecoder()
        }
    }

    /// What has it send readings by itself.
    fileprivate var start: [UInt8] {
        switch self {
        case .mcu90614: MCU90614Command.continuous.bytes
        case .gy614v: GY614VCommand.tenReadingsASecond.bytes
        }
    }
}
