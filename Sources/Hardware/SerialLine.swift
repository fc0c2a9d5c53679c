public import GateModel
import Glibc
public import NIOCore

/// A serial line that stays open: when its device goes away it is opened again as soon as it is back.
///
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
public final class SerialLine: ReaderLine {
    public var path: String { line.path }
    /// Bits per second.
    public let rate: Int
    /// `ready`: open. `absent`: no such device. `failed`: there, but it cannot be opened.
    public var state: ReaderState { line.state }
    public var counters: DeviceCounters { line.counters }

    private let line: DeviceLine

    /// - Parameters:
    ///   - path: best a stable one such as `/dev/serial/by-id/…`, or any other ``DeviceAddress``.
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
        self.rate = rate
        line = DeviceLine(
            path: path,
            kind: DeviceLine.Kind(name: "a serial line", isWritable: true),
            eventLoop: eventLoop,
            clock: clock,
            jitter: jitter,
            open: { () throws(OpenFailure) in
                let node = try DeviceAddress.node(of: path, as: .serialLine)
                do throws(SerialError) {
                    return try SerialPort.open(path: node, rate: rate)
                } catch {
                    throw OpenFailure(error)
                }
            },
            onBytes: onBytes,
            onState: onState)
    }

    public func start() { line.start() }

    /// Closes the line for good. No closure is called after it.
    public func stop() { line.stop() }

    public func retryNow() { line.retryNow() }

    /// Sends bytes in this turn of the loop.
    ///
    /// - Returns: whether the line took them; they are dropped if not.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool { line.send(bytes) }

    /// Drops what the device has sent and nobody has read yet.
    public func flushInput() {
        // Fails only on a lost line, which holds nothing.
        _ = line.port?.withRawDescriptor { tcflush($0, TCIFLUSH) }
    }
}

extension OpenFailure {
    fileprivate init(_ error: SerialError) {
        switch error {
        case .noSuchDevice: self.init(state: .absent, reason: error.description)
        default: self.init(state: .failed, reason: error.description)
        }
    }
}
