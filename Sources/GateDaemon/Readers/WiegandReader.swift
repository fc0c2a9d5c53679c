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
    /// Pulses that are not yet decoded, in the order of time.
    private var arrived: [Arrival] = []
    /// ``decode()`` is about to be called.
    private var isComing = false
    private var isStopped = false

    /// Two reads of both queues, of 128 edges each. Never more: an array that grows leaves pulses behind in memory.
    private static let capacity = 512

    private struct Arrival {
        var line: WiegandDecoder.Line
        var at: MonotonicTime
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
        arrived.reserveCapacity(Self.capacity)
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
            guard !isStopped else { return }
            if let blindSince = event.blindSince {
                decoder.pulsesLost(between: blindSince, and: event.at)
            } else if event.active {
                insert(Arrival(line: data, at: event.at))
                decodeSoon()
            }
        }
    }

    private func insert(_ arrival: Arrival) {
        guard arrived.count < Self.capacity else { return decoder.pulsesLost(between: arrival.at, and: arrival.at) }
        arrived.append(arrival)
        var place = arrived.count - 1
        while place > 0, arrived[place - 1].at > arrival.at {
            arrived.swapAt(place, place - 1)
            place -= 1
        }
    }

    /// When the loop has read what it knows of. Not at once: see ``LaneLines/tellPending(_:)``.
    private func decodeSoon() {
        guard !isComing else { return }
        isComing = true
        loop.assumeIsolated().execute { [weak self] in self?.decode() }
    }

    /// Gives the decoder what has come by now.
    ///
    /// Each line has a queue of its own in the kernel. A loop that was busy finds much in one and has yet to look into the other,
    /// or finds its timer due before it has looked into any: only both together, in the order of time, show where the lines were
    /// silent.
    private func decode() {
        guard !isStopped else { return }
        // Until here, so that a line that never rests gives the loop to others between two rounds.
        isComing = true
        let now = clock.monotonic
        for line in [wiegand.data0, wiegand.data1] { lines.tellPending(line) }
        isComing = false
        // A message that was cut by the loss of its lines may have the length of another.
        if reason != nil { decoder.pulsesLost(between: MonotonicTime(nanoseconds: 0), and: now) }
        // What came while one queue was read may be newer than what was found in the other.
        let ripe = arrived.firstIndex { $0.at > now } ?? arrived.count
        for arrival in arrived[..<ripe] where !isStopped {
            if let output = decoder.pulse(on: arrival.line, at: arrival.at) { present(output) }
        }
        guard !isStopped else { return }
        forget(first: ripe)
        if let output = decoder.timerFired(at: now) { present(output) }
        let soon = arrived.isEmpty ? nil : clock.monotonic.advanced(by: .milliseconds(1))
        timer.set(to: [decoder.nextDeadline, soon].compactMap(\.self).min()) { [weak self] in self?.decode() }
    }

    /// Overwrites what was decoded (principle 6).
    private func forget(first count: Int) {
        let rest = arrived.count - count
        for index in 0..<rest { arrived.swapAt(index, index + count) }
        for index in rest..<arrived.count { arrived[index] = Arrival(line: .d0, at: MonotonicTime(nanoseconds: 0)) }
        arrived.removeLast(count)
    }

    func stop() {
        isStopped = true
        timer.cancel()
        forget(first: arrived.count)
        decoder.forget()
        keypad.stop()
    }

    func show(_ signal: FeedbackSignal) {}

    func retryNow() {}

    private func present(_ output: WiegandOutput) {
        let time = decoder.handedOverAt ?? clock.monotonic
        switch output {
        case .card(let card):
            onNote("a card of \(card.bits) bits")
            onEvent(.card(card), time)
        case .unreadable:
            onNote("a message that cannot be read")
            onEvent(.unreadable(.cardNumber), time)
        case .key(let key):
            onNote("a key")
            keypad.press(key, at: time)
        }
    }
}
