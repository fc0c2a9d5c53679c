import GateModel
import Lanes
import Testing

@Suite struct DoorAlarmTests {
    private let grant = Grant.entry(1)

    @Test func `a door opened without leave is forced until it closes`() throws {
        var door = try Door()
        #expect(door.move(open: true) == [.changed(.forcedOpen)])
        #expect(door.machine.state.alarm == .forcedOpen)
        #expect(door.wait(600_000) == [])
        #expect(door.move(open: false) == [.changed(.forcedOpenEnded)])
        #expect(door.machine.state.alarm == .normal)
    }

    @Test func `a second opening after the strike has locked is forced`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(600)
        _ = door.move(open: true)
        _ = door.move(open: false)
        #expect(door.move(open: true) == [.changed(.forcedOpen)])
    }

    @Test func `a contact that bounces opens nothing`() throws {
        var door = try Door()
        for open in [true, false, true, false] {
            #expect(door.tell(.sensor(.contact, active: open)) == [])
            #expect(door.wait(19) == [])
        }
        #expect(door.wait(1000) == [])
        #expect(door.machine.state.contact == .closed)
    }

    @Test func `a level that is read again does not have to rest again`() throws {
        var door = try Door()
        _ = door.tell(.sensor(.contact, active: true))
        _ = door.wait(15)
        _ = door.tell(.sensor(.contact, active: true))
        #expect(door.wait(5) == [.changed(.forcedOpen)])
    }

    @Test func `an opening that lasted is seen even if the door closes before the timer comes`() throws {
        var door = try Door()
        _ = door.tell(.sensor(.contact, active: true))
        let late = Door.time(door.now + 25)
        #expect(door.machine.handle(.sensor(.contact, active: false), at: late) == [.changed(.forcedOpen)])
    }

    @Test func `a door held open is an alarm after its time and until it closes`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(600)
        _ = door.move(open: true)
        #expect(door.wait(29_999) == [])
        #expect(door.wait(1) == [.changed(.heldOpen)])
        #expect(door.wait(600_000) == [])
        #expect(door.move(open: false) == [.changed(.heldOpenEnded)])
    }

    @Test func `people who walk behind each other do not hold the door open`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(600)
        _ = door.move(open: true)
        for number in 2...20 {
            let alarms = (door.tell(.grant(.entry(UInt64(number)))) + door.wait(20_000)).filter {
                if case .changed = $0 { true } else { false }
            }
            #expect(alarms == [])
        }
        #expect(door.wait(10_000) == [.changed(.heldOpen)])
    }

    @Test func `a door found open at start has its time to close`() throws {
        var door = try Door(closed: false)
        #expect(door.tell(.sensor(.contact, active: true)) == [])
        #expect(door.machine.state.contact == .open)
        #expect(door.wait(30_000) == [.changed(.heldOpen)])
    }

    @Test func `fire ends an alarm, and after the reset the open door has its time to close`() throws {
        var door = try Door()
        _ = door.move(open: true)
        #expect(
            door.tell(.fire(active: true)) == [
                .drive(.lock, active: true), .changed(.forcedOpenEnded), .changed(.fire),
            ])
        _ = door.tell(.fire(active: false))
        _ = door.wait(100_000)
        #expect(door.tell(.fireReset) == [.changed(.fireReset), .drive(.lock, active: false)])
        #expect(door.wait(29_999) == [])
        #expect(door.wait(1) == [.changed(.heldOpen)])
    }

    @Test func `an edge stamped before it is read counts from the latest time`() throws {
        var door = try Door()
        _ = door.machine.handle(.grant(grant), at: Door.time(door.now - 500))
        #expect(door.machine.nextDeadline == Door.time(door.now + 5000))
    }

    @Test func `principle 18: a clock that goes back or leaps stops nothing`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        let past = MonotonicTime(nanoseconds: 0)
        #expect(door.machine.handle(.timer, at: past) == [])
        #expect(door.machine.handle(.exitButton(pressed: true), at: past) == [.countExitButton])
        _ = door.machine.handle(.exitButton(pressed: false), at: past)
        let end = MonotonicTime(nanoseconds: .max)
        #expect(door.machine.handle(.timer, at: end) == [.step(.notPassed(grant)), .drive(.lock, active: false)])
        #expect(door.machine.handle(.exitButton(pressed: true), at: end).first == .drive(.lock, active: true))
        #expect(door.machine.isReleased)
        #expect(door.machine.handle(.fire(active: true), at: past) == [.changed(.fire)])
        #expect(door.machine.isReleased)
    }
}
