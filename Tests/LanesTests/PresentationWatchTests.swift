import GateModel
import Lanes
import Testing

/// Holds the value, so that it may be changed inside an expectation.
private final class Watch {
    private(set) var value: PresentationWatch

    init(direction: Direction) { value = PresentationWatch(direction: direction) }

    func verdict(
        for subject: SubjectToken?, at now: MonotonicTime, laneIsReleased: Bool,
        by reader: ReaderID = ReaderID(rawValue: "one")
    ) -> PresentationWatch.Verdict {
        value.verdict(for: subject, at: reader, now, laneIsReleased: laneIsReleased)
    }

    func ended(
        _ outcome: Outcome, at now: MonotonicTime, wasReadable: Bool = true,
        by reader: ReaderID = ReaderID(rawValue: "one")
    ) -> Bool {
        value.ended(outcome, at: reader, now, wasReadable: wasReadable)
    }

    func expectAgain() { value.expectAgain() }
}

@Suite struct PresentationWatchTests {
    private let one = SubjectToken(rawValue: 1)
    private let two = SubjectToken(rawValue: 2)

    private func at(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func `what is held before a reader is one presentation, however long`() {
        let watch = Watch(direction: .entry)
        #expect(watch.verdict(for: one, at: at(0), laneIsReleased: false) == .new)
        for time in stride(from: UInt64(500), through: 60_000, by: 500) {
            #expect(watch.verdict(for: one, at: at(time), laneIsReleased: false) == .repeated)
        }
        #expect(watch.verdict(for: one, at: at(62_999), laneIsReleased: false) == .repeated)
        #expect(watch.verdict(for: one, at: at(65_999), laneIsReleased: false) == .new, "three seconds later")
    }

    @Test func `another person in between is a presentation of their own, and so is the first again`() {
        let watch = Watch(direction: .entry)
        for subject in [one, two, one, two] {
            #expect(watch.verdict(for: subject, at: at(10), laneIsReleased: false) == .new)
        }
    }

    @Test func `what cannot be read is never a repetition`() {
        let watch = Watch(direction: .entry)
        for _ in 0..<3 { #expect(watch.verdict(for: nil, at: at(10), laneIsReleased: false) == .new) }
    }

    @Test func `who is asked to present it again may do so at once`() {
        let watch = Watch(direction: .entry)
        #expect(watch.verdict(for: one, at: at(0), laneIsReleased: false) == .new)
        _ = watch.ended(.retry, at: at(0))
        #expect(watch.verdict(for: one, at: at(500), laneIsReleased: false) == .new)
        _ = watch.ended(.refer, at: at(500))
        #expect(watch.verdict(for: one, at: at(1000), laneIsReleased: false) == .repeated)
    }

    @Test func `who is expected again is no repetition`() {
        let watch = Watch(direction: .entry)
        #expect(watch.verdict(for: one, at: at(0), laneIsReleased: false) == .new)
        _ = watch.ended(.refer, at: at(0))
        watch.expectAgain()
        #expect(watch.verdict(for: one, at: at(10), laneIsReleased: false) == .new)
        #expect(watch.verdict(for: one, at: at(20), laneIsReleased: false) == .repeated)
    }

    @Test func `principle 1: at an exit that has locked again nobody waits for a window to end`() {
        let watch = Watch(direction: .exit)
        #expect(watch.verdict(for: one, at: at(0), laneIsReleased: false) == .new)
        #expect(watch.verdict(for: one, at: at(1000), laneIsReleased: true) == .repeated)
        #expect(watch.verdict(for: one, at: at(1500), laneIsReleased: false) == .new)
    }

    @Test func `principle 1: who stands at an exit keeps it open, however often the code is shown`() {
        let watch = Watch(direction: .exit)
        var granted: [UInt64] = []
        for time in stride(from: UInt64(0), through: 10_000, by: 200) {
            if watch.verdict(for: one, at: at(time), laneIsReleased: true) == .new { granted.append(time) }
        }
        // The lane stays released for 5 s after each.
        #expect(granted == [0, 2600, 5200, 7800])
    }

    @Test func `a reader that sends noise slows nobody but itself`() {
        let watch = Watch(direction: .entry)
        let (noisy, good) = (ReaderID(rawValue: "noisy"), ReaderID(rawValue: "good"))
        for time in UInt64(0)..<10 {
            _ = watch.verdict(for: nil, at: at(time), laneIsReleased: false, by: noisy)
            _ = watch.ended(.retry, at: at(time), wasReadable: false, by: noisy)
        }
        #expect(watch.verdict(for: nil, at: at(20), laneIsReleased: false, by: noisy) == .tooSoon)
        #expect(watch.verdict(for: nil, at: at(20), laneIsReleased: false, by: good) == .new)
        #expect(watch.verdict(for: one, at: at(20), laneIsReleased: false, by: good) == .new)
        #expect(watch.verdict(for: two, at: at(20), laneIsReleased: false, by: noisy) == .new, "it was read well")
    }

    @Test func `principle 9: a token is forgotten when its window ends`() {
        var watch = PresentationWatch(direction: .entry)
        _ = watch.verdict(
            for: SubjectToken(rawValue: 0xFEED_FACE), at: ReaderID(rawValue: "one"), at(0), laneIsReleased: false)
        #expect("\(watch)".contains("feedface"))
        watch.forget(at: at(3000))
        #expect(!"\(watch)".contains("feedface"))
    }

    @Test func `five failures within a minute are told once, and slow an entry down`() {
        let watch = Watch(direction: .entry)
        var told: [Bool] = []
        for time in stride(from: UInt64(0), to: 5000, by: 1000) {
            #expect(watch.verdict(for: nil, at: at(time), laneIsReleased: false) == .new)
            told.append(watch.ended(time.isMultiple(of: 2000) ? .retry : .refer, at: at(time)))
        }
        #expect(told == [false, false, false, false, true])
        #expect(watch.verdict(for: two, at: at(6999), laneIsReleased: false) == .tooSoon)
        #expect(watch.verdict(for: two, at: at(7000), laneIsReleased: false) == .new)
        #expect(watch.ended(.retry, at: at(7000)) == false, "it is not told again")
        #expect(watch.verdict(for: nil, at: at(9999), laneIsReleased: false) == .tooSoon)
        // A minute after the second failure that still counts only four are left.
        #expect(watch.verdict(for: nil, at: at(61_000), laneIsReleased: false) == .new)
        for time in [UInt64(61_000), 61_001] { #expect(watch.ended(.retry, at: at(time)) == (time == 61_000)) }
    }

    @Test func `principle 1: an exit is never slowed down, and its failures are told all the same`() {
        let watch = Watch(direction: .exit)
        var told = 0
        for time in UInt64(0)..<20 {
            #expect(watch.verdict(for: nil, at: at(time), laneIsReleased: false) == .new)
            if watch.ended(.retry, at: at(time)) { told += 1 }
        }
        #expect(told == 1)
    }

    @Test func `who is admitted is no failure`() {
        let watch = Watch(direction: .entry)
        for time in UInt64(0)..<20 { #expect(!watch.ended(.admit, at: at(time))) }
    }
}
