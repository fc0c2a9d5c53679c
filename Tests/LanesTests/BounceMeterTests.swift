import GateModel
import Lanes
import Testing

@Suite struct BounceMeterTests {
    private static func longest(_ milliseconds: [UInt64]) -> Duration? {
        var meter = BounceMeter()
        for time in milliseconds { meter.edge(at: MonotonicTime(nanoseconds: 1_000_000_000 + time * 1_000_000)) }
        return meter.longest
    }

    @Test func `a clean contact does not bounce, however often it changes`() {
        #expect(Self.longest([]) == nil)
        #expect(Self.longest([0]) == .zero)
        #expect(Self.longest([0, 100, 250, 1000]) == .zero)
    }

    @Test func `a change lasts from its first edge to its last`() {
        #expect(Self.longest([0, 2, 5]) == .milliseconds(5))
        #expect(Self.longest([0, 30, 60]) == .milliseconds(60))
        #expect(Self.longest([0, 3, 500, 512, 515, 900, 901]) == .milliseconds(15))
    }

    @Test func `edges in the wrong order count as one after the other`() {
        #expect(Self.longest([10, 0, 12]) == .milliseconds(2))
    }
}
