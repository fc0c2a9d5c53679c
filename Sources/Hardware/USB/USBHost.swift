import GateModel
import NIOPosix
import Synchronization

/// The thread that libusb runs on.
///
/// Opening, claiming and even cancelling may wait for a device that does not answer, up to seconds, and nothing on the
/// loop of the lanes may wait. So libusb has this thread, which does all that is asked of it in turn.
/// The thread begins with the first device and lives until ``stop()``.
public final class USBHost: Sendable {
    /// Something to be done on the thread.
    typealias Command = @Sendable (LibUSBContext) -> Void

    private struct Shared {
        var context: LibUSBContext?
        var commands: [Command] = []
        var isStopped = false
    }

    let finder: DeviceFinder
    private let shared = Mutex(Shared())

    public init(finder: DeviceFinder = DeviceFinder()) { self.finder = finder }

    /// Lets the thread end as soon as all devices are given back. Close them before.
    public func stop() {
        shared.withLock { shared in
            shared.isStopped = true
            return shared.context
        }?.interrupt()
    }

    /// Has something done on the thread, after all that was asked before.
    func perform(_ command: @escaping Command) throws(USBError) {
        let context = try shared.withLock { (shared) throws(USBError) in
            let context: LibUSBContext
            if let running = shared.context { context = running } else { context = try start(&shared) }
            shared.commands.append(command)
            return context
        }
        context.interrupt()
    }

    private func start(_ shared: inout Shared) throws(USBError) -> LibUSBContext {
        guard !shared.isStopped else { throw .noUSB("Gatehouse is stopping") }
        let context = try LibUSBContext()
        shared.context = context
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { [self] _ in
            run(context)
            thread.shutdownGracefully { _ in }
        }
        return context
    }

    private func run(_ context: LibUSBContext) {
        while let commands = nextCommands(context) {
            for command in commands { command(context) }
            context.handleEvents()
        }
    }

    /// `nil` when the thread is to end.
    private func nextCommands(_ context: LibUSBContext) -> [Command]? {
        shared.withLock { shared in
            if shared.isStopped, shared.commands.isEmpty, context.openDevices == 0 {
                shared.context = nil
                return nil
            }
            defer { shared.commands = [] }
            return shared.commands
        }
    }
}
