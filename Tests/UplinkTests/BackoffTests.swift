import GateModel
import Synchronization
import TestSupport
import Testing

@testable import Uplink

@Suite struct BackoffTests {
    @Test func `each wait lies between zero and a ceiling that doubles up to the cap`() {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var backoff = Backoff(base: .milliseconds(500), cap: .seconds(60))
            var ceiling = Duration.milliseconds(500)
            for _ in 0..<20 {
                #expect(backoff.ceiling == ceiling)
                let wait = backoff.fail(using: &generator)
                #expect(wait >= .zero && wait <= ceiling)
                ceiling = min(ceiling * 2, .seconds(60))
            }
        }
    }

    @Test func `the waits are spread over the whole range`() {
        var generator = SeededGenerator(seed: 1)
        var tenths = [Int](repeating: 0, count: 10)
        for _ in 0..<5000 {
            var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
            let wait = backoff.fail(using: &generator)
            tenths[min(9, Int(wait / .milliseconds(100)))] += 1
        }
        #expect(tenths.allSatisfy { (350...650).contains($0) }, "\(tenths)")
    }

    @Test func `a success begins anew, and years of failures do no harm`() {
        var generator = SeededGenerator(seed: 2)
        var backoff = Backoff()
        for _ in 0..<10_000 { _ = backoff.fail(using: &generator) }
        #expect(backoff.ceiling == .seconds(60))
        backoff.succeed()
        #expect(backoff.ceiling == .milliseconds(500))
    }

    @Test func `a base of zero and one above the cap are bounded`() {
        var generator = SeededGenerator(seed: 3)
        var none = Backoff(base: .zero, cap: .seconds(1))
        for _ in 0..<100 { #expect(none.fail(using: &generator) <= .nanoseconds(1)) }
        var high = Backoff(base: .seconds(9), cap: .seconds(1))
        for _ in 0..<100 { #expect(high.fail(using: &generator) <= .seconds(1)) }
    }
}

@Suite struct UplinkHealthTests {
    @Test func `only a change is told`() {
        let told = Mutex<[String]>([])
        let health = UplinkHealth { text in told.withLock { $0.append(text) } }
        #expect(!health.current.reachable)
        for _ in 0..<3 { health.failed("refused") }
        for second in 1...3 as ClosedRange<UInt64> { health.succeeded(at: MonotonicTime(nanoseconds: second)) }
        #expect(
            health.current
                == UplinkHealth.State(reachable: true, lastSuccess: MonotonicTime(nanoseconds: 3), lastError: nil))
        for _ in 0..<3 { health.failed("reset") }
        #expect(health.current.lastSuccess == MonotonicTime(nanoseconds: 3))
        let texts = told.withLock { $0 }
        #expect(
            texts == [
                "the central service cannot be used: refused", "the central service answers",
                "the central service cannot be used: reset",
            ])
    }
}
