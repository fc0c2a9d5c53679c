import GateModel
import Lanes
import Testing

/// Grants: both ways, one after the other, and what ends them.
@Suite struct InterlockTests {
    private let grant = Grant.entry(1)
    private let second = Grant.entry(2)
    private let leaving = Grant.leaving(3)
    private static let outerReleased = LaneAction.drive(.outerLock, active: true)
    private static let outerLocked = LaneAction.drive(.outerLock, active: false)
    private static let innerReleased = LaneAction.drive(.innerLock, active: true)
    private static let innerLocked = LaneAction.drive(.innerLock, active: false)

    // MARK: One person

    @Test func `an entry goes through the outer door and then through the inner one`() throws {
        var lane = try Interlock()
        #expect(lane.tell(.grant(grant)) == [Self.outerReleased, .step(.released(grant))])
        #expect(lane.wait(1000) == [])
        #expect(lane.move(.outer, open: true) == [Self.outerLocked])
        #expect(lane.wait(2000) == [])
        #expect(lane.move(.outer, open: false) == [Self.innerReleased])
        #expect(lane.wait(1000) == [])
        #expect(lane.move(.inner, open: true) == [.step(.passed(grant)), Self.innerLocked])
        #expect(lane.move(.inner, open: false) == [])
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `an exit goes through the inner door and then through the outer one`() throws {
        var lane = try Interlock()
        #expect(lane.tell(.grant(leaving)) == [Self.innerReleased, .step(.released(leaving))])
        _ = lane.wait(1000)
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        _ = lane.wait(1000)
        #expect(lane.pass(.outer) == [.step(.passed(leaving)), Self.outerLocked])
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `the second door waits until the first is locked, not only closed`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.move(.outer, open: true)
        // A strike stays released for half a second.
        #expect(lane.move(.outer, open: false) == [])
        #expect(lane.wait(459) == [])
        #expect(lane.wait(1) == [Self.outerLocked, Self.innerReleased])
    }

    @Test func `a sensor that sees the first lock unlocked holds up the second`() throws {
        var lane = try Interlock(hasLockState: true)
        for sensor in [LaneSensor.outerLockState, .innerLockState] { _ = lane.tell(.sensor(sensor, active: true)) }
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.sensor(.outerLockState, active: false))
        _ = lane.wait(1000)
        #expect(lane.pass(.outer) == [Self.outerLocked])
        #expect(lane.wait(400) == [])
        #expect(lane.tell(.sensor(.outerLockState, active: true)) + lane.wait(20) == [Self.innerReleased])
    }

    @Test func `a door that relocks on close is followed by the second one`() throws {
        var lane = try Interlock(relock: .onClose)
        _ = lane.tell(.grant(grant))
        #expect(lane.move(.outer, open: true) == [])
        _ = lane.wait(1000)
        #expect(lane.move(.outer, open: false) == [Self.outerLocked, Self.innerReleased])
        #expect(lane.pass(.inner) == [.step(.passed(grant)), Self.innerLocked])
    }

    @Test func `a grant's own time is that of each door`() throws {
        var lane = try Interlock()
        let slow = Grant.entry(1, releaseTime: .seconds(20))
        _ = lane.tell(.grant(slow))
        #expect(lane.wait(19_000) == [])
        _ = lane.pass(.outer)
        #expect(lane.wait(19_999) == [])
        #expect(lane.wait(1) == [.step(.notPassed(slow)), Self.innerLocked])
    }

    // MARK: Nobody passes

    @Test func `principle 16: nobody opens the first door`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        #expect(lane.wait(4999) == [])
        #expect(lane.wait(1) == [.step(.notPassed(grant)), Self.outerLocked])
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `nobody opens the second door`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.pass(.outer)
        #expect(lane.wait(5000) == [.step(.notPassed(grant)), Self.innerLocked])
    }

    @Test func `an entry whose first door stays open comes to no second one`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        #expect(lane.move(.outer, open: true) == [])
        #expect(lane.wait(480) == [Self.outerLocked])
        #expect(lane.wait(9519) == [])
        #expect(lane.wait(1) == [.step(.notPassed(grant))])
        #expect(lane.move(.outer, open: false) == [])
        #expect(!lane.machine.isReleased)
    }

    @Test func `an exit whose first door stays open gets the second one after the transfer time`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(leaving))
        _ = lane.move(.inner, open: true)
        #expect(lane.wait(9999) == [Self.innerLocked])
        #expect(lane.wait(1) == [Self.outerReleased])
        #expect(lane.pass(.outer) == [.step(.passed(leaving)), Self.outerLocked])
    }

    @Test func `an entry through a door that nobody sees is unobserved and comes to no second one`() throws {
        var lane = try Interlock()
        _ = lane.tell(.sensorLost(.outerContact))
        #expect(lane.tell(.grant(grant)) == [Self.outerReleased, .step(.released(grant)), .step(.unobserved(grant))])
        #expect(lane.wait(60_000) == [Self.outerLocked])
    }

    @Test func `an exit through a door that nobody sees gets the second one after the first`() throws {
        var lane = try Interlock()
        _ = lane.tell(.sensorLost(.innerContact))
        #expect(lane.tell(.grant(leaving)) == [Self.innerReleased, .step(.released(leaving))])
        #expect(lane.wait(5000) == [Self.innerLocked, Self.outerReleased])
        #expect(lane.pass(.outer).first == .step(.passed(leaving)))
    }

    @Test func `an exit behind a stuck exit button ends, and the airlock button still lets out`() throws {
        var lane = try Interlock()
        _ = lane.tell(.exitButton(pressed: true))
        _ = lane.tell(.grant(leaving))
        _ = lane.pass(.inner)
        #expect(lane.wait(38_999) == [])
        #expect(lane.wait(1) == [.step(.notPassed(leaving))])
        #expect(lane.press(.outer).prefix(2) == [Self.innerLocked, Self.outerReleased])
    }

    // MARK: Turns

    @Test func `an entry waits until the one before has passed`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        #expect(lane.tell(.grant(second)) == [])
        _ = lane.wait(1000)
        #expect(lane.pass(.outer) == [Self.outerLocked, Self.innerReleased])
        _ = lane.wait(400)
        #expect(lane.move(.inner, open: true) == [.step(.passed(grant))])
        #expect(lane.wait(1980) == [Self.innerLocked])
        #expect(lane.move(.inner, open: false) == [Self.outerReleased, .step(.released(second))])
    }

    @Test func `an entry waits for a door that stands open, and is given up in time`() throws {
        for door in InterlockDoor.allCases {
            var lane = try Interlock()
            _ = lane.move(door, open: true)
            #expect(lane.tell(.grant(grant)) == [])
            #expect(lane.wait(29_999) == [])
            #expect(lane.wait(1).contains(.step(.notPassed(grant))))
            #expect(lane.tell(.grant(second)) == [])
            let actions = lane.move(door, open: false)
            #expect(actions.first == Self.outerReleased)
            #expect(actions.contains(.step(.released(second))))
        }
    }

    @Test func `entries wait in their order, and one too many is refused`() throws {
        var lane = try Interlock()
        _ = lane.move(.inner, open: true)
        for number in UInt64(1)...8 { #expect(lane.tell(.grant(.entry(number))) == []) }
        #expect(lane.tell(.grant(.entry(9))) == [.step(.notPassed(.entry(9)))])
        #expect(lane.move(.inner, open: false).contains(.step(.released(.entry(1)))))
        #expect(lane.wait(5000).contains(.step(.released(.entry(2)))))
    }

    @Test func `an exit goes before the entries that wait`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        #expect(
            lane.tell(.grant(leaving)) == [
                Self.outerLocked, Self.innerReleased, .step(.notPassed(grant)), .step(.released(leaving)),
            ])
        _ = lane.wait(1000)
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        _ = lane.wait(1000)
        #expect(
            lane.pass(.outer) == [
                .step(.passed(leaving)), Self.outerLocked, Self.outerReleased, .step(.released(second)),
            ])
    }

    @Test func `an exit shares the inner door with an entry`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.pass(.outer)
        #expect(lane.tell(.grant(leaving)) == [.step(.released(leaving))])
        #expect(lane.pass(.inner) == [.step(.passed(grant))])
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        _ = lane.wait(500)
        #expect(lane.pass(.outer) == [.step(.passed(leaving)), Self.outerLocked])
    }

    @Test func `an exit waits only for another who is being let out of the outer door`() throws {
        var lane = try Interlock()
        let next = Grant.leaving(4)
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        _ = lane.pass(.inner)
        #expect(lane.tell(.grant(next)) == [])
        #expect(lane.isReleased(.outer))
        _ = lane.wait(1000)
        #expect(
            lane.move(.outer, open: true) == [
                Self.outerLocked, Self.innerReleased, .step(.passed(leaving)), .step(.released(next)),
            ])
    }

    @Test func `exits that share the inner door share the outer one`() throws {
        var lane = try Interlock()
        let next = Grant.leaving(4)
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(100)
        _ = lane.tell(.grant(next))
        #expect(lane.pass(.inner) == [])
        #expect(lane.pass(.inner) == [Self.innerLocked, Self.outerReleased])
        #expect(lane.pass(.outer) == [.step(.passed(leaving))])
        #expect(lane.pass(.outer) == [.step(.passed(next)), Self.outerLocked])
    }

    @Test func `more exits than can wait end the release that they wait for`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        _ = lane.pass(.inner)
        for number in UInt64(10)..<26 { #expect(lane.tell(.grant(.leaving(number))) == []) }
        let actions = lane.tell(.grant(.leaving(26)))
        #expect(actions.prefix(3) == [Self.outerLocked, Self.innerReleased, .step(.notPassed(leaving))])
        #expect(actions.count { if case .step(.released) = $0 { true } else { false } } == 17)
    }

    // MARK: Modes

    @Test func `nobody enters at the hours of a locked entry, but by a person's leave`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        let byPerson = Grant(crossing: CrossingID(rawValue: 9), direction: .entry, isByPerson: true)
        _ = lane.tell(.grant(byPerson))
        #expect(lane.tell(.mode(.entryLocked)) == [.step(.notPassed(second))])
        #expect(lane.machine.state.mode == .entryLocked)
        #expect(lane.tell(.grant(.entry(5))) == [.step(.notPassed(.entry(5)))])
        #expect(lane.wait(5000).contains(.step(.released(byPerson))))
        #expect(lane.tell(.grant(leaving)).contains(.step(.released(leaving))))
    }

    @Test func `the mode unlocked changes nothing`() throws {
        for mode in InterlockSettings.possibleModes {
            var lane = try Interlock()
            _ = lane.tell(.mode(mode))
            #expect(lane.tell(.mode(.unlocked)) == [])
            #expect(!lane.machine.isReleased)
            #expect(lane.machine.state.mode == mode)
        }
    }

    @Test func `other lanes do not heed the airlock button`() throws {
        var door = try Door()
        var turnstile = try Turnstile()
        #expect(door.tell(.airlockButton(pressed: true)) + turnstile.tell(.airlockButton(pressed: true)) == [])
        #expect(!door.machine.isReleased && !turnstile.machine.isReleased)
    }

    // MARK: Giving up

    @Test func `every grant that waits or is under way is given back once`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(leaving))
        _ = lane.wait(1000)
        _ = lane.pass(.inner)
        _ = lane.tell(.grant(.leaving(4)))
        _ = lane.tell(.grant(grant))
        #expect(lane.machine.abandon() == [leaving, .leaving(4), grant])
        #expect(lane.machine.abandon() == [])
        #expect(lane.pass(.outer) == [Self.outerLocked])
    }

    @Test func `after a stop no grant is heeded, and those under way are given back`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        #expect(lane.tell(.stop) == [.driveSafe])
        #expect(lane.tell(.grant(second)) == [])
        #expect(lane.machine.abandon() == [grant])
        #expect(lane.machine.nextDeadline == nil)
    }

    @Test func `a late timer does everything that was due`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        lane.now += 8000
        #expect(
            lane.tell(.timer) == [.step(.notPassed(grant)), .step(.released(second))])
        #expect(lane.wait(5000) == [.step(.notPassed(second)), Self.outerLocked])
    }

    @Test func `principle 4: with a late timer a contact that is lost releases nothing`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.move(.outer, open: true)
        _ = lane.wait(1000)
        _ = lane.tell(.sensor(.outerContact, active: false))
        lane.now += 5000
        #expect(lane.tell(.sensorLost(.outerContact)) == [])
        #expect(lane.wait(10_000) == [.step(.notPassed(grant))])
    }

    @Test func `with a late timer no entry begins against the mode`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        _ = lane.tell(.grant(second))
        lane.now += 8000
        #expect(
            lane.tell(.mode(.entryLocked)) == [
                .step(.notPassed(second)), .step(.notPassed(grant)), Self.outerLocked,
            ])
    }

    @Test func `an earlier time counts as the latest one`() throws {
        var lane = try Interlock()
        _ = lane.tell(.grant(grant))
        lane.now -= 500
        _ = lane.tell(.sensor(.tamper, active: false))
        lane.now += 500
        #expect(lane.wait(5000) == [.step(.notPassed(grant)), Self.outerLocked])
    }
}
