import CLinuxShims
import GateModel
import Glibc
public import NIOCore

/// Listens to the kernel's device events, so that nothing has to look for devices again and again.
///
/// Events are told ``settling`` after the first of them: the kernel tells of a device before udev has given its node to
/// the right group and made the links in `/dev/serial`. What comes meanwhile is told with it, in order.
///
/// Lives on one event loop: create and use it there, the closure is called there. It lives until ``stop()``.
public final class DeviceEvents {
    /// What happened since the last news.
    public struct News: Hashable, Sendable {
        public private(set) var events: [DeviceEvent] = []
        /// Events were lost: any device may have come or gone.
        public internal(set) var isIncomplete = false

        /// More events than this count as lost, so that a device that comes and goes without end costs no memory.
        public static let mostEvents = 256

        public init() {}

        /// Takes one more event.
        public mutating func add(_ event: DeviceEvent) {
            if events.count < Self.mostEvents { events.append(event) } else { isIncomplete = true }
        }

        /// Whether it is worth trying again to open a device of this class.
        public func mayHaveBrought(_ subsystem: DeviceEvent.Subsystem) -> Bool {
            isIncomplete || events.contains { $0.subsystem == subsystem && $0.action != .remove }
        }
    }

    public struct Counters: Hashable, Sendable {
        public var events: UInt64 = 0
        /// Messages that a process sent, and not the kernel.
        public var forged: UInt64 = 0
        /// Messages of the kernel about devices that no gate uses.
        public var others: UInt64 = 0
        /// Times that the socket's buffer was full and messages were lost.
        public var losses: UInt64 = 0
    }

    /// Messages read in one turn of the loop.
    private static let messagesPerTurn = 64

    public let settling: Duration
    /// Why nothing is heard: a sentence for a technician. `nil` while listening.
    public private(set) var problem: String?
    public private(set) var counters = Counters()

    private let loop: NIOIsolatedEventLoop
    private let eventLoop: any EventLoop
    private let onNews: (News) -> Void
    private var socket: OwnedDescriptor?
    private var watch: ReadableWatch?
    private var buffer = [UInt8](repeating: 0, count: DeviceEvent.longestMessage)
    private var news = News()
    private var telling: Scheduled<Void>?

    public init(
        eventLoop: any EventLoop, settling: Duration = .milliseconds(100), onNews: @escaping (News) -> Void
    ) {
        self.eventLoop = eventLoop
        self.settling = settling
        self.onNews = onNews
        loop = eventLoop.assumeIsolated()
    }

    /// Begins to listen. Where that is impossible ``problem`` says why, and devices are found by trying again alone.
    public func start() {
        let raw = CLinuxShims_open_uevents()
        guard raw >= 0 else { return fail(Errno.last) }
        start(OwnedDescriptor(takingOwnershipOf: raw))
    }

    /// The same with a socket that is open already.
    package func start(_ socket: consuming OwnedDescriptor) {
        let raw = socket.withRawDescriptor { $0 }
        self.socket = consume socket
        do throws(Errno) {
            watch = try ReadableWatch(
                raw, eventLoop: eventLoop, onReadable: { [self] in receive() }, onFailure: { [self] in fail($0) })
        } catch {
            fail(error)
        }
    }

    public func stop() {
        telling?.cancel()
        telling = nil
        watch?.stop()
        watch = nil
        socket = nil
    }

    private func fail(_ error: any Error) {
        stop()
        problem =
            "The kernel's device events cannot be heard (\(error)). A device that is plugged in is found all the same, "
            + "up to \(ReopenBackoff.longest.components.seconds) s later."
    }

    private func receive() {
        for _ in 0..<Self.messagesPerTurn {
            var isFromKernel = false
            let length = socket?.withRawDescriptor { raw in
                retryingOnInterrupt {
                    unsafe CLinuxShims_receive_uevent(raw, &buffer, DeviceEvent.longestMessage, &isFromKernel)
                }
            }
            guard let length else { return }
            guard length >= 0 else {
                let error = Errno.last
                switch error {
                case .wouldBlock: return
                case .noBufferSpace:
                    counters.losses &+= 1
                    news.isIncomplete = true
                    tellLater()
                    continue
                default: return fail(error)
                }
            }
            guard isFromKernel else {
                counters.forged &+= 1
                continue
            }
            guard length <= buffer.count,
                let event = DeviceEvent(kernelMessage: buffer.span.extracting(0..<length))
            else {
                counters.others &+= 1
                continue
            }
            counters.events &+= 1
            news.add(event)
            tellLater()
        }
    }

    private func tellLater() {
        guard telling == nil else { return }
        telling = loop.scheduleTask(in: .nanoseconds(settling.clampedNanoseconds)) { [self] in
            telling = nil
            let news = self.news
            self.news = News()
            onNews(news)
        }
    }
}

extension Errno {
    /// Nothing to read now.
    fileprivate static let wouldBlock = Errno(code: EAGAIN)
    /// The socket's buffer was full, and messages were lost.
    fileprivate static let noBufferSpace = Errno(code: ENOBUFS)
}
