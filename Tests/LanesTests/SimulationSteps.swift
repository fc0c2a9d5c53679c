import Foundation

/// How many random steps each machine is tried with.
enum SimulationSteps {
    static let wanted = max(
        ProcessInfo.processInfo.environment["SIMULATION_STEPS"].flatMap { Int($0) } ?? 300_000, 1000)
}
