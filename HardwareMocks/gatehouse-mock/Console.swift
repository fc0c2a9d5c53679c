import HardwareMocks
import NIOPosix

/// Carries out the commands on standard input.
struct Console {
    let gate: SimulatedGate
    let output: LineOutput
    /// Begins the scenario's steps.
    let play: @Sendable () -> Void

    /// - Returns: whether the program is to end: `true` after `quit`, `false` at the end of the input.
    func run() async -> Bool {
        while let line = try? await NIOThreadPool.singleton.runIfActive({ readLine() }) {
            if line == "quit" { return true }
            if line == "play" {
                play()
                continue
            }
            if line.allSatisfy({ $0 == " " }) { continue }
            do {
                try await gate.perform(line)
                output.print("ok")
            } catch {
                output.print("error: \(error)")
            }
        }
        return false
    }
}
