import ArgumentParser
import HardwareMocks
import NIOCore
import NIOPosix

@main
struct GatehouseMock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-mock",
        abstract: "Simulated readers, scanners, doors, fire panel and people for a gate.",
        subcommands: [Run.self]
    )
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the devices of a scenario and plays its steps.",
        discussion: """
            Prints "ready" when every device is there. Then each line of standard input is a command, answered with \
            "ok" or "error: ...":

            \(Command.forms.map { "  " + $0 }.joined(separator: "\n"))
              play (with --wait)
              quit

            The devices are taken away on quit, SIGINT and SIGTERM.
            """
    )

    @Option(help: "The scenario, a YAML file.")
    var scenario: String

    @Option(help: "Where the devices and the chip's socket are made. The directory must be there.")
    var directory: String

    @Flag(help: "Begin the steps when the input says \"play\".")
    var wait = false

    @Flag(help: "Begin the steps again after the last one.")
    var loop = false

    @Flag(help: "Print \"edge LINE LEVEL NANOSECONDS\" (CLOCK_MONOTONIC) at each change of a line.")
    var edges = false

    func run() async throws {
        let output = LineOutput()
        let scenario = try Scenario(file: scenario)
        let showsEdges = edges
        let gate = SimulatedGate(
            scenario: scenario, directory: directory, eventLoop: MultiThreadedEventLoopGroup.singleton.next()
        ) { report in
            if case .edge = report, !showsEdges { return }
            output.print("\(report)")
        }
        try await gate.start()
        output.print("ready")
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        if !wait { begin.finish() }
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await untilTerminated()
                return true
            }
            tasks.addTask { await Console(gate: gate, output: output, play: { begin.finish() }).run() }
            tasks.addTask {
                for await _ in begins {}
                await play(gate, output)
                return false
            }
            // Steps and input may end by themselves; the devices stay until someone asks to end.
            for await isOver in tasks where isOver { break }
            await gate.stop()
            output.close()
            // A read of standard input cannot be called off, so the process ends under it.
            Self.exit()
        }
    }

    private func play(_ gate: SimulatedGate, _ output: LineOutput) async {
        let clock = ContinuousClock()
        repeat {
            do {
                try await gate.play(clock: clock)
                // Keeps a scenario of no length from filling the terminal.
                try await clock.sleep(for: .seconds(1))
            } catch {
                if !(error is CancellationError) { output.print("error: \(error)") }
                return
            }
        } while loop
    }
}
