import GateModel
import Hardware
import NIOCore
import NIOEmbedded
import Testing

/// A USB device that a test plays: it answers what the line asks of libusb.
private final class PlayedDevice: USBDriver, @unchecked Sendable {
    final class Connection: USBConnection {
        let owner: any USBConnectionOwner
        var reading: [UInt8] = []
        var writes: [USBReaderLink.Write] = []
        var isClosed = false

        init(_ owner: any USBConnectionOwner) { self.owner = owner }

        func read(from endpoint: USBEndpoint) { reading.append(endpoint.address) }
        func write(_ write: USBReaderLink.Write) { writes.append(write) }
        func close() { isClosed = true }
    }

    var connections: [Connection] = []

    func open(_ target: USBTarget, owner: any USBConnectionOwner) -> any USBConnection {
        let connection = Connection(owner)
        connections.append(connection)
        return connection
    }
}

@TestLoop
private final class Bench {
    let device = PlayedDevice()
    var bytes: [[UInt8]] = []
    var kept: [ByteBuffer] = []
    var states: [ReaderState] = []
    var reasons: [String?] = []
    /// Sent from within the closure that gets bytes, as a session does.
    var answer: [UInt8]?
    private(set) var line: USBReaderLine?

    init() {
        let line = USBReaderLine(
            .anyOf(USBTarget.idCardReaders), driver: device, eventLoop: TestLoop.eventLoop, clock: SystemClock(),
            jitter: { 0 },
            onBytes: { [unowned self] buffer, _ in
                bytes.append(Array(buffer.readableBytesView))
                kept.append(buffer)
                if let answer { #expect(self.line?.send(answer) == true) }
            },
            onState: { [unowned self] state, reason in
                states.append(state)
                reasons.append(reason)
            })
        self.line = line
        line.start()
    }

    var connection: PlayedDevice.Connection {
        get throws { try #require(device.connections.last) }
    }

    func plug(_ addresses: [UInt8] = [0x02, 0x06, 0x81, 0x85]) throws {
        let endpoints = addresses.map { USBEndpoint(address: $0, kind: .bulk, packetSize: 64) }
        try connection.owner.opened(try #require(USBTransport(endpoints)))
    }

    func packet(_ packet: [UInt8], from endpoint: UInt8) throws {
        try connection.owner.received(packet.span, from: endpoint)
    }
}

private let find: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22]
private let noCard: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04, 0x00, 0x00, 0x80, 0x84]

@TestLoop
struct USBReaderLineTests {
    @Test func `a reader that is there is read from and asked`() throws {
        let bench = Bench()
        let line = try #require(bench.line)
        #expect(line.state == .opening)
        #expect(!line.send(find))
        try bench.plug()
        #expect(bench.states == [.ready])
        #expect(try bench.connection.reading == [0x81, 0x85])

        #expect(line.send(find))
        #expect(!line.send(find))
        try bench.connection.owner.written()
        #expect(try bench.connection.writes.map(\.endpoint.address) == [0x02, 0x06])
        try bench.connection.owner.written()

        bench.answer = find
        try bench.packet(Array(noCard[..<7]), from: 0x81)
        try bench.packet(Array(noCard[7...]), from: 0x85)
        #expect(bench.bytes == [noCard])
        #expect(try bench.connection.writes.count == 3)
        #expect(line.counters.bytesReceived == 11)
        #expect(line.counters.bytesSent == 20)
        #expect(line.counters.messagesDropped == 2)
        line.stop()
        #expect(try bench.connection.isClosed)
    }

    @Test func `principle 6: what a reader sent is overwritten in memory once it was handed over`() throws {
        let bench = Bench()
        try bench.plug([0x01, 0x82])
        try bench.packet(Array("name and address".utf8), from: 0x82)
        #expect(bench.bytes == [Array("name and address".utf8)])
        #expect(bench.kept.map(\.readableBytes) == [16])
        #expect(bench.kept.allSatisfy { $0.readableBytesView.allSatisfy { $0 == 0 } })
        bench.line?.stop()
    }

    @Test func `unplugging in the middle of a reply loses that reply and nothing else`() throws {
        let bench = Bench()
        let line = try #require(bench.line)
        try bench.plug()
        _ = line.send(find)
        try bench.packet(Array(noCard[..<7]), from: 0x81)
        try bench.packet([0, 0], from: 0x85)
        try bench.connection.owner.ended(.wentAway(node: "/dev/bus/usb/001/004"))
        #expect(bench.states == [.ready, .absent])
        #expect(line.counters.lost == 1)
        #expect(line.counters.bytesDropped == 9)
        #expect(!line.send(find))

        line.retryNow()
        #expect(bench.device.connections.count == 2)
        try bench.plug()
        #expect(bench.states == [.ready, .absent, .ready])
        #expect(line.send(find))
        try bench.packet(Array(noCard[..<7]), from: 0x81)
        try bench.packet(Array(noCard[7...]), from: 0x85)
        #expect(bench.bytes == [noCard])
        line.stop()
    }

    @Test func `a device that came is opened at once, and only if one is waited for`() throws {
        let bench = Bench()
        let line = try #require(bench.line)
        line.retryNow()
        #expect(bench.device.connections.count == 1)
        for attempt in 2...5 {
            try bench.connection.owner.ended(.noSuchDevice(node: "/dev/bus/usb/001/004"))
            line.retryNow()
            #expect(bench.device.connections.count == attempt)
        }
        try bench.plug()
        line.retryNow()
        #expect(bench.device.connections.count == 5)
        #expect(bench.states == [.absent, .ready])
        line.stop()
    }

    @Test(
        arguments: [
            (.permissionDenied(node: "/dev/x"), .failed), (.busy(node: "/dev/x"), .failed),
            (.wentAway(node: "/dev/x"), .absent), (.noSuchDevice(node: "/dev/x"), .absent),
            (.takesNoRequest(node: "/dev/x"), .failed), (.notAReader(node: "/dev/x", pipes: ["81 IN"]), .failed),
            (.noUSB("x"), .failed),
            (.failed(node: "/dev/x", "opening", "x"), .failed),
            (.notFound(.absent("usb-port:1-1", .usb, present: [])), .absent),
            (.notFound(.ambiguous("usb-port:1-1", .usb, [])), .failed),
        ] as [(USBError, ReaderState)])
    func `each error has its state and its words`(error: USBError, state: ReaderState) throws {
        let bench = Bench()
        try bench.connection.owner.ended(error)
        #expect(bench.states == [state])
        #expect(bench.reasons == [error.description])
        #expect(error.description.count > 40)
        bench.line?.stop()
    }

    @Test func `a stopped line asks nothing more and tells nothing more`() throws {
        let bench = Bench()
        let line = try #require(bench.line)
        try bench.plug()
        line.stop()
        try bench.connection.owner.ended(.wentAway(node: "/dev/x"))
        line.retryNow()
        #expect(!line.send(find))
        #expect(bench.states == [.ready])
        #expect(bench.device.connections.count == 1)
    }
}

struct RetryTests {
    @Test func `a device that is not yet ready when it came is tried again soon`() throws {
        let loop = EmbeddedEventLoop()
        let device = PlayedDevice()
        let line = USBReaderLine(
            .anyOf([]), driver: device, eventLoop: loop, clock: SystemClock(), jitter: { 0 }, onBytes: { _, _ in },
            onState: { _, _ in })
        let fail = { try #require(device.connections.last).owner.ended(.permissionDenied(node: "/dev/x")) }
        line.start()
        for (attempts, wait) in [250, 500, 1000, 2000, 4000].enumerated() {
            try fail()
            loop.advanceTime(by: .milliseconds(Int64(wait - 1)))
            #expect(device.connections.count == attempts + 1)
            loop.advanceTime(by: .milliseconds(1))
            #expect(device.connections.count == attempts + 2)
        }
        try fail()
        line.retryNow()
        #expect(device.connections.count == 7)
        try fail()
        loop.advanceTime(by: .milliseconds(249))
        #expect(device.connections.count == 7)
        loop.advanceTime(by: .milliseconds(1))
        #expect(device.connections.count == 8)
        line.stop()
        try fail()
        loop.advanceTime(by: .seconds(60))
        #expect(device.connections.count == 8)
    }
}

/// libusb itself, on whatever machine this is.
@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct LibUSBTests {
    private func firstState(of target: USBTarget, finder: DeviceFinder) async throws -> (ReaderState, String) {
        let told = Told<(ReaderState, String)>()
        let host = USBHost(finder: finder)
        let line = USBReaderLine(
            target, host: host, eventLoop: TestLoop.eventLoop, clock: SystemClock(), onBytes: { _, _ in },
            onState: { told(($0, $1 ?? "")) })
        line.start()
        let first = try await told.next()
        line.stop()
        host.stop()
        return first
    }

    @Test func `without USB devices a reader is absent`() async throws {
        let directory = try TemporaryDirectory()
        let finder = DeviceFinder(tree: SystemDeviceTree(root: directory.path))
        let (state, reason) = try await firstState(of: .anyOf(USBTarget.idCardReaders), finder: finder)
        #expect(state == .absent)
        #expect(reason.contains("0400:C35A"))
        #expect(reason.contains("No USB device is plugged in."))
    }

    @Test func `a node that is not there is absent`() async throws {
        let target = USBTarget.address(try DeviceAddress.parse("/dev/bus/usb/000/000"))
        #expect(try await firstState(of: target, finder: DeviceFinder()).0 == .absent)
    }

    @Test func `a file that is no USB device is failed`() async throws {
        let target = USBTarget.address(try DeviceAddress.parse("/dev/null"))
        let (state, reason) = try await firstState(of: target, finder: DeviceFinder())
        #expect(state == .failed)
        #expect(reason.contains("/dev/null cannot be used: opening"))
    }

    @Test func `a host that was stopped says so`() async throws {
        let told = Told<(ReaderState, String)>()
        let host = USBHost()
        host.stop()
        let line = USBReaderLine(
            .anyOf([]), host: host, eventLoop: TestLoop.eventLoop, clock: SystemClock(), onBytes: { _, _ in },
            onState: { told(($0, $1 ?? "")) })
        line.start()
        #expect(try await told.next().0 == .failed)
        line.stop()
    }
}
