import GateModel
import Hardware
import HardwareMocks
import NIOCore
import Testing

/// A chip with a strike at line 0 and inputs at 1 and 2, and what it told.
@TestLoop
private final class Bench {
    static let lock: UInt32 = 0
    static let contact: UInt32 = 1
    static let button: UInt32 = 2

    let directory: TemporaryDirectory
    let server: SimulatedChipServer
    let chip: any LineChip
    let health = Told<ChipHealth>()
    let events = Told<LineEvent>()
    let edges = Told<LineEdge>()

    init(lockActiveLow: Bool = false, safe: Bool = false) throws {
        directory = try TemporaryDirectory()
        server = SimulatedChipServer(path: directory("chip.sock"), eventLoop: TestLoop.eventLoop, clock: SystemClock())
        chip = SimulatedChip(path: server.path, eventLoop: TestLoop.eventLoop, jitter: { 1 })
        server.onEdge = { [edges] in edges($0) }
        let events = events
        chip.requestOutput(
            OutputRequest(line: .offset(Self.lock), name: "main lock", activeLow: lockActiveLow, safe: safe))
        chip.requestInput(
            InputRequest(line: .offset(Self.contact), name: "main contact", activeLow: false, bias: .asIs)
        ) {
            events($0)
        }
        chip.requestInput(InputRequest(line: .offset(Self.button), name: "main button", activeLow: true, bias: .pullUp))
        {
            events($0)
        }
    }

    /// Starts both sides and waits until the chip has its lines.
    func start() async throws {
        try await server.start()
        chip.start { [health] in health($0) }
        #expect(try await health.next() == .found(problems: []))
        _ = try await events.next()
        _ = try await events.next()
    }

    func end() async throws {
        try await chip.stop().get()
        await server.stop()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct LineChipContract {
    @Test func `an input first tells its level, logical and marked as such`() async throws {
        let bench = try Bench()
        bench.server.pull(Bench.contact, true)
        try await bench.server.start()
        bench.chip.start { [health = bench.health] in health($0) }
        #expect(try await bench.health.next() == .found(problems: []))
        let contact = try await bench.events.next()
        #expect((contact.line, contact.active, contact.isInitial) == (.offset(Bench.contact), true, true))
        let button = try await bench.events.next()
        #expect((button.line, button.active, button.isInitial) == (.offset(Bench.button), true, true))
        try await bench.end()
    }

    @Test func `each edge of an input is told once, both ways, with its time`() async throws {
        let bench = try Bench()
        try await bench.start()
        var last = MonotonicTime(nanoseconds: 0)
        for level in [true, false, true] {
            bench.server.pull(Bench.contact, level)
            let event = try await bench.events.next()
            #expect((event.line, event.active, event.isInitial) == (.offset(Bench.contact), level, false))
            #expect(event.at > last)
            #expect(event.at == bench.server.edges.last?.at)
            last = event.at
        }
        // No change, no edge.
        bench.server.pull(Bench.contact, true)
        bench.server.pull(Bench.button, true)
        #expect(try await bench.events.next().active == false)
        try await bench.end()
    }

    @Test func `an output begins safe and follows its owner`() async throws {
        let bench = try Bench()
        try await bench.start()
        #expect(!bench.server.level(Bench.lock))
        #expect(bench.server.holderName(Bench.lock) == "main lock")
        #expect(bench.chip.set(.offset(Bench.lock), active: true))
        #expect(try await bench.edges.next().level == true)
        #expect(bench.chip.set(.offset(Bench.lock), active: false))
        #expect(try await bench.edges.next().level == false)
        try await bench.end()
    }

    @Test func `an active-low output is driven the other way round`() async throws {
        let bench = try Bench(lockActiveLow: true)
        try await bench.start()
        #expect(bench.server.level(Bench.lock))
        bench.chip.set(.offset(Bench.lock), active: true)
        let edge = try await bench.edges.next(where: { !$0.level })
        #expect(edge.offset == Bench.lock)
        try await bench.end()
    }

    @Test func `a lost chip drives nothing; found again it is safe until it is told otherwise`() async throws {
        let bench = try Bench()
        try await bench.start()
        bench.chip.set(.offset(Bench.lock), active: true)
        #expect(try await bench.edges.next().level == true)

        await bench.server.stop()
        #expect(try await bench.edges.next().level == false)
        #expect(bench.server.holderName(Bench.lock) == nil)
        #expect(try await bench.health.next() == .lost(.wentAway(path: bench.chip.path)))
        #expect(!bench.chip.set(.offset(Bench.lock), active: true))

        bench.server.pull(Bench.contact, true)
        try await bench.server.start()
        #expect(try await bench.health.next(where: { $0 == .found(problems: []) }) == .found(problems: []))
        let contact = try await bench.events.next(where: { $0.line == .offset(Bench.contact) })
        #expect(contact.active && contact.isInitial)
        #expect(!bench.server.level(Bench.lock))
        #expect(bench.chip.set(.offset(Bench.lock), active: true))
        #expect(try await bench.edges.next(where: { $0.offset == Bench.lock }).level == true)
        try await bench.end()
    }

    @Test func `an orderly stop drives the safe value before it gives the line back`() async throws {
        let bench = try Bench(safe: true)
        try await bench.start()
        bench.chip.set(.offset(Bench.lock), active: false)
        #expect(try await bench.edges.next(where: { !$0.level }).offset == Bench.lock)
        try await bench.chip.stop().get()
        // Safe, then no longer driven.
        #expect(try await bench.edges.next().level == true)
        #expect(try await bench.edges.next().level == false)
        await bench.server.stop()
    }

    @Test func `a line that was given back is free`() async throws {
        let bench = try Bench()
        try await bench.start()
        bench.chip.release(.offset(Bench.lock))
        #expect(!bench.chip.set(.offset(Bench.lock), active: true))
        let other = SimulatedChip(path: bench.server.path, eventLoop: TestLoop.eventLoop)
        other.requestOutput(OutputRequest(line: .offset(Bench.lock), name: "other", activeLow: false, safe: true))
        let health = Told<ChipHealth>()
        other.start { health($0) }
        #expect(try await bench.edges.next().level == true)
        #expect(bench.server.holderName(Bench.lock) == "other")
        try await other.stop().get()
        try await bench.end()
    }
}

@Suite(.timeLimit(.minutes(1)))
@TestLoop
struct ChipErrorTests {
    @Test func `a line that another client holds is refused by its name`() async throws {
        let bench = try Bench()
        try await bench.start()
        let other = SimulatedChip(path: bench.server.path, eventLoop: TestLoop.eventLoop)
        other.requestOutput(OutputRequest(line: .offset(Bench.lock), name: "other", activeLow: false, safe: false))
        let health = Told<ChipHealth>()
        other.start { health($0) }
        #expect(try await health.next() == .found(problems: []))
        let refusal = LineError.refused(path: bench.server.path, "line 0 is held as main lock")
        #expect(try await health.next() == .lost(refusal))
        try await other.stop().get()
        try await bench.end()
    }

    @Test func `a line that is meant by a name is a problem of that line alone`() async throws {
        let bench = try Bench()
        bench.chip.requestOutput(OutputRequest(line: .name("RELAY"), name: "gate lock", activeLow: false, safe: false))
        try await bench.server.start()
        bench.chip.start { [health = bench.health] in health($0) }
        let problem = LineError.noSuchLine(path: bench.server.path, line: .name("RELAY"), name: "gate lock")
        #expect(try await bench.health.next() == .found(problems: [problem]))
        #expect("\(problem)".contains("has no line 'RELAY' (gate lock)"))
        #expect(!bench.chip.set(.name("RELAY"), active: true))
        #expect(bench.chip.set(.offset(Bench.lock), active: true))
        bench.chip.release(.name("RELAY"))
        try await bench.end()
    }

    @Test func `a socket where nobody listens tells what to start`() async throws {
        let directory = try TemporaryDirectory()
        let chip = SimulatedChip(path: directory("none.sock"), eventLoop: TestLoop.eventLoop)
        let health = Told<ChipHealth>()
        chip.start { health($0) }
        let error = LineError.noSimulator(path: directory("none.sock"))
        #expect(try await health.next() == .lost(error))
        #expect("\(error)".contains("gatehouse-mock"))
        try await chip.stop().get()
    }

    @Test(arguments: [
        ("/dev/gpiochip-none", LineError.noSuchChip(path: "/dev/gpiochip-none")),
        ("/dev/null", LineError.notAChip(path: "/dev/null")),
    ])
    func `a kernel chip that is none tells what is wrong`(path: String, error: LineError) async throws {
        let chip = GpiodChip(path: path, eventLoop: TestLoop.eventLoop, clock: SystemClock())
        chip.requestOutput(OutputRequest(line: 0, name: "lock", activeLow: false, safe: false))
        let health = Told<ChipHealth>()
        chip.start { health($0) }
        #expect(try await health.next() == .lost(error))
        #expect(!chip.set(0, active: true))
        #expect("\(error)".contains("gpiodetect"))
        try await chip.stop().get()
    }
}
