public import GateModel
public import NIOCore

/// An ID-card reader on USB that stays open: when the device goes away it is opened again as soon as it is back.
///
/// Gives the same stream of bytes as a reader on a serial line, whichever way the device carries it.
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
public final class USBReaderLine: ReaderLine {
    /// What the line did so far.
    public struct Counters: Hashable, Sendable {
        public var opened: UInt64 = 0
        public var lost: UInt64 = 0
        public var bytesReceived: UInt64 = 0
        /// Bytes received that belong to no whole reply.
        public var bytesDropped: UInt64 = 0
        public var bytesSent: UInt64 = 0
        /// Messages that were not sent, because the line was lost or took no more.
        public var messagesDropped: UInt64 = 0
    }

    public let target: USBTarget
    /// `ready`: open. `absent`: no such device. `failed`: there, but it cannot be used.
    public private(set) var state = ReaderState.opening
    public var counters: Counters {
        var counters = tally
        counters.bytesDropped &+= link?.bytesDropped ?? 0
        return counters
    }

    private let driver: any USBDriver
    private let clock: any TimeSource
    private let reopener: Reopener
    private let onBytes: (ByteBuffer, MonotonicTime) -> Void
    private let onState: (ReaderState, String?) -> Void

    /// Without what ``link`` counts.
    private var tally = Counters()
    private var reason: String?
    private var isStopped = false
    private var connection: (any USBConnection)?
    /// Set while the line is ready.
    private var link: USBReaderLink?
    /// What is handed over. It never grows, which would leave bytes behind.
    private var bytes = ByteBufferAllocator().buffer(capacity: SDTReplyJoiner.capacity)

    /// - Parameters:
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    ///   - onBytes: what arrived, and when. The bytes are overwritten with zero when the closure returns: copy what must
    ///     live longer.
    ///   - onState: called on changes only. The reason is a sentence for a technician, `nil` when ready.
    public convenience init(
        _ target: USBTarget,
        host: USBHost,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double = { .random(in: 0..<1) },
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.init(
            target, driver: LibUSBDriver(host: host, eventLoop: eventLoop), eventLoop: eventLoop, clock: clock,
            jitter: jitter, onBytes: onBytes, onState: onState)
    }

    /// The same with something else than libusb below it.
    package init(
        _ target: USBTarget,
        driver: any USBDriver,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double,
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.target = target
        self.driver = driver
        self.clock = clock
        self.reopener = Reopener(eventLoop: eventLoop, jitter: jitter)
        self.onBytes = onBytes
        self.onState = onState
    }

    public func start() { open() }

    /// Opens a lost line at once, without the rest of its wait: its device may have come.
    public func retryNow() { reopener.retryNow() }

    /// Closes the line for good. No closure is called after it.
    public func stop() {
        isStopped = true
        reopener.stop()
        connection?.close()
        connection = nil
        dropLink()
    }

    /// Sends a whole request in this turn of the loop.
    ///
    /// - Returns: whether the line took it; it is dropped if not.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        guard let connection, let write = link?.send(bytes) else {
            tally.messagesDropped &+= 1
            return false
        }
        tally.bytesSent &+= UInt64(bytes.count)
        connection.write(write)
        return true
    }

    /// Drops a reply that has begun. What the device sends is read at once, so nothing else is held.
    public func flushInput() { link?.flushInput() }

    private func open() { connection = driver.open(target, owner: self) }

    private func retry(_ error: USBError) {
        report(error.state, error.description)
        // The callback may have stopped the line.
        guard !isStopped else { return }
        reopener.later { [self] in open() }
    }

    /// What a reply that has begun holds of a person is overwritten, too.
    private func dropLink() {
        link?.flushInput()
        tally.bytesDropped &+= link?.bytesDropped ?? 0
        link = nil
    }

    private func report(_ state: ReaderState, _ reason: String?) {
        guard state != self.state || reason != self.reason else { return }
        self.state = state
        self.reason = reason
        onState(state, reason)
    }
}

extension USBReaderLine: USBConnectionOwner {
    package func opened(_ transport: USBTransport) {
        guard let connection else { return }
        link = USBReaderLink(transport)
        tally.opened &+= 1
        reopener.succeeded()
        for endpoint in transport.inputs { connection.read(from: endpoint) }
        report(.ready, nil)
    }

    package func received(_ packet: Span<UInt8>, from endpoint: UInt8) {
        tally.bytesReceived &+= UInt64(packet.count)
        bytes.clear()
        link?.received(packet, from: endpoint) { whole in
            // Handed over below, where the closure may send.
            for index in whole.indices { bytes.writeInteger(whole[index]) }
        }
        guard bytes.readableBytes > 0 else { return }
        let whole = bytes
        onBytes(whole, clock.monotonic)
        whole.wipeInPlace()
    }

    package func written() {
        guard let write = link?.written() else { return }
        connection?.write(write)
    }

    package func ended(_ error: USBError) {
        guard !isStopped, connection != nil else { return }
        connection = nil
        if link != nil { tally.lost &+= 1 }
        dropLink()
        retry(error)
    }
}
