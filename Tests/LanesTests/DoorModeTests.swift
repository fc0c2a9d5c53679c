import GateModel
import Lanes
import Testing

@Suite struct DoorModeTests {
    @Test func `in unlocked hours the door stands unlocked, and nothing that opens it is an alarm`() throws {
        var door = try Door()
        #expect(door.tell(.mode(.unlocked)) == [.drive(.lock, active: true)])
        #expect(door.move(open: true) + door.wait(600_000) == [])
        #expect(door.machine.state.mode == .unlocked)
        // When the hours end whoever stands in the door has the usual time.
        #expect(door.tell(.mode(.controlled)) == [.drive(.lock, active: false)])
        #expect(door.wait(29_999) == [])
        #expect(door.wait(1) == [.changed(.heldOpen)])
    }

    @Test func `an alarm ends where the door may stand open`() throws {
        var door = try Door()
        #expect(door.move(open: true) == [.changed(.forcedOpen)])
        #expect(door.tell(.mode(.unlocked)) == [.drive(.lock, active: true), .changed(.forcedOpenEnded)])
    }

    @Test func `principle 1: in entry-locked hours nobody enters and everybody leaves`() throws {
        var door = try Door()
        #expect(door.tell(.mode(.entryLocked)) == [])
        #expect(door.tell(.grant(.entry(1))) == [.step(.notPassed(.entry(1)))])
        #expect(!door.machine.isReleased)
        let exit = Grant(crossing: CrossingID(rawValue: 2), direction: .exit)
        #expect(door.tell(.grant(exit)) == [.drive(.lock, active: true), .step(.released(exit))])
        _ = door.wait(10_000)
        #expect(door.tell(.exitButton(pressed: true)).first == .drive(.lock, active: true))
        #expect(door.tell(.fire(active: true)) == [.changed(.fire)])
    }

    @Test func `principle 10: whom a person lets in enters at any hour`() throws {
        var door = try Door()
        _ = door.tell(.mode(.entryLocked))
        let guest = Grant(crossing: CrossingID(rawValue: 1), direction: .entry, isByPerson: true)
        #expect(door.tell(.grant(guest)).first == .drive(.lock, active: true))
    }

    @Test func `principle 1: a grant from before the entry was locked keeps its time`() throws {
        var door = try Door()
        _ = door.tell(.grant(.entry(1)))
        #expect(door.tell(.mode(.entryLocked)) == [])
        #expect(door.machine.isReleased)
        #expect(door.move(open: true).contains(.step(.passed(.entry(1)))))
    }

    @Test func `an orderly stop locks a door that stood unlocked`() throws {
        var door = try Door()
        _ = door.tell(.mode(.unlocked))
        #expect(door.tell(.stop) == [.driveSafe])
        #expect(!door.machine.isReleased)
    }

    @Test func `with relock on close the door locks when whoever passed has closed it`() throws {
        var door = try Door(relock: .onClose)
        _ = door.tell(.grant(.entry(1)))
        _ = door.wait(1000)
        #expect(door.move(open: true) == [.step(.passed(.entry(1)))])
        _ = door.wait(1000)
        #expect(door.move(open: false) == [.drive(.lock, active: false)])
    }

    @Test func `with relock on close a grant that waits for its passage keeps its time`() throws {
        var door = try Door(relock: .onClose)
        _ = door.tell(.grant(.entry(1)))
        _ = door.tell(.grant(.entry(2)))
        #expect(door.move(open: true) == [.step(.passed(.entry(1)))])
        #expect(door.move(open: false) == [])
        #expect(door.machine.isReleased)
    }
}
