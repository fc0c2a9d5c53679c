import Glibc
import Hardware
import NIOCore
import Testing

/// Asks the kernel to tell of a device once more. Only root may.
private let uevent = "/sys/class/tty/tty/uevent"
private let mayAskKernel = unsafe access(uevent, W_OK) == 0

/// The ends of a pair of sockets; what is written to one can be received from the other.
private struct SocketPair: ~Copyable {
    let receiver: OwnedDescriptor
    let sender: OwnedDescriptor

    init() throws {
        var pair: [CInt] = [-1, -1]
        let code = unsafe socketpair(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, &pair)
        try #require(code == 0)
        receiver = OwnedDescriptor(takingOwnershipOf: pair[0])
        sender = OwnedDescriptor(takingOwnershipOf: pair[1])
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct DeviceEventsTests {
    @Test(.enabled(if: mayAskKernel)) func `what the kernel tells arrives`() async throws {
        let told = Told<DeviceEvents.News>()
        let events = DeviceEvents(eventLoop: TestLoop.eventLoop, settling: .milliseconds(1)) { told($0) }
        events.start()
        #expect(events.problem == nil)
        for round in 1...3 {
            try OwnedDescriptor(opening: uevent, flags: O_WRONLY).write(Array("change".utf8))
            let news = try await told.next { $0.mayHaveBrought(.tty) }
            #expect(news.events.contains { $0.node == "/dev/tty" && $0.action == .change })
            #expect(events.counters.events >= round)
        }
        events.stop()
    }

    @Test func `what a process sends is counted and ignored`() async throws {
        let told = Told<DeviceEvents.News>()
        let events = DeviceEvents(eventLoop: TestLoop.eventLoop, settling: .zero) { told($0) }
        let sockets = try SocketPair()
        events.start(try sockets.receiver.duplicated())
        let message = Array("add@/devices/x\0SUBSYSTEM=tty\0".utf8)
        for count in 1...100 {
            try sockets.sender.write(message)
            while events.counters.forged < count { await Task.yield() }
        }
        #expect(events.counters.events == 0)
        #expect(events.problem == nil)
        events.stop()
    }

    @Test func `where the kernel cannot be heard, the problem says what that means`() async throws {
        let events = DeviceEvents(eventLoop: TestLoop.eventLoop) { _ in }
        events.start(try OwnedDescriptor(opening: "/proc/self/status", flags: O_RDONLY))
        while events.problem == nil { await Task.yield() }
        #expect(try #require(events.problem).contains("found all the same"))
        events.stop()
    }
}
