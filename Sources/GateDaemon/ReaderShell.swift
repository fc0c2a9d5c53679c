import GateModel
import Hardware
import NIOCore
import ReaderProtocols
import Settings

/// What a reader hands over, still with the number in it. It lives for one turn of the loop.
enum ReaderEvent {
    case document(SDTDocument)
    case scan(ScannedText)
    /// A card or code was there and could not be read.
    case unreadable(CredentialKind)
    case health(ReaderState, String?)
}

/// Runs one reader: its serial line, its decoder and its timer. Lives on the lane loop.
final class ReaderShell {
    let settings: ReaderSettings
    let accessPoint: AccessPoint
    private(set) var state = ReaderState.opening
    private(set) var reason: String?

    private let eventLoop: any EventLoop
    private let clock: any TimeSource
    private let onEvent: (ReaderEvent, MonotonicTime) -> Void
    private var line: SerialLine?
    private var dialogue: any ReaderDialogue
    private var timer: Scheduled<Void>?

    init(
        settings: ReaderSettings, accessPoint: AccessPoint, eventLoop: any EventLoop, clock: any TimeSource,
        onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void
    ) {
        self.settings = settings
        self.accessPoint = accessPoint
        self.eventLoop = eventLoop
        self.clock = clock
        self.onEvent = onEvent
        dialogue =
            switch settings.kind {
            case .sdt: SDTDialogue()
            case .qrSerial(let scanner): ScannerDialogue(scanner)
            }
    }

    func start() {
        let line = SerialLine(
            path: settings.device, rate: settings.rate, eventLoop: eventLoop, clock: clock,
            onBytes: { [unowned self] bytes, now in perform(dialogue.received(bytes, at: now), at: now) },
            onState: { [unowned self] state, reason in lineChanged(to: state, reason) })
        self.line = line
        line.start()
    }

    func stop() {
        timer?.cancel()
        line?.stop()
    }

    private func lineChanged(to state: ReaderState, _ reason: String?) {
        let now = clock.monotonic
        guard state == .ready else {
            timer?.cancel()
            return report(state, reason, at: now)
        }
        perform(dialogue.opened(at: now), at: now)
    }

    private func report(_ state: ReaderState, _ reason: String?, at now: MonotonicTime) {
        self.state = state
        self.reason = reason
        onEvent(.health(state, reason), now)
    }

    private func perform(_ actions: [DialogueAction], at now: MonotonicTime) {
        for action in actions {
            switch action {
            case .send(let bytes): line?.send(bytes)
            case .flushInput: line?.flushInput()
            case .wake(let time): wake(at: time)
            case .event(.health(let state, let reason)): report(state, reason, at: now)
            case .event(let event): onEvent(event, now)
            }
        }
    }

    private func wake(at time: MonotonicTime) {
        timer?.cancel()
        // NIO's deadlines are on CLOCK_MONOTONIC too.
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time.nanoseconds)) { [weak self] in
            guard let self else { return }
            let now = clock.monotonic
            perform(dialogue.timerFired(at: now), at: now)
        }
    }
}

/// What a dialogue wants done.
enum DialogueAction {
    case send([UInt8])
    case flushInput
    /// Replaces the wake before it.
    case wake(at: MonotonicTime)
    case event(ReaderEvent)
}

/// The talk with one kind of reader: bytes and time in, actions out.
protocol ReaderDialogue {
    mutating func opened(at now: MonotonicTime) -> [DialogueAction]
    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction]
    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction]
}

/// An ID-card reader that speaks SDT.
private struct SDTDialogue: ReaderDialogue {
    private var decoder = SDTFrameDecoder()
    private var session = SDTSession()

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder.reset()
        return translate(session.start(at: now))
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var replies: [SDTReply] = []
        decoder.feed(bytes.readableBytesUInt8Span) { replies.append($0) }
        var actions: [DialogueAction] = []
        for reply in replies { actions += translate(session.reply(reply, at: now)) }
        return actions
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] { translate(session.timerFired(at: now)) }

    private mutating func translate(_ actions: [SDTSession.Action]) -> [DialogueAction] {
        actions.map { action in
            switch action {
            case .send(let bytes): return .send(bytes)
            case .flushInput:
                decoder.reset()
                return .flushInput
            case .wake(let time): return .wake(at: time)
            case .document(let document): return .event(.document(document))
            case .unreadable: return .event(.unreadable(.idCard))
            case .health(let state, let reason): return .event(.health(state, reason))
            }
        }
    }
}

/// A scanner that sends lines of text.
private struct ScannerDialogue: ReaderDialogue {
    private var decoder: TextLineDecoder

    init(_ settings: ScannerSettings) {
        let suffix: TextLineDecoder.Suffix =
            switch settings.suffix {
            case .cr: .cr
            case .crlf: .crlf
            case .lf: .lf
            case .tab: .tab
            case .etx: .etx
            }
        let aim: AIMPolicy =
            switch settings.aim {
            case .none: .none
            case .optional: .optional
            case .required: .required(Set(settings.acceptedAIM.compactMap { AIMIdentifier($0) }))
            }
        decoder = TextLineDecoder(settings: .init(suffix: suffix, idleGap: settings.idleGap, aim: aim))
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = TextLineDecoder(settings: decoder.settings)
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var actions: [DialogueAction] = []
        decoder.feed(bytes.readableBytesUInt8Span, at: now) { actions.append(Self.action(ScanOutput($0, $1))) }
        return actions + wake
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        let ended = decoder.timerFired(at: now).map { [Self.action($0)] } ?? []
        return ended + wake
    }

    private var wake: [DialogueAction] { decoder.nextDeadline.map { [.wake(at: $0)] } ?? [] }

    private static func action(_ output: ScanOutput) -> DialogueAction {
        switch output {
        case .text(let scan): .event(.scan(scan))
        case .unreadable: .event(.unreadable(.qrCode))
        }
    }
}
