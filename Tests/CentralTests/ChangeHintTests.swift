import Testing

@testable import Central

@Suite struct ChangeHintTests {
    private let start = ContinuousClock.now

    @Test func `everybody who waits is answered when the version changes`() async {
        let hints = ChangeHints(current: 7)
        let answers = await withTaskGroup(of: UInt64.self) { group in
            for _ in 0..<50 { group.addTask { await hints.version(after: 7, until: start + .seconds(60)) } }
            await hints.hold(50)
            await hints.publish(7, at: start)
            await hints.publish(8, at: start)
            return await group.reduce(into: [UInt64]()) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 8, count: 50))
        #expect(await hints.waitingCount == 0)
    }

    @Test func `who waits in vain is answered when the time is over, and not before`() async {
        let hints = ChangeHints(current: 7)
        async let early = hints.version(after: 7, until: start + .seconds(1))
        async let late = hints.version(after: 7, until: start + .seconds(9))
        await hints.hold(2)
        await hints.publish(7, at: start + .seconds(2))
        #expect(await early == 7)
        #expect(await hints.waitingCount == 1)
        await hints.publish(7, at: start + .seconds(9))
        #expect(await late == 7)
    }

    @Test func `who goes away is forgotten`() async {
        let hints = ChangeHints(current: 7)
        let task = Task { await hints.version(after: 7, until: start + .seconds(60)) }
        await hints.hold(1)
        task.cancel()
        #expect(await task.value == 7)
        #expect(await hints.waitingCount == 0)
    }
}

extension ChangeHints {
    /// Returns once so many wait.
    fileprivate func hold(_ count: Int) async { while waitingCount < count { await Task.yield() } }
}
