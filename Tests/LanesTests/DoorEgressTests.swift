import GateModel
import Lanes
import Testing

/// The exit button and the fire input.
@Suite struct DoorEgressTests {
    private let grant = Grant.entry(1)

    @Test func `principle 1: the exit button releases at once and is counted, not identified`() throws {
        var door = try Door()
        #expect(door.tell(.exitButton(pressed: true)) == [.drive(.lock, active: true), .countExitButton])
        #expect(door.wait(100) == [])
        _ = door.tell(.exitButton(pressed: false))
        #expect(door.wait(20 + 4999) == [])
        #expect(door.wait(1) == [.drive(.lock, active: false)])
    }

    @Test func `a bouncing button is one press`() throws {
        var door = try Door()
        var actions: [LaneAction] = []
        for pressed in [true, false, true, false, true] {
            actions += door.tell(.exitButton(pressed: pressed))
            actions += door.wait(3)
        }
        actions += door.wait(1000)
        for pressed in [false, true, false] {
            actions += door.tell(.exitButton(pressed: pressed))
            actions += door.wait(3)
        }
        actions += door.wait(1000)
        #expect(actions == [.drive(.lock, active: true), .countExitButton])
        #expect(door.tell(.exitButton(pressed: true)) == [.countExitButton])
    }

    @Test func `a second press is counted even if the timer is late`() throws {
        var door = try Door()
        _ = door.tell(.exitButton(pressed: true))
        _ = door.tell(.exitButton(pressed: false))
        let late = Door.time(door.now + 30)
        #expect(door.machine.handle(.exitButton(pressed: true), at: late) == [.countExitButton])
    }

    @Test func `a button held pressed keeps the lane released`() throws {
        var door = try Door()
        _ = door.tell(.exitButton(pressed: true))
        #expect(door.wait(3_600_000) == [])
        #expect(door.machine.isReleased)
        _ = door.tell(.exitButton(pressed: false))
        #expect(door.wait(5019) == [])
        #expect(door.wait(1) == [.drive(.lock, active: false)])
    }

    @Test func `the opening after the exit button is no alarm and has no crossing`() throws {
        var door = try Door()
        _ = door.tell(.exitButton(pressed: true))
        _ = door.wait(100)
        _ = door.tell(.exitButton(pressed: false))
        _ = door.wait(1000)
        #expect(door.move(open: true) == [.drive(.lock, active: false)])
        #expect(door.move(open: false) == [])
        #expect(door.machine.state.alarm == .normal)
    }

    @Test func `principle 1: someone who enters does not use up the release of someone who leaves`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.tell(.exitButton(pressed: true))
        _ = door.wait(100)
        _ = door.tell(.exitButton(pressed: false))
        _ = door.wait(900)
        #expect(door.move(open: true) == [.step(.passed(grant))])
        _ = door.move(open: false)
        #expect(door.machine.isReleased)
        #expect(door.move(open: true) == [.drive(.lock, active: false)])
    }

    @Test func `principle 1: the exit button works in every state there is`() throws {
        let before: [[LaneInput]] = [
            [.sensor(.contact, active: true)], [.grant(grant)], [.grant(grant), .sensor(.contact, active: true)],
            [.fire(active: true)],
            [.fire(active: true), .fire(active: false)], [.stop], [.fire(active: true), .stop],
            [.fire(active: true), .fire(active: false), .fireReset],
        ]
        for inputs in before {
            var door = try Door()
            for input in inputs {
                _ = door.tell(input)
                _ = door.wait(50)
            }
            let wasReleased = door.machine.isReleased
            let actions = door.tell(.exitButton(pressed: true))
            #expect(door.machine.isReleased)
            #expect(actions == (wasReleased ? [] : [.drive(.lock, active: true)]) + [.countExitButton], "\(inputs)")
        }
    }

    @Test func `a button found pressed at start releases`() throws {
        var door = try Door(closed: false)
        #expect(door.tell(.exitButton(pressed: true)).first == .drive(.lock, active: true))
        var resting = try Door(closed: false)
        #expect(resting.tell(.exitButton(pressed: false)) == [])
        #expect(!resting.machine.isReleased)
    }

    @Test func `principle 2: fire releases at once and latches until it is reset`() throws {
        var door = try Door()
        #expect(door.tell(.fire(active: true)) == [.drive(.lock, active: true), .changed(.fire)])
        #expect(door.machine.state.fire == .active)
        #expect(door.wait(600_000) == [])
        #expect(door.tell(.fire(active: false)) == [])
        #expect(door.machine.state.fire == .latched)
        #expect(door.wait(600_000) == [])
        #expect(door.machine.isReleased)
        #expect(door.tell(.fireReset) == [.changed(.fireReset), .drive(.lock, active: false)])
        #expect(door.machine.state.fire == .none)
    }

    @Test func `principle 2: a reset while the fire signal is there re-locks nothing`() throws {
        var door = try Door()
        _ = door.tell(.fire(active: true))
        #expect(door.tell(.fireReset) == [])
        #expect(door.machine.isReleased)
        _ = door.tell(.fire(active: false))
        // The signal comes back: the same fire, and still no early reset.
        #expect(door.tell(.fire(active: true)) == [])
        #expect(door.tell(.fireReset) == [])
        #expect(door.machine.isReleased)
    }

    @Test func `a reset without a fire does nothing`() throws {
        var door = try Door()
        #expect(door.tell(.fireReset) == [])
    }

    @Test func `nothing is an alarm in a fire, and passages are still written`() throws {
        var door = try Door()
        _ = door.tell(.fire(active: true))
        #expect(door.move(open: true) == [])
        #expect(door.wait(600_000) == [])
        #expect(door.move(open: false) == [])
        #expect(door.tell(.grant(grant)) == [.step(.released(grant))])
        #expect(door.move(open: true) == [.step(.passed(grant))])
        let second = Grant.entry(2)
        _ = door.move(open: false)
        _ = door.wait(1000)
        _ = door.tell(.grant(second))
        #expect(door.wait(5000) == [.step(.notPassed(second))])
        #expect(door.machine.isReleased)
    }

    @Test func `principle 2: a stop in a fire does not lock`() throws {
        var door = try Door()
        _ = door.tell(.fire(active: true))
        #expect(door.tell(.stop) == [])
        _ = door.tell(.fire(active: false))
        #expect(door.wait(600_000) == [])
        #expect(door.machine.isReleased)
        #expect(door.tell(.fireReset) == [.changed(.fireReset), .driveSafe])
    }

    @Test func `principle 1: a stop waits for the finger on the exit button`() throws {
        var door = try Door()
        _ = door.tell(.exitButton(pressed: true))
        #expect(door.tell(.stop) == [])
        _ = door.tell(.exitButton(pressed: false))
        #expect(door.wait(5020) == [.driveSafe])
    }
}
