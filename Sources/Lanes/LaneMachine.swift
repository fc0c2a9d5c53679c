public import GateModel

/// The state machine of a lane: inputs and times in, actions out. A value, without clock or lines of its own.
///
/// Of every machine it holds (principles 1, 2, 16 to 18):
/// - The exit button and fire release the lane whatever else goes on, and nothing can refuse them. A person who leaves is
///   let out in every mode.
/// - Fire latches: the lane stays released until `fireReset`, and that is not heeded while the signal is there.
/// - Each grant that was released ends exactly once: passed, not passed or unobserved.
/// - A release is the first action returned; a re-lock is the last. Only where one door of an interlock is re-locked
///   because the other is released does the re-lock come before the release: the two are never released together.
/// - After `stop` no grant is heeded and nothing is an alarm, but exit button and fire still release; every output is
///   driven safe as soon as neither holds it.
/// - A time before the latest one counts as the latest: the kernel stamps an edge earlier than it is read. A timer that
///   comes late does what was due, in the order in which it was due.
public protocol LaneMachine: Hashable, Sendable {
    /// Whether somebody can pass right now.
    var isReleased: Bool { get }
    var state: LaneState { get }
    /// What each output should be right now. It may be asserted again at any time before `stop`.
    var outputs: [LaneOutput: Bool] { get }
    /// When to call ``handle(_:at:)`` with `timer` next. Ask again after every input.
    var nextDeadline: MonotonicTime? { get }

    mutating func handle(_ input: LaneInput, at time: MonotonicTime) -> [LaneAction]
    /// Gives up waiting for passages and returns the grants that waited: their crossings are interrupted.
    mutating func abandon() -> [Grant]
}
