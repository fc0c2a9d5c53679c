import CLinuxShims
import Dispatch
import Glibc
import Hardware
import Synchronization

/// Waits for SIGINT or SIGTERM, so that a program can take its devices away before it ends.
public func untilTerminated() async {
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
    let sources = [SIGINT, SIGTERM].map { number in
        CLinuxShims_ignore_signal(number)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler { continuation.yield() }
        source.resume()
        return source
    }
    for await _ in signals { break }
    for source in sources { source.cancel() }
}

/// Standard output, one whole line at a time from any thread, passed on at once.
public final class LineOutput: Sendable {
    private let descriptor: Mutex<OwnedDescriptor?>

    public init() {
        descriptor = Mutex(OwnedDescriptor(takingOwnershipOf: STDOUT_FILENO))
    }

    public func print(_ line: String) {
        descriptor.withLock { descriptor in
            // Whoever read the lines may be gone; the devices stay.
            try? descriptor?.write(Array("\(line)\n".utf8))
        }
    }

    /// Nothing is printed after this.
    public func close() { descriptor.withLock { $0 = nil } }
}
