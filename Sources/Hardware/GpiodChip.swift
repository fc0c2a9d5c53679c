public import GateModel
public import NIOCore

/// A chip of the kernel, through libgpiod.
///
/// The descriptor of each input is a NIO pipe channel, on a duplicate because NIO wants to own what it watches: an edge
/// reaches its closure on the loop without a thread of its own and without a hop between threads.
public final class GpiodChip: LineChip {
    public let path: String
    private let eventLoop: any EventLoop
    private let clock: any TimeSource
    private let reopener: Reopener
    private var onHealth: ((ChipHealth) -> Void)?
    private var wanted = WantedLines()
    private var health: ChipHealth?
    private var isStopped = false

    private var handle: GpiodHandle?
    private var outputs: [LineAddress: GpiodLine] = [:]
    private var inputs: [LineAddress: WatchedLine] = [:]

    /// An input and the channel of its edges.
    private struct WatchedLine {
        var line: GpiodLine
        var channel: (any Channel)?
        /// What has been told of the line is whole up to then.
        var watchedUntil: MonotonicTime
    }

    /// - Parameters:
    ///   - path: such as `/dev/gpiochip0`; what has no slash is a name such as `gpiochip0` or a label, as `gpiodetect`
    ///     shows them.
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    public init(
        path: String,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double = { .random(in: 0..<1) }
    ) {
        self.path = path
        self.eventLoop = eventLoop
        self.clock = clock
        self.reopener = Reopener(eventLoop: eventLoop, jitter: jitter)
    }

    public func start(onHealth: @escaping (ChipHealth) -> Void) {
        self.onHealth = onHealth
        takeLines()
    }

    public func requestOutput(_ request: OutputRequest) {
        wanted.outputs[request.line] = request
        if handle != nil { takeLines() }
    }

    public func requestInput(_ request: InputRequest, onEvent: @escaping (LineEvent) -> Void) {
        wanted.inputs[request.line] = .init(request: request, onEvent: onEvent)
        if handle != nil { takeLines() }
    }

    public func tellPending(_ line: LineAddress) {
        // One that is being taken has no channel yet, and no edge that matters.
        guard let watched = inputs[line], watched.channel != nil, let input = wanted.inputs[line] else { return }
        let events = watched.line.pendingEvents()
        if events.readableBytes > 0 { tell(events, of: watched.line, to: input) }
    }

    @discardableResult
    public func set(_ line: LineAddress, active: Bool) -> Bool {
        guard let held = outputs[line], let request = wanted.outputs[line] else { return false }
        do throws(Errno) {
            try held.set(active)
            return true
        } catch {
            lose(LineError(error, chip: path, line: line, request.name))
            return false
        }
    }

    public func release(_ line: LineAddress) {
        if let request = wanted.outputs.removeValue(forKey: line) {
            // A line that cannot be driven any more is given back all the same.
            try? outputs.removeValue(forKey: line)?.set(request.safe)
        }
        wanted.inputs[line] = nil
        inputs.removeValue(forKey: line)?.channel?.close(promise: nil)
    }

    public func devicesChanged() {
        if let loss { lose(loss) }
        reopener.retryNow()
    }

    /// Why the lines are held no more. The kernel does not end their descriptors when it takes a chip away: while nothing
    /// moves, only a question shows it.
    private var loss: LineError? {
        for line in outputs.values + inputs.values.map(\.line) {
            do throws(Errno) { _ = try line.level() } catch { return LineError(error, chip: path) }
        }
        return nil
    }

    public func stop() -> EventLoopFuture<Void> {
        isStopped = true
        reopener.stop()
        for line in Array(wanted.outputs.keys) + Array(wanted.inputs.keys) { release(line) }
        handle = nil
        return eventLoop.makeSucceededVoidFuture()
    }

    /// Takes what is wanted and not yet held, and opens the chip for it if need be.
    private func takeLines() {
        guard !isStopped else { return }
        let handle: GpiodHandle
        do throws(LineError) {
            if let open = self.handle { handle = open } else { handle = try GpiodHandle(opening: path) }
        } catch {
            return lose(error)
        }
        self.handle = handle
        let held = outputs.count + inputs.count
        var problems: [LineError] = []
        var levels: [(WantedLines.Input, Bool)] = []
        for request in wanted.sortedOutputs where outputs[request.line] == nil {
            do throws(LineError) {
                let offset = try offset(of: request.line, for: request.name, on: handle)
                outputs[request.line] = try handle.requestOutput(request, at: offset)
            } catch {
                problems.append(error)
            }
        }
        for input in wanted.sortedInputs where inputs[input.request.line] == nil {
            do throws(LineError) {
                levels.append((input, try watch(input, of: handle)))
            } catch {
                problems.append(error)
            }
        }
        if problems.isEmpty { reopener.succeeded() } else { reopener.later { [self] in takeLines() } }
        // Found with the lines it had is no news.
        let found = ChipHealth.found(problems: problems)
        if found != health || held != outputs.count + inputs.count { report(found) }
        let now = clock.monotonic
        for (input, active) in levels {
            input.onEvent(.found(input.request.line, active: active, at: now))
        }
    }

    /// Where the line that is meant stands on the chip. One that another name or number has taken is not free.
    private func offset(of line: LineAddress, for name: String, on handle: GpiodHandle) throws(LineError) -> UInt32 {
        let offset = try handle.offset(of: line, for: name)
        let users =
            outputs.map { ($0.value.offset, wanted.outputs[$0.key]?.name) }
            + inputs.map { ($0.value.line.offset, wanted.inputs[$0.key]?.request.name) }
        if let user = users.first(where: { $0.0 == offset }) {
            throw .lineShared(path: path, line: line, name: name, with: user.1 ?? "another")
        }
        return offset
    }

    /// Takes an input and returns its level. Edges after that level are told.
    private func watch(_ input: WantedLines.Input, of handle: GpiodHandle) throws(LineError) -> Bool {
        let address = input.request.line
        let offset = try offset(of: address, for: input.request.name, on: handle)
        let line = try handle.requestInput(input.request, at: offset)
        let level: Bool
        let descriptor: OwnedDescriptor
        do throws(Errno) {
            level = try line.level()
            descriptor = try line.eventDescriptor()
        } catch {
            throw LineError(error, chip: path, line: address, input.request.name)
        }
        inputs[address] = WatchedLine(line: line, channel: nil, watchedUntil: clock.monotonic)
        let handler = StreamHandler(
            onBytes: { [self, weak line] bytes in
                guard let line else { return }
                tell(bytes, of: line, to: input)
            },
            onEnd: { [self, weak line] _ in
                // The line may have been given back, and even taken again, since.
                guard let line, inputs[address]?.line === line else { return }
                lose(.wentAway(path: path))
            }
        )
        StreamHandler.open(
            descriptor, writable: false, readSize: GpiodLine.readSize, on: eventLoop, handler: handler
        ).assumeIsolated()
            .whenComplete { [self, weak line] result in
                let isHeld = line != nil && inputs[address]?.line === line
                switch result {
                case .success(let channel) where isHeld: inputs[address]?.channel = channel
                case .success(let channel): channel.close(promise: nil)
                case .failure: if isHeld { lose(.wentAway(path: path)) }
                }
            }
        return level
    }

    /// Tells what was read, and overwrites it: the times of edges can be a card's number (principle 6).
    private func tell(_ events: ByteBuffer, of line: GpiodLine, to input: WantedLines.Input) {
        defer { events.wipeInPlace() }
        let address = input.request.line
        let isWhole = !line.mayMissEdges(in: events)
        var newest: MonotonicTime?
        GpiodLine.forEachEdge(in: events) { active, time in
            newest = time
            input.onEvent(LineEvent(line: address, active: active, at: time))
        }
        guard let watched = inputs[address], watched.line === line else { return }
        if isWhole, let newest {
            inputs[address]?.watchedUntil = newest
        } else {
            tellLevel(of: line, for: input, blindSince: watched.watchedUntil)
        }
    }

    /// Tells the level of an input anew. Edges that the kernel still holds follow: the last of them tells this level or a
    /// newer one.
    private func tellLevel(of line: GpiodLine, for input: WantedLines.Input, blindSince: MonotonicTime) {
        let (address, now) = (input.request.line, clock.monotonic)
        let level: Bool
        do throws(Errno) { level = try line.level() } catch {
            return lose(LineError(error, chip: path, line: address, input.request.name))
        }
        inputs[address]?.watchedUntil = now
        input.onEvent(LineEvent(line: address, active: level, at: now, blindSince: blindSince))
    }

    /// Gives every line back, so that a chip that is only half there drives nothing, and looks for the chip again.
    private func lose(_ error: LineError) {
        outputs = [:]
        // Let go first: closing calls the `onEnd` of each at once.
        let lost = inputs.values.compactMap(\.channel)
        inputs = [:]
        for channel in lost { channel.close(promise: nil) }
        handle = nil
        // Still lost for the same reason is no news.
        if health != .lost(error) { report(.lost(error)) }
        if !isStopped { reopener.later { [self] in takeLines() } }
    }

    private func report(_ new: ChipHealth) {
        health = new
        onHealth?(new)
    }
}
