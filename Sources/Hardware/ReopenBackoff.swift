/// How long to wait before a lost device is tried again: 250 ms, doubling to 5 s.
public struct ReopenBackoff: Hashable, Sendable {
    public static let shortest = Duration.milliseconds(250)
    public static let longest = Duration.seconds(5)

    private var next = shortest

    public init() {}

    /// The wait before the next attempt.
    ///
    /// - Parameter jitter: 0 to 1; takes up to a quarter off, so that devices lost together are not all tried at once.
    ///   What lies outside counts as the nearer end.
    public mutating func delay(jitter: Double) -> Duration {
        let delay = next
        next = min(next * 2, Self.longest)
        let share = jitter > 0 ? min(jitter, 1) : 0
        return delay - delay / 4 * share
    }

    /// The device was there again: the next loss begins with the shortest wait.
    public mutating func reset() { next = Self.shortest }
}
