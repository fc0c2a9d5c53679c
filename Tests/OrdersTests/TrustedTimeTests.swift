import GateModel
import Orders
import Testing

@Suite struct TrustedTimeTests {
    private static let start: Int64 = 1_800_000_000

    private func at(_ wall: Int64, after seconds: UInt64, synchronised: Bool = false) -> TimeStamp {
        TimeStamp(
            monotonic: MonotonicTime(nanoseconds: (100 + seconds) * 1_000_000_000),
            wall: WallTime(secondsSince1970: wall), synchronised: synchronised)
    }

    private func signed(_ time: Int64) -> WallTime { WallTime(secondsSince1970: time) }

    @Test func `without jumps it is what the wall clock shows`() {
        var time = TrustedTime(start: at(Self.start, after: 0))
        #expect(time.time(at: at(Self.start + 50, after: 50)) == signed(Self.start + 50))
        #expect(time.time(at: at(Self.start + 90, after: 90, synchronised: true)) == signed(Self.start + 90))
    }

    @Test(arguments: [-1_000_000_000, -3600, 3600, 1_000_000_000] as [Int64])
    func `an unsynchronised clock that jumps is not followed`(jump: Int64) {
        var time = TrustedTime(start: at(Self.start, after: 0))
        #expect(time.time(at: at(Self.start + 60 + jump, after: 60)) == signed(Self.start + 60))
    }

    @Test func `a synchronised clock corrects the time forwards and backwards`() {
        var time = TrustedTime(start: at(Self.start, after: 0))
        #expect(time.time(at: at(Self.start + 5000, after: 10, synchronised: true)) == signed(Self.start + 5000))
        #expect(time.time(at: at(Self.start + 300, after: 20, synchronised: true)) == signed(Self.start + 300))
        // From there on it is counted, should the clock be unsynchronised again.
        #expect(time.time(at: at(7, after: 30)) == signed(Self.start + 310))
    }

    @Test func `no time before the last signed one is accepted, however the clock stands`() {
        // The battery of the clock is flat: 1970.
        var time = TrustedTime(start: at(0, after: 0))
        time.learn(signedAt: signed(Self.start), seenAt: at(5, after: 5))
        #expect(time.time(at: at(6, after: 6)) == signed(Self.start + 1))
        #expect(time.time(at: at(7, after: 65)) == signed(Self.start + 60))
        // An older signature moves nothing back.
        time.learn(signedAt: signed(Self.start - 1000), seenAt: at(8, after: 66))
        time.learn(signedAt: signed(Self.start + 30), seenAt: at(8, after: 66))
        #expect(time.time(at: at(8, after: 105)) == signed(Self.start + 100))
        time.learn(signedAt: signed(Self.start + 200), seenAt: at(8, after: 105))
        #expect(time.time(at: at(8, after: 115)) == signed(Self.start + 210))
    }

    @Test func `a publisher whose clock is far ahead does not move a synchronised gate`() {
        var time = TrustedTime(start: at(Self.start, after: 0, synchronised: true))
        time.learn(
            signedAt: signed(Self.start + 100 * 86_400), seenAt: at(Self.start + 5, after: 5, synchronised: true))
        #expect(time.time(at: at(Self.start + 6, after: 6, synchronised: true)) == signed(Self.start + 6))
        // One that was not synchronised is put right as soon as it is.
        time.learn(signedAt: signed(Self.start + 100 * 86_400), seenAt: at(Self.start + 7, after: 7))
        #expect(time.time(at: at(Self.start + 8, after: 8)) == signed(Self.start + 100 * 86_400 + 1))
        #expect(time.time(at: at(Self.start + 9, after: 9, synchronised: true)) == signed(Self.start + 9))
        time.learn(signedAt: signed(Self.start + 60), seenAt: at(Self.start + 10, after: 10, synchronised: true))
        #expect(time.time(at: at(Self.start + 11, after: 11, synchronised: true)) == signed(Self.start + 61))
    }

    @Test func `impossible clocks give some time and no crash`() {
        for wall in [Int64.min, -1, .max] {
            var time = TrustedTime(start: at(wall, after: 0))
            time.learn(signedAt: signed(.max), seenAt: at(wall, after: 1))
            _ = time.time(at: at(wall, after: 0))
            _ = time.time(at: at(.min, after: 10_000_000_000, synchronised: true))
        }
    }
}
