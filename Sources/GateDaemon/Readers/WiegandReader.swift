import Control
import GateModel
import Hardware
import NIOCore
import ReaderProtocols
import Settings

/// A reader or keypad on two GPIO lines: their edges, the decoder and its timer. Lives on the lane loop.
final class WiegandReader: GateReader {
    let settings: ReaderSettings
    let accessPoint: AccessPoint

    private let wiegand: WiegandSettings
    private let lines: LaneLines
    private let clock: any TimeSource
    private let onEvent: (ReaderEvent, MonotonicTime) -> Void
    private let onNote: (String) -> Void
    private var decoder: WiegandDecoder
    private let keypad: KeypadShell
    private let timer: LoopTimer

    init(
        settings: ReaderSettings, wiegand: WiegandSettings, accessPoint: AccessPoint, lines: LaneLines,
        eventLoop: any EventLoop, clock: any TimeSource, onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void,
        onNote: @escaping (String) -> Void
    ) {
        self.settings = settings
        self.wiegand = wiegand
        self.accessPoint = accessPoint
        self.lines = lines
        timer = LoopTimer(on: eventLoop)
        self.clock = clock
        self.onEvent = onEvent
        self.onNote = onNote
        decoder = WiegandDecoder(
            settings: .init(
                endOfMessage: wiegand.gap, formats: Set(wiegand.lengths.compactMap { WiegandFormat(rawValue: $0) })))
        keypad = KeypadShell(
            settings: .init(swapsStarAndHash: wiegand.swapsStarAndHash), eventLoop: eventLoop, clock: clock,
            onEvent: onEvent)
    }

    /// Wiegand tells nothing of the reader behind the lines: they are there, or they are not.
    var state: ReaderState { reason == nil ? .ready : .absent }
    var reason: String? { lines.fault(of: [wiegand.data0, wiegand.data1]) }

    var details: ReaderDetails {
        let counters = decoder.counters
        return ReaderDetails(counters: [
            "cards": counters.cards, "keys": counters.keys, "wrong-lengths": counters.wrongLengths,
            "wrong-parities": counters.wrongParities, "both-lines": counters.bothLines, "too-soon": counters.tooSoon,
            "broken": counters.broken, "stray-pulses": counters.strayPulses, "late-pulses": counters.latePulses,
            "abandoned-entries": keypad.abandoned,
        ])
    }

    func start() {
        watch(wiegand.data0, .d0)
        watch(wiegand.data1, .d1)
    }

    private func watch(_ line: LineSettings, _ data: WiegandDecoder.Line) {
        lines.watch(line, "\(settings.id) data \(data == .d0 ? 0 : 1)") { [unowned self] event in
            // A pulse begins when its line becomes active; how long it lasts says nothing.
            guard event.active, !event.isInitial else { return }
            if let output = decoder.pulse(on: data, at: event.at) { present(output) }
            schedule()
        }
    }

    func stop() {
        timer.cancel()
        keypad.stop()
    }

    func show(_ signal: FeedbackSignal) {}

    func retryNow() {}

    private func present(_ output: WiegandOutput) {
        let now = clock.monotonic
        switch output {
        case .card(let card):
            onNote("a card of \(card.bits) bits")
            onEvent(.card(card), now)
        case .unreadable:
            onNote("a message that cannot be read")
            onEvent(.unreadable(.cardNumber), now)
        case .key(let key):
            onNote("a key")
            keypad.press(key, at: now)
        }
    }

    private func schedule() {
        timer.set(to: decoder.nextDeadline) { [weak self] in
            guard let self else { return }
            if let output = decoder.timerFired(at: clock.monotonic) { present(output) }
            schedule()
        }
    }
}
