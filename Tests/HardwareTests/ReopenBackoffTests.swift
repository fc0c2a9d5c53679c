import Hardware
import Testing

struct ReopenBackoffTests {
    @Test func `waits double from the shortest to the longest and stay there`() {
        var backoff = ReopenBackoff()
        let waits = (0..<8).map { _ in backoff.delay(jitter: 0) }
        #expect(waits == [250, 500, 1000, 2000, 4000, 5000, 5000, 5000].map { .milliseconds($0) })
    }

    @Test func `a success makes the next wait short again`() {
        var backoff = ReopenBackoff()
        for _ in 0..<5 { _ = backoff.delay(jitter: 0) }
        backoff.reset()
        #expect(backoff.delay(jitter: 0) == ReopenBackoff.shortest)
    }

    @Test(arguments: [-1, 0, 0.3, 1, 7, .nan, .infinity])
    func `jitter takes off at most a quarter`(jitter: Double) {
        var backoff = ReopenBackoff()
        for _ in 0..<10 {
            var without = backoff
            let whole = without.delay(jitter: 0)
            let wait = backoff.delay(jitter: jitter)
            #expect(wait <= whole)
            #expect(wait >= whole * 3 / 4)
        }
    }
}
