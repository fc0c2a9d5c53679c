import EventStream
import GateModel
import Ledger
import Testing

@Suite struct CountTests {
    let scratch: Scratch
    let ledger: Ledger
    let admitted = Tally(.admitted, accessPoint: northIn, direction: .entry)
    let passed = Tally(.passed, accessPoint: northIn, direction: .entry)
    let left = Tally(.exitButton, accessPoint: northOut, direction: .exit)
    let quarter = wall(0).startOfQuarter

    init() throws {
        scratch = try Scratch()
        ledger = try scratch.open()
    }

    private func counted() async throws -> [Counted] {
        try await ledger.allEvents().compactMap { if case .counted(let counted) = $0.fact { counted } else { nil } }
    }

    @Test func `a finished quarter becomes one event for each access point and direction`() async throws {
        try await ledger.count([admitted, passed, admitted], quarter: quarter)
        try await ledger.count([admitted, left], quarter: quarter.advanced(bySeconds: 899))
        #expect(try await ledger.closeQuarters(before: quarter.advanced(bySeconds: 900), at: stamp(900)) == 2)
        #expect(
            try await counted() == [
                Counted(
                    accessPoint: northIn, direction: .entry, quarter: quarter, counts: [.admitted: 3, .passed: 1]),
                Counted(accessPoint: northOut, direction: .exit, quarter: quarter, counts: [.exitButton: 1]),
            ])
        #expect(try await ledger.verify() == 2)
    }

    @Test func `a quarter is closed once, and the one that runs stays open`() async throws {
        try await ledger.count([admitted], quarter: quarter)
        try await ledger.count([admitted], quarter: quarter.advanced(bySeconds: 900))
        let now = quarter.advanced(bySeconds: 1_000)
        #expect(try await ledger.closeQuarters(before: now, at: stamp(0)) == 1)
        #expect(try await ledger.closeQuarters(before: now, at: stamp(0)) == 0)
        #expect(try await counted().map(\.quarter) == [quarter])
    }

    @Test func `a quarter counted while the clock was ahead is closed too`() async throws {
        try await ledger.count([admitted], quarter: quarter.advanced(bySeconds: 400 * day))
        #expect(try await ledger.closeQuarters(before: quarter, at: stamp(0)) == 1)
    }

    @Test func `counts survive the end of the daemon`() async throws {
        try await ledger.count([admitted], quarter: quarter)
        let copy = try scratch.copy()
        let reopened = try copy.open()
        #expect(try await reopened.closeQuarters(before: quarter.advanced(bySeconds: 900), at: stamp(0)) == 1)
    }
}
