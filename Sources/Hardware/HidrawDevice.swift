public import GateModel
public import NIOCore

/// A HID device by its hidraw device, which stays open: when it goes away it is opened again as soon as it is back.
///
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
public final class HidrawDevice: ReaderLine {
    public var path: String { line.path }
    /// `ready`: open. `absent`: no such device. `failed`: there, but it cannot be opened.
    public var state: ReaderState { line.state }
    public var counters: DeviceCounters {
        var counters = line.counters
        counters.bytesSent = output.bytesSent
        counters.messagesDropped = output.reportsDropped
        return counters
    }

    private let line: DeviceLine
    private let output: Output

    /// The way to the device, which does not go through the line.
    private final class Output {
        /// Of the device as it was last opened.
        var writer: ReportWriter?
        var info: HidrawInfo?
        var bytesSent: UInt64 = 0
        var reportsDropped: UInt64 = 0

        func open(_ port: borrowing HidrawPort, path: String, on eventLoop: any EventLoop) throws(InputDeviceError) {
            let copy: OwnedDescriptor
            do throws(Errno) {
                copy = try port.descriptor.duplicated()
            } catch {
                throw InputDeviceError(kind: .hidraw, path: path, cause: .failed(error))
            }
            info = port.info
            writer = ReportWriter(copy, eventLoop: eventLoop) { [self] in count($0, wasSent: $1) }
        }

        func close() {
            writer?.stop()
            writer = nil
        }

        func count(_ report: [UInt8], wasSent: Bool) {
            if wasSent { bytesSent &+= UInt64(report.count) } else { reportsDropped &+= 1 }
        }
    }

    /// - Parameters:
    ///   - path: a ``DeviceAddress``: best its socket or serial number, for the kernel numbers these nodes as they come.
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    ///   - onOpened: what the device is; called before `onState` tells that it is ready, and before its first bytes.
    ///   - onBytes: one input report, and when it was read; its first byte is its number if the device numbers reports.
    ///     The bytes are overwritten with zero when the closure returns: copy what must live longer.
    ///   - onState: called on changes only. The reason is a sentence for a technician, `nil` when ready.
    public convenience init(
        path: String,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double = { .random(in: 0..<1) },
        onOpened: @escaping (HidrawInfo) -> Void,
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.init(
            path: path, eventLoop: eventLoop, clock: clock, jitter: jitter,
            open: { () throws(OpenFailure) in
                let node = try DeviceAddress.node(of: path, as: .hidraw)
                do throws(InputDeviceError) { return try HidrawPort.open(path: node) } catch {
                    throw OpenFailure(error)
                }
            }, onOpened: onOpened,
            onBytes: onBytes, onState: onState)
    }

    package init(
        path: String,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double,
        open: @escaping () throws(OpenFailure) -> HidrawPort,
        onOpened: @escaping (HidrawInfo) -> Void,
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        let output = Output()
        self.output = output
        line = DeviceLine(
            path: path,
            // What of a report does not fit into a read is lost: room for the longest (HID_MAX_BUFFER_SIZE).
            kind: DeviceLine.Kind(name: "a hidraw device", isWritable: false, readSize: 16_384),
            eventLoop: eventLoop,
            clock: clock,
            jitter: jitter,
            open: { () throws(OpenFailure) in
                // What is left of it would hold the lock.
                output.close()
                let port = try open()
                do throws(InputDeviceError) {
                    try output.open(port, path: path, on: eventLoop)
                } catch {
                    throw OpenFailure(error)
                }
                return port.descriptor
            },
            onOpened: { if let info = output.info { onOpened(info) } },
            onBytes: onBytes,
            onState: { state, reason in
                if state != .ready { output.close() }
                onState(state, reason)
            })
    }

    public func start() { line.start() }

    public func retryNow() { line.retryNow() }

    /// Closes the device for good. No closure is called after it.
    public func stop() {
        output.close()
        line.stop()
    }

    /// Sends an output report, after those before it. Its first byte is its number, 0 if the device has none.
    ///
    /// - Returns: whether it will be sent; it is dropped if not. What the device refuses counts as dropped later.
    @discardableResult
    public func send(_ report: [UInt8]) -> Bool {
        guard state == .ready, let writer = output.writer, writer.send(report) else {
            output.count(report, wasSent: false)
            return false
        }
        return true
    }
}
