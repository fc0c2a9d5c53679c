public import GateModel
public import NIOCore
import NIOPosix

/// A chip simulated by another process, reached over a Unix socket; see ``ChipMessage`` for what is said there.
public final class SimulatedChip: LineChip {
    public let path: String
    private let eventLoop: any EventLoop
    private let reopener: Reopener
    private var onHealth: ((ChipHealth) -> Void)?
    private var wanted = WantedLines()
    private var health: ChipHealth?
    private var isStopped = false
    private var channel: (any Channel)?
    private var splitter = LineSplitter()
    /// Inputs whose initial level has not come yet.
    private var awaitingLevel: Set<UInt32> = []

    /// - Parameters:
    ///   - path: the socket.
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    public init(path: String, eventLoop: any EventLoop, jitter: @escaping () -> Double = { .random(in: 0..<1) }) {
        self.path = path
        self.eventLoop = eventLoop
        self.reopener = Reopener(eventLoop: eventLoop, jitter: jitter)
    }

    public func start(onHealth: @escaping (ChipHealth) -> Void) {
        self.onHealth = onHealth
        connect()
    }

    public func requestOutput(_ request: OutputRequest) {
        wanted.outputs[request.line] = request
        send([take(request)].compactMap(\.self))
    }

    public func requestInput(_ request: InputRequest, onEvent: @escaping (LineEvent) -> Void) {
        wanted.inputs[request.line] = .init(request: request, onEvent: onEvent)
        send([take(request)].compactMap(\.self))
    }

    /// The other process is no kernel: what it has sent is told when the loop reads it.
    public func tellPending(_ line: LineAddress) {}

    @discardableResult
    public func set(_ line: LineAddress, active: Bool) -> Bool {
        guard case .offset(let offset) = line, let request = wanted.outputs[line] else { return false }
        return send([.set(offset, active != request.activeLow)])
    }

    public func release(_ line: LineAddress) {
        let output = wanted.outputs.removeValue(forKey: line)
        let input = wanted.inputs.removeValue(forKey: line)
        guard case .offset(let offset) = line else { return }
        if let output { send([.set(offset, output.safe != output.activeLow), .release(offset)]) }
        if input != nil { send([.release(offset)]) }
    }

    public func devicesChanged() { reopener.retryNow() }

    public func stop() -> EventLoopFuture<Void> {
        isStopped = true
        reopener.stop()
        for line in Array(wanted.outputs.keys) + Array(wanted.inputs.keys) { release(line) }
        guard let channel else { return eventLoop.makeSucceededVoidFuture() }
        self.channel = nil
        channel.close(promise: nil)
        // The other side may have closed first; closed is closed.
        return channel.closeFuture.flatMapErrorThrowing { _ in }
    }

    private func connect() {
        splitter = LineSplitter()
        let handler = NIOLoopBound(
            StreamHandler(onBytes: { [self] in received($0) }, onEnd: { [self] _ in ended() }), eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .connect(unixDomainSocketPath: path).assumeIsolated().whenComplete { [self] in connected($0) }
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let channel) where isStopped:
            channel.close(promise: nil)
        case .success(let channel) where channel.isActive:
            self.channel = channel
            reopener.succeeded()
            send(wanted.sortedOutputs.compactMap(take) + wanted.sortedInputs.compactMap { take($0.request) })
            report(.found(problems: named))
        case .success:
            lose(.wentAway(path: path))
        case .failure:
            lose(.noSimulator(path: path))
        }
    }

    private func ended() {
        // An end before `connected` is told there, one after a refusal has been told.
        guard channel != nil else { return }
        lose(.wentAway(path: path))
    }

    private func lose(_ error: LineError) {
        // Let go first: closing calls `ended` at once.
        let lost = channel
        channel = nil
        lost?.close(promise: nil)
        guard !isStopped else { return }
        // Still lost for the same reason is no news.
        if health != .lost(error) { report(.lost(error)) }
        if !isStopped { reopener.later { [self] in connect() } }
    }

    private func received(_ bytes: ByteBuffer) {
        for line in splitter.feed(bytes.readableBytesView) {
            guard channel != nil else { return }
            switch ChipMessage(line) {
            case .level(let offset, let level, let time): received(level, of: offset, at: time)
            case .error(let text): lose(.refused(path: path, text))
            // What is not for us, or not yet known to us, does not concern our lines.
            default: break
            }
        }
    }

    private func received(_ level: Bool, of offset: UInt32, at time: MonotonicTime) {
        guard let input = wanted.inputs[.offset(offset)] else { return }
        let isInitial = awaitingLevel.remove(offset) != nil
        let active = level != input.request.activeLow
        guard isInitial || active || input.request.edges == .both else { return }
        let line = LineAddress.offset(offset)
        input.onEvent(
            isInitial ? .found(line, active: active, at: time) : LineEvent(line: line, active: active, at: time))
    }

    /// Simulated lines have no names.
    private var named: [LineError] {
        let lines =
            wanted.sortedOutputs.map { ($0.line, $0.name) }
            + wanted.sortedInputs.map { ($0.request.line, $0.request.name) }
        return lines.compactMap { line, name in
            if case .name = line { .noSuchLine(path: path, line: line, name: name) } else { nil }
        }
    }

    private func take(_ request: OutputRequest) -> ChipMessage? {
        guard case .offset(let offset) = request.line else { return nil }
        return .output(offset, request.safe != request.activeLow, name: request.name)
    }

    private func take(_ request: InputRequest) -> ChipMessage? {
        guard case .offset(let offset) = request.line else { return nil }
        awaitingLevel.insert(offset)
        return .input(offset, name: request.name)
    }

    @discardableResult
    private func send(_ messages: [ChipMessage]) -> Bool {
        guard let channel else { return false }
        channel.writeAndFlush(channel.allocator.buffer(string: messages.map(\.line).joined()), promise: nil)
        return true
    }

    private func report(_ new: ChipHealth) {
        health = new
        onHealth?(new)
    }
}
