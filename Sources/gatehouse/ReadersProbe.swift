import ArgumentParser
import Control
import GateModel
import Glibc
import Hardware
import ReaderProtocols

struct ReadersProbe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Try the likely protocols and rates on an unknown serial port.",
        discussion: """
            Asks only, and changes no setting of the device. The port must be free: stop gatehoused, or take the reader \
            out of its configuration. Exit status 1 if nothing was found.
            """)

    @Argument(help: "The serial port, such as /dev/ttyUSB0.")
    var port: String

    @Flag(help: "Print JSON instead of sentences.")
    var json = false

    func run() async throws {
        try await reporting {
            let finding = try ProbeRun(path: port, tells: !json).run()
            try Output.print(Found(finding), json: json) { finding.map { "\($0)" } ?? "nothing was found" }
            if finding == nil { throw ExitCode.refused }
        }
    }

    /// What is printed for programs.
    private struct Found: Encodable {
        var found: Bool
        var kind: String?
        var rate: Int?
        var configuration: String?

        init(_ finding: ProbeFinding?) {
            found = finding != nil
            kind = finding?.kind.rawValue
            rate = finding?.rate
            configuration = finding?.configuration
        }
    }
}

/// Carries out what the probe wants on a real port. Nothing else goes on in this program, so it may wait.
private struct ProbeRun {
    let path: String
    /// Whether what is going on is told on standard error.
    let tells: Bool

    func run() throws -> ProbeFinding? {
        let clock = SystemClock()
        var probe = ReaderProbe()
        var port: OwnedDescriptor?
        var wake: MonotonicTime?
        var found: ProbeFinding?
        var queue = probe.start(at: clock.monotonic)
        while true {
            while !queue.isEmpty {
                switch queue.removeFirst() {
                case .open(let rate):
                    port = nil
                    do throws(SerialError) {
                        port = try SerialPort.open(path: path, rate: rate)
                    } catch .unsupportedRate {
                        queue = probe.openFailed(at: clock.monotonic)
                    } catch {
                        throw Trouble("\(error)", .refused)
                    }
                // A port that takes nothing is one that does not answer.
                case .send(let bytes): try? port?.write(bytes)
                case .wake(let time): wake = time
                case .tell(let text): if tells { Output.error(text) }
                case .found(let finding): found = finding
                case .finished(let text):
                    if let text, tells { Output.error(text) }
                    return found
                }
            }
            guard let deadline = wake else { return found }
            let bytes = try port?.withRawDescriptor { try receive(from: $0, until: deadline, clock) } ?? []
            queue =
                bytes.isEmpty
                ? probe.timerFired(at: clock.monotonic) : probe.received(bytes.span, at: clock.monotonic)
        }
    }

    /// What came next; nothing when the deadline has passed.
    private func receive(
        from descriptor: CInt, until deadline: MonotonicTime, _ clock: SystemClock
    ) throws -> [UInt8] {
        let left = deadline.since(clock.monotonic).clampedMilliseconds
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, CInt(clamping: max(left, 1))) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw Trouble("\(path) went away. Check the cable.", .refused) }
        return Array(bytes.prefix(count))
    }
}
