import FoundationEssentials
import GateModel
import Hardware
import HardwareMocks
import NIOCore
import Testing

/// A serial line on a pseudo-terminal.
@TestLoop
private final class Bench {
    let directory: TemporaryDirectory
    let terminal: PseudoTerminal
    let line: SerialLine
    let state = Told<ReaderState>()
    let bytes = Told<[UInt8]>()
    let received = Told<[UInt8]>()
    /// The buffers themselves, kept against the rule.
    let kept = KeptBuffers()

    init() throws {
        directory = try TemporaryDirectory()
        terminal = PseudoTerminal(link: directory("reader"), eventLoop: TestLoop.eventLoop)
        line = SerialLine(
            path: terminal.link, rate: 115200, eventLoop: TestLoop.eventLoop, clock: SystemClock(), jitter: { 1 },
            onBytes: { [bytes, kept] buffer, _ in
                kept.buffers.append(buffer)
                bytes(Array(buffer.readableBytesView))
            },
            onState: { [state] new, _ in state(new) })
        terminal.onBytes = { [received] in received(Array($0.readableBytesView)) }
    }

    func end() {
        line.stop()
        terminal.unplug()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct SerialLineTests {
    @Test func `bytes go both ways unchanged`() async throws {
        let bench = try Bench()
        try await bench.terminal.plug()
        bench.line.start()
        #expect(try await bench.state.next() == .ready)

        // Every byte that a terminal in its usual mode would swallow or change is among these.
        let all = Array(UInt8.min ... .max)
        bench.terminal.write(all)
        var bytes: [UInt8] = []
        while bytes.count < all.count { bytes += try await bench.bytes.next() }
        #expect(bytes == all)

        #expect(bench.line.send(all))
        var received: [UInt8] = []
        while received.count < all.count { received += try await bench.received.next() }
        #expect(received == all)
        #expect(bench.line.counters.bytesReceived == 256)
        #expect(bench.line.counters.bytesSent == 256)
        bench.end()
    }

    @Test func `principle 6: what a reader sent is overwritten in memory once it was handed over`() async throws {
        let bench = try Bench()
        try await bench.terminal.plug()
        bench.line.start()
        #expect(try await bench.state.next() == .ready)
        bench.terminal.write(Array("name and address".utf8))
        var count = 0
        while count < 16 { count += try await bench.bytes.next().count }
        #expect(bench.kept.buffers.allSatisfy { $0.readableBytesView.allSatisfy { $0 == 0 } })
        bench.end()
    }

    @Test func `a line that is unplugged is opened again when it is back`() async throws {
        let bench = try Bench()
        try await bench.terminal.plug()
        bench.line.start()
        #expect(try await bench.state.next() == .ready)

        bench.terminal.unplug()
        #expect(try await bench.state.next() == .absent)
        #expect(!bench.line.send([1]))
        #expect(bench.line.counters.messagesDropped == 1)

        try await bench.terminal.plug()
        #expect(try await bench.state.next(where: { $0 == .ready }) == .ready)
        bench.terminal.write([1, 2, 3])
        #expect(try await bench.bytes.next() == [1, 2, 3])
        #expect(bench.line.counters.opened == 2)
        #expect(bench.line.counters.lost == 1)
        bench.end()
    }

    @Test func `a line waits for a device that is not there yet`() async throws {
        let bench = try Bench()
        bench.line.start()
        #expect(try await bench.state.next() == .absent)
        try await bench.terminal.plug()
        #expect(try await bench.state.next() == .ready)
        bench.end()
    }

    @Test func `a line whose device came is opened at once`() async throws {
        let bench = try Bench()
        bench.line.start()
        #expect(bench.line.state == .absent)
        bench.line.retryNow()
        #expect(bench.line.state == .absent)
        try await bench.terminal.plug()
        bench.line.retryNow()
        #expect(bench.line.state == .ready)
        bench.end()
    }

    @Test func `what came before the line was opened is dropped`() async throws {
        let bench = try Bench()
        try await bench.terminal.plug()
        bench.terminal.write([0xEE])
        bench.line.start()
        #expect(try await bench.state.next() == .ready)
        bench.terminal.write([1])
        #expect(try await bench.bytes.next() == [1])
        bench.end()
    }

    @Test func `a stopped line tells nothing more and lets the device go`() async throws {
        let bench = try Bench()
        try await bench.terminal.plug()
        bench.line.start()
        #expect(try await bench.state.next() == .ready)
        bench.line.stop()
        #expect(!bench.line.send([1]))
        _ = try SerialPort.open(path: bench.terminal.link, rate: 9600)
        #expect(bench.line.state == .ready)
        bench.terminal.unplug()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct SerialPortTests {
    private func error(opening path: String, rate: Int = 9600) -> SerialError? {
        do throws(SerialError) {
            _ = try SerialPort.open(path: path, rate: rate)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a missing device is named with what to do`() {
        #expect(error(opening: "/dev/none") == .noSuchDevice(path: "/dev/none"))
        #expect("\(SerialError.noSuchDevice(path: "/dev/none"))".contains("/dev/serial/by-id"))
    }

    @Test func `a file is not a serial line`() throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(filePath: directory("file")))
        #expect(error(opening: directory("file")) == .notATerminal(path: directory("file")))
        #expect(error(opening: directory.path) == .notATerminal(path: directory.path))
        #expect(error(opening: "/dev/null") == .notATerminal(path: "/dev/null"))
    }

    @Test func `a rate that no line has is refused with those there are`() {
        #expect(error(opening: "/dev/null", rate: 12345) == .unsupportedRate(12345))
        #expect("\(SerialError.unsupportedRate(12345))".contains("9600, 19200"))
    }

    @Test func `a line can be opened once at a time`() async throws {
        let directory = try TemporaryDirectory()
        let terminal = PseudoTerminal(link: directory("reader"), eventLoop: TestLoop.eventLoop)
        try await terminal.plug()
        for rate in SerialPort.rates {
            let port = try SerialPort.open(path: terminal.link, rate: rate)
            #expect(error(opening: terminal.link) == .busy(path: terminal.link))
            _ = consume port
        }
        terminal.unplug()
    }

    @Test func `a forbidden device tells which group to join`() {
        #expect("\(SerialError.permissionDenied(path: "/dev/ttyUSB0"))".contains("group dialout"))
    }
}
