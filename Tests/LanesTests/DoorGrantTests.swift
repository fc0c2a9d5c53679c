import GateModel
import Lanes
import Testing

@Suite struct DoorGrantTests {
    private let grant = Grant.entry(1)
    private let second = Grant.entry(2)

    @Test func `a grant moves the relay before anything is written`() throws {
        var door = try Door()
        #expect(door.tell(.grant(grant)) == [.drive(.lock, active: true), .step(.released(grant))])
        #expect(door.machine.isReleased)
        #expect(door.machine.state == LaneState(lock: .released, contact: .closed, alarm: .normal, fire: .none))
    }

    @Test func `the door opens, the person has passed, and the strike locks again`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(1000)
        #expect(door.move(open: true) == [.step(.passed(grant)), .drive(.lock, active: false)])
        #expect(door.wait(3000) == [])
        #expect(door.move(open: false) == [])
        #expect(door.machine.nextDeadline == nil)
    }

    @Test func `a door that opens at once keeps the strike released for half a second`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        #expect(door.move(open: true) == [.step(.passed(grant))])
        #expect(door.wait(479) == [])
        #expect(door.wait(1) == [.drive(.lock, active: false)])
    }

    @Test func `without relock on open the release lasts its whole time`() throws {
        var door = try Door(relock: .afterTime)
        _ = door.tell(.grant(grant))
        #expect(door.move(open: true) == [.step(.passed(grant))])
        #expect(door.wait(4979) == [])
        #expect(door.wait(1) == [.drive(.lock, active: false)])
    }

    @Test func `principle 16: released but nobody passed is a fact too`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        #expect(door.wait(4999) == [])
        #expect(door.wait(1) == [.step(.notPassed(grant)), .drive(.lock, active: false)])
    }

    @Test func `a door that opens in the last moment of its release was opened with leave`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(4990)
        #expect(door.tell(.sensor(.contact, active: true)) == [])
        #expect(door.wait(20) == [.step(.passed(grant)), .drive(.lock, active: false)])
    }

    @Test func `a bounce in the last moment does not lengthen the release`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(4990)
        _ = door.tell(.sensor(.contact, active: true))
        #expect(door.wait(12) == [])
        #expect(
            door.tell(.sensor(.contact, active: false)) == [.step(.notPassed(grant)), .drive(.lock, active: false)])
    }

    @Test func `a late timer does not turn a passage into an alarm`() throws {
        var door = try Door(debounce: .zero)
        _ = door.tell(.grant(grant))
        let late = Door.time(door.now + 5200)
        // The relay was still driven when the door opened.
        #expect(
            door.machine.handle(.sensor(.contact, active: true), at: late) == [
                .step(.passed(grant)), .drive(.lock, active: false),
            ])
    }

    @Test func `a lane without a contact says so at once`() throws {
        var door = try Door(hasContact: false, closed: false)
        #expect(
            door.tell(.grant(grant)) == [
                .drive(.lock, active: true), .step(.released(grant)), .step(.unobserved(grant)),
            ])
        #expect(door.tell(.sensor(.contact, active: true)) == [])
        #expect(door.machine.state.contact == .unknown)
        #expect(door.wait(5000) == [.drive(.lock, active: false)])
    }

    @Test func `a contact that has not been read yet sees no passage`() throws {
        var door = try Door(closed: false)
        #expect(door.tell(.grant(grant)).last == .step(.unobserved(grant)))
    }

    @Test func `two grants and two openings are two passages`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(1000)
        #expect(door.tell(.grant(second)) == [.step(.released(second))])
        #expect(door.move(open: true) == [.step(.passed(grant))])
        _ = door.move(open: false)
        #expect(door.wait(500) == [])
        #expect(door.move(open: true) == [.step(.passed(second)), .drive(.lock, active: false)])
    }

    @Test func `a second grant lengthens the release for both`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(3000)
        _ = door.tell(.grant(second))
        #expect(door.wait(4999) == [])
        #expect(
            door.wait(1) == [.step(.notPassed(grant)), .step(.notPassed(second)), .drive(.lock, active: false)])
    }

    @Test func `a short second grant does not shorten the first`() throws {
        var door = try Door()
        _ = door.tell(.grant(.entry(1, releaseTime: .seconds(20))))
        _ = door.tell(.grant(second))
        #expect(door.wait(19_999) == [])
        #expect(door.wait(1).last == .drive(.lock, active: false))
    }

    @Test func `whoever may have walked through behind another is unobserved`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.tell(.grant(second))
        #expect(door.move(open: true) == [.step(.passed(grant))])
        #expect(door.wait(5000) == [.step(.unobserved(second)), .drive(.lock, active: false)])
    }

    @Test func `a grant at an open door waits for the next opening`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        _ = door.wait(600)
        _ = door.move(open: true)
        #expect(door.tell(.grant(second)) == [.drive(.lock, active: true), .step(.released(second))])
        _ = door.move(open: false)
        _ = door.wait(600)
        #expect(door.move(open: true) == [.step(.passed(second)), .drive(.lock, active: false)])
    }

    @Test func `a grant may have its own time, within what is possible`() throws {
        for (asked, lasts) in [(Duration.seconds(20), 20_000), (.zero, 500), (.seconds(Int64.max), 60_000)] {
            var door = try Door()
            _ = door.tell(.grant(.entry(1, releaseTime: asked)))
            #expect(door.wait(lasts - 1) == [])
            #expect(door.wait(1).last == .drive(.lock, active: false))
        }
    }

    @Test func `somebody who is granted over and over fills no memory`() throws {
        var door = try Door()
        var ended: [LaneAction] = []
        for number in 1...1000 {
            ended += door.tell(.grant(.entry(UInt64(number)))).filter {
                if case .step(.notPassed) = $0 { true } else { false }
            }
            _ = door.wait(1000)
        }
        #expect(ended.first == .step(.notPassed(.entry(1))))
        #expect(ended.count + door.machine.abandon().count == 1000)
        #expect(ended.count > 900)
    }

    @Test func `principle 3: an orderly stop drives the lock safe and gives the open grants back`() throws {
        var door = try Door()
        _ = door.tell(.grant(grant))
        #expect(door.tell(.stop) == [.driveSafe])
        #expect(door.machine.abandon() == [grant])
        #expect(door.machine.abandon() == [])
        #expect(!door.machine.isReleased)
        #expect(door.tell(.grant(second)) == [])
        #expect(door.tell(.stop) == [])
        #expect(door.wait(60_000) == [])
        // A lock whose safe value is released may be opened by anybody now: no alarm.
        #expect(door.move(open: true) == [])
        #expect(door.wait(60_000) == [])

        var idle = try Door()
        #expect(idle.tell(.stop) == [.driveSafe])
    }
}
