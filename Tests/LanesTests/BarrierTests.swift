import GateModel
import Lanes
import Testing

/// Grants, vehicles and the boom.
@Suite struct BarrierTests {
    @Test func `principle 10: whom a person lets in drives in at any hour`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.mode(.entryLocked))
        let guest = Grant(crossing: CrossingID(rawValue: 1), direction: .entry, isByPerson: true)
        #expect(barrier.admit(guest).contains(.startOpening))
        #expect(barrier.vehicle().contains(.step(.passed(guest))))
    }

    private let grant = Grant.entry(1)
    private let second = Grant.entry(2)

    // MARK: A grant

    @Test func `a grant moves the boom before anything is written`() throws {
        var barrier = try Barrier()
        #expect(barrier.tell(.grant(grant)) == [.startOpening, .step(.released(grant))])
        #expect(barrier.machine.isReleased)
        #expect(barrier.wait(499) == [])
        #expect(barrier.wait(1) == [.endOpening])
        #expect(barrier.machine.isReleased)
        #expect(
            barrier.machine.state
                == LaneState(lock: .released, contact: .closed, alarm: .normal, tamper: .normal, fire: .none))
    }

    @Test func `a vehicle drives over the loop, has passed, and the boom closes after the clear delay`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        #expect(barrier.set(.safetyLoop, true) == [])
        #expect(barrier.wait(60_000) == [])
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
        #expect(barrier.wait(1999) == [])
        #expect(barrier.machine.isReleased)
        #expect(barrier.wait(1) == [.startClosing])
        #expect(!barrier.machine.isReleased)
        #expect(barrier.wait(500) == [.endClosing])
        #expect(barrier.boom(open: false) == [])
        #expect(barrier.machine.nextDeadline == nil)
        #expect(barrier.machine.state.contact == .closed)
    }

    @Test func `principle 16: released but nobody passed is a fact too, and the boom closes`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        #expect(barrier.wait(19_999) == [])
        #expect(barrier.wait(1) == [.step(.notPassed(grant)), .startClosing])
    }

    @Test func `the entry time begins when the boom is open`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        _ = barrier.set(.closedLimit, false)
        _ = barrier.wait(8980)
        _ = barrier.set(.openLimit, true)
        #expect(barrier.wait(19_980) == [])
        // A limit that chatters later gives no more time.
        _ = barrier.tell(.sensor(.openLimit, active: false))
        #expect(barrier.wait(20) == [.step(.notPassed(grant)), .startClosing])
    }

    @Test func `a grant may have its own time, within what is possible`() throws {
        for (asked, lasts) in [(Duration.seconds(30), 30_000), (.zero, 5000), (.seconds(Int64.max), 120_000)] {
            var barrier = try Barrier(sensors: [.safetyLoop])
            _ = barrier.tell(.grant(.entry(1, releaseTime: asked)))
            _ = barrier.wait(500)
            #expect(barrier.wait(lasts - 501) == [])
            #expect(barrier.wait(1).last == .startClosing)
        }
    }

    @Test func `a vehicle that comes in the last moment came with leave`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.wait(19_990)
        #expect(barrier.set(.safetyLoop, true) == [])
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
    }

    @Test func `a late timer does not turn a passage into one without a grant`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        #expect(barrier.late(25_000, .sensor(.safetyLoop, active: true)) == [])
        _ = barrier.wait(1000)
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
    }

    @Test func `a timer that comes late does what was due in the order in which it was due`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.tell(.sensor(.tamper, active: true))
        #expect(
            barrier.late(100_000) == [.changed(.tamper), .step(.notPassed(grant)), .startClosing])
        // The command to close began just now, and is given in full.
        #expect(barrier.wait(499) == [])
        #expect(barrier.wait(1) == [.endClosing])
    }

    @Test func `whoever backs out before the loop gives the grant back, and the boom closes`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.armingLoop, true)
        _ = barrier.admit(grant)
        #expect(barrier.set(.armingLoop, false) == [.step(.notPassed(grant)), .startClosing])
    }

    @Test func `who has come on the safety loop does not back out by leaving the arming loop`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.armingLoop, true)
        _ = barrier.admit(grant)
        _ = barrier.tell(.sensor(.safetyLoop, active: true))
        #expect(barrier.set(.armingLoop, false) == [])
        #expect(barrier.wait(1000) == [])
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
    }

    @Test func `principle 1: a vehicle that backs out takes nothing from one that leaves`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.armingLoop, true)
        _ = barrier.admit(Barrier.exit(1))
        #expect(barrier.set(.armingLoop, false) == [])
        #expect(barrier.vehicle() == [.step(.passed(Barrier.exit(1)))])
    }

    @Test func `without a safety loop the end of the release is unobserved`() throws {
        var barrier = try Barrier(sensors: [.armingLoop, .openLimit, .closedLimit])
        _ = barrier.set(.armingLoop, true)
        _ = barrier.admit(grant)
        // It drives in, or it backs out: nothing can tell.
        #expect(barrier.set(.armingLoop, false) == [])
        #expect(barrier.wait(20_000) == [.step(.unobserved(grant)), .startClosing])
    }

    // MARK: Several grants

    @Test func `each vehicle is the passage of the oldest grant`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        #expect(barrier.tell(.grant(second)) == [.startOpening, .step(.released(second))])
        _ = barrier.wait(1000)
        #expect(barrier.vehicle() == [.step(.passed(grant))])
        #expect(barrier.wait(10_000) == [])
        #expect(barrier.vehicle() == [.step(.passed(second))])
        #expect(barrier.wait(2000) == [.startClosing])
    }

    @Test func `whoever waits behind another has the whole entry time after it`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.tell(.grant(second))
        _ = barrier.wait(15_000)
        _ = barrier.set(.safetyLoop, true)
        _ = barrier.wait(15_000)
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
        #expect(barrier.wait(19_999) == [])
        #expect(barrier.wait(1) == [.step(.notPassed(second)), .startClosing])
    }

    @Test func `whoever is granted behind another and never comes has not passed`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.set(.safetyLoop, true)
        _ = barrier.tell(.grant(second))
        _ = barrier.wait(1000)
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
        #expect(barrier.wait(20_000) == [.step(.notPassed(second)), .startClosing])
    }

    @Test func `whoever may have passed behind a vehicle that stays on the loop is unobserved`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.set(.safetyLoop, true)
        _ = barrier.tell(.grant(second))
        #expect(barrier.wait(20_000) == [.endOpening, .step(.unobserved(second))])
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
    }

    @Test func `another grant in the clear delay keeps the boom open`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.vehicle()
        _ = barrier.wait(1900)
        #expect(barrier.tell(.grant(second)) == [.startOpening, .step(.released(second))])
        #expect(barrier.wait(10_000) == [.endOpening])
        #expect(barrier.vehicle() == [.step(.passed(second))])
    }

    @Test func `somebody who is granted over and over fills no memory`() throws {
        var barrier = try Barrier()
        var ended: [LaneAction] = []
        for number in 1...1000 {
            ended += barrier.tell(.grant(.entry(UInt64(number)))).filter {
                if case .step(.notPassed) = $0 { true } else { false }
            }
            _ = barrier.wait(1000)
        }
        #expect(ended.first == .step(.notPassed(.entry(1))))
        #expect(ended.count == 1000 - 16)
        #expect(barrier.machine.abandon().count == 16)
    }

    // MARK: Vehicles without a grant

    @Test func `a vehicle over the loop that nobody let through is a fact`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.vehicle()
        _ = barrier.wait(1000)
        #expect(barrier.vehicle() == [.changed(.passageWithoutGrant)])
        #expect(barrier.wait(1999) == [])
        #expect(barrier.wait(1) == [.startClosing])

        var blind = try Barrier(sensors: [.safetyLoop])
        #expect(blind.vehicle() == [.changed(.passageWithoutGrant)])
    }

    @Test func `a vehicle that touches the loop before the closed boom has not passed`() throws {
        var barrier = try Barrier()
        #expect(barrier.vehicle() == [])
        #expect(barrier.set(.safetyLoop, true) == [])
        #expect(barrier.admit(grant) == [.startOpening, .step(.released(grant)), .endOpening])
        #expect(barrier.wait(60_000) == [])
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant))])
        #expect(barrier.wait(2000) == [.startClosing])
    }

    @Test func `a vehicle that leaves before the boom has moved has not passed`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        _ = barrier.set(.safetyLoop, true)
        #expect(barrier.set(.safetyLoop, false) == [.step(.notPassed(grant))])
    }

    @Test func `a vehicle found on the loop at start is nobody's offence and no grant's passage`() throws {
        var barrier = try Barrier(isRead: false)
        _ = barrier.tell(.sensor(.safetyLoop, active: true))
        _ = barrier.tell(.grant(grant))
        _ = barrier.wait(1000)
        #expect(barrier.set(.safetyLoop, false) == [])
        #expect(barrier.vehicle() == [.step(.passed(grant))])
    }

    // MARK: Closing

    @Test func `nothing is commanded to close over an occupied loop, and a closing command ends at once`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.wait(20_100)
        #expect(barrier.closes)
        #expect(barrier.tell(.sensor(.safetyLoop, active: true)) == [.endClosing])
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.set(.safetyLoop, false) == [.changed(.passageWithoutGrant), .changed(.fault)])
    }

    @Test func `a flicker of the loop is no vehicle, but the boom waits the clear delay again`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.wait(20_100)
        #expect(barrier.tell(.sensor(.safetyLoop, active: true)) == [.endClosing])
        _ = barrier.wait(10)
        #expect(barrier.tell(.sensor(.safetyLoop, active: false)) == [])
        #expect(barrier.wait(1999) == [])
        #expect(barrier.wait(1) == [.startClosing])
    }

    @Test func `a loop that clears after the detector may have forgotten the vehicle closes nothing`() throws {
        var barrier = try Barrier(presenceLimit: .seconds(240))
        _ = barrier.admit(grant)
        _ = barrier.set(.safetyLoop, true)
        _ = barrier.wait(240_000)
        #expect(barrier.set(.safetyLoop, false) == [.step(.passed(grant)), .changed(.fault)])
        #expect(barrier.machine.state.lock == .fault)
        #expect(barrier.wait(600_000) == [])
        // The next vehicle that drives over it shows that nothing stands there.
        #expect(barrier.vehicle() == [.changed(.passageWithoutGrant), .changed(.faultEnded)])
        #expect(barrier.wait(2000) == [.startClosing])

        var patient = try Barrier(presenceLimit: nil)
        _ = patient.admit(grant)
        _ = patient.set(.safetyLoop, true)
        _ = patient.wait(7_200_000)
        #expect(patient.set(.safetyLoop, false) == [.step(.passed(grant))])
        #expect(patient.wait(2000) == [.startClosing])
    }

    @Test func `a board that is not ready is not commanded to close, but always to open`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.ready, false)
        #expect(barrier.admit(grant).first == .startOpening)
        _ = barrier.vehicle()
        #expect(barrier.wait(60_000) == [])
        #expect(barrier.set(.ready, true) == [.startClosing])
    }

    @Test func `a board that closes by itself is never commanded to`() throws {
        var barrier = try Barrier(closes: false)
        _ = barrier.admit(grant)
        #expect(barrier.vehicle() == [.step(.passed(grant))])
        #expect(barrier.wait(1999) == [])
        #expect(barrier.machine.isReleased)
        #expect(barrier.wait(1) == [])
        #expect(!barrier.machine.isReleased)
        #expect(barrier.boom(open: false) == [])
        #expect(barrier.machine.nextDeadline == nil)
    }

    @Test func `a board that closes before the entry time ends the grant`() throws {
        var barrier = try Barrier(closes: false)
        _ = barrier.admit(grant)
        _ = barrier.wait(5000)
        #expect(barrier.boom(open: false) == [.step(.notPassed(grant))])
        #expect(!barrier.machine.isReleased)
    }

    @Test func `a closed limit that chatters while the boom leaves it ends nothing`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        for closed in [false, true, false] { #expect(barrier.set(.closedLimit, closed) == []) }
        #expect(barrier.machine.isReleased)
        #expect(barrier.vehicle().contains(.step(.passed(grant))))
    }

    // MARK: Alarms and faults

    @Test func `a boom that does not open in time is a fault until it arrives`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.grant(grant))
        _ = barrier.set(.closedLimit, false)
        #expect(barrier.wait(9979) == [.endOpening])
        #expect(barrier.wait(1) == [.changed(.fault)])
        #expect(barrier.machine.state.lock == .fault)
        #expect(barrier.set(.openLimit, true) == [.changed(.faultEnded)])
        #expect(barrier.machine.state.lock == .released)
    }

    @Test func `a boom that is commanded again and again is still late`() throws {
        var barrier = try Barrier()
        var actions: [LaneAction] = []
        for number in 1...11 {
            actions += barrier.tell(.grant(.entry(UInt64(number))))
            actions += barrier.wait(1000)
        }
        #expect(actions.contains(.changed(.fault)))
    }

    @Test func `a boom that never leaves its closed limit is a fault even without an open limit`() throws {
        var barrier = try Barrier(sensors: [.safetyLoop, .closedLimit])
        _ = barrier.tell(.grant(grant))
        #expect(barrier.wait(10_000) == [.endOpening, .changed(.fault)])
    }

    @Test func `a boom that does not close in time is a fault until it does`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.vehicle()
        _ = barrier.wait(2000)
        #expect(barrier.wait(9999) == [.endClosing])
        #expect(barrier.wait(1) == [.changed(.fault)])
        #expect(barrier.boom(open: false) == [.changed(.faultEnded)])
    }

    @Test func `without a closed limit the boom counts as closed after its time`() throws {
        var barrier = try Barrier(sensors: [.safetyLoop])
        _ = barrier.tell(.grant(grant))
        #expect(
            barrier.wait(60_000) == [.endOpening, .step(.notPassed(grant)), .startClosing, .endClosing])
        #expect(barrier.machine.nextDeadline == nil)
        #expect(barrier.machine.state.contact == .unknown)
    }

    @Test func `a boom that is lifted without leave is forced until it is back`() throws {
        var barrier = try Barrier()
        #expect(barrier.set(.closedLimit, false) == [.changed(.forcedOpen)])
        #expect(barrier.machine.state.alarm == .forcedOpen)
        #expect(barrier.vehicle() == [.changed(.passageWithoutGrant)])
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.set(.closedLimit, true) == [.changed(.forcedOpenEnded)])
        #expect(barrier.machine.state.alarm == .normal)
    }

    @Test func `tampering is told once, and its end once`() throws {
        var barrier = try Barrier()
        #expect(barrier.set(.tamper, true) == [.changed(.tamper)])
        #expect(barrier.set(.tamper, true) == [])
        #expect(barrier.machine.state.tamper == .tampered)
        #expect(barrier.set(.tamper, false) == [.changed(.tamperEnded)])
        #expect(barrier.tell(.sensorLost(.tamper)) == [])
        #expect(barrier.machine.state.tamper == .unknown)
        #expect(barrier.tell(.sensor(.tamper, active: true)) == [.changed(.tamper)])
        #expect(barrier.tell(.sensorLost(.tamper)) == [.changed(.tamperEnded)])
    }

    @Test func `limits that are both reached cannot be`() throws {
        var barrier = try Barrier()
        _ = barrier.set(.openLimit, true)
        #expect(barrier.machine.state.contact == .fault)
    }

    @Test func `a sensor that the settings do not name is not heeded`() throws {
        var barrier = try Barrier(sensors: [.safetyLoop])
        for sensor in LaneSensor.allCases where sensor != .safetyLoop {
            #expect(barrier.set(sensor, true) == [])
            #expect(barrier.set(sensor, false) == [])
            #expect(barrier.tell(.sensorLost(sensor)) == [])
        }
        #expect(barrier.machine.state.contact == .unknown)
    }

    // MARK: Lost sensors

    @Test func `principle 4: a lost sensor moves nothing and is no alarm`() throws {
        var barrier = try Barrier()
        for sensor in LaneSensor.allCases { #expect(barrier.tell(.sensorLost(sensor)) == []) }
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.machine.state.contact == .unknown)
        #expect(barrier.machine.state.tamper == .unknown)
        // Found open when it can be read again: nobody knows why.
        #expect(barrier.set(.closedLimit, false) == [])
    }

    @Test func `the boom stays open while nobody can read the safety loop`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        #expect(barrier.tell(.sensorLost(.safetyLoop)) == [])
        #expect(barrier.wait(600_000) == [.step(.unobserved(grant))])
        #expect(barrier.machine.isReleased)
        #expect(barrier.tell(.sensor(.safetyLoop, active: false)) == [])
        #expect(barrier.wait(1999) == [])
        #expect(barrier.wait(1) == [.startClosing])
        #expect(barrier.tell(.sensorLost(.safetyLoop)) == [.endClosing])
        #expect(barrier.wait(600_000) == [])
    }

    @Test func `a vehicle on a loop that is lost is unobserved`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.set(.safetyLoop, true)
        #expect(barrier.tell(.sensorLost(.safetyLoop)) == [.step(.unobserved(grant))])
        #expect(barrier.tell(.sensor(.safetyLoop, active: true)) == [])
        #expect(barrier.set(.safetyLoop, false) == [])
    }

    // MARK: Modes

    @Test func `an unlocked barrier is held open and writes no passages but those of grants`() throws {
        var barrier = try Barrier()
        #expect(barrier.tell(.mode(.unlocked)) == [.startOpening])
        #expect(barrier.boom(open: true) == [])
        #expect(barrier.vehicle() == [])
        #expect(barrier.tell(.grant(grant)) == [.step(.released(grant))])
        #expect(barrier.vehicle() == [.step(.passed(grant))])
        #expect(barrier.wait(600_000) == [])
        #expect(barrier.opens)
        #expect(barrier.machine.state.mode == .unlocked)
        #expect(barrier.tell(.mode(.controlled)) == [.endOpening])
        #expect(barrier.wait(500) == [.startClosing])
    }

    @Test func `a locked entry lets nobody in and everybody out`() throws {
        var barrier = try Barrier()
        _ = barrier.tell(.mode(.entryLocked))
        #expect(barrier.tell(.grant(grant)) == [.step(.notPassed(grant))])
        #expect(!barrier.machine.isReleased)
        #expect(barrier.admit(Barrier.exit(2)).first == .startOpening)
        #expect(barrier.vehicle() == [.step(.passed(Barrier.exit(2)))])
    }

    // MARK: Stop

    @Test func `principle 3: an orderly stop drives the outputs safe and gives the open grants back`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.tell(.grant(second))
        _ = barrier.set(.safetyLoop, true)
        #expect(barrier.tell(.stop) == [.driveSafe])
        #expect(!barrier.machine.isReleased)
        #expect(barrier.machine.abandon() == [grant, second])
        #expect(barrier.machine.abandon() == [])
        #expect(barrier.tell(.grant(.entry(3))) == [])
        #expect(barrier.tell(.stop) == [])
        #expect(barrier.set(.safetyLoop, false) == [])
        #expect(barrier.wait(600_000) == [])

        var idle = try Barrier()
        #expect(idle.tell(.stop) == [.driveSafe])
        #expect(idle.set(.closedLimit, false) == [])
        #expect(idle.set(.tamper, true) == [])
    }

    @Test func `a stop ends a command to close and gives no other`() throws {
        var barrier = try Barrier()
        _ = barrier.admit(grant)
        _ = barrier.wait(20_100)
        #expect(barrier.closes)
        #expect(barrier.tell(.stop) == [.endClosing, .driveSafe])
        #expect(!barrier.closes)
        #expect(barrier.wait(600_000) == [])
    }
}
