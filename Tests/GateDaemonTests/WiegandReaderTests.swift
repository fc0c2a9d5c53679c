import Control
import GateModel
import NIOCore
import NIOEmbedded
import ReaderProtocols
import Settings
import Testing

@testable import GateDaemon

/// A reader on two lines of a chip. Lives on the test's loop; unchecked for that.
private final class Bench: @unchecked Sendable {
    /// Facility 123, card 45678.
    static let fob = "10111101110110010011011101"
    static let card = CardRead(bits: 24, value: 0x7BB26E)

    let loop = NIOAsyncTestingEventLoop()
    let clock = FakeClock()
    let chip: FakeChip
    private let lines: LaneLines
    private var reader: WiegandReader?
    /// What was presented; `nil` for what could not be read.
    private(set) var cards: [CardRead?] = []
    /// When each was.
    private(set) var times: [MonotonicTime] = []

    init() async throws {
        let settings = try GateSettings.withOneReader(
            "kind: wiegand, data0: {chip: main, line: 2}, data1: {chip: main, line: 3}")
        let chip = FakeChip(loop: loop, clock: clock)
        self.chip = chip
        lines = LaneLines(settings: settings, lanes: [:]) { _ in chip }
        let point = settings.lanes[0].accessPoints[0]
        guard case .wiegand(let wiegand) = point.readers[0].kind else { return }
        try await loop.submit { [self] in
            let reader = WiegandReader(
                settings: point.readers[0], wiegand: wiegand, accessPoint: point.point, lines: lines, eventLoop: loop,
                clock: clock, onEvent: { [self] in note($0, at: $1) }, onNote: { _ in })
            reader.start()
            self.reader = reader
            lines.start { _, _ in }
        }.get()
        try await chip.find()
    }

    private func note(_ event: ReaderEvent, at time: MonotonicTime) {
        times.append(time)
        switch event {
        case .card(let card): cards.append(card)
        case .unreadable: cards.append(nil)
        default: Issue.record("another event")
        }
    }

    func stop() async throws { try await loop.submit { [self] in reader?.stop() }.get() }

    var counters: [String: UInt64] { reader?.details.counters ?? [:] }

    /// Pulses, 1 ms apart.
    func send(_ bits: some StringProtocol, isHeld: Bool = false) async throws {
        for bit in bits {
            clock.advance(by: .milliseconds(1))
            let line: UInt32 = bit == "0" ? 2 : 3
            if isHeld { try await chip.hold(line, true) } else { try await chip.raise(line, true) }
        }
    }

    /// Pulses that stand in the kernel's queues until all of them have come; those of one line are told before the others.
    func send(_ bits: String, tellingFirst first: UInt32) async throws {
        try await send(bits, isHeld: true)
        try await loop.submit { [self] in chip.tellPending(.offset(first)) }.get()
    }

    /// The loop's timers see that time has passed.
    func wait(_ milliseconds: Int = 50) async {
        clock.advance(by: .milliseconds(milliseconds))
        await loop.advanceTime(to: .uptimeNanoseconds(clock.monotonic.nanoseconds))
    }
}

@Suite(.timeLimit(.minutes(1))) struct WiegandReaderTests {
    @Test func `a message is a card when the lines have been silent`() async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob)
        #expect(bench.cards.isEmpty)
        await bench.wait()
        #expect(bench.cards == [Bench.card])
    }

    @Test func `pulses that a busy loop has not come to when the timer fires belong to the message`() async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob.prefix(5))
        try await bench.send(Bench.fob.dropFirst(5), isHeld: true)
        await bench.wait(10)
        #expect(bench.cards.isEmpty, "the last pulse was 10 ms ago, the last that was told 31")
        await bench.wait()
        #expect(bench.cards == [Bench.card])
        #expect(bench.counters["wrong-lengths"] == 0)
    }

    /// A run of zeros is longer than the silence that ends a message, and the loop comes to the ones first.
    @Test(arguments: [UInt32(2), 3]) func `what stood in two queues is put in the order of time`(first: UInt32)
        async throws
    {
        let bench = try await Bench()
        try await bench.send("101" + String(repeating: "0", count: 28) + "100", tellingFirst: first)
        await bench.wait()
        #expect(bench.cards == [CardRead(bits: 32, value: 0x4000_0002)])
    }

    @Test func `a message is as old as its last pulse, however late the loop comes to it`() async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob, isHeld: true)
        try await bench.loop.submit { bench.chip.tellPending(.offset(2)) }.get()
        let last = bench.clock.monotonic
        await bench.wait(8000)
        #expect(bench.cards == [Bench.card])
        #expect(bench.times == [last])
    }

    @Test func `so is one that is too long, though it is told before its end`() async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob)
        await bench.wait(60_000)
        try await bench.send(String(repeating: "0", count: 70))
        let last = bench.clock.monotonic
        await bench.wait()
        #expect(bench.cards == [Bench.card, nil])
        #expect(bench.times.last == last.advanced(by: .milliseconds(-5)), "the 65th pulse")
    }

    /// Before the loop has come to it, and in the middle of a message.
    @Test(arguments: [true, false]) func `after the stop nothing is presented`(isDecoded: Bool) async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob)
        if isDecoded { await bench.wait(0) }
        try await bench.stop()
        try await bench.send(Bench.fob)
        await bench.wait()
        await bench.wait()
        #expect(bench.cards.isEmpty)
    }

    @Test func `a message that the loss of the chip has cut is no other card`() async throws {
        let bench = try await Bench()
        // The first 26 bits of a message of 34.
        try await bench.send(Bench.fob)
        try await bench.chip.lose()
        await bench.wait()
        #expect(bench.cards == [nil])
        #expect(bench.counters["lost-pulses"] == 1)
    }

    @Test func `a message of which the kernel lost pulses is unreadable, and the next is read`() async throws {
        let bench = try await Bench()
        try await bench.send(Bench.fob)
        try await bench.chip.loseEdges(of: 3)
        await bench.wait(400)
        #expect(bench.cards == [nil])
        #expect(bench.counters["lost-pulses"] == 1)
        try await bench.send(Bench.fob)
        await bench.wait()
        #expect(bench.cards == [nil, Bench.card])
    }
}
