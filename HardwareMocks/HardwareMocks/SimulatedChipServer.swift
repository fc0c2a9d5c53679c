public import GateModel
import Hardware
public import NIOCore
import NIOPosix

/// A GPIO chip without hardware, served on a Unix socket to `Hardware.SimulatedChip` and to whoever wants to watch.
///
/// Lives on one event loop: create and use it there, closures are called there.
public final class SimulatedChipServer {
    /// So many edges are kept; older ones are forgotten.
    public static let edgesKept = 65_536

    public let path: String
    /// Called at each edge of any line, after those who hold or watch the line were told.
    public var onEdge: ((LineEdge) -> Void)?
    /// The last edges of all lines, oldest first.
    public private(set) var edges: [LineEdge] = []

    private let eventLoop: any EventLoop
    private let clock: any TimeSource
    private var lines = SimulatedLines()
    private var listener: (any Channel)?
    private var clients: [SimulatedLines.Client: Connection] = [:]
    private var clientsSoFar: UInt64 = 0

    private struct Connection {
        var channel: any Channel
        var splitter = LineSplitter()
        var watches = false
    }

    public init(path: String, eventLoop: any EventLoop, clock: any TimeSource) {
        self.path = path
        self.eventLoop = eventLoop
        self.clock = clock
    }

    /// Begins to listen. A socket that an earlier run left is replaced.
    public func start() async throws {
        let accept = NIOLoopBound({ [self] (channel: any Channel) in try accepted(channel) }, eventLoop: eventLoop)
        listener = try await ServerBootstrap(group: eventLoop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try accept.value(channel) }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    /// Ends all connections and stops listening.
    public func stop() async {
        // The listener first: whoever is cut off comes back at once.
        try? await listener?.close()
        listener = nil
        for connection in clients.values { connection.channel.close(promise: nil) }
    }

    /// The physical level of a line.
    public func level(_ offset: UInt32) -> Bool { lines.level(offset) }

    /// The name under which a client holds a line, `nil` if none does.
    public func holderName(_ offset: UInt32) -> String? { lines.holderName(offset) }

    /// Sets what a line is when nobody drives it: this is how inputs are moved.
    public func pull(_ offset: UInt32, _ level: Bool) {
        if lines.pull(offset, level) { edge(offset) }
    }

    private func accepted(_ channel: any Channel) throws {
        clientsSoFar += 1
        let client = SimulatedLines.Client(number: clientsSoFar)
        clients[client] = Connection(channel: channel)
        let handler = StreamHandler(
            onBytes: { [self] in received($0, from: client) },
            onEnd: { [self] _ in ended(client) }
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private func received(_ bytes: ByteBuffer, from client: SimulatedLines.Client) {
        for line in clients[client]?.splitter.feed(bytes.readableBytesView) ?? [] {
            do throws(Refusal) {
                guard let message = ChipMessage(line) else {
                    throw Refusal(text: "\"\(line)\" is no message of this protocol")
                }
                try act(on: message, from: client)
            } catch {
                send(.error(error.text), to: client)
            }
        }
    }

    private func act(on message: ChipMessage, from client: SimulatedLines.Client) throws(Refusal) {
        switch message {
        case .output(let offset, let level, let name):
            if try lines.take(offset, name: name, driving: level, by: client) { edge(offset) }
        case .input(let offset, let name):
            if try lines.take(offset, name: name, driving: nil, by: client) { edge(offset) }
            send(.level(offset, lines.level(offset), clock.now().monotonic), to: client)
        case .set(let offset, let level):
            if try lines.set(offset, level, by: client) { edge(offset) }
        case .release(let offset):
            if lines.release(offset, by: client) { edge(offset) }
        case .watch:
            clients[client]?.watches = true
        case .pull(let offset, let level):
            pull(offset, level)
        case .level, .edge, .error:
            throw Refusal(text: "only the chip says that")
        }
    }

    private func ended(_ client: SimulatedLines.Client) {
        clients[client] = nil
        for offset in lines.held(by: client) where lines.release(offset, by: client) { edge(offset) }
    }

    private func edge(_ offset: UInt32) {
        let edge = LineEdge(offset: offset, level: lines.level(offset), at: clock.now().monotonic)
        if edges.count >= Self.edgesKept { edges.removeFirst(Self.edgesKept / 2) }
        edges.append(edge)
        if let watcher = lines.watcher(offset) { send(.level(offset, edge.level, edge.at), to: watcher) }
        for (client, connection) in clients where connection.watches {
            send(.edge(offset, edge.level, edge.at), to: client)
        }
        onEdge?(edge)
    }

    private func send(_ message: ChipMessage, to client: SimulatedLines.Client) {
        guard let channel = clients[client]?.channel else { return }
        channel.writeAndFlush(channel.allocator.buffer(string: message.line), promise: nil)
    }
}
