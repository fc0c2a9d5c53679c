import GateModel
import Hardware
import HardwareMocks
import NIOCore
import Testing

private let scenario = """
    readers:
      - {name: id-reader, kind: id-card}
      - {name: scanner, kind: scanner}
    lanes:
      - {name: main, lock: 0, contact: 1, exit-button: 2}
    fire: 7
    steps:
      - do: scan ONE at scanner
      - do: scan TWO at scanner
    """

/// A simulated gate and one serial line of the program that uses it.
@TestLoop
private final class Bench {
    let directory: TemporaryDirectory
    let gate: SimulatedGate
    let reports = Told<SimulatedGate.Report>()
    let bytes = Told<[UInt8]>()
    let state = Told<ReaderState>()
    let line: SerialLine

    init(reader: String) async throws {
        directory = try TemporaryDirectory()
        gate = SimulatedGate(
            scenario: try Scenario(text: scenario, file: "test"), directory: directory.path,
            eventLoop: TestLoop.eventLoop
        ) { [reports] in reports($0) }
        try await gate.start()
        line = SerialLine(
            path: directory(reader), rate: 9600, eventLoop: TestLoop.eventLoop, clock: SystemClock(),
            onBytes: { [bytes] buffer, _ in bytes(Array(buffer.readableBytesView)) },
            onState: { [state] new, _ in state(new) })
        line.start()
        #expect(try await state.next() == .ready)
    }

    func read(_ count: Int) async throws -> [UInt8] {
        var read: [UInt8] = []
        while read.count < count { read += try await bytes.next() }
        return read
    }

    func end() async {
        line.stop()
        await gate.stop()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct SimulatedGateTests {
    @Test func `a card that is presented is found at the reader's device`() async throws {
        let bench = try await Bench(reader: "id-reader")
        let find: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22]
        bench.line.send(find)
        #expect(try await bench.read(11) == SDTReplyEncoder.noCard)
        try await bench.gate.perform("present 000000190001010017 at id-reader for 60")
        bench.line.send(find)
        #expect(try await bench.read(15) == SDTReplyEncoder.cardFound)
        await bench.end()
    }

    @Test func `the steps are played in order and told`() async throws {
        let bench = try await Bench(reader: "scanner")
        try await bench.gate.play(clock: ContinuousClock())
        let text = "]Q1ONE\r]Q1TWO\r"
        #expect(String(decoding: try await bench.read(text.utf8.count), as: UTF8.self) == text)
        #expect(try await bench.reports.next() == .step("scan ONE at scanner"))
        #expect(try await bench.reports.next() == .step("scan TWO at scanner"))
        await bench.end()
    }

    @Test func `what cannot be done is answered with a reason`() async throws {
        let bench = try await Bench(reader: "scanner")
        try await bench.gate.perform("unplug scanner")
        #expect(try await bench.state.next() == .absent)
        await #expect(throws: CommandError.failed("scanner is not plugged in or is not read")) {
            try await bench.gate.perform("scan X at scanner")
        }
        await #expect(throws: CommandError.unknown(what: "lane", name: "side", known: ["main"])) {
            try await bench.gate.perform("walk side")
        }
        await bench.end()
    }

    @Test func `the fire panel, the button and a walk reach the chip's client`() async throws {
        let bench = try await Bench(reader: "scanner")
        let chip = SimulatedChip(path: bench.directory("chip.sock"), eventLoop: TestLoop.eventLoop)
        let events = Told<LineEvent>()
        for offset: UInt32 in [1, 2, 7] {
            chip.requestInput(InputRequest(line: .offset(offset), name: "input", activeLow: false, bias: .asIs)) {
                events($0)
            }
        }
        chip.requestOutput(OutputRequest(line: 0, name: "lock", activeLow: false, safe: false))
        let health = Told<ChipHealth>()
        chip.start { health($0) }
        #expect(try await health.next() == .found(problems: []))
        for offset: UInt32 in [1, 2, 7] { #expect(try await events.next(where: \.isInitial).line == .offset(offset)) }

        try await bench.gate.perform("fire on")
        #expect(try await events.next().line == 7)
        try await bench.gate.perform("press main button")
        #expect(try await events.next().line == 2)
        try await bench.gate.perform("walk main")
        chip.set(0, active: true)
        #expect(try await events.next(where: { $0.line == 1 }).active)
        #expect(
            try await bench.reports.next(where: { $0 == .door(lane: "main", .opened) }) == .door(lane: "main", .opened))
        try await chip.stop().get()
        await bench.end()
    }
}
