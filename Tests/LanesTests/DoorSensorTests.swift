import GateModel
import Lanes
import Testing

@Suite struct DoorSensorTests {
    @Test func `a door held open is a warning before it is an alarm`() throws {
        var door = try Door(warning: .seconds(10))
        _ = door.tell(.grant(.entry(1)))
        _ = door.move(open: true)
        _ = door.wait(19_999)
        #expect(door.machine.state.alarm == .normal)
        #expect(door.wait(1) == [.changed(.heldOpenSoon)])
        #expect(door.machine.state.alarm == .heldOpenSoon)
        #expect(door.wait(9_999) == [])
        #expect(door.wait(1) == [.changed(.heldOpen)])
        #expect(door.move(open: false) == [.changed(.heldOpenEnded)])
    }

    @Test func `a warning that is heeded needs no word`() throws {
        var door = try Door(warning: .seconds(10))
        _ = door.tell(.grant(.entry(1)))
        _ = door.move(open: true) + door.wait(25_000)
        #expect(door.move(open: false) == [])
        #expect(door.machine.state.alarm == .normal)
        #expect(door.wait(60_000) == [])
    }

    @Test func `a lock that does not follow is a fault, until it follows`() throws {
        var door = try Door(hasLockState: true)
        _ = door.tell(.sensor(.lockState, active: true))
        _ = door.tell(.grant(.entry(1)))
        #expect(door.wait(999) == [])
        #expect(door.wait(1) == [.changed(.fault)])
        #expect(door.machine.state.lock == .fault)
        _ = door.wait(10_000)
        #expect(door.machine.state.lock == .fault, "it has shown nothing yet")
        _ = door.tell(.grant(.entry(2)))
        #expect(door.tell(.sensor(.lockState, active: false)) + door.wait(20) == [.changed(.faultEnded)])
        #expect(door.machine.state.lock == .released)
    }

    @Test func `a bolt is not expected to lock a door that stands open`() throws {
        var door = try Door(relock: .onOpen, hasLockState: true)
        _ = door.tell(.sensor(.lockState, active: true))
        _ = door.tell(.grant(.entry(1)))
        _ = door.tell(.sensor(.lockState, active: false)) + door.wait(20)
        _ = door.move(open: true) + door.wait(20_000)
        #expect(!door.machine.isReleased)
        #expect(door.machine.state.lock == .locked)
        #expect(door.move(open: false) == [])
        #expect(door.wait(1000) == [.changed(.fault)], "closed and not locked")
    }

    @Test func `tampering is told once, and its end`() throws {
        var door = try Door()
        #expect(door.machine.state.tamper == .unknown)
        #expect(door.tell(.sensor(.tamper, active: false)) == [])
        #expect(door.machine.state.tamper == .normal)
        #expect(door.tell(.sensor(.tamper, active: true)) + door.wait(20) == [.changed(.tamper)])
        #expect(door.tell(.sensor(.tamper, active: true)) + door.wait(20) == [])
        #expect(door.tell(.sensor(.tamper, active: false)) + door.wait(20) == [.changed(.tamperEnded)])
        #expect(door.tell(.sensorLost(.tamper)) == [])
        #expect(door.machine.state.tamper == .unknown)
        #expect(door.tell(.sensor(.tamper, active: true)) == [.changed(.tamper)], "found tampered with")
    }

    @Test func `principle 4: a contact that is lost is no alarm and moves nothing, and its grants are unobserved`()
        throws
    {
        var door = try Door()
        _ = door.tell(.grant(.entry(1)))
        #expect(door.tell(.sensorLost(.contact)) == [])
        #expect(door.machine.state.contact == .unknown)
        #expect(door.wait(5000) == [.step(.unobserved(.entry(1))), .drive(.lock, active: false)])
        #expect(door.tell(.sensor(.contact, active: true)) == [], "found open: nobody knows why")
        #expect(door.wait(30_000) == [.changed(.heldOpen)])
        #expect(door.tell(.sensorLost(.contact)) == [.changed(.heldOpenEnded)])
    }
}
