import Glibc
import NIOCore
import NIOPosix

/// Sends reports to a HID device, one after the other, on a thread of NIO's pool.
///
/// Not on the event loop: the kernel waits for the device before the call returns, non-blocking or not, and for one
/// that hangs it waits five seconds (`USB_CTRL_SET_TIMEOUT`).
///
/// Lives on one event loop: create and use it there, the closure is called there.
final class ReportWriter {
    /// So many reports may wait while one is on its way.
    static let queueLimit = 16

    private final class Device: Sendable {
        let descriptor: OwnedDescriptor

        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

        func send(_ report: [UInt8]) throws(Errno) {
            try descriptor.withRawDescriptor { (raw) throws(Errno) in
                // One write is one report.
                let written = retryingOnInterrupt { unsafe write(raw, report, report.count) }
                guard written == report.count else { throw written < 0 ? .last : Errno(code: EIO) }
            }
        }
    }

    private let device: Device
    private let eventLoop: any EventLoop
    private let onDone: ([UInt8], Bool) -> Void
    private var waiting: [[UInt8]] = []
    private var isSending = false

    /// - Parameter onDone: called for each report that was taken, with whether the device took it too.
    init(
        _ descriptor: consuming OwnedDescriptor, eventLoop: any EventLoop,
        onDone: @escaping ([UInt8], Bool) -> Void
    ) {
        device = Device(descriptor)
        self.eventLoop = eventLoop
        self.onDone = onDone
    }

    /// - Returns: whether the report will be sent; it is dropped if too many wait.
    func send(_ report: [UInt8]) -> Bool {
        guard isSending else {
            start(report)
            return true
        }
        guard waiting.count < Self.queueLimit else { return false }
        waiting.append(report)
        return true
    }

    /// Drops the reports that wait. One that is on its way goes on.
    func stop() {
        let dropped = waiting
        waiting.removeAll()
        for report in dropped { onDone(report, false) }
    }

    private func start(_ report: [UInt8]) {
        isSending = true
        let sent = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { [device] in try device.send(report) }
        sent.assumeIsolated().whenComplete { [self] result in
            isSending = false
            onDone(report, (try? result.get()) != nil)
            if !waiting.isEmpty { start(waiting.removeFirst()) }
        }
    }
}
