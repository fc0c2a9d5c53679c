public import GateModel
import Glibc
public import NIOCore

/// A serial line that stays open: when its device goes away it is opened again as soon as it is back.
///
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
public final class SerialLine {
    /// What the line did so far.
    public struct Counters: Hashable, Sendable {
        public var opened: UInt64 = 0
        public var lost: UInt64 = 0
        public var bytesReceived: UInt64 = 0
        public var bytesSent: UInt64 = 0
        /// Messages that were not sent, because the line was lost or took no more.
        public var messagesDropped: UInt64 = 0
    }

    public let path: String
    /// Bits per second.
    public let rate: Int
    /// `ready`: open. `absent`: no such device. `failed`: there, but it cannot be opened.
    public private(set) var state = ReaderState.opening
    public private(set) var counters = Counters()

    private let eventLoop: any EventLoop
    private let clock: any TimeSource
    private let reopener: Reopener
    private let onBytes: (ByteBuffer, MonotonicTime) -> Void
    private let onState: (ReaderState, String?) -> Void

    private var reason: String?
    private var isStopped = false
    private var channel: (any Channel)?
    /// The same open file as the channel's, for what a channel cannot do.
    private var port: OwnedDescriptor?

    /// - Parameters:
    ///   - path: best a stable one such as `/dev/serial/by-id/…`.
    ///   - rate: bits per second, one of ``SerialPort/rates``.
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    ///   - onBytes: what arrived, and when. The bytes are overwritten with zero when the closure returns: copy what must
    ///     live longer.
    ///   - onState: called on changes only. The reason is a sentence for a technician, `nil` when ready.
    public init(
        path: String,
        rate: Int,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double = { .random(in: 0..<1) },
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.path = path
        self.rate = rate
        self.eventLoop = eventLoop
        self.clock = clock
        self.reopener = Reopener(eventLoop: eventLoop, jitter: jitter)
        self.onBytes = onBytes
        self.onState = onState
    }

    public func start() { open() }

    /// Closes the line for good. No closure is called after it.
    public func stop() {
        isStopped = true
        reopener.stop()
        port = nil
        channel?.close(promise: nil)
        channel = nil
    }

    /// Sends bytes in this turn of the loop.
    ///
    /// - Returns: whether the line took them; they are dropped if not.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        guard let channel, channel.isWritable else {
            counters.messagesDropped &+= 1
            return false
        }
        counters.bytesSent &+= UInt64(bytes.count)
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
        return true
    }

    /// Drops what the device has sent and nobody has read yet.
    public func flushInput() {
        // Fails only on a lost line, which holds nothing.
        _ = port?.withRawDescriptor { tcflush($0, TCIFLUSH) }
    }

    private func open() {
        let copy: OwnedDescriptor
        do throws(SerialError) {
            let port = try SerialPort.open(path: path, rate: rate)
            do throws(Errno) {
                copy = try port.duplicated()
            } catch {
                throw .failed(path: path, error)
            }
            self.port = consume port
        } catch {
            switch error {
            case .noSuchDevice: retry(.absent, error.description)
            default: retry(.failed, error.description)
            }
            return
        }
        let handler = StreamHandler(
            onBytes: { [self] in received($0) },
            onEnd: { [self] in ended($0) }
        )
        StreamHandler.open(copy, writable: true, on: eventLoop, handler: handler).assumeIsolated().whenComplete {
            [self] in
            opened($0)
        }
    }

    private func opened(_ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let channel) where isStopped:
            channel.close(promise: nil)
        case .success(let channel) where !channel.isActive:
            port = nil
            retry(.absent, "\(path) went away while it was opened. Check the cable.")
        case .success(let channel):
            self.channel = channel
            counters.opened &+= 1
            reopener.succeeded()
            report(.ready, nil)
        case .failure(let error):
            port = nil
            if !isStopped { retry(.failed, "\(path) cannot be used as a serial line: \(error).") }
        }
    }

    private func received(_ bytes: ByteBuffer) {
        guard !isStopped else { return }
        counters.bytesReceived &+= UInt64(bytes.readableBytes)
        onBytes(bytes, clock.monotonic)
        Self.wipe(bytes)
    }

    /// Overwrites the bytes where they lie: what a card reader sends holds more about a person than may be kept
    /// (principle 6), and NIO uses the memory again without clearing it.
    private static func wipe(_ bytes: ByteBuffer) {
        unsafe bytes.withUnsafeReadableBytes { memory in
            guard let start = memory.baseAddress else { return }
            // Written through a pointer to read from, because a write through the buffer would make a copy and wipe that:
            // the channel holds the same storage. It does not read it, and nobody else may keep it.
            unsafe UnsafeMutableRawPointer(mutating: start).initializeMemory(
                as: UInt8.self, repeating: 0, count: memory.count)
        }
    }

    private func ended(_ error: (any Error)?) {
        // An end before `opened` is told there.
        guard !isStopped, channel != nil else { return }
        channel = nil
        port = nil
        counters.lost &+= 1
        let cause = error.map { " (\($0))" } ?? ""
        retry(.absent, "\(path) went away\(cause). Check the cable; the line opens again when the device is back.")
    }

    private func retry(_ state: ReaderState, _ reason: String) {
        report(state, reason)
        // The callback may have stopped the line.
        guard !isStopped else { return }
        reopener.later { [self] in open() }
    }

    private func report(_ state: ReaderState, _ reason: String?) {
        guard state != self.state || reason != self.reason else { return }
        self.state = state
        self.reason = reason
        onState(state, reason)
    }
}
