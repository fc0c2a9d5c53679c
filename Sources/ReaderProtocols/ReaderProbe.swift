public import GateModel

/// Finds out what is connected to a serial port: `gatehouse readers probe`.
///
/// At each rate it listens for what talks by itself, then asks the questions of ``ProbeQuestion``. What cannot be asked
/// (plain scanners, RDM6300) is listened for at the end, while a technician holds codes and cards in front of it. It stops
/// at the first device found. It asks only, and never changes a setting of any device.
///
/// A value: each input gives the actions to carry out, in order. Each `wake` replaces the one before it. Holds at most
/// one frame of each protocol, and wipes it (principle 6).
public struct ReaderProbe: Sendable {
    public enum Action: Hashable, Sendable {
        /// Close the port and open it at this rate, 8N1, raw, with nothing from before in its buffers. If it cannot be
        /// opened, leave out what follows and call ``openFailed(at:)``.
        case open(rate: Int)
        case send([UInt8])
        case wake(at: MonotonicTime)
        /// A sentence for the technician, now.
        case tell(String)
        case found(ProbeFinding)
        /// The port may be closed. With a sentence for the technician if nothing was found.
        case finished(String?)
    }

    private enum Step: Hashable {
        case open(Int)
        case listen(Duration)
        case send([UInt8], pause: Duration)
        case ask(ProbeQuestion)
        case invite
    }

    /// The likely ones first. A USB device that makes its own serial port answers at whichever comes first.
    private static let rates = [9600, 115_200, 38_400, 57_600, 19_200]
    /// Thermometers and the like send ten times a second.
    private static let firstListening = Duration.milliseconds(300)
    private static let answerTime = Duration.milliseconds(300)
    /// How long a step may last beyond its time while bytes arrive.
    private static let grace = Duration.milliseconds(500)
    private static let lastListening = Duration.seconds(8)
    private static let plan: [Step] = {
        var plan: [Step] = []
        for rate in rates {
            plan += [.open(rate), .listen(firstListening)]
            for question in ProbeQuestion.allCases where question.rates.contains(rate) {
                if question == .ssiScanner {
                    plan.append(.send(SSICommand.wakeUp, pause: SSICommand.wakeUpPause))
                }
                plan.append(.ask(question))
            }
        }
        plan.append(.invite)
        for rate in rates { plan += [.open(rate), .listen(lastListening)] }
        return plan
    }()

    private var isRunning = false
    /// Of the step that comes next.
    private var position = 0
    private var rate = 0
    private var hasAsked = false
    private var hasAskedHoneywell = false
    private var deadline = MonotonicTime(nanoseconds: 0)
    private var ear = ProbeEar()
    /// Rates at which something came that nothing is known to send.
    private var strangeRates: Set<Int> = []
    private var refusedRates: Set<Int> = []

    public init() {}

    public mutating func start(at now: MonotonicTime) -> [Action] {
        self = ReaderProbe()
        isRunning = true
        return proceed(at: now)
    }

    /// The port cannot be opened at the rate that was asked for; the next one is tried.
    public mutating func openFailed(at now: MonotonicTime) -> [Action] {
        guard isRunning else { return [] }
        refusedRates.insert(rate)
        while position < Self.plan.count {
            switch Self.plan[position] {
            case .open, .invite: return proceed(at: now)
            default: position += 1
            }
        }
        return proceed(at: now)
    }

    /// The port sent these bytes. They belong to the caller, who has to wipe them.
    public mutating func received(_ bytes: Span<UInt8>, at now: MonotonicTime) -> [Action] {
        guard isRunning else { return [] }
        if let finding = endBurst(at: now) { return found(finding) }
        var actions: [Action] = []
        let finding = ear.hear(bytes, at: now, rate: rate, asked: hasAskedHoneywell) { actions.append(.send($0)) }
        if let finding { return actions + found(finding) }
        return actions + goOn(at: now)
    }

    public mutating func timerFired(at now: MonotonicTime) -> [Action] {
        guard isRunning else { return [] }
        if let finding = endBurst(at: now) { return found(finding) }
        return goOn(at: now)
    }

    /// Waits, or takes the next step once the time of this one is over. What is just arriving may arrive to its end, but
    /// an endless stream stops nothing.
    private mutating func goOn(at now: MonotonicTime) -> [Action] {
        guard let burstEnd = ear.nextDeadline else {
            return now < deadline ? [.wake(at: deadline)] : proceed(at: now)
        }
        let last = deadline.advanced(by: Self.grace)
        if now < deadline { return [.wake(at: min(burstEnd, deadline))] }
        return now < last ? [.wake(at: min(burstEnd, last))] : proceed(at: now)
    }

    private mutating func proceed(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while position < Self.plan.count {
            let step = Self.plan[position]
            position += 1
            switch step {
            case .open(let rate):
                noteStrangers()
                ear.reset()
                self.rate = rate
                hasAsked = false
                hasAskedHoneywell = false
                actions.append(.open(rate: rate))
                continue
            case .invite:
                if neverOpened { continue }
                let seconds = Self.lastListening.components.seconds * Int64(Self.rates.count)
                actions.append(
                    .tell(
                        "Nothing answered a question. For \(seconds) s, hold a code or a card in front of the reader, "
                            + "take it away and hold it there again: some readers speak only then."))
                continue
            case .listen(let duration): deadline = now.advanced(by: duration)
            case .send(let bytes, let pause):
                hasAsked = true
                actions.append(.send(bytes))
                deadline = now.advanced(by: pause)
            case .ask(let question):
                hasAsked = true
                hasAskedHoneywell = hasAskedHoneywell || question == .honeywellScanner
                actions.append(.send(question.bytes))
                deadline = now.advanced(by: Self.answerTime)
            }
            return actions + [.wake(at: deadline)]
        }
        noteStrangers()
        isRunning = false
        ear.reset()
        return actions + [.finished(explanation)]
    }

    private mutating func found(_ finding: ProbeFinding) -> [Action] {
        isRunning = false
        ear.reset()
        return [.found(finding), .finished(nil)]
    }

    /// Text counts only while nothing was asked: a console answers anything with text.
    private mutating func endBurst(at now: MonotonicTime) -> ProbeFinding? {
        guard let text = ear.endBurst(at: now), !hasAsked else { return nil }
        let end = text.suffix.map { "ended by \($0.rawValue)" } ?? "with nothing behind them but silence"
        let aim = text.hasAIMIdentifier ? ", with an AIM identifier in front" : ""
        return ProbeFinding(
            .qrSerial, rate: rate, suffix: text.suffix,
            evidence:
                "\(text.characters) printable characters came at \(rate) baud, \(end)\(aim): a scanner that sends "
                + "plain text, if a code was held in front of it just then.")
    }

    private mutating func noteStrangers() {
        if ear.hasHeard { strangeRates.insert(rate) }
    }

    private var neverOpened: Bool { refusedRates.count == Self.rates.count }

    private var explanation: String {
        if neverOpened {
            return
                "The port could not be opened at any rate. Look whether another program uses it, the daemon among them, "
                + "and whether it is a serial port."
        }
        let common =
            "Look whether it has power; whether its cable is in this port and of its kind (TTL is not RS-232); whether TX "
            + "and RX, or A and B of an RS-485 pair, are the wrong way round; and whether it is set to type like a USB "
            + "keyboard, for then it has no serial port and must be set to serial (USB-COM) mode first."
        guard !strangeRates.isEmpty else { return "Nothing was heard on this port at any rate. " + common }
        let rates = Self.rates.filter(strangeRates.contains).map(String.init).joined(separator: ", ")
        return
            "Something was heard at \(rates) baud, but nothing that the gate knows: another rate or parity, a line that "
            + "only echoes, a device that is not known, or several readers on one bus, of which all but one should be taken "
            + "off. " + common
    }
}
