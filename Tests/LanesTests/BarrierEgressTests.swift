import GateModel
import Lanes
import Testing

/// The exit button, grants to leave and the fire input of a barrier.
@Suite struct BarrierEgressTests {
    private let grant = Grant.entry(1)

    /// A barrier that has just been commanded to close.
    private func closing(pulse: Duration = .milliseconds(500)) throws -> Barrier {
        var barrier = try Barrier(pulse: pulse)
        _ = barrier.admit(grant)
        _ = barrier.wait(20_000)
        #expect(barrier.closes)
        return barrier
    }

    @Test func `principle 1: the exit button opens at once and is counted, not identified`() throws {
        var barrier = try Barrier()
        #expect(barrier.tell(.exitButton(pressed: true)) == [.startOpening, .countExitButton])
        _ = barrier.wait(100)
        _ = barrier.tell(.exitButton(pressed: false))
        #expect(barrier.boom(open: true) == [.endOpening])
        #expect(barrier.vehicle() == [])
        #expect(barrier.wait(2000) == [.startClosing])
    }

    @Test func `a button that nobody uses closes after the entry time`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.exitButton(pressed: true))
        _ = barrier.tell(.exitButton(pressed: false))
        _ = barrier.boom(open: true)
        #expect(barrier.wait(19_999) == [])
        #expect(barrier.wait(1) == [.startClosing])
    }

    @Test func `a button held pressed holds the boom open for everybody`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.exitButton(pressed: true))
        _ = barrier.boom(open: true)
        for _ in 1...3 { #expect(barrier.vehicle() == []) }
        #expect(barrier.wait(3_600_000) == [])
        #expect(barrier.opens)
        _ = barrier.tell(.exitButton(pressed: false))
        #expect(barrier.wait(20) == [.endOpening])
        #expect(barrier.wait(19_999) == [])
        #expect(barrier.wait(1) == [.startClosing])
    }

    @Test func `principle 1: someone who enters does not use up the release of someone who leaves`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.tell(.exitButton(pressed: true))
        _ = barrier.tell(.exitButton(pressed: false))
        _ = barrier.wait(1000)
        #expect(barrier.vehicle() == [.step(.passed(grant))])
        #expect(barrier.wait(10_000) == [])
        #expect(barrier.vehicle() == [])
        #expect(barrier.wait(2000) == [.startClosing])
    }

    @Test func `principle 1: a closing boom is reversed by the button after the gap alone`() throws {
        var barrier = try closing()
        _ = barrier.wait(100)
        #expect(barrier.tell(.exitButton(pressed: true)) == [.endClosing, .countExitButton])
        #expect(barrier.machine.isReleased)
        #expect(barrier.wait(499) == [])
        #expect(barrier.wait(1) == [.startOpening])
        _ = barrier.tell(.exitButton(pressed: false))
        #expect(barrier.wait(500) == [.endOpening])
    }

    @Test func `principle 1: a closing boom is reversed by a grant to leave`() throws {
        var barrier = try closing()
        let exit = Barrier.exit(2)
        #expect(barrier.tell(.grant(exit)) == [.endClosing, .step(.released(exit))])
        #expect(barrier.wait(500) == [.startOpening])
        #expect(barrier.wait(500) == [.endOpening])
    }

    @Test func `a boom that comes down when the command is over opens at once`() throws {
        var barrier = try closing()
        _ = barrier.wait(1000)
        #expect(barrier.tell(.exitButton(pressed: true)) == [.startOpening, .countExitButton])
    }

    @Test func `principle 1: a press whose time has come is not lost with a late timer`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        // The first pulse is overdue when the button is pressed: it goes on.
        #expect(barrier.late(800, .exitButton(pressed: true)) == [.countExitButton])
        #expect(barrier.opens)
        _ = barrier.tell(.exitButton(pressed: false))
        #expect(barrier.wait(499) == [])
        #expect(barrier.wait(1) == [.endOpening])
    }

    @Test func `principle 1: exit button and grants to leave work in every state there is`() throws {
        let before: [[LaneInput]] = [
            [], [.grant(grant)], [.grant(grant), .sensor(.safetyLoop, active: true)], [.fire(active: true)],
            [.fire(active: true), .fire(active: false), .fireReset], [.mode(.entryLocked)], [.mode(.unlocked)],
            [.mode(.unlocked), .mode(.controlled)], [.sensor(.ready, active: false)], [.sensor(.tamper, active: true)],
            [.sensorLost(.safetyLoop), .sensorLost(.closedLimit), .sensorLost(.ready)],
            [.sensor(.closedLimit, active: false)],
        ]
        for inputs in before {
            for input in [LaneInput.exitButton(pressed: true), .grant(Barrier.exit(9))] {
                for closes in [true, false] {
                    var barrier = try Barrier(closes: closes)
                    for input in inputs {
                        _ = barrier.tell(input)
                        _ = barrier.wait(50)
                    }
                    _ = barrier.tell(input)
                    #expect(barrier.machine.isReleased)
                    if !barrier.opens { _ = barrier.wait(500) }
                    #expect(barrier.opens, "\(inputs)")
                }
            }
        }
        var stopped = try Barrier()
        _ = stopped.tell(.stop)
        #expect(stopped.tell(.exitButton(pressed: true)) == [.startOpening, .countExitButton])
        _ = stopped.tell(.exitButton(pressed: false))
        #expect(stopped.wait(10_000) == [.driveSafe])
    }

    @Test func `a button found pressed at start opens`() throws {
        var barrier = try Barrier(isRead: false)
        #expect(barrier.tell(.exitButton(pressed: true)).first == .startOpening)
        var resting = try Barrier(isRead: false)
        #expect(resting.tell(.exitButton(pressed: false)) == [])
        #expect(!resting.machine.isReleased)
    }

    @Test func `a bouncing button is one press`() throws {
        var barrier = try Barrier()
        var actions: [LaneAction] = []
        for pressed in [true, false, true, false, true, false] {
            actions += barrier.tell(.exitButton(pressed: pressed))
            actions += barrier.wait(3)
        }
        #expect(actions == [.startOpening, .countExitButton])
    }

    // MARK: Fire

    @Test func `principle 2: fire opens at once and holds until it is reset`() throws {
        var barrier = try Barrier()
        #expect(barrier.tell(.fire(active: true)) == [.startOpening, .changed(.fire)])
        #expect(barrier.boom(open: true) == [])
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.tell(.fireReset) == [])
        #expect(barrier.tell(.fire(active: false)) == [])
        #expect(barrier.machine.state.fire == .latched)
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.opens)
        #expect(barrier.tell(.fireReset) == [.changed(.fireReset), .endOpening])
        #expect(barrier.wait(499) == [])
        #expect(barrier.wait(1) == [.startClosing])
    }

    @Test func `principle 2: fire waits for no gap`() throws {
        var barrier = try closing()
        #expect(barrier.tell(.fire(active: true)) == [.endClosing, .startOpening, .changed(.fire)])

        var reversing = try closing()
        _ = reversing.tell(.exitButton(pressed: true))
        #expect(!reversing.opens)
        #expect(reversing.tell(.fire(active: true)) == [.startOpening, .changed(.fire)])
    }

    @Test func `in a fire vehicles are written, nothing is an alarm and nothing closes`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.closedLimit, false)
        #expect(
            barrier.tell(.fire(active: true)) == [.startOpening, .changed(.forcedOpenEnded), .changed(.fire)])
        _ = barrier.set(.openLimit, true)
        #expect(barrier.vehicle() == [.changed(.passageInFire)])
        #expect(barrier.tell(.grant(grant)) == [.step(.released(grant))])
        #expect(barrier.vehicle() == [.step(.passed(grant)), .changed(.passageInFire)])
        #expect(barrier.boom(open: false) == [])
        #expect(barrier.set(.closedLimit, false) == [])
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.opens)
    }

    @Test func `a boom that does not open in a fire is told`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.fire(active: true))
        #expect(barrier.wait(10_000) == [.changed(.fault)])
    }

    @Test func `a vehicle that stands under the boom at the reset is waited for`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.fire(active: true))
        _ = barrier.boom(open: true)
        _ = barrier.set(.safetyLoop, true)
        _ = barrier.tell(.fire(active: false))
        #expect(barrier.tell(.fireReset) == [.changed(.fireReset), .endOpening])
        #expect(barrier.wait(60_000) == [])
        #expect(barrier.set(.safetyLoop, false) == [.changed(.passageInFire)])
        #expect(barrier.wait(2000) == [.startClosing])
    }

    @Test func `principle 2: a stop in a fire does not let go`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.fire(active: true))
        #expect(barrier.tell(.stop) == [])
        _ = barrier.tell(.fire(active: false))
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.opens)
        #expect(barrier.tell(.fireReset) == [.changed(.fireReset), .driveSafe])
        #expect(barrier.wait(600_000) == [])
    }

    @Test func `principle 1: a stop waits for the finger on the button and for the whole command`() throws {
        var barrier = try closing()
        _ = barrier.tell(.exitButton(pressed: true))
        _ = barrier.tell(.exitButton(pressed: false))
        #expect(barrier.tell(.stop) == [])
        #expect(barrier.wait(500) == [.startOpening])
        #expect(barrier.wait(500) == [.driveSafe])

        var entering = try Barrier()
        _ = entering.tell(.grant(grant))
        #expect(entering.tell(.stop) == [.driveSafe])
    }

    @Test func `principle 18: a clock that goes back or leaps stops nothing`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        let past = MonotonicTime(nanoseconds: 0)
        #expect(barrier.machine.handle(.timer, at: past) == [])
        #expect(barrier.machine.handle(.exitButton(pressed: true), at: past) == [.countExitButton])
        _ = barrier.machine.handle(.exitButton(pressed: false), at: past)
        let end = MonotonicTime(nanoseconds: .max)
        _ = barrier.machine.handle(.timer, at: end)
        _ = barrier.machine.handle(.fire(active: true), at: past)
        #expect(barrier.opens)
        #expect(barrier.machine.isReleased)
    }
}
