import GateModel
import Lanes
import Testing

/// One grant, one command, one passage.
@Suite struct TurnstileGrantTests {
    private let grant = Grant.entry(1)
    private let second = Grant.entry(2)
    private let leaving = Grant.leaving(3)

    @Test func `a grant is one pulse in its direction, before anything is written`() throws {
        var lane = try Turnstile()
        #expect(lane.tell(.grant(grant)) == [.drive(.unlockIn, active: true), .step(.released(grant))])
        #expect(lane.machine.outputs == [.unlockIn: true, .unlockOut: false])
        #expect(lane.wait(299) == [])
        #expect(lane.wait(1) == [.drive(.unlockIn, active: false)])
        #expect(lane.machine.isReleased)
        #expect(
            lane.machine.state
                == LaneState(lock: .released, contact: .closed, alarm: .normal, tamper: .normal, fire: .none))
    }

    @Test func `the person has passed when the contact lets go`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        #expect(lane.move(.passageIn, active: true) == [])
        #expect(lane.machine.state.contact == .open)
        #expect(!lane.machine.isReleased)
        #expect(lane.wait(2000) == [])
        #expect(lane.tell(.sensor(.passageIn, active: false)) == [])
        #expect(lane.wait(20) == [.step(.passed(grant))])
        #expect(lane.machine.state.contact == .closed)
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `principle 16: released but nobody passed is a fact too`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        #expect(lane.wait(6999) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(1) == [.step(.notPassed(grant))])
        #expect(!lane.machine.isReleased)
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `without a feedback line nobody can tell whether the person passed`() throws {
        var lane = try Turnstile(sensors: [.passageOut])
        _ = lane.tell(.grant(grant))
        #expect(lane.pass(.passageIn) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(7000) == [.step(.unobserved(grant))])
    }

    @Test func `a held command ends when the passage starts`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.grant(grant))
        #expect(lane.wait(3000) == [])
        #expect(lane.move(.passageIn, active: true) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(1000) == [])
        #expect(lane.move(.passageIn, active: false) == [.step(.passed(grant))])
    }

    @Test func `a held command ends when its time is over`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.grant(grant))
        #expect(lane.wait(6999) == [])
        #expect(lane.wait(1) == [.step(.notPassed(grant)), .drive(.unlockIn, active: false)])
    }

    @Test func `the second grant is commanded when the first has passed`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        #expect(lane.tell(.grant(second)) == [])
        #expect(lane.wait(1000) == [.drive(.unlockIn, active: false)])
        #expect(
            lane.pass(.passageIn)
                == [.drive(.unlockIn, active: true), .step(.passed(grant)), .step(.released(second))])
    }

    @Test func `the second grant is commanded when the time of the first is over`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(3000)
        _ = lane.tell(.grant(second))
        #expect(
            lane.wait(4000)
                == [.drive(.unlockIn, active: true), .step(.notPassed(grant)), .step(.released(second))])
        #expect(lane.wait(7000) == [.drive(.unlockIn, active: false), .step(.notPassed(second))])
    }

    @Test func `a grant that waited too long ends without having been released`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(.entry(1, releaseTime: .seconds(20))))
        _ = lane.tell(.grant(second))
        #expect(lane.wait(6999) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(1) == [.step(.notPassed(second))])
    }

    @Test func `two pulses have a rest between them that the board sees`() throws {
        var lane = try Turnstile(command: .pulse(.seconds(1)))
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        #expect(lane.pass(.passageIn) == [.step(.passed(grant))])
        #expect(lane.wait(450) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(99) == [])
        #expect(lane.wait(1) == [.drive(.unlockIn, active: true), .step(.released(second))])
    }

    @Test func `more entries than can wait end the one that waited longest`() throws {
        var lane = try Turnstile()
        for number in 1...17 { _ = lane.tell(.grant(.entry(UInt64(number)))) }
        #expect(lane.tell(.grant(.entry(18))) == [.step(.notPassed(.entry(2)))])
        #expect(lane.tell(.grant(.entry(19))) == [.step(.notPassed(.entry(3)))])
        #expect(lane.machine.abandon().count == 17)
    }

    @Test func `a grant may have its own time, within what is possible`() throws {
        for (asked, lasts) in [(Duration.seconds(20), 20_000), (.zero, 1000), (.seconds(Int64.max), 60_000)] {
            var lane = try Turnstile()
            _ = lane.tell(.grant(.entry(1, releaseTime: asked)))
            #expect(lane.wait(lasts - 1) == [.drive(.unlockIn, active: false)])
            #expect(lane.wait(1) == [.step(.notPassed(.entry(1, releaseTime: asked)))])
        }
    }

    @Test func `entries wait while the turnstile is not ready`() throws {
        var lane = try Turnstile()
        _ = lane.move(.ready, active: false)
        #expect(lane.tell(.grant(grant)) == [])
        #expect(lane.wait(3000) == [])
        #expect(lane.move(.ready, active: true) == [.drive(.unlockIn, active: true), .step(.released(grant))])
        _ = lane.pass(.passageIn)
        _ = lane.move(.ready, active: false)
        _ = lane.tell(.grant(second))
        #expect(lane.wait(7000) == [.step(.notPassed(second))])
    }

    @Test func `a READY line that was lost holds up nobody`() throws {
        var lane = try Turnstile()
        _ = lane.move(.ready, active: false)
        #expect(lane.tell(.grant(grant)) == [])
        #expect(
            lane.tell(.sensorLost(.ready)) == [.drive(.unlockIn, active: true), .step(.released(grant))])
        #expect(lane.machine.state.contact == .unknown)
    }

    @Test func `principle 10: entry locked ends an entry at once and lets everybody leave`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        #expect(
            lane.tell(.mode(.entryLocked))
                == [.step(.notPassed(grant)), .step(.notPassed(second)), .drive(.unlockIn, active: false)])
        #expect(lane.tell(.grant(.entry(4))) == [.step(.notPassed(.entry(4)))])
        #expect(lane.tell(.grant(leaving)) == [.drive(.unlockOut, active: true), .step(.released(leaving))])
        #expect(lane.machine.state.mode == .entryLocked)
        _ = lane.pass(.passageOut)
        #expect(lane.press().prefix(2) == [.drive(.unlockOut, active: true), .countExitButton])
    }

    @Test func `a passage that has begun is not undone by entry locked`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.move(.passageIn, active: true)
        #expect(lane.tell(.mode(.entryLocked)) == [])
        #expect(lane.move(.passageIn, active: false) == [.step(.passed(grant))])
    }

    @Test func `an unlocked lane holds both outputs, and passages are facts for grants alone`() throws {
        var lane = try Turnstile()
        #expect(
            lane.tell(.mode(.unlocked)) == [.drive(.unlockOut, active: true), .drive(.unlockIn, active: true)])
        #expect(lane.pass(.passageIn) == [])
        #expect(lane.pass(.passageOut) == [])
        #expect(lane.tell(.grant(grant)) == [.step(.released(grant))])
        #expect(lane.tell(.grant(second)) == [.step(.released(second))])
        #expect(lane.tell(.grant(leaving)) == [.step(.released(leaving))])
        #expect(lane.pass(.passageIn) == [.step(.passed(grant))])
        #expect(lane.wait(7000) == [.step(.unobserved(second)), .step(.unobserved(leaving))])
        #expect(
            lane.tell(.mode(.controlled))
                == [.drive(.unlockIn, active: false), .drive(.unlockOut, active: false)])
    }

    @Test func `who waits when the lane is unlocked is let through at once`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        #expect(lane.tell(.mode(.unlocked)).last == .step(.released(second)))
        _ = lane.wait(1000)
        #expect(lane.tell(.mode(.controlled)).prefix(2) == [.step(.unobserved(grant)), .step(.unobserved(second))])
    }

    @Test func `principle 3: an orderly stop drives both outputs safe and gives every grant back`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        #expect(lane.tell(.stop) == [.driveSafe])
        #expect(lane.machine.abandon() == [grant, second])
        #expect(lane.machine.abandon() == [])
        #expect(lane.tell(.grant(leaving)) == [])
        #expect(lane.tell(.stop) == [])
        #expect(lane.pass(.passageIn) == [])
        #expect(lane.wait(60_000) == [])

        var unlocked = try Turnstile()
        _ = unlocked.tell(.mode(.unlocked))
        #expect(unlocked.tell(.stop) == [.driveSafe])
        #expect(!unlocked.machine.isReleased)
    }

    @Test func `a grant that somebody gave up waiting for has no more facts`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        #expect(lane.machine.abandon() == [grant])
        _ = lane.wait(1000)
        #expect(lane.pass(.passageIn) == [])
    }

    @Test func `principle 18: a clock that goes back or leaps stops nothing`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        let past = MonotonicTime(nanoseconds: 0)
        #expect(lane.machine.handle(.timer, at: past) == [])
        let end = MonotonicTime(nanoseconds: .max)
        #expect(
            lane.machine.handle(.timer, at: end) == [.step(.notPassed(grant)), .drive(.unlockIn, active: false)])
        #expect(lane.machine.handle(.exitButton(pressed: true), at: end).first == .drive(.unlockOut, active: true))
        #expect(lane.machine.handle(.fire(active: true), at: past).contains(.changed(.fire)))
        #expect(lane.machine.isReleased)
    }

    @Test func `a late timer does what was due in its order`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.tell(.grant(second))
        _ = lane.tell(.sensor(.passageIn, active: true))
        lane.sleep(6500)
        // The passage began in time, the second grant has its own time from now on.
        #expect(
            lane.tell(.sensor(.passageIn, active: false))
                == [.drive(.unlockIn, active: true), .step(.released(second))])
        #expect(lane.wait(20) == [.step(.passed(grant))])
        #expect(lane.wait(6979) == [.drive(.unlockIn, active: false)])
        #expect(lane.wait(1) == [.step(.unobserved(second))])
    }
}
