import GateModel
import Testing

@Suite struct FreshnessTests {
    @Test func `a list is fresh for six hours and expires after a day`() {
        let expected: [Int64: Freshness] = [
            0: .fresh, 21_599: .fresh, 21_600: .stale, 86_399: .stale, 86_400: .expired, .max: .expired,
        ]
        for (age, freshness) in expected { #expect(Freshness(ageSeconds: age) == freshness) }
    }

    @Test func `a list from the future is stale, but for a small difference of clocks`() {
        #expect(Freshness(ageSeconds: -300) == .fresh)
        #expect(Freshness(ageSeconds: -301) == .stale)
        #expect(Freshness(ageSeconds: .min) == .stale)
    }

    @Test func `a site may choose other limits in the same order`() throws {
        let limits = try #require(FreshnessLimits(stale: 60, expired: 120))
        #expect(Freshness(ageSeconds: 60, limits: limits) == .stale)
        #expect(Freshness(ageSeconds: 120, limits: limits) == .expired)
        #expect(FreshnessLimits(stale: 120, expired: 120) == nil)
        #expect(FreshnessLimits(stale: 0, expired: 120) == nil)
    }
}
