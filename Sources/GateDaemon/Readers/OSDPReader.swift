import Control
import GateModel
import NIOCore
import OSDP
import ReaderProtocols
import Settings

/// One reader of an OSDP bus. Lives on the lane loop.
final class OSDPReader: GateReader {
    let settings: ReaderSettings
    let accessPoint: AccessPoint
    private(set) var state = ReaderState.opening
    private(set) var reason: String?

    private var address: UInt8
    /// Whether it can be used as it is configured; if not, ``reason`` says why.
    private let isUsable: Bool
    private let bus: OSDPBusShell?
    private let feedback: FeedbackTable
    private let onEvent: (ReaderEvent, MonotonicTime) -> Void
    private let onNote: (String) -> Void
    private var identification: OSDPIdentification?
    private var capabilities: OSDPCapabilities?
    private var cards = WiegandDecoder()
    private let keypad: KeypadShell
    private let awaited: AwaitedAnswer

    init(
        settings: ReaderSettings, accessPoint: AccessPoint, address: UInt8, bus: OSDPBusShell?, trouble: String?,
        feedback: FeedbackTable, eventLoop: any EventLoop, clock: any TimeSource,
        onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void,
        onNote: @escaping (String) -> Void
    ) {
        self.settings = settings
        self.accessPoint = accessPoint
        self.address = address
        self.bus = bus
        self.feedback = feedback
        self.onEvent = onEvent
        self.onNote = onNote
        awaited = AwaitedAnswer(eventLoop: eventLoop, clock: clock)
        keypad = KeypadShell(eventLoop: eventLoop, clock: clock, onEvent: onEvent)
        isUsable = trouble == nil
        if let trouble { (state, reason) = (.failed, trouble) }
    }

    var details: ReaderDetails {
        guard let counters = bus?.counters(of: address) else { return ReaderDetails() }
        return ReaderDetails(
            firmware: identification.map { "\($0)" },
            counters: [
                "answers": counters.answers, "repeats": counters.repeats, "unanswered": counters.unanswered,
                "busy": counters.busy, "refusals": counters.naks, "restarts": counters.restarts,
                "sessions": counters.sessions, "wrong-macs": counters.wrongMACs,
                "wrong-security": counters.wrongSecurity, "stray-replies": counters.strayReplies,
                "malformed": counters.malformed, "stale-reads": counters.staleReads,
                "abandoned-entries": keypad.abandoned,
            ])
    }

    func start() {
        if state == .failed { onEvent(.health(state, reason), MonotonicTime(nanoseconds: 0)) }
        bus?.start()
    }

    func stop() {
        keypad.stop()
        awaited.abandon()
        bus?.stop()
    }

    func retryNow() { bus?.retryNow() }

    func lineLost(_ state: ReaderState, _ reason: String?, at now: MonotonicTime) {
        awaited.abandon()
        if isUsable { report(state, reason, at: now) }
    }

    func lineFound(at now: MonotonicTime) {
        if isUsable { report(.opening, "the line is open; the reader has not answered yet", at: now) }
    }

    func handle(_ event: OSDPEvent, at now: MonotonicTime) {
        switch event {
        case .online(let isSecure):
            onNote(isSecure ? "on line, secure channel" : "on line, clear text")
            report(.ready, nil, at: now)
        case .offline(let cause):
            onNote("off line: \(cause)")
            report(cause == .noAnswer ? .absent : .failed, "\(cause)", at: now)
        case .card(let card): present(card, at: now)
        case .keypad(let keys): press(keys, at: now)
        case .localStatus(let status):
            onNote("tamper \(status.tamper ? "open" : "closed"), power \(status.powerFailure ? "failed" : "normal")")
            guard state == .ready || state == .degraded else { return }
            let troubles =
                (status.tamper ? ["its tamper contact is open: look whether somebody has opened the reader"] : [])
                + (status.powerFailure ? ["it reports a power failure: check its supply"] : [])
            report(troubles.isEmpty ? .ready : .degraded, troubles.first, at: now)
        case .identification(let facts):
            identification = facts
            onNote("\(facts)")
        case .capabilities(let facts): capabilities = facts
        case .keyInstalled: onNote("the key is installed: take 'install: true' out of the configuration")
        case .commandFailed(let name, let failure):
            onNote("\(name): \(failure)")
            // What readers are shown fails on its own.
            if name == OSDPCommand.communicationName {
                awaited.end(ReaderCommandAnswer(done: false, answer: "\(name): \(failure)"))
            }
        case .inputs(let states): onNote("inputs \(states.map { $0 ? "1" : "0" }.joined())")
        case .outputs(let states): onNote("outputs \(states.map { $0 ? "1" : "0" }.joined())")
        case .communication(let new):
            address = new.address
            let words =
                "it has address \(new.address) at \(new.rate) bits per second from now on: write both into the "
                + "configuration, then restart gatehoused"
            onNote(words)
            awaited.end(ReaderCommandAnswer(done: true, answer: words))
        case .readers: break
        }
    }

    func command(_ command: ReaderCommand, answered: @escaping (ReaderCommandAnswer) -> Void) throws(ControlFailure) {
        guard let bus else { throw ControlFailure(reason ?? "its bus cannot be used") }
        try awaited.check()
        do throws(OSDPQueueError) {
            if command.act == .beep {
                try bus.order(.buzzer(OSDPBuzzer(onTime: 2, offTime: 0, count: 1)), to: address)
                return answered(ReaderCommandAnswer(done: nil, answer: "it was told to beep"))
            }
            let rate = UInt32(clamping: bus.settings.serial.rate)
            if let setting = command.setting,
                let new = OSDPCommunication(setting: setting, address: address, rate: rate)
            {
                try bus.order(.communication(new), to: address)
                return awaited.wait(answered)
            }
        } catch {
            throw ControlFailure("\(error)")
        }
        throw ControlFailure("an OSDP reader takes 'beep', and the settings address=0…126 and rate=BITS-PER-SECOND")
    }

    private func present(_ card: OSDPCardRead, at now: MonotonicTime) {
        onNote("a card of \(card.bitCount) bits")
        switch cards.raw(card.bits, bits: card.bitCount, at: now) {
        case .card(let read): onEvent(.card(read), now)
        case .unreadable: onEvent(.unreadable(.cardNumber), now)
        // A key in the form of a card; and what came too soon after the card before.
        case .key, nil: break
        }
    }

    private func press(_ keys: OSDPKeypad, at now: MonotonicTime) {
        onNote("\(keys.keys.count) keys")
        for key in keys.keys.compactMap({ KeypadKey(osdp: $0) }) { keypad.press(key, at: now) }
    }

    private func report(_ state: ReaderState, _ reason: String?, at now: MonotonicTime) {
        guard state != self.state || reason != self.reason else { return }
        self.state = state
        self.reason = reason
        onEvent(.health(state, reason), now)
    }

    // MARK: Feedback

    func show(_ signal: FeedbackSignal) {
        let pattern = feedback[signal]
        bus?.send(.led([OSDPLED(temporary: .set(OSDPFlash(pattern), time: pattern.lasts.tenths16))]), to: address)
        if pattern.beeps > 0, capabilities?.hasBuzzer ?? true {
            let beep = pattern.beep.tenths
            bus?.send(
                .buzzer(OSDPBuzzer(onTime: beep, offTime: beep, count: UInt8(clamping: pattern.beeps))), to: address)
        }
        if !pattern.text.isEmpty, capabilities?.hasDisplay == true {
            let seconds = UInt8(clamping: max(1, pattern.lasts.clampedMilliseconds / 1000))
            bus?.send(.text(OSDPText(pattern.text, mode: .temporary, seconds: seconds)), to: address)
        }
    }
}

extension OSDPCommunication {
    private static let rates: Set<UInt32> = [9600, 19200, 38400, 57600, 115_200, 230_400]

    /// Reads `address=3`, `rate=9600`, or both with a comma or space between them.
    ///
    /// - Parameters: what stays where the text does not name it.
    fileprivate init?(setting: String, address: UInt8, rate: UInt32) {
        self.init(address: address, rate: rate)
        let parts = setting.split { $0 == "," || $0 == " " }
        guard !parts.isEmpty else { return nil }
        for part in parts {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2 else { return nil }
            switch sides[0] {
            case "address":
                guard let address = UInt8(sides[1]), address <= 0x7E, String(address) == sides[1] else { return nil }
                self.address = address
            case "rate":
                guard let rate = UInt32(sides[1]), Self.rates.contains(rate) else { return nil }
                self.rate = rate
            default: return nil
            }
        }
        guard parts.count == Set(parts.map { $0.prefix { $0 != "=" } }).count else { return nil }
    }
}

extension OSDPFlash {
    init(_ pattern: FeedbackPattern) {
        let colour: OSDPColour =
            switch pattern.colour {
            case .red: .red
            case .green: .green
            case .amber: .amber
            case .blue: .blue
            }
        self.init(onTime: pattern.on.tenths, offTime: pattern.off == .zero ? 0 : pattern.off.tenths, onColour: colour)
    }
}

extension Duration {
    /// In tenths of a second, at least one.
    fileprivate var tenths: UInt8 { UInt8(clamping: max(1, clampedMilliseconds / 100)) }
    fileprivate var tenths16: UInt16 { UInt16(clamping: max(1, clampedMilliseconds / 100)) }
}
