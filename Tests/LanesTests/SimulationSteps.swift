import Foundation

/// How many random steps each machine is tried with, and how quick it was.
enum SimulationSteps {
    static let wanted = max(
        ProcessInfo.processInfo.environment["SIMULATION_STEPS"].flatMap { Int($0) } ?? 300_000, 1000)

    /// One line for each machine: `scripts/simulate` counts them.
    static func report(_ machine: String, _ steps: Int, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let speed = Int(Double(steps) / seconds)
        print("simulated: \(machine), \(steps) steps, \((seconds * 10).rounded() / 10) s, \(speed) steps/s")
    }
}
