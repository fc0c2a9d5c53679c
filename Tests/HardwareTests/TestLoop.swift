import FoundationEssentials
import Hardware
import HardwareMocks
import NIOCore
import NIOPosix

/// The event loop that tests run on, together with the devices they use.
@globalActor
actor TestLoop: LoopActor {
    static let shared = TestLoop()
    nonisolated let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    static var eventLoop: any EventLoop { shared.eventLoop }
}

/// What a callback told, to be waited for in order.
struct Told<Element: Sendable>: Sendable {
    private let stream: AsyncStream<Element>
    private let continuation: AsyncStream<Element>.Continuation

    init(of type: Element.Type = Element.self) {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func callAsFunction(_ element: Element) { continuation.yield(element) }

    /// The next element that fits; those before it are dropped.
    func next(where fits: (Element) -> Bool = { _ in true }) async throws -> Element {
        for await element in stream where fits(element) { return element }
        throw CancellationError()
    }
}

/// A directory of a test's own, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/gh-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

/// Time that stands still until a test moves it.
final class ManualScheduler: Scheduler {
    private var now = Duration.zero
    private var waiting: [(at: Duration, action: () -> Void)] = []

    func after(_ delay: Duration, _ action: @escaping () -> Void) {
        waiting.append((now + delay, action))
    }

    func advance(by duration: Duration) {
        let end = now + duration
        while let index = waiting.indices.filter({ waiting[$0].at <= end }).min(by: { waiting[$0].at < waiting[$1].at })
        {
            let next = waiting.remove(at: index)
            now = next.at
            next.action()
        }
        now = end
    }
}
