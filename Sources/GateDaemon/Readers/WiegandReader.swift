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
    private let loop: any EventLoop
    private var arrived: [Arrival] = []
    /// ``decode()`` is about to be called.
    private var isComing = false

    /// What a line told: a pulse, or that pulses may be missing.
    private struct Arrival {
        var at: MonotonicTime
        var pulse: WiegandDecoder.Line?
    }

    init(
        settings: ReaderSettings, wiegand: WiegandSettings, accessPoint: AccessPoint, lines: LaneLines,
        eventLoop: any EventLoop, clock: any TimeSource, onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void,
        onNote: @escaping (String) -> Void
    ) {
        self.settings = settings
        self.wiegand = wiegand
        self.accessPoint = accessPoint
        self.lines = lines
        loop = eventLoop
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
            "lost-pulses": counters.lostPulses,
            "abandoned-entries": keypad.abandoned,
        ])
    }

    func start() {
        watch(wiegand.data0, .d0)
        watch(wiegand.data1, .d1)
    }

    private func watch(_ line: LineSettings, _ data: WiegandDecoder.Line) {
        // A pulse begins when its line becomes active; how long it lasts says nothing.
        lines.watch(line, "\(settings.id) data \(data == .d0 ? 0 : 1)", edges: .activation) { [unowned self] event in
            // A level that is told anew in the middle of a message: the kernel's queue was full, or the line was away.
            guard event.active || event.isInitial else { return }
            arrived.append(Arrival(at: event.at, pulse: event.isInitial ? nil : data))
            guard !isComing else { return }
            isComing = true
            loop.assumeIsolated().execute { [weak self] in
                self?.isComing = false
                self?.decode()
            }
        }
    }

    /// Gives the decoder what has come by now.
    ///
    /// Each line has a queue of its own in the kernel. A loop that was busy finds much in one and has yet to look into the other,
    /// or finds its timer due before it has looked into any: only both together, in the order of time, show where the lines were
    /// silent.
    private func decode() {
        let now = clock.monotonic
        for line in [wiegand.data0, wiegand.data1] { lines.tellPending(line) }
        arrived.sort { $0.at < $1.at }
        for index in arrived.indices {
            let arrival = arrived[index]
            arrived[index] = Arrival(at: now, pulse: nil)
            if let line = arrival.pulse {
                if let output = decoder.pulse(on: line, at: arrival.at) { present(output) }
            } else {
                decoder.pulsesLost()
            }
        }
        arrived.removeAll(keepingCapacity: true)
        if let output = decoder.timerFired(at: now) { present(output) }
        timer.set(to: decoder.nextDeadline) { [weak self] in self?.decode() }
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
}
