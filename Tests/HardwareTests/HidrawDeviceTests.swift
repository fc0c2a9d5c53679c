import FoundationEssentials
import GateModel
import Hardware
import NIOCore
import Testing

/// A hidraw device that is a connection.
@TestLoop
private final class Bench {
    static let info = HidrawInfo(vendorID: 0x0C2E, productID: 0x0B6A, reportDescriptor: [0x05, 0x8C, 0x09, 0x02])

    enum Event: Hashable {
        case opened(HidrawInfo)
        case report([UInt8])
        case state(ReaderState)
    }

    let fake = FakeDevice()
    let events = Told<Event>()
    let kept = KeptBuffers()
    let device: HidrawDevice

    init() {
        device = HidrawDevice(
            path: "/dev/hidraw-test", eventLoop: TestLoop.eventLoop, clock: SystemClock(), jitter: { 1 },
            open: { [fake] () throws(OpenFailure) in
                do throws(Errno) {
                    return HidrawPort(descriptor: try fake.open(), info: Bench.info)
                } catch {
                    throw OpenFailure(InputDeviceError(kind: .hidraw, path: "/dev/hidraw-test", cause: .noSuchDevice))
                }
            },
            onOpened: { [events] in events(.opened($0)) },
            onBytes: { [events, kept] buffer, _ in
                kept.buffers.append(buffer)
                events(.report(Array(buffer.readableBytesView)))
            },
            onState: { [events] state, _ in events(.state(state)) })
    }

    func start() async throws {
        device.start()
        #expect(try await events.next() == .opened(Bench.info))
        #expect(try await events.next() == .state(.ready))
    }

    func end() {
        device.stop()
        fake.unplug()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct HidrawDeviceTests {
    @Test func `a device tells what it is, then that it is ready, then its reports`() async throws {
        let bench = Bench()
        bench.device.start()
        try bench.fake.send([2, 1, 0x41])
        #expect(try await bench.events.next() == .opened(Bench.info))
        #expect(try await bench.events.next() == .state(.ready))
        #expect(try await bench.events.next() == .report([2, 1, 0x41]))
        bench.end()
    }

    @Test func `each report comes alone and whole, also a long one after many short ones`() async throws {
        let bench = Bench()
        try await bench.start()
        let reports = (0..<30).map { [UInt8($0), 1, 2, 3] } + [[UInt8](repeating: 7, count: 4000)]
        for report in reports {
            try bench.fake.send(report)
            #expect(try await bench.events.next() == .report(report))
        }
        for report in reports { try bench.fake.send(report) }
        for report in reports { #expect(try await bench.events.next() == .report(report)) }
        #expect(bench.device.counters.bytesReceived == UInt64(reports.joined().count * 2))
        bench.end()
    }

    @Test func `principle 6: a report is overwritten in memory once it was handed over`() async throws {
        let bench = Bench()
        try await bench.start()
        try bench.fake.send(Array("a number".utf8))
        _ = try await bench.events.next()
        #expect(bench.kept.buffers.count == 1)
        #expect(bench.kept.buffers.allSatisfy { $0.readableBytesView.allSatisfy { $0 == 0 } })
        bench.end()
    }

    @Test func `output reports are sent whole and in their order`() async throws {
        let bench = Bench()
        try await bench.start()
        let reports = (0..<10).map { [4, UInt8($0)] + [UInt8](repeating: 0, count: 62) }
        for report in reports { #expect(bench.device.send(report)) }
        for report in reports { #expect(try await bench.fake.received.next() == report) }
        bench.end()
    }

    @Test func `more reports than may wait are dropped and counted`() async throws {
        let bench = Bench()
        try await bench.start()
        // One is on its way, 16 wait: nothing is finished while this turn of the loop lasts.
        let taken = (0..<30).map { bench.device.send([4, $0]) }
        #expect(taken == (0..<30).map { $0 < 17 })
        #expect(bench.device.counters.messagesDropped == 13)
        for number in 0..<17 { #expect(try await bench.fake.received.next() == [4, UInt8(number)]) }
        bench.end()
    }

    @Test func `what the device refuses is counted and holds up nothing`() async throws {
        let bench = Bench()
        try await bench.start()
        // More than a message of the connection can hold.
        #expect(bench.device.send([UInt8](repeating: 4, count: 16 << 20)))
        #expect(bench.device.send([4, 1]))
        #expect(try await bench.fake.received.next() == [4, 1])
        #expect(bench.device.counters.messagesDropped == 1)
        bench.end()
    }

    @Test func `a device that is unplugged is opened again when it is back`() async throws {
        let bench = Bench()
        #expect(!bench.device.send([4, 1]))
        try await bench.start()
        bench.fake.unplug()
        #expect(try await bench.events.next() == .state(.absent))
        #expect(!bench.device.send([4, 1]))
        #expect(bench.device.counters.messagesDropped == 2)
        bench.fake.plug()
        #expect(try await bench.events.next(where: { $0 != .state(.absent) }) == .opened(Bench.info))
        #expect(try await bench.events.next() == .state(.ready))
        try bench.fake.send([2])
        #expect(try await bench.events.next() == .report([2]))
        #expect(bench.device.send([4, 2]))
        #expect(try await bench.fake.received.next() == [4, 2])
        #expect(bench.device.counters.opened == 2)
        #expect(bench.device.counters.lost == 1)
        bench.end()
    }

    @Test func `a stopped device tells and sends nothing more`() async throws {
        let bench = Bench()
        try await bench.start()
        #expect((0..<3).allSatisfy { bench.device.send([4, $0]) })
        bench.device.stop()
        // The first was on its way.
        #expect(bench.device.counters.messagesDropped == 2)
        #expect(!bench.device.send([4, 4]))
        #expect(bench.device.state == .ready)
        bench.fake.unplug()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct HidrawOpeningTests {
    /// What a device at this path tells first.
    private func firstState(at path: String) async throws -> (ReaderState, String?) {
        let states = Told<(ReaderState, String?)>()
        let device = HidrawDevice(
            path: path, eventLoop: TestLoop.eventLoop, clock: SystemClock(), onOpened: { _ in },
            onBytes: { _, _ in }, onState: { state, reason in states((state, reason)) })
        device.start()
        defer { device.stop() }
        return try await states.next()
    }

    @Test func `a missing device is absent, and the reason tells how to see what is there`() async throws {
        let (state, reason) = try await firstState(at: "/dev/none")
        #expect(state == .absent)
        #expect(reason?.contains("There is no device /dev/none.") == true)
        #expect(reason?.contains("/sys/class/hidraw") == true)
    }

    @Test func `what is no hidraw device is refused`() async throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(filePath: directory("file")))
        for path in ["/dev/null", directory("file"), directory.path] {
            let (state, reason) = try await firstState(at: path)
            #expect(state == .failed)
            #expect(reason?.contains("\(path) is not a hidraw device.") == true)
        }
    }

    @Test func `each reason names the device and what to do`() {
        let causes: [InputDeviceError.Cause] = [
            .noSuchDevice, .permissionDenied, .busy, .wrongKind, .failed(Errno(code: 12)),
        ]
        for kind in [InputDeviceError.Kind.hidraw, .evdev] {
            let texts = causes.map { InputDeviceError(kind: kind, path: "/dev/x", cause: $0).description }
            #expect(texts.allSatisfy { $0.contains("/dev/x") })
            #expect(Set(texts).count == causes.count)
        }
        #expect("\(InputDeviceError(kind: .hidraw, path: "x", cause: .permissionDenied))".contains("udev rule"))
        #expect("\(InputDeviceError(kind: .evdev, path: "x", cause: .permissionDenied))".contains("group input"))
        #expect("\(InputDeviceError(kind: .evdev, path: "x", cause: .busy))".contains("could not be grabbed"))
        #expect("\(InputDeviceError(kind: .hidraw, path: "x", cause: .busy))".contains("fuser -v x"))
    }
}
