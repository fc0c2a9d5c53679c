import GateModel
import Lanes
import Testing

/// The two buttons, fire, and the stop.
@Suite struct InterlockEgressTests {
    private let grant = Grant.entry(1)
    private let leaving = Grant.leaving(3)
    private static let outerReleased = LaneAction.drive(.outerLock, active: true)
    private static let outerLocked = LaneAction.drive(.outerLock, active: false)
    private static let innerReleased = LaneAction.drive(.innerLock, active: true)
    private static let innerLocked = LaneAction.drive(.innerLock, active: false)

    // MARK: Buttons

    @Test func `principle 1: one press inside opens the inner door and then the outer one`() throws {
        var lane = try Interlock()
        #expect(lane.press(.inner) == [Self.innerReleased, .countExitButton])
        _ = lane.wait(1000)
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        _ = lane.wait(1000)
        #expect(lane.pass(.outer) == [Self.outerLocked])
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `the outer door stays locked when nobody opened the inner one`() throws {
        var lane = try Interlock()
        _ = lane.press(.inner)
        #expect(lane.wait(60_000) == [Self.innerLocked])
    }

    @Test func `principle 1: the outer door does not wait for an inner one that stays open`() throws {
        var lane = try Interlock()
        _ = lane.press(.inner)
        _ = lane.move(.inner, open: true)
        #expect(lane.wait(9999) == [Self.innerLocked])
        #expect(lane.wait(1) == [Self.outerReleased])
    }

    @Test func `principle 1: the outer door does not wait for a contact that was lost`() throws {
        var lane = try Interlock()
        _ = lane.press(.inner)
        _ = lane.tell(.sensorLost(.innerContact))
        #expect(lane.wait(4969) == [])
        #expect(lane.wait(1) == [Self.innerLocked, Self.outerReleased])
    }

    @Test func `principle 1: the airlock button opens the outer door at once`() throws {
        var lane = try Interlock()
        #expect(lane.press(.outer) == [Self.outerReleased, .countExitButton])
        #expect(lane.wait(4969) == [])
        #expect(lane.wait(1) == [Self.outerLocked])
    }

    @Test func `principle 1: the latest press wins, and the other door locks first`() throws {
        var lane = try Interlock()
        _ = lane.press(.inner)
        #expect(lane.press(.outer) == [Self.innerLocked, Self.outerReleased, .countExitButton])
        #expect(lane.press(.inner) == [Self.outerLocked, Self.innerReleased, .countExitButton])
    }

    @Test func `principle 1: a stuck button keeps nobody in`() throws {
        for stuck in InterlockDoor.allCases {
            let other: InterlockDoor = stuck == .outer ? .inner : .outer
            var lane = try Interlock()
            _ = lane.tell(Interlock.button(stuck, pressed: true))
            _ = lane.wait(100_000)
            #expect(lane.isReleased(stuck))
            _ = lane.press(other)
            #expect(lane.isReleased(other) && !lane.isReleased(stuck))
            #expect(lane.wait(4969) == [])
            _ = lane.wait(1)
            #expect(lane.isReleased(stuck) && !lane.isReleased(other))
            // Told again, and not pressed anew.
            #expect(lane.tell(Interlock.button(stuck, pressed: true)) == [])
        }
    }

    @Test func `a button that is let go while the other door is released gets nothing back`() throws {
        var lane = try Interlock()
        _ = lane.tell(.exitButton(pressed: true))
        _ = lane.press(.outer)
        _ = lane.tell(.exitButton(pressed: false))
        #expect(lane.wait(60_000) == [Self.outerLocked])
        #expect(lane.press(.inner).first == Self.innerReleased)
    }

    @Test func `with two stuck buttons the later one is heeded, and an exit grant all the same`() throws {
        var lane = try Interlock()
        _ = lane.tell(.exitButton(pressed: true))
        _ = lane.tell(.airlockButton(pressed: true))
        #expect(lane.wait(60_000) == [])
        #expect(lane.isReleased(.outer))
        #expect(lane.tell(.grant(leaving)).prefix(2) == [Self.outerLocked, Self.innerReleased])
        _ = lane.wait(1000)
        // Whoever has left is let out by the button that gets its door back.
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        #expect(lane.pass(.outer).contains(.step(.passed(leaving))))
    }

    @Test func `principle 1: a press ends an entry's release at either door`() throws {
        var first = try Interlock()
        _ = first.tell(.grant(grant))
        #expect(
            first.press(.inner) == [
                Self.outerLocked, Self.innerReleased, .countExitButton, .step(.notPassed(grant)),
            ])

        var second = try Interlock()
        _ = second.tell(.grant(grant))
        _ = second.wait(1000)
        _ = second.pass(.outer)
        #expect(
            second.press(.outer) == [
                Self.innerLocked, Self.outerReleased, .countExitButton, .step(.notPassed(grant)),
            ])
    }

    @Test func `principle 1: who is being let out when somebody presses inside is let out afterwards`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        _ = lane.pass(.inner)
        let actions = lane.press(.inner)
        #expect(
            actions == [Self.outerLocked, Self.innerReleased, .countExitButton, .step(.notPassed(leaving))])
        // Nobody opens the inner door, and the outer one is released again all the same.
        #expect(lane.wait(4970) == [Self.innerLocked, Self.outerReleased])
        _ = lane.press(.inner)
        #expect(lane.wait(4970) == [Self.innerLocked, Self.outerReleased])
    }

    @Test func `an exit grant does not wait for a button, and ends its release`() throws {
        var lane = try Interlock()
        _ = lane.tell(.airlockButton(pressed: true))
        _ = lane.wait(1000)
        #expect(
            lane.tell(.grant(leaving)) == [Self.outerLocked, Self.innerReleased, .step(.released(leaving))])
    }

    @Test func `a door that opens just as the other one wins is not forced`() throws {
        var lane = try Interlock()
        _ = lane.press(.inner)
        _ = lane.press(.outer)
        _ = lane.wait(300)
        #expect(lane.move(.inner, open: true) == [])
        #expect(lane.machine.state.alarm == .normal)
        _ = lane.move(.inner, open: false)
        _ = lane.wait(500)
        #expect(lane.move(.inner, open: true) == [.changed(.forcedOpen)])
    }

    // MARK: Fire

    @Test func `principle 2: fire releases both doors and latches until it is reset`() throws {
        var lane = try Interlock()
        #expect(lane.tell(.fire(active: true)) == [Self.outerReleased, Self.innerReleased, .changed(.fire)])
        #expect(lane.tell(.fireReset) == [])
        #expect(lane.tell(.fire(active: false)) == [])
        #expect(lane.machine.state.fire == .latched)
        #expect(lane.wait(600_000) == [])
        #expect(lane.machine.outputs == [.outerLock: true, .innerLock: true])
        #expect(lane.tell(.fireReset) == [.changed(.fireReset), Self.outerLocked, Self.innerLocked])
    }

    @Test func `after a fire the latest press alone keeps its door`() throws {
        for last in InterlockDoor.allCases {
            let other: InterlockDoor = last == .outer ? .inner : .outer
            var lane = try Interlock()
            _ = lane.tell(.fire(active: true))
            _ = lane.tell(.fire(active: false))
            #expect(lane.press(other) == [.countExitButton])
            #expect(lane.press(last) == [.countExitButton])
            _ = lane.tell(.fireReset)
            #expect(lane.isReleased(last) && !lane.isReleased(other))
        }
    }

    @Test func `in a fire an exit is written and an entry waits`() throws {
        var lane = try Interlock()
        _ = lane.tell(.fire(active: true))
        #expect(lane.tell(.grant(grant)) == [])
        #expect(lane.tell(.grant(leaving)) == [.step(.released(leaving))])
        _ = lane.wait(500)
        #expect(lane.move(.inner, open: true) == [])
        #expect(lane.move(.outer, open: true) == [.step(.passed(leaving))])
        #expect(lane.wait(30_000) == [.step(.notPassed(grant))])
    }

    @Test func `in a fire nobody can say who has not passed`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        _ = lane.move(.inner, open: true)
        #expect(lane.tell(.fire(active: true)).last == .changed(.fire))
        #expect(lane.wait(10_000) == [.step(.unobserved(leaving))])
    }

    // MARK: Stop

    @Test func `principle 2: a stop in a fire locks neither door`() throws {
        var lane = try Interlock()
        _ = lane.tell(.fire(active: true))
        #expect(lane.tell(.stop) == [])
        _ = lane.tell(.fire(active: false))
        #expect(lane.tell(.fireReset) == [.changed(.fireReset), .driveSafe])
    }

    @Test func `principle 1: whoever leaves by a button after the stop gets out`() throws {
        var lane = try Interlock()
        #expect(lane.tell(.stop) == [.driveSafe])
        #expect(lane.press(.inner) == [Self.innerReleased, .countExitButton])
        #expect(lane.press(.outer) == [Self.innerLocked, Self.outerReleased, .countExitButton])
        #expect(lane.press(.inner) == [Self.outerLocked, Self.innerReleased, .countExitButton])
        _ = lane.wait(1000)
        #expect(lane.pass(.inner) == [.driveSafe, Self.outerReleased])
        #expect(lane.pass(.outer) == [.driveSafe])
    }

    @Test func `principle 1: a stop waits for the finger on a button`() throws {
        for door in InterlockDoor.allCases {
            var lane = try Interlock()
            _ = lane.tell(Interlock.button(door, pressed: true))
            #expect(lane.tell(.stop) == [])
            #expect(lane.wait(60_000) == [])
            _ = lane.tell(Interlock.button(door, pressed: false))
            #expect(lane.wait(5020) == [.driveSafe])
        }
    }

    // MARK: Changes of the lane

    @Test func `an alarm begins at the first door and ends at the last`() throws {
        var lane = try Interlock()
        #expect(lane.move(.inner, open: true) == [.changed(.forcedOpen)])
        #expect(lane.move(.outer, open: true) == [])
        #expect(lane.move(.inner, open: false) == [])
        #expect(lane.machine.state.alarm == .forcedOpen)
        #expect(lane.move(.outer, open: false) == [.changed(.forcedOpenEnded)])
    }

    @Test func `tampering and faults are told once`() throws {
        var lane = try Interlock(hasLockState: true)
        _ = lane.tell(.sensor(.tamper, active: false))
        #expect(lane.tell(.sensor(.tamper, active: true)) + lane.wait(20) == [.changed(.tamper)])
        #expect(lane.machine.state.tamper == .tampered)
        #expect(lane.tell(.sensorLost(.tamper)) == [.changed(.tamperEnded)])
        _ = lane.tell(.sensor(.outerLockState, active: false))
        _ = lane.tell(.sensor(.innerLockState, active: false))
        #expect(lane.wait(1000) == [.changed(.fault)])
        #expect(lane.machine.state.lock == .fault)
        #expect(lane.tell(.sensor(.outerLockState, active: true)) + lane.wait(20) == [])
        #expect(lane.tell(.sensorLost(.innerLockState)) == [.changed(.faultEnded)])
    }

    @Test func `the state is that of both doors`() throws {
        var lane = try Interlock(closed: false)
        #expect(lane.machine.state == LaneState(lock: .locked, contact: .unknown, alarm: .normal, fire: .none))
        _ = lane.tell(.sensor(.outerContact, active: false))
        #expect(lane.machine.state.contact == .unknown)
        _ = lane.tell(.sensor(.innerContact, active: true))
        #expect(lane.machine.state.contact == .open)
        _ = lane.wait(60_000)
        #expect(lane.machine.state.alarm == .heldOpen)
        _ = lane.press(.outer)
        #expect(lane.machine.state.lock == .released)
        _ = lane.move(.inner, open: false)
        #expect(lane.machine.state.contact == .closed)
    }
}
