import GateModel
import Hardware
import Lanes
import NIOCore
import ReaderProtocols
import Settings

/// Runs the thermometer of an access point. Advisory: what it says goes into one decision and nowhere else. Lives on the
/// lane loop.
final class ThermometerShell {
    let settings: ThermometerSettings
    private(set) var state = ReaderState.opening
    private(set) var reason: String?

    private var window: TemperatureWindow
    private var decoder: Decoder
    private let makeLine: MakeReaderLine
    private let onState: (ReaderState, String?) -> Void
    private var line: (any ReaderLine)?

    private enum Decoder {
        case mcu90614(MCU90614Decoder)
        case gy614v(GY614VDecoder)
    }

    init(
        settings: ThermometerSettings, makeLine: @escaping MakeReaderLine,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.settings = settings
        self.makeLine = makeLine
        self.onState = onState
        var limits = TemperatureWindow.Settings()
        limits.longestAge = settings.window
        window = TemperatureWindow(settings: limits)
        decoder =
            switch settings.kind {
            case .mcu90614: .mcu90614(MCU90614Decoder())
            case .gy614v: .gy614v(GY614VDecoder())
            }
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

    /// What the policy is told of whoever stands there at `time`. The next person needs readings of their own.
    func measure(at time: MonotonicTime) -> PolicyInput.Temperature {
        defer { window.clear() }
        guard let isHigh = window.answer(at: time).isAtOrAbove(settings.limit) else { return .notMeasured }
        return isHigh ? .atOrAboveLimit : .normal
    }

    private func lineChanged(to state: ReaderState, _ reason: String?) {
        self.state = state
        self.reason = reason
        window.clear()
        onState(state, reason)
        guard state == .ready else { return }
        switch settings.kind {
        case .mcu90614:
            decoder = .mcu90614(MCU90614Decoder())
            line?.send(MCU90614Command.continuous.bytes)
        case .gy614v:
            decoder = .gy614v(GY614VDecoder())
            line?.send(GY614VCommand.tenReadingsASecond.bytes)
        }
    }

    private func received(_ bytes: ByteBuffer, at now: MonotonicTime) {
        var readings: [TemperatureReading] = []
        switch decoder {
        case .mcu90614(var frames):
            frames.feed(bytes.readableBytesUInt8Span) { readings.append($0) }
            decoder = .mcu90614(frames)
        case .gy614v(var frames):
            frames.feed(bytes.readableBytesUInt8Span) { readings.append($0) }
            decoder = .gy614v(frames)
        }
        for reading in readings { window.add(reading, at: now) }
    }
}
