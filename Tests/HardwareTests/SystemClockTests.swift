import GateModel
import Hardware
import Testing

struct SystemClockTests {
    @Test func `monotonic time never goes back`() {
        let clock = SystemClock()
        var last = clock.monotonic
        for _ in 0..<1000 {
            let now = clock.now().monotonic
            #expect(now >= last)
            last = now
        }
    }

    @Test func `the run of the kernel has one name`() throws {
        let name = try #require(SystemClock.bootID())
        #expect(name.count == 36)
        #expect(SystemClock.bootID() == name)
    }
}
