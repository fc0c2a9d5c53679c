import CLinuxShims
import NIOCore

/// Tells on an event loop when a descriptor is readable and leaves the reading to its owner.
///
/// NIO reads what it watches, and a plain read does not tell who sent a message. So the kernel watches the descriptor
/// (IOCB_CMD_POLL of io_submit(2)) and counts up an eventfd, which is what NIO reads.
///
/// Lives on one event loop. It lives until ``stop()``.
final class ReadableWatch {
    private let descriptor: CInt
    private let counter: OwnedDescriptor
    private let onReadable: () -> Void
    private var request: PollRequest?
    private var channel: (any Channel)?

    /// - Parameters:
    ///   - descriptor: must stay open until ``stop()``.
    ///   - onReadable: called again as long as there is something to read.
    ///   - onFailure: called at most once; nothing is told after it.
    init(
        _ descriptor: CInt, eventLoop: any EventLoop, onReadable: @escaping () -> Void,
        onFailure: @escaping (any Error) -> Void
    ) throws(Errno) {
        self.descriptor = descriptor
        self.onReadable = onReadable
        let raw = CLinuxShims_open_counter()
        guard raw >= 0 else { throw .last }
        counter = OwnedDescriptor(takingOwnershipOf: raw)
        let request = try PollRequest()
        try request.arm(descriptor, counter)
        self.request = consume request

        let fail = { [self] (error: any Error) in
            guard self.request != nil else { return }
            stop()
            onFailure(error)
        }
        let handler = StreamHandler(
            onBytes: { [self] _ in
                self.onReadable()
                // The closure may have stopped the watch.
                do throws(Errno) { try self.request?.arm(self.descriptor, counter) } catch { fail(error) }
            },
            onEnd: { fail($0 ?? Errno(code: 0)) }
        )
        StreamHandler.open(try counter.duplicated(), writable: false, on: eventLoop, handler: handler).assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel) where self.request == nil: channel.close(promise: nil)
                case .success(let channel): self.channel = channel
                case .failure(let error): fail(error)
                }
            }
    }

    func stop() {
        request = nil
        channel?.close(promise: nil)
        channel = nil
    }
}

/// A request to the kernel to watch one descriptor. Withdrawn when it goes.
private struct PollRequest: ~Copyable {
    private let context: UInt

    init() throws(Errno) {
        var context: UInt = 0
        guard unsafe CLinuxShims_poll_open(&context) == 0 else { throw .last }
        self.context = context
    }

    deinit { _ = CLinuxShims_poll_close(context) }

    borrowing func arm(_ descriptor: CInt, _ counter: borrowing OwnedDescriptor) throws(Errno) {
        let armed = counter.withRawDescriptor { CLinuxShims_poll_arm(context, descriptor, $0) }
        guard armed == 0 else { throw .last }
    }
}
