import Control
import GateModel
import Hardware
import NIOCore
import Settings

/// Makes a device, which hands its bytes and its state over.
typealias MakeReaderLine = (
    _ onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void, _ onState: @escaping (ReaderState, String?) -> Void
) -> any ReaderLine

/// Runs a reader that has a device of its own: the device, the dialogue and its timer. Lives on the lane loop.
final class ReaderShell: GateReader {
    let settings: ReaderSettings
    let accessPoint: AccessPoint
    private(set) var state = ReaderState.opening
    private(set) var reason: String?

    private let clock: any TimeSource
    private let makeLine: MakeReaderLine
    private let onEvent: (ReaderEvent, MonotonicTime) -> Void
    private let onNote: (String) -> Void
    private var line: (any ReaderLine)?
    private var dialogue: any ReaderDialogue
    private let timer: LoopTimer
    private let awaited: AwaitedAnswer
    /// Bytes that came since something was read.
    private var bytesWithoutRead = 0
    /// More than a code can have, twice.
    private static let noise = 8192

    /// - Parameter onEvent: what came, and when its last byte did.
    init(
        settings: ReaderSettings, accessPoint: AccessPoint, eventLoop: any EventLoop, clock: any TimeSource,
        dialogue: any ReaderDialogue, makeLine: @escaping MakeReaderLine,
        onEvent: @escaping (ReaderEvent, MonotonicTime) -> Void, onNote: @escaping (String) -> Void
    ) {
        self.settings = settings
        self.accessPoint = accessPoint
        timer = LoopTimer(on: eventLoop)
        awaited = AwaitedAnswer(eventLoop: eventLoop, clock: clock)
        self.clock = clock
        self.dialogue = dialogue
        self.makeLine = makeLine
        self.onEvent = onEvent
        self.onNote = onNote
    }

    var details: ReaderDetails { ReaderDetails(firmware: dialogue.firmware, counters: dialogue.counters) }

    /// The device that has just been opened is talked with in another way from now on.
    func use(_ dialogue: any ReaderDialogue) { self.dialogue = dialogue }

    func start() {
        let line = makeLine(
            { [unowned self] bytes, now in
                perform(dialogue.received(bytes, at: now), at: now)
                listenForNoise(bytes.readableBytes, at: now)
            },
            { [unowned self] state, reason in lineChanged(to: state, reason) })
        self.line = line
        line.start()
    }

    func stop() {
        timer.cancel()
        awaited.abandon()
        line?.stop()
    }

    func show(_ signal: FeedbackSignal) {
        let now = clock.monotonic
        perform(dialogue.show(signal, at: now), at: now)
    }

    func command(_ command: ReaderCommand, answered: @escaping (ReaderCommandAnswer) -> Void) throws(ControlFailure) {
        guard state == .ready || state == .degraded else {
            throw ControlFailure("the reader is \(state.rawValue)" + (reason.map { ": \($0)" } ?? ""))
        }
        try awaited.check()
        let now = clock.monotonic
        guard let actions = try dialogue.command(command, at: now) else { throw Self.noCommands(settings) }
        awaited.wait(answered) { [weak self] in self?.dialogue.forgetCommand() }
        perform(actions, at: now)
    }

    func retryNow() { line?.retryNow() }

    private func lineChanged(to state: ReaderState, _ reason: String?) {
        let now = clock.monotonic
        bytesWithoutRead = 0
        guard state == .ready else {
            timer.cancel()
            awaited.abandon()
            return report(state, reason, at: now)
        }
        perform(dialogue.opened(at: now), at: now)
    }

    /// A line that sends much and nothing that can be read is not well, whatever else it is.
    private func listenForNoise(_ count: Int, at now: MonotonicTime) {
        guard dialogue.isQuietAtRest else { return }
        bytesWithoutRead = min(bytesWithoutRead + count, 2 * Self.noise)
        guard bytesWithoutRead > Self.noise, state == .ready else { return }
        report(
            .degraded,
            "it sends much that is no code or card; check kind, rate and make in the configuration, then the cable",
            at: now)
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
            case .note(let text): onNote(text)
            case .answer(let answer):
                onNote(answer.answer)
                awaited.end(answer)
            case .event(.health(let state, let reason)): report(state, reason, at: now)
            case .event(let event):
                if case .unreadable = event {} else { readWell(at: now) }
                onEvent(event, now)
            }
        }
    }

    private func readWell(at now: MonotonicTime) {
        defer { bytesWithoutRead = 0 }
        if dialogue.isQuietAtRest, bytesWithoutRead > Self.noise, state == .degraded { report(.ready, nil, at: now) }
    }

    private func wake(at time: MonotonicTime) {
        timer.set(to: time) { [weak self] in
            guard let self else { return }
            let now = clock.monotonic
            perform(dialogue.timerFired(at: now), at: now)
        }
    }
}
