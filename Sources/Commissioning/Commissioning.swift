public import Control
public import GateModel

/// What the program does for a step.
public enum CommissioningAct: Sendable, Hashable {
    /// Release a lane by the technician's name.
    case release(LaneID)
    /// Reset the lanes that fire has released, by the technician's name.
    case resetFire([LaneID])
    /// Send SIGKILL to the daemon with this process id.
    case kill(Int32)
}

/// What the walk is told.
public enum CommissioningInput: Sendable {
    /// The gate's live lines began, or ceased, to come.
    case watching(Bool)
    case line(WatchLine)
    /// And when it was asked for.
    case status(StatusReport, asked: MonotonicTime)
    /// The daemon did not answer.
    case silence
    /// To the last question.
    case answer(String)
    /// The step is left out, and why.
    case skip(String)
    case actDone
    case actRefused(String)
    /// Time passes; to be told every moment.
    case timer
}

/// What the walk asks for, to be done in the order given.
public enum CommissioningOutput: Sendable, Equatable {
    /// A step begins.
    case begin(step: String, title: String, number: Int, of: Int)
    /// The technician is to do something.
    case tell(id: String, String)
    /// The technician is to answer with one of `choices`; `standard` is the answer of one who says nothing.
    case ask(id: String, String, choices: [String], standard: String?)
    case act(CommissioningAct)
    /// What is being waited for.
    case awaiting(String)
    /// A step is over: `session` is to be saved.
    case finished(StepResult)
    /// What was said cannot be taken.
    case unclear(String)
    /// The session is to be saved and the program to end: it will be continued by another one.
    case suspended(String)
    /// All steps are over.
    case complete
}

/// The walk through a gate: what is seen and answered in, what to say, to ask and to do out. It has no clock and no file.
public struct Commissioning: Sendable {
    /// How long a daemon may take until it answers at the start of a step.
    static let answerTime: Duration = .seconds(30)

    public private(set) var session: CommissioningSession
    private let steps: [Step]
    /// Names this run of the kernel.
    private let run: String
    private var index = 0
    private var phases: [Phase] = []
    private var seen = Seen()
    private var attempts = 1
    /// Whether it was said what is awaited: not of what is there already.
    private var isAnnounced = false
    private var isWatched = false
    private var now = MonotonicTime(nanoseconds: 0)
    private var wall = WallTime(secondsSince1970: 0)
    private var state = State.idle

    private enum State {
        /// Not begun, complete or suspended.
        case idle
        /// The step waits for the gate to be seen.
        case opening(until: MonotonicTime)
        case asking(Question)
        case acting
        case awaiting(String, until: MonotonicTime, @Sendable (inout Seen, MonotonicTime) -> Sight)
        /// The step is over; whether it is to be repeated.
        case failed
    }

    /// - Parameters:
    ///   - only: one lane's own steps alone.
    ///   - run: names this run of the kernel, and no other.
    public init(plan: GatePlan, session: CommissioningSession, only: LaneID? = nil, run: String) {
        self.session = session
        self.run = run
        steps = plan.steps(powerWasCut: session.powerCutIn.map { $0 != run }).filter {
            only == nil || $0.lane == only
        }
    }

    /// Begins with the first step that has no result.
    public mutating func begin(at time: TimeStamp) -> [CommissioningOutput] {
        (now, wall) = (time.monotonic, time.wall)
        index = -1
        var outputs: [CommissioningOutput] = []
        next(&outputs)
        return outputs
    }

    /// Takes an input.
    public mutating func handle(_ input: CommissioningInput, at time: TimeStamp) -> [CommissioningOutput] {
        (now, wall) = (max(now, time.monotonic), time.wall)
        var outputs: [CommissioningOutput] = []
        switch input {
        case .watching(let isWatched): self.isWatched = isWatched
        case .line(let line): seen.take(line, at: time.monotonic)
        case .status(let status, let asked): seen.take(status, asked: asked)
        case .silence: seen.isSilent(at: now)
        case .answer(let answer): answered(answer, &outputs)
        case .skip(let reason): skip(reason, &outputs)
        case .actDone: if case .acting = state { actDone(&outputs) }
        case .actRefused(let reason): if case .acting = state { fail(reason, &outputs) }
        case .timer: break
        }
        look(&outputs)
        return outputs
    }

    // MARK: Steps

    private mutating func next(_ outputs: inout [CommissioningOutput]) {
        repeat { index += 1 } while index < steps.count && session.result(of: steps[index].id) != nil
        attempts = 1
        guard index < steps.count else {
            state = .idle
            outputs.append(.complete)
            return
        }
        start(&outputs)
    }

    private mutating func start(_ outputs: inout [CommissioningOutput]) {
        let step = steps[index]
        phases = step.phases
        seen = Seen()
        outputs.append(.begin(step: step.id, title: step.title, number: index + 1, of: steps.count))
        state = .opening(until: now.advanced(by: Self.answerTime))
    }

    private mutating func finish(
        _ outcome: StepResult.Outcome, _ reason: String?, _ outputs: inout [CommissioningOutput]
    ) {
        let step = steps[index]
        let result = StepResult(
            step: step.id, title: step.title, lane: step.lane, outcome: outcome, measures: seen.measures,
            reason: reason, attempts: attempts, at: wall)
        session.take(result)
        if step.id == GatePlan.powerLossID { session.powerCutIn = nil }
        outputs.append(.finished(result))
        guard outcome == .failed else { return next(&outputs) }
        state = .failed
        outputs.append(
            .ask(
                id: "\(step.id).again", "This step failed. Repeat it, or go on?", choices: ["repeat", "go-on"],
                standard: "go-on"))
    }

    private mutating func fail(_ reason: String, _ outputs: inout [CommissioningOutput]) {
        finish(.failed, reason, &outputs)
    }

    private mutating func skip(_ reason: String, _ outputs: inout [CommissioningOutput]) {
        switch state {
        case .idle, .failed: return
        case .opening, .asking, .acting, .awaiting: break
        }
        if let trouble = PlainText.trouble(reason, atMost: 300) {
            outputs.append(.unclear("a step is skipped with a reason for the report, and this is none: \(trouble)"))
            return
        }
        finish(.skipped, reason, &outputs)
    }

    // MARK: Phases

    private mutating func proceed(_ outputs: inout [CommissioningOutput]) {
        while !phases.isEmpty {
            switch phases.removeFirst() {
            case .tell(let id, let text):
                seen.forgetWhatWas()
                outputs.append(.tell(id: id, text))
            case .ask(let question):
                state = .asking(question)
                outputs.append(
                    .ask(id: question.id, question.text, choices: question.choices, standard: question.standard))
                return
            case .act(let act):
                state = .acting
                seen.actBegan = now
                outputs.append(.act(act))
                return
            case .note(let measure): seen.measures.append(measure)
            case .branch(let more): phases.insert(contentsOf: more(&seen), at: 0)
            case .await(let what, let limit, let condition):
                state = .awaiting(what, until: now.advanced(by: limit), condition)
                isAnnounced = false
                return
            case .suspend(let text):
                session.powerCutIn = run
                state = .idle
                outputs.append(.suspended(text))
                return
            }
        }
        let misses = seen.measures.filter { $0.verdict == .notOK }
        let complaint =
            seen.complaint
            ?? misses.first.map { "\($0.what): \($0.words), required is \($0.required ?? "something else")" }
        finish(complaint == nil ? .passed : .failed, complaint, &outputs)
    }

    /// Sees whether what is awaited has come, for as long as one thing leads to the next.
    private mutating func look(_ outputs: inout [CommissioningOutput]) {
        while true {
            switch state {
            case .idle, .asking, .acting, .failed: return
            case .opening(let until):
                if isWatched, seen.status != nil {
                    proceed(&outputs)
                } else if until <= now {
                    fail(
                        "gatehoused did not answer within \(Figures.text(Self.answerTime)); "
                            + "'gatehouse doctor' says why", &outputs)
                } else {
                    return
                }
            case .awaiting(let what, let until, let condition):
                switch condition(&seen, now) {
                case .seen: proceed(&outputs)
                case .failed(let reason): fail(reason, &outputs)
                case .waits:
                    guard until <= now else {
                        if !isAnnounced { outputs.append(.awaiting(what)) }
                        isAnnounced = true
                        return
                    }
                    fail("\(what): this did not come in time", &outputs)
                }
            }
        }
    }

    private mutating func actDone(_ outputs: inout [CommissioningOutput]) {
        seen.didAct(at: now)
        proceed(&outputs)
    }

    private mutating func answered(_ text: String, _ outputs: inout [CommissioningOutput]) {
        switch state {
        case .asking(let question):
            guard let choice = Self.choice(text, of: question.choices, question.standard) else {
                outputs.append(.unclear("answer with \(question.choices.joined(separator: ", "))"))
                return
            }
            phases.insert(contentsOf: question.take(choice, &seen), at: 0)
            proceed(&outputs)
        case .failed:
            switch Self.choice(text, of: ["repeat", "go-on"], "go-on") {
            case "repeat":
                attempts += 1
                start(&outputs)
            case nil: outputs.append(.unclear("answer with repeat or go-on"))
            default: next(&outputs)
            }
        case .idle, .opening, .acting, .awaiting: break
        }
    }

    /// The choice that a text stands for: its beginning is enough where no other begins so.
    private static func choice(_ text: String, of choices: [String], _ standard: String?) -> String? {
        if text.isEmpty { return standard }
        let fits = choices.filter { $0.hasPrefix(text.lowercased()) }
        return choices.contains(text) ? text : fits.count == 1 ? fits[0] : nil
    }
}
