package import GateModel
import Glibc
import NIOCore

/// What a device did so far.
public struct DeviceCounters: Hashable, Sendable {
    public var opened: UInt64 = 0
    public var lost: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// Messages that were not sent, because the device was lost, took no more, or refused them.
    public var messagesDropped: UInt64 = 0
}

/// Why a device could not be opened, in the words of its kind.
package struct OpenFailure: Error {
    /// `absent` or `failed`.
    package var state: ReaderState
    /// A sentence for a technician.
    package var reason: String
}

/// A character device that stays open: when it goes away it is opened again as soon as it is back.
///
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
final class DeviceLine {
    /// What the kinds of device differ in.
    struct Kind {
        /// As in "a serial line".
        var name: String
        /// Whether bytes are sent through the line.
        var isWritable: Bool
        /// See ``StreamHandler/open(_:writable:readSize:on:handler:)``.
        var readSize: Int?
    }

    let path: String
    private(set) var state = ReaderState.opening
    private(set) var counters = DeviceCounters()
    /// The same open file as the channel's, for what a channel cannot do. `nil` unless the device is open.
    private(set) var port: OwnedDescriptor?

    private let kind: Kind
    private let eventLoop: any EventLoop
    private let clock: any TimeSource
    private let reopener: Reopener
    private let openDevice: () throws(OpenFailure) -> OwnedDescriptor
    private let onOpened: () -> Void
    private let onBytes: (ByteBuffer, MonotonicTime) -> Void
    private let onState: (ReaderState, String?) -> Void

    private var reason: String?
    private var isStopped = false
    private var channel: (any Channel)?

    /// - Parameters:
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    ///   - open: opens the device, non-blocking.
    ///   - onOpened: called before `onState` tells that the device is ready, and before its first bytes.
    ///   - onBytes: what one read gave, and when. The bytes are overwritten with zero when the closure returns.
    ///   - onState: called on changes only. The reason is a sentence for a technician, `nil` when ready.
    init(
        path: String,
        kind: Kind,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double,
        open: @escaping () throws(OpenFailure) -> OwnedDescriptor,
        onOpened: @escaping () -> Void = {},
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.path = path
        self.kind = kind
        self.eventLoop = eventLoop
        self.clock = clock
        self.reopener = Reopener(eventLoop: eventLoop, jitter: jitter)
        self.openDevice = open
        self.onOpened = onOpened
        self.onBytes = onBytes
        self.onState = onState
    }

    func start() { open() }

    /// Closes the device for good. No closure is called after it.
    func stop() {
        isStopped = true
        reopener.stop()
        port = nil
        channel?.close(promise: nil)
        channel = nil
    }

    /// Opens a lost device at once, without the rest of its wait: it may have come.
    func retryNow() { reopener.retryNow() }

    /// Sends bytes in this turn of the loop.
    ///
    /// - Returns: whether the device took them; they are dropped if not.
    func send(_ bytes: [UInt8]) -> Bool {
        guard let channel, channel.isWritable else {
            counters.messagesDropped &+= 1
            return false
        }
        counters.bytesSent &+= UInt64(bytes.count)
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
        return true
    }

    private func open() {
        let copy: OwnedDescriptor
        do throws(OpenFailure) {
            let port = try openDevice()
            do throws(Errno) {
                copy = try port.duplicated()
            } catch {
                throw OpenFailure(state: .failed, reason: "\(path) cannot be used as \(kind.name): \(error).")
            }
            self.port = consume port
        } catch {
            return retry(error.state, error.reason)
        }
        let handler = StreamHandler(
            onBytes: { [self] in received($0) },
            onEnd: { [self] in ended($0) }
        )
        StreamHandler.open(
            copy, writable: kind.isWritable, readSize: kind.readSize, on: eventLoop, handler: handler
        ).assumeIsolated().whenComplete { [self] in opened($0) }
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
            onOpened()
            if !isStopped { report(.ready, nil) }
        case .failure(let error):
            port = nil
            if !isStopped { retry(.failed, "\(path) cannot be used as \(kind.name): \(error).") }
        }
    }

    private func received(_ bytes: ByteBuffer) {
        guard !isStopped else { return }
        counters.bytesReceived &+= UInt64(bytes.readableBytes)
        onBytes(bytes, clock.monotonic)
        bytes.wipeInPlace()
    }

    private func ended(_ error: (any Error)?) {
        // An end before `opened` is told there.
        guard !isStopped, channel != nil else { return }
        channel = nil
        port = nil
        counters.lost &+= 1
        let cause = error.map { " (\($0))" } ?? ""
        retry(.absent, "\(path) went away\(cause). Check the cable; it is opened again when it is back.")
    }

    private func retry(_ state: ReaderState, _ reason: String) {
        report(state, reason)
        // The callback may have stopped the device.
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
