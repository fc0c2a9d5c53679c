import GateModel
import Lanes
import Testing

/// Exit button, exits and fire.
@Suite struct TurnstileEgressTests {
    @Test func `principle 10: whom a person lets in enters at any hour`() throws {
        var turnstile = try Turnstile()
        _ = turnstile.tell(.mode(.entryLocked))
        let guest = Grant(crossing: CrossingID(rawValue: 1), direction: .entry, isByPerson: true)
        #expect(turnstile.tell(.grant(guest)).contains(.drive(.unlockIn, active: true)))
        #expect(turnstile.pass(.passageIn).contains(.step(.passed(guest))))
    }

    private let grant = Grant.entry(1)
    private let leaving = Grant.leaving(2)

    @Test func `principle 1: the exit button is a pulse at once, counted and not identified`() throws {
        var lane = try Turnstile()
        #expect(lane.tell(.exitButton(pressed: true)) == [.drive(.unlockOut, active: true), .countExitButton])
        _ = lane.wait(100)
        #expect(lane.tell(.exitButton(pressed: false)) == [])
        #expect(lane.wait(1000) == [.drive(.unlockOut, active: false)])
        #expect(lane.pass(.passageOut) == [])
        #expect(!lane.machine.isReleased)
    }

    @Test func `a bouncing button is one press`() throws {
        var lane = try Turnstile()
        var actions: [LaneAction] = []
        for pressed in [true, false, true, false, true, false] {
            actions += lane.tell(.exitButton(pressed: pressed)) + lane.wait(3)
        }
        actions += lane.wait(1000)
        #expect(
            actions
                == [.drive(.unlockOut, active: true), .countExitButton, .drive(.unlockOut, active: false)])
    }

    @Test func `principle 1: who leaves takes back the command of who enters`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        #expect(
            lane.tell(.grant(leaving))
                == [
                    .drive(.unlockOut, active: true), .step(.released(leaving)), .step(.notPassed(grant)),
                    .drive(.unlockIn, active: false),
                ])
        var other = try Turnstile(command: .level)
        _ = other.tell(.grant(grant))
        #expect(
            other.tell(.exitButton(pressed: true))
                == [
                    .drive(.unlockOut, active: true), .countExitButton, .step(.notPassed(grant)),
                    .drive(.unlockIn, active: false),
                ])
    }

    @Test func `who has begun to enter is not undone by who leaves`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.grant(grant))
        _ = lane.move(.passageIn, active: true)
        #expect(lane.tell(.grant(leaving)) == [.drive(.unlockOut, active: true), .step(.released(leaving))])
        #expect(lane.move(.passageIn, active: false) == [.step(.passed(grant))])
        #expect(lane.pass(.passageOut) == [.drive(.unlockOut, active: false), .step(.passed(leaving))])
    }

    @Test func `a passage that is about to be believed keeps its leave when somebody leaves`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.tell(.sensor(.passageIn, active: true))
        #expect(lane.tell(.grant(leaving)) == [.drive(.unlockOut, active: true), .step(.released(leaving))])
        #expect(lane.wait(290) == [])
        #expect(lane.move(.passageIn, active: false) == [.drive(.unlockOut, active: false), .step(.passed(grant))])

        var bounced = try Turnstile()
        _ = bounced.tell(.grant(grant))
        _ = bounced.wait(1000)
        _ = bounced.tell(.sensor(.passageIn, active: true))
        _ = bounced.tell(.grant(leaving))
        #expect(bounced.tell(.sensor(.passageIn, active: false)) == [.step(.notPassed(grant))])
    }

    @Test func `an entry waits until nobody leaves`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(leaving))
        #expect(lane.tell(.grant(grant)) == [])
        _ = lane.wait(1000)
        #expect(lane.move(.passageOut, active: true) == [])
        #expect(
            lane.move(.passageOut, active: false)
                == [.drive(.unlockIn, active: true), .step(.passed(leaving)), .step(.released(grant))])
    }

    @Test func `principle 1: an exit does not wait for READY`() throws {
        var lane = try Turnstile()
        _ = lane.move(.ready, active: false)
        #expect(lane.tell(.grant(leaving)) == [.drive(.unlockOut, active: true), .step(.released(leaving))])
    }

    @Test func `principle 1: an exit is never given up, however many leave`() throws {
        var lane = try Turnstile()
        var actions: [LaneAction] = []
        for number in 1...40 { actions += lane.tell(.grant(.leaving(UInt64(number)))) }
        actions += lane.wait(40 * 7100)
        let released = actions.filter { if case .step(.released) = $0 { true } else { false } }
        let ended = actions.filter { if case .step(.notPassed) = $0 { true } else { false } }
        #expect(released == (1...40).map { .step(.released(.leaving($0))) })
        #expect(ended == (1...40).map { .step(.notPassed(.leaving($0))) })
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `principle 1: a press beside a grant is a pulse of its own`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        #expect(lane.press() == [.drive(.unlockOut, active: true), .countExitButton])
        _ = lane.wait(1000)
        // The passage is the grant's; who pressed is let out by a pulse of his own.
        #expect(lane.pass(.passageOut) == [.drive(.unlockOut, active: true), .step(.passed(leaving))])
        _ = lane.wait(1000)
        #expect(lane.pass(.passageOut) == [])
        #expect(lane.pass(.passageOut) == [.changed(.passageWithoutGrant)])
    }

    @Test func `principle 1: a press during a pulse follows it`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(200)
        #expect(lane.press() == [.countExitButton, .drive(.unlockOut, active: false)])
        #expect(lane.wait(99) == [])
        #expect(lane.wait(1) == [.drive(.unlockOut, active: true)])
    }

    @Test func `principle 1: every press is a new pulse`() throws {
        var lane = try Turnstile()
        _ = lane.press()
        _ = lane.wait(6000)
        #expect(lane.press() == [.drive(.unlockOut, active: true), .countExitButton])
        _ = lane.wait(6000)
        #expect(lane.machine.isReleased)
    }

    @Test func `a button held pressed keeps the exit released and the entry waiting`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.exitButton(pressed: true))
        #expect(lane.wait(3_600_000) == [])
        #expect(lane.machine.outputs == [.unlockIn: false, .unlockOut: true])
        _ = lane.tell(.grant(grant))
        #expect(lane.wait(7000) == [.step(.notPassed(grant))])
        _ = lane.tell(.grant(leaving))
        #expect(lane.wait(7000) == [.step(.released(leaving))])
        _ = lane.tell(.exitButton(pressed: false))
        #expect(lane.wait(7000) == [.step(.notPassed(leaving)), .drive(.unlockOut, active: false)])
    }

    @Test func `one who presses over and over does not keep a grant waiting`() throws {
        var lane = try Turnstile(sensors: [])
        _ = lane.press()
        _ = lane.tell(.grant(leaving))
        var actions: [LaneAction] = []
        for _ in 1...4 { actions += lane.wait(2000) + lane.press() }
        #expect(actions.contains(.step(.released(leaving))))
    }

    @Test func `principle 1: the exit button works in every state there is`() throws {
        let before: [[LaneInput]] = [
            [.sensor(.passageOut, active: true)], [.sensor(.passageIn, active: true)], [.grant(grant)],
            [.grant(leaving)], [.grant(grant), .sensor(.passageIn, active: true)],
            [.grant(leaving), .sensor(.passageOut, active: true)], [.mode(.entryLocked)], [.mode(.unlocked)],
            [.mode(.unlocked), .mode(.controlled)], [.sensor(.ready, active: false)], [.sensorLost(.passageOut)],
            [.sensorLost(.ready)], [.sensor(.tamper, active: true)], [.fire(active: true)],
            [.fire(active: true), .fire(active: false)], [.fire(active: true), .fire(active: false), .fireReset],
            [.stop], [.grant(leaving), .stop], [.fire(active: true), .stop], [.mode(.unlocked), .stop],
        ]
        for command in [TurnstileSettings.Command.level, .pulse(.milliseconds(300))] {
            for inputs in before {
                var lane = try Turnstile(command: command)
                for input in inputs {
                    _ = lane.tell(input)
                    _ = lane.wait(1000)
                }
                let wasActive = lane.machine.outputs[.unlockOut] == true
                let actions = lane.tell(.exitButton(pressed: true))
                #expect(lane.machine.outputs[.unlockOut] == true, "\(inputs)")
                #expect(
                    actions.prefix(2)
                        == (wasActive ? [.countExitButton] : [.drive(.unlockOut, active: true), .countExitButton]),
                    "\(inputs)")
            }
        }
    }

    @Test func `principle 2: fire holds both outputs and latches until it is reset`() throws {
        var lane = try Turnstile()
        #expect(
            lane.tell(.fire(active: true))
                == [.drive(.unlockOut, active: true), .drive(.unlockIn, active: true), .changed(.fire)])
        #expect(lane.tell(.fireReset) == [])
        #expect(lane.wait(600_000) == [])
        #expect(lane.tell(.fire(active: false)) == [])
        #expect(lane.machine.state.fire == .latched)
        #expect(lane.wait(600_000) == [])
        #expect(lane.machine.outputs == [.unlockIn: true, .unlockOut: true])
        #expect(
            lane.tell(.fireReset)
                == [
                    .changed(.fireReset), .drive(.unlockIn, active: false), .drive(.unlockOut, active: false),
                ])
    }

    @Test func `in a fire every passage is written and grants are heeded`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.fire(active: true))
        #expect(lane.pass(.passageIn) == [.changed(.passageInFire)])
        #expect(lane.pass(.passageOut) == [.changed(.passageInFire)])
        #expect(lane.tell(.grant(grant)) == [.step(.released(grant))])
        #expect(lane.pass(.passageIn) == [.step(.passed(grant)), .changed(.passageInFire)])
        _ = lane.tell(.grant(leaving))
        #expect(lane.wait(7000) == [.step(.unobserved(leaving))])
    }

    @Test func `nothing is an alarm in a fire, and what lasts is told after the reset`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.fire(active: true))
        #expect(lane.move(.tamper, active: true) == [])
        #expect(lane.machine.state.tamper == .tampered)
        #expect(lane.move(.passageOut, active: true) == [])
        #expect(lane.wait(600_000) == [])
        _ = lane.tell(.fire(active: false))
        #expect(lane.tell(.fireReset).prefix(2) == [.changed(.fireReset), .changed(.tamper)])
        #expect(lane.wait(30_000) == [.changed(.fault)])
    }

    @Test func `fire opens an entry that is locked`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.mode(.entryLocked))
        _ = lane.tell(.fire(active: true))
        #expect(lane.machine.outputs == [.unlockIn: true, .unlockOut: true])
        #expect(lane.tell(.grant(grant)) == [.step(.released(grant))])
    }

    @Test func `principle 2: a stop in a fire does not lock`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.fire(active: true))
        #expect(lane.tell(.stop) == [])
        _ = lane.tell(.fire(active: false))
        #expect(lane.wait(600_000) == [])
        #expect(lane.machine.isReleased)
        #expect(lane.tell(.fireReset) == [.changed(.fireReset), .driveSafe])
    }

    @Test func `principle 1: a stop waits for the pulse of the exit button`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(leaving))
        _ = lane.tell(.exitButton(pressed: true))
        _ = lane.tell(.exitButton(pressed: false))
        // The pulse that was on is the grant's; the one of the press comes after the rest.
        #expect(lane.tell(.stop) == [.drive(.unlockOut, active: false)])
        #expect(lane.wait(100) == [.drive(.unlockOut, active: true)])
        #expect(lane.wait(300) == [.driveSafe])
    }
}
