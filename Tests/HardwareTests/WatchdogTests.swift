import Foundation
import GateModel
import Glibc
import Hardware
import Testing

@Suite(.timeLimit(.minutes(1))) struct WatchdogTests {
    private final class StillClock: TimeSource {
        nonisolated(unsafe) var seconds: UInt64 = 100
        var monotonic: MonotonicTime { unsafe MonotonicTime(nanoseconds: seconds * 1_000_000_000) }
        func now() -> TimeStamp {
            TimeStamp(monotonic: monotonic, wall: WallTime(secondsSince1970: 1_800_000_000), synchronised: true)
        }
    }

    private func scratch(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString.prefix(8))-\(name)").path
    }

    /// What a manager listening at `path` hears of `body`.
    private func heard(at path: String, _ body: () -> Void) throws -> [String] {
        let listener = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, size) }
        }
        try #require(bound == 0)
        defer { _ = unsafe unlink(path) }
        body()
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while case let count = unsafe recv(listener, &buffer, buffer.count, 0), count > 0 {
            messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
        }
        return messages
    }

    @Test(arguments: ["/file", "@gatehouse-test"])
    func `systemd is told that the lanes work, is fed, and hears of the stop`(kind: String) throws {
        let path = kind.hasPrefix("@") ? "\(kind)-\(UUID().uuidString)" : scratch("notify")
        let manager = try #require(ServiceManager(path: path, isFed: true))
        let messages = try heard(at: path) {
            manager.feed()
            manager.feed()
            manager.stop()
        }
        #expect(messages == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"])
        #expect(manager.fault == nil)
        manager.feed()
        #expect(manager.fault?.contains("systemd cannot be told") == true, "nobody listens any more")
    }

    @Test func `without WatchdogSec systemd is told once, and a name that cannot be is refused`() throws {
        let path = scratch("notify")
        let manager = try #require(ServiceManager(path: path, isFed: false))
        let messages = try heard(at: path) {
            manager.feed()
            manager.feed()
        }
        #expect(messages == ["READY=1"])
        for wrong in ["", "relative", "vsock:2:3", "/" + String(repeating: "x", count: 107), "/a\0b"] {
            #expect(ServiceManager(path: wrong, isFed: true) == nil, "\(wrong)")
        }
    }

    @Test func `the machine's watchdog is fed, and closed with the magic byte on an orderly stop alone`() throws {
        let path = scratch("watchdog")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(filePath: path))
        do {
            let killed = HardwareWatchdog(path: path, timeout: .seconds(15), clock: StillClock())
            killed.feed()
            killed.feed()
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([0, 0]), "nothing stops it")
        let watchdog = HardwareWatchdog(path: path, timeout: .seconds(15), clock: StillClock())
        watchdog.feed()
        watchdog.stop()
        watchdog.stop()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([0, UInt8(ascii: "V")]))
        #expect(watchdog.fault?.contains("does not take a timeout of 15 s") == true, "a plain file is none")
    }

    @Test func `a watchdog that is not there is looked for again, not at every feeding`() throws {
        let path = scratch("watchdog")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let clock = StillClock()
        let watchdog = HardwareWatchdog(path: path, timeout: .seconds(15), clock: clock)
        watchdog.feed()
        #expect(watchdog.fault?.contains("\(path) cannot be opened: No such file") == true)
        try Data().write(to: URL(filePath: path))
        watchdog.feed()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data())
        unsafe clock.seconds += 10
        watchdog.feed()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([0]))
        watchdog.stop()
    }
}
