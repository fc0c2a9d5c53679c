import GateModel
import Lanes
import Testing

/// What the lines say.
@Suite struct TurnstileSensorTests {
    private let grant = Grant.entry(1)
    private let second = Grant.entry(2)

    @Test func `a passage that nobody was granted is a fact`() throws {
        var lane = try Turnstile()
        #expect(lane.pass(.passageIn) == [.changed(.passageWithoutGrant)])
        #expect(lane.pass(.passageOut) == [.changed(.passageWithoutGrant)])
    }

    @Test func `a passage in the other direction is not the grant's`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        #expect(lane.pass(.passageOut) == [.changed(.passageWithoutGrant)])
        #expect(lane.wait(7000) == [.step(.notPassed(grant))])
    }

    @Test func `a level counts from fifty milliseconds`() throws {
        for (lasts, counts) in [(49, false), (50, true)] {
            var lane = try Turnstile()
            _ = lane.tell(.sensor(.passageIn, active: true))
            #expect(lane.wait(lasts) == [])
            #expect(lane.move(.passageIn, active: false) == (counts ? [.changed(.passageWithoutGrant)] : []))
        }
    }

    @Test func `a contact that bounces is one passage`() throws {
        var lane = try Turnstile()
        for active in [true, false, true, false, true, true, false, true] {
            #expect(lane.tell(.sensor(.passageIn, active: active)) == [])
            #expect(lane.wait(19) == [])
        }
        #expect(lane.wait(200) == [])
        for active in [false, true, false, true, false] {
            #expect(lane.tell(.sensor(.passageIn, active: active)) == [])
            #expect(lane.wait(19) == [])
        }
        #expect(lane.wait(1) == [.changed(.passageWithoutGrant)])
    }

    @Test func `who passes in the last moment passed with leave`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(6999)
        #expect(lane.tell(.sensor(.passageIn, active: true)) == [])
        #expect(lane.wait(500) == [])
        #expect(lane.move(.passageIn, active: false) == [.step(.passed(grant))])
    }

    @Test func `a bounce in the last moment does not lengthen the leave`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.grant(grant))
        _ = lane.wait(6999)
        _ = lane.tell(.sensor(.passageIn, active: true))
        #expect(lane.wait(12) == [])
        #expect(
            lane.tell(.sensor(.passageIn, active: false))
                == [.step(.notPassed(grant)), .drive(.unlockIn, active: false)])
    }

    @Test func `a late timer does not turn a passage into an alarm`() throws {
        var lane = try Turnstile(command: .level)
        _ = lane.tell(.grant(grant))
        lane.sleep(7500)
        // The output was still driven when the passage began.
        #expect(lane.tell(.sensor(.passageIn, active: true)) == [])
        #expect(lane.wait(100) == [.drive(.unlockIn, active: false)])
        #expect(lane.move(.passageIn, active: false) == [.step(.passed(grant))])
    }

    @Test func `a contact found active at start has seen nobody`() throws {
        var lane = try Turnstile(sensors: [])
        lane.machine = TurnstileMachine(settings: try TurnstileSettings(sensors: [.passageIn]))
        #expect(lane.machine.state.contact == .unknown)
        #expect(lane.move(.passageIn, active: true) == [])
        #expect(lane.machine.state.contact == .open)
        #expect(lane.move(.passageIn, active: false) == [])
        #expect(lane.pass(.passageIn) == [.changed(.passageWithoutGrant)])
    }

    @Test func `while its line is lost a passage is unobserved`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        #expect(lane.tell(.sensorLost(.passageIn)) == [])
        #expect(lane.machine.state.contact == .unknown)
        _ = lane.wait(1000)
        _ = lane.tell(.sensor(.passageIn, active: false))
        #expect(lane.machine.state.contact == .closed)
        #expect(lane.wait(6000) == [.step(.unobserved(grant))])
    }

    @Test func `a line lost in a passage leaves it unobserved`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.move(.passageIn, active: true)
        #expect(lane.tell(.sensorLost(.passageIn)) == [.step(.unobserved(grant))])
        #expect(lane.move(.passageIn, active: true) == [])
        #expect(lane.move(.passageIn, active: false) == [])
    }

    @Test func `a contact that stays active is a fault and not a passage`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(grant))
        _ = lane.wait(1000)
        _ = lane.move(.passageIn, active: true)
        #expect(lane.wait(29_999) == [])
        #expect(lane.wait(1) == [.step(.unobserved(grant)), .changed(.fault)])
        #expect(lane.machine.state.contact == .fault)
        // A turnstile without power: the other direction is no second fault.
        _ = lane.move(.passageOut, active: true)
        #expect(lane.wait(60_000) == [])
        // Nobody is held up by it.
        #expect(lane.tell(.grant(second)).first == .drive(.unlockIn, active: true))
        #expect(lane.wait(7000) == [.drive(.unlockIn, active: false), .step(.unobserved(second))])
        #expect(lane.move(.passageIn, active: false) == [])
        #expect(lane.move(.passageOut, active: false) == [.changed(.faultEnded)])
    }

    @Test func `principle 1: a stuck contact does not hold up who leaves`() throws {
        var lane = try Turnstile()
        _ = lane.tell(.grant(.leaving(1)))
        _ = lane.wait(1000)
        _ = lane.move(.passageOut, active: true)
        #expect(lane.tell(.grant(.leaving(2))) == [])
        #expect(lane.wait(5950) == [.drive(.unlockOut, active: true), .step(.released(.leaving(2)))])
    }

    @Test func `tampering is told once, and its end once`() throws {
        var lane = try Turnstile()
        #expect(lane.move(.tamper, active: true) == [.changed(.tamper)])
        #expect(lane.tell(.sensor(.tamper, active: true)) == [])
        #expect(lane.tell(.sensorLost(.tamper)) == [])
        #expect(lane.machine.state.tamper == .unknown)
        #expect(lane.tell(.sensor(.tamper, active: true)) == [])
        #expect(lane.move(.tamper, active: false) == [.changed(.tamperEnded)])
    }

    @Test func `a line that is not wired is not heeded`() throws {
        var lane = try Turnstile(sensors: [.passageIn])
        #expect(lane.pass(.passageOut) == [])
        #expect(lane.move(.tamper, active: true) == [])
        #expect(lane.machine.state.tamper == .unknown)
        #expect(lane.move(.contact, active: true) == [])
        #expect(lane.tell(.sensorLost(.passageOut)) == [])
        #expect(lane.move(.ready, active: false) == [])
        #expect(lane.tell(.grant(grant)).last == .step(.released(grant)))
    }
}
