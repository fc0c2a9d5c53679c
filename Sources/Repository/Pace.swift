/// Keeps a transfer to a number of bytes a second.
struct Pace {
    private let bytesPerSecond: Int64?
    private let started = ContinuousClock.now

    /// - Parameter bytesPerSecond: `nil` for as fast as it goes.
    init(_ bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond.map { max(1, $0) } }

    /// Waits until so many bytes may have come.
    func keep(after bytes: Int64) async throws {
        guard let bytesPerSecond else { return }
        let due = started.advanced(by: .seconds(Double(bytes) / Double(bytesPerSecond)))
        if due > .now { try await Task.sleep(until: due, clock: .continuous) }
    }
}
