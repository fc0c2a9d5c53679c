import GateModel
import Hardware
import NIOCore
import Synchronization

/// A chip that only remembers what it was told, and tells what a test lets happen.
///
/// Unchecked: lives on the lane loop, as every chip; the record behind the lock is for the test.
final class FakeChip: LineChip, @unchecked Sendable {
    enum Act: Equatable, Sendable {
        case set(UInt32, Bool)
        case stopped
    }

    let path = "/dev/fake"
    private let loop: any EventLoop
    private let clock: FakeClock
    private var onHealth: (ChipHealth) -> Void = { _ in }
    private var inputs: [LineAddress: (LineEvent) -> Void] = [:]
    /// Edges that the loop has not come to.
    private var pending: [LineEvent] = []
    private var isThere = false
    private let record = Mutex<[Act]>([])
    private let onAct = Mutex<(@Sendable (Act) -> Void)?>(nil)

    init(loop: any EventLoop, clock: FakeClock) {
        self.loop = loop
        self.clock = clock
    }

    // MARK: For the test

    /// What was done, in order.
    var acts: [Act] { record.withLock { $0 } }

    /// What each line was set to last.
    var lines: [UInt32: Bool] {
        acts.reduce(into: [:]) { lines, act in
            if case .set(let offset, let active) = act { lines[offset] = active }
        }
    }

    /// Called in the very moment in which something is done.
    func observe(_ observer: @escaping @Sendable (Act) -> Void) { onAct.withLock { $0 = observer } }

    func find(problems: [LineError] = []) async throws {
        try await onLoop { chip in
            chip.isThere = true
            chip.onHealth(.found(problems: problems))
        }
    }

    func lose() async throws {
        try await onLoop { chip in
            chip.isThere = false
            chip.onHealth(.lost(.wentAway(path: chip.path)))
        }
    }

    func raise(_ offset: UInt32, _ active: Bool) async throws {
        try await onLoop { $0.tell($0.edge(offset, active)) }
    }

    /// An edge now that the loop has not come to.
    func hold(_ offset: UInt32, _ active: Bool) async throws {
        try await onLoop { $0.pending.append($0.edge(offset, active)) }
    }

    /// The level is told anew, as after edges were lost.
    func loseEdges(of offset: UInt32) async throws {
        try await onLoop { chip in
            var event = chip.edge(offset, false)
            event.blindSince = event.at
            chip.tell(event)
        }
    }

    private func edge(_ offset: UInt32, _ active: Bool) -> LineEvent {
        LineEvent(line: .offset(offset), active: active, at: clock.monotonic)
    }

    private func tell(_ event: LineEvent) { inputs[event.line]?(event) }

    private func onLoop(_ body: @escaping @Sendable (FakeChip) -> Void) async throws {
        try await loop.submit { body(self) }.get()
    }

    // MARK: LineChip

    func start(onHealth: @escaping (ChipHealth) -> Void) { self.onHealth = onHealth }
    func requestOutput(_ request: OutputRequest) {}
    func requestInput(_ request: InputRequest, onEvent: @escaping (LineEvent) -> Void) {
        inputs[request.line] = onEvent
    }
    func release(_ line: LineAddress) {}

    func tellPending(_ line: LineAddress) {
        let told = pending.filter { $0.line == line }
        pending.removeAll { $0.line == line }
        for event in told { tell(event) }
    }

    func devicesChanged() {}

    func set(_ line: LineAddress, active: Bool) -> Bool {
        guard isThere, case .offset(let offset) = line else { return false }
        note(.set(offset, active))
        return true
    }

    func stop() -> EventLoopFuture<Void> {
        note(.stopped)
        return loop.makeSucceededVoidFuture()
    }

    private func note(_ act: Act) {
        onAct.withLock { $0 }?(act)
        record.withLock { $0.append(act) }
    }
}
