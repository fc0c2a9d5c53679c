import GateModel
import Testing

@testable import GateDaemon

@Suite struct ChangeLimiterTests {
    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func `a reader that flaps is told ten times a minute, and then how often it flapped`() {
        var limiter = ChangeLimiter()
        var told: [ChangeLimiter.Change] = []
        for time in UInt64(0)..<50 {
            let change = ChangeLimiter.Change(state: time.isMultiple(of: 2) ? .absent : .ready, reason: nil)
            if let now = limiter.take(change, at: at(time)) { told.append(now) }
        }
        #expect(told.count == 10)
        #expect(limiter.release(at: at(59)) == nil)
        let last = limiter.release(at: at(60))
        #expect(last?.state == .ready)
        #expect(last?.reason == "its state changed 40 times in between")
        #expect(limiter.release(at: at(200)) == nil)
    }

    @Test func `a change now and then is told as it is`() {
        var limiter = ChangeLimiter()
        for time in UInt64(0)..<20 {
            let change = ChangeLimiter.Change(state: .degraded, reason: "number \(time)")
            let told = limiter.take(change, at: at(time * 7))
            #expect(told == change)
        }
    }
}
