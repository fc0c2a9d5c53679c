import Control
import Foundation
import GateModel
import Hardware
import HardwareMocks
import NIOCore
import NIOEmbedded
import OSDP
import ReaderProtocols
import Settings
import Testing

@testable import GateDaemon

/// A reader on a bus whose wire is a responder: what is sent is answered in the same turn.
///
/// Unchecked: lives on one loop, the test's.
private final class Wire: ReaderLine, @unchecked Sendable {
    var responder = OSDPResponder(address: 3)
    /// The code of each command that was sent.
    var commands: [UInt8] = []
    var isSilent = false
    private let onBytes: (ByteBuffer, MonotonicTime) -> Void
    private let onState: (ReaderState, String?) -> Void
    private let loop: NIOAsyncTestingEventLoop
    private let clock: FakeClock

    init(
        loop: NIOAsyncTestingEventLoop, clock: FakeClock, onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.loop = loop
        self.clock = clock
        self.onBytes = onBytes
        self.onState = onState
    }

    func start() { onState(.ready, nil) }
    func stop() {}
    func retryNow() {}
    func lose() { onState(.absent, "the cable is out") }

    func send(_ bytes: [UInt8]) -> Bool {
        if bytes.count > 6 { commands.append(bytes[6]) }
        guard !isSilent else { return true }
        for reply in responder.receive(bytes) {
            loop.execute { [self] in onBytes(ByteBuffer(bytes: reply), clock.monotonic) }
        }
        return true
    }
}

/// Unchecked, as the wire.
private final class Bench: @unchecked Sendable {
    let loop = NIOAsyncTestingEventLoop()
    let clock = FakeClock()
    var wire: Wire?
    var reader: OSDPReader?
    var events: [ReaderEvent] = []
    var states: [ReaderState] = []

    func start() async throws {
        try await loop.submit { [self] in
            let settings = try GateSettings.withOneReader(
                "kind: osdp, bus: b, address: 3, clear: true",
                buses: "{b: {kind: osdp, device: /dev/none, rate: 115200}}")
            let bus = try OSDPBusShell(
                settings: settings.buses[0],
                devices: [OSDPDeviceSettings(address: 3, security: .clear)], eventLoop: loop, clock: clock
            ) { [self] onBytes, onState in
                let wire = Wire(loop: loop, clock: clock, onBytes: onBytes, onState: onState)
                self.wire = wire
                return wire
            }
            let point = settings.lanes[0].accessPoints[0]
            let reader = OSDPReader(
                settings: point.readers[0], accessPoint: point.point, address: 3, bus: bus, trouble: nil,
                feedback: .standard, eventLoop: loop, clock: clock, onEvent: { [self] event, _ in note(event) },
                onNote: { _ in })
            bus.attach(reader, at: 3)
            self.reader = reader
            reader.start()
        }.get()
    }

    private func note(_ event: ReaderEvent) {
        if case .health(let state, _) = event { states.append(state) } else { events.append(event) }
    }

    func advance(_ milliseconds: Int) async {
        for _ in 0..<(milliseconds / 10) {
            clock.advance(by: .milliseconds(10))
            await loop.advanceTime(to: .uptimeNanoseconds(clock.monotonic.nanoseconds))
        }
    }

    func on(_ body: @escaping @Sendable (Bench) -> Void) async throws { try await loop.submit { body(self) }.get() }
}

@Suite(.timeLimit(.minutes(1))) struct OSDPReaderTests {
    @Test func `a reader that answers is ready, and its cards are presented`() async throws {
        let bench = Bench()
        try await bench.start()
        await bench.advance(2000)
        #expect(bench.states.last == .ready)
        #expect(bench.reader?.details.firmware?.contains("1.0.0") == true)
        try await bench.on { $0.wire?.responder.present(data: 0x7BB26E) }
        await bench.advance(500)
        guard case .card(let card)? = bench.events.first else {
            Issue.record("\(bench.events.count) events")
            return
        }
        #expect(card == CardRead(bits: 24, value: 0x7BB26E))
        #expect(bench.events.count == 1)
    }

    @Test func `digits that nobody ends are overwritten, though no key follows`() async throws {
        let bench = Bench()
        try await bench.start()
        await bench.advance(2000)
        try await bench.on { $0.wire?.responder.press("12") }
        await bench.advance(2000)
        #expect(bench.reader?.details.counters["abandoned-entries"] == 0)
        await bench.advance(1500)
        #expect(bench.reader?.details.counters["abandoned-entries"] == 1)
        try await bench.on { $0.wire?.responder.press("7\r") }
        await bench.advance(500)
        guard case .typed(let digits)? = bench.events.first else {
            Issue.record("\(bench.events.count) events")
            return
        }
        #expect(digits.text == "7")
    }

    @Test func `each signal lights and sounds on the reader`() async throws {
        let bench = Bench()
        try await bench.start()
        await bench.advance(2000)
        for signal in FeedbackSignal.allCases {
            try await bench.on {
                $0.wire?.commands = []
                $0.reader?.show(signal)
            }
            await bench.advance(500)
            let commands = bench.wire?.commands ?? []
            #expect(commands.contains(0x69), "\(signal): no light")
            #expect(commands.contains(0x6A), "\(signal): no sound")
            #expect(!commands.contains(0x6B), "\(signal): it has no display")
        }
    }

    @Test func `a reader that falls silent is told, and so is a lost line`() async throws {
        let bench = Bench()
        try await bench.start()
        await bench.advance(2000)
        try await bench.on { $0.wire?.isSilent = true }
        await bench.advance(12_000)
        #expect(bench.states.last == .absent)
        #expect(bench.reader?.reason?.contains("does not answer") == true)
        try await bench.on { $0.wire?.isSilent = false }
        await bench.advance(2000)
        #expect(bench.states.last == .ready)
        try await bench.on { $0.wire?.lose() }
        #expect(bench.reader?.reason == "the cable is out")
        // What a lost reader is told is dropped, and does no harm.
        try await bench.on { $0.reader?.show(.admit) }
    }
}
