import FoundationEssentials
import GateModel
import Hardware
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct EvdevDeviceTests {
    /// An evdev device that is a connection.
    @TestLoop
    private final class Bench {
        let fake = FakeDevice()
        let states = Told<ReaderState>()
        let bytes = Told<[UInt8]>()
        let kept = KeptBuffers()
        let device: EvdevDevice

        init(refusal: InputDeviceError.Cause = .noSuchDevice) {
            device = EvdevDevice(
                path: "/dev/input/event-test", eventLoop: TestLoop.eventLoop, clock: SystemClock(), jitter: { 1 },
                open: { [fake] () throws(OpenFailure) in
                    do throws(Errno) {
                        return try fake.open()
                    } catch {
                        throw OpenFailure(InputDeviceError(kind: .evdev, path: "/dev/input/event-test", cause: refusal))
                    }
                },
                onBytes: { [bytes, kept] buffer, _ in
                    kept.buffers.append(buffer)
                    bytes(Array(buffer.readableBytesView))
                },
                onState: { [states] state, _ in states(state) })
        }

        func end() {
            device.stop()
            fake.unplug()
        }
    }

    private static let record = [UInt8](repeating: 0, count: 16) + [1, 0, 30, 0, 1, 0, 0, 0]

    @Test func `events come as they are read, and are overwritten in memory afterwards`() async throws {
        let bench = Bench()
        bench.device.start()
        #expect(try await bench.states.next() == .ready)
        let full = (0..<64).flatMap { _ in Self.record }
        for bytes in [Self.record, full, Self.record + Self.record] {
            try bench.fake.send(bytes)
            #expect(try await bench.bytes.next() == bytes)
        }
        #expect(bench.kept.buffers.count == 3)
        #expect(bench.kept.buffers.allSatisfy { $0.readableBytesView.allSatisfy { $0 == 0 } })
        bench.end()
    }

    @Test func `a device that is unplugged is opened again when it is back`() async throws {
        let bench = Bench()
        bench.device.start()
        #expect(try await bench.states.next() == .ready)
        bench.fake.unplug()
        #expect(try await bench.states.next() == .absent)
        bench.fake.plug()
        #expect(try await bench.states.next(where: { $0 == .ready }) == .ready)
        try bench.fake.send(Self.record)
        #expect(try await bench.bytes.next() == Self.record)
        #expect(bench.device.counters.opened == 2)
        #expect(bench.device.counters.lost == 1)
        bench.end()
    }

    @Test func `a device that another program has grabbed is not used until it can be grabbed`() async throws {
        let bench = Bench(refusal: .busy)
        bench.fake.unplug()
        bench.device.start()
        #expect(try await bench.states.next() == .failed)
        bench.fake.plug()
        #expect(try await bench.states.next() == .ready)
        bench.end()
    }

    @Test func `what cannot be grabbed is refused`() async throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(filePath: directory("file")))
        for (path, expected) in [
            ("/dev/none", ReaderState.absent), ("/dev/null", .failed), (directory("file"), .failed),
            (directory.path, .failed),
        ] {
            let states = Told<(ReaderState, String?)>()
            let device = EvdevDevice(
                path: path, eventLoop: TestLoop.eventLoop, clock: SystemClock(), onBytes: { _, _ in },
                onState: { state, reason in states((state, reason)) })
            device.start()
            let (state, reason) = try await states.next()
            #expect(state == expected)
            #expect(reason?.contains(expected == .failed ? "could not be grabbed" : "/dev/input/by-id") == true)
            device.stop()
        }
    }
}
