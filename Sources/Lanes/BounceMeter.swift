public import GateModel

/// Measures how long an input bounces when it changes, for whoever chooses its debounce time.
public struct BounceMeter: Hashable, Sendable {
    /// An edge that follows the one before within this time is a bounce of it: no hand and no door is as quick.
    static let window = Duration.milliseconds(40)

    private var first: MonotonicTime?
    private var last = MonotonicTime(nanoseconds: 0)
    /// The longest time from the first edge of a change to its last; zero for a clean contact, `nil` before any edge.
    public private(set) var longest: Duration?

    public init() {}

    /// Takes an edge. One that is earlier than the one before counts as at the same time.
    public mutating func edge(at time: MonotonicTime) {
        let time = max(time, last)
        defer { last = time }
        guard let first, time.since(last) <= Self.window else {
            first = time
            longest = longest ?? .zero
            return
        }
        longest = max(longest ?? .zero, time.since(first))
    }
}
