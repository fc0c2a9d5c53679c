import Commissioning
import Control
import GateModel
import Hardware

/// Carries out what the walk asks for, on a real gate.
struct CommissionRun {
    let client: ControlClient
    let conversation: CommissionConversation
    let gate: String
    let operatorName: String
    private(set) var walk: Commissioning
    let save: (CommissioningSession) throws -> Void
    private let clock = SystemClock()

    private enum Event: Sendable {
        case input(CommissioningInput, at: TimeStamp)
        case typed(String)
        /// Nobody types any more.
        case silent
    }

    /// How often the gate is asked how it is.
    private static let pause: Duration = .milliseconds(200)

    init(
        client: ControlClient, conversation: CommissionConversation, gate: String, operatorName: String,
        walk: Commissioning,
        save: @escaping (CommissioningSession) throws -> Void
    ) {
        self.client = client
        self.conversation = conversation
        self.gate = gate
        self.operatorName = operatorName
        self.walk = walk
        self.save = save
    }

    /// Returns when the walk is complete or suspended.
    mutating func run() async throws {
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        let tasks = [watch(event), poll(event), tick(event)] + (conversation.answers == nil ? [listen(event)] : [])
        defer { for task in tasks { task.cancel() } }
        var question: String?
        var isSilent = false
        guard try await carryOut(walk.begin(at: clock.now()), &question) else { return }
        for await event in events {
            var outputs: [CommissioningOutput] = []
            switch event {
            case .input(let input, let time): outputs = walk.handle(input, at: time)
            case .typed(let text):
                let skip = text.lowercased().hasPrefix("skip")
                outputs = walk.handle(
                    skip ? .skip(String(text.dropFirst(4).drop { $0 == " " || $0 == ":" })) : .answer(text),
                    at: clock.now())
            case .silent: isSilent = true
            }
            guard try await carryOut(outputs, &question) else { return }
            if isSilent, let question {
                throw Trouble("nobody answers '\(question)': standard input has ended; use --answers", .refused)
            }
        }
    }

    /// - Returns: whether the walk goes on.
    private mutating func carryOut(_ outputs: [CommissioningOutput], _ question: inout String?) async throws -> Bool {
        var outputs = outputs[...]
        while let output = outputs.popFirst() {
            // Whoever is told that a step is over, or to cut the power, may rely on what was found before.
            switch output {
            case .finished, .suspended: try save(walk.session)
            default: break
            }
            conversation.say(output)
            switch output {
            case .begin(let step, _, _, _):
                question = nil
                if let reason = conversation.answers?.skip(step) {
                    outputs += walk.handle(.skip(reason), at: clock.now())
                }
            case .ask(let id, _, _, let standard):
                question = id
                guard let answers = conversation.answers else { break }
                guard let answer = answers[id] ?? standard else {
                    throw Trouble("\(answers.file) has no answer to '\(id)'; what was done is saved", .refused)
                }
                outputs += walk.handle(.answer(answer), at: clock.now())
            case .act(let act): outputs += walk.handle(await perform(act), at: clock.now())
            case .finished: break
            case .unclear(let text):
                if let answers = conversation.answers { throw Trouble("\(answers.file): \(text)", .refused) }
            case .suspended, .complete: return false
            case .tell, .awaiting: question = nil
            }
        }
        return true
    }

    private func perform(_ act: CommissioningAct) async -> CommissioningInput {
        let request = OverrideRequest(operator: operatorName, reason: "commissioning")
        do {
            switch act {
            case .release(let lane):
                _ = try await client.post(
                    ControlClient.path(ControlPath.release, of: lane.rawValue), request, as: Done.self)
            case .resetFire(let lanes):
                for lane in lanes {
                    _ = try await client.post(
                        ControlClient.path(ControlPath.fireReset, of: lane.rawValue), request, as: Done.self)
                }
            case .kill(let process): try DaemonProcess.kill(process)
            }
            return .actDone
        } catch {
            return .actRefused("\(error)")
        }
    }

    // MARK: Where events come from

    private func watch(_ event: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        Task { [client, clock] in
            while !Task.isCancelled {
                try? await client.watch(
                    connected: { event.yield(.input(.watching(true), at: clock.now())) },
                    each: { event.yield(.input(.line($0), at: clock.now())) })
                event.yield(.input(.watching(false), at: clock.now()))
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func poll(_ event: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        Task { [client, clock, gate] in
            while !Task.isCancelled {
                let asked = clock.monotonic
                do {
                    let status: StatusReport = try await client.get(ControlPath.status)
                    // Another gate's daemon says nothing of this one, and must not be killed for it.
                    let isOurs = status.gate == gate
                    event.yield(.input(isOurs ? .status(status, asked: asked) : .silence, at: clock.now()))
                } catch {
                    event.yield(.input(.silence, at: clock.now()))
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// A daemon that hangs answers nothing, and time goes on all the same.
    private func tick(_ event: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        Task { [clock] in
            while !Task.isCancelled {
                event.yield(.input(.timer, at: clock.now()))
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func listen(_ event: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        Task {
            for await line in CommissionConversation.typed() { event.yield(.typed(line)) }
            event.yield(.silent)
        }
    }
}
