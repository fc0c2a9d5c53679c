import GateModel
import Lanes
import TestSupport
import Testing

/// Random interlocks in random use: what must hold after every single action and step.
@Suite struct InterlockSimulationTests {
    @Test func `principles 1, 2, 3, 16: pure noise`() throws {
        let seen = try Self.run(.noise, steps: SimulationSteps.wanted / 2)
        Self.expect(Set(InterlockAccount.Event.allCases).subtracting([.onePress]), in: seen)
    }

    @Test func `principles 1, 2, 3, 16: people who come and go`() throws {
        let seen = try Self.run(.people, steps: SimulationSteps.wanted * 2 / 5)
        Self.expect(Set(InterlockAccount.Event.allCases), in: seen)
    }

    @Test func `people who only come never find both doors open`() throws {
        let seen = try Self.run(.entries, steps: SimulationSteps.wanted / 10)
        Self.expect([.entryPassed, .entryWaited, .entryGivenUp, .toInner], in: seen)
    }

    /// A simulation in which nothing happens proves nothing. A short one need not show everything.
    private static func expect(_ events: Set<InterlockAccount.Event>, in seen: Set<InterlockAccount.Event>) {
        guard SimulationSteps.wanted >= 100_000 else { return }
        #expect(events.subtracting(seen) == [])
    }

    private static func run(_ kind: InterlockUse.Kind, steps wanted: Int) throws -> Set<InterlockAccount.Event> {
        var seen: Set<InterlockAccount.Event> = []
        var steps = 0
        var seed = UInt64(0)
        let start = ContinuousClock.now
        while steps < wanted {
            seed += 1
            let use = try InterlockUse.run(kind, seed: seed, keepsHistory: false)
            steps += use.steps
            seen.formUnion(use.account.seen)
            guard let failure = use.account.failure else { continue }
            // The same numbers again, this time with what led to it.
            let history = try InterlockUse.run(kind, seed: seed, keepsHistory: true).history.suffix(25)
            Issue.record(
                """
                \(failure): \(kind), seed \(seed), step \(use.steps), \(use.account.machine.settings)
                \(history.joined(separator: "\n"))
                """)
            break
        }
        SimulationSteps.report("interlock", steps, since: start)
        return seen
    }
}

/// One interlock that is told at random what a world of people or mere chance does.
private struct InterlockUse {
    enum Kind { case noise, people, entries }

    private(set) var account: InterlockAccount
    private(set) var steps = 0
    private(set) var history: [String] = []
    private let kind: Kind
    private let keepsHistory: Bool
    /// Whether the timer is called at each deadline, or only when it happens to be.
    private let isPunctual: Bool
    private var random: SeededGenerator
    private var world: InterlockWorld?
    private var now = MonotonicTime(nanoseconds: 5_000_000_000)
    private var granted: UInt64 = 0

    static func run(_ kind: Kind, seed: UInt64, keepsHistory: Bool) throws -> InterlockUse {
        var use = try InterlockUse(kind, seed: seed, keepsHistory: keepsHistory)
        while use.steps < 1000, use.account.failure == nil {
            use.step()
            if kind != .entries, use.steps.isMultiple(of: 250) { use.calmDown() }
        }
        use.finish()
        return use
    }

    private init(_ kind: Kind, seed: UInt64, keepsHistory: Bool) throws {
        self.kind = kind
        self.keepsHistory = keepsHistory
        var random = SeededGenerator(seed: seed)
        isPunctual = kind == .entries || Int.random(in: 0..<3, using: &random) > 0
        func door() throws -> DoorSettings {
            try DoorSettings(
                releaseTime: .milliseconds(Int.random(in: 500...8000, using: &random)),
                heldOpenAfter: .milliseconds(Int.random(in: 1000...20_000, using: &random)),
                heldOpenWarning: .milliseconds(Int.random(in: -1...5000, using: &random)),
                hasContact: true, hasLockState: kind == .noise && .random(using: &random),
                relock: .random(using: &random) ? .onOpen : .onClose,
                debounce: .milliseconds(Int.random(in: 0...60, using: &random)))
        }
        let settings = try InterlockSettings(
            outer: door(), inner: door(), transferTime: .milliseconds(Int.random(in: 3000...15_000, using: &random)),
            waitTime: .milliseconds(Int.random(in: 5000...40_000, using: &random)))
        account = InterlockAccount(
            machine: InterlockMachine(settings: settings), isPunctual: isPunctual, onlyEntries: kind == .entries)
        self.random = random
        if kind != .noise {
            world = InterlockWorld(hasLeavers: kind == .people)
            tell(.sensor(.outerContact, active: false))
            tell(.sensor(.innerContact, active: false))
        }
    }

    private mutating func step() {
        steps += 1
        letTimePass()
        let lot = Int.random(in: 0..<300, using: &random)
        if kind != .entries, lot == 0 {
            // More than can wait.
            let direction: Direction = .random(using: &random) ? .entry : .exit
            for _ in 1...20 { tell(randomGrant(direction)) }
        } else if world == nil || kind == .people && lot < 12 {
            tell(randomInput())
        } else if let input = world?.act(account.released, number: &granted, at: now, &random) {
            tell(input)
            if world?.outWithOnePress ?? 0 > 0 { account.see(.onePress) }
        }
    }

    private mutating func letTimePass() {
        var then = now
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1...4: then = now.advanced(by: .milliseconds(Int.random(in: 0...60, using: &random)))
        case 5...7: then = now.advanced(by: .milliseconds(Int.random(in: 0...2000, using: &random)))
        case 8:
            let long = Int.random(in: 0..<10, using: &random) == 0
            then = now.advanced(by: .milliseconds(Int.random(in: 0...(long ? 40_000 : 8000), using: &random)))
        default: if let deadline = account.machine.nextDeadline { then = deadline }
        }
        while isPunctual, let deadline = account.machine.nextDeadline, deadline < then, account.failure == nil {
            now = deadline
            tell(.timer)
        }
        now = then
    }

    private mutating func randomGrant(_ direction: Direction) -> LaneInput {
        granted += 1
        let own = Int.random(in: 0..<6, using: &random) == 0 ? Int.random(in: 0...70_000, using: &random) : nil
        return .grant(
            Grant(
                crossing: CrossingID(rawValue: granted), direction: direction,
                releaseTime: own.map { .milliseconds($0) }, isByPerson: Int.random(in: 0..<8, using: &random) == 0))
    }

    private mutating func randomInput() -> LaneInput {
        let door: InterlockDoor = .random(using: &random) ? .outer : .inner
        switch Int.random(in: 0..<100, using: &random) {
        case 0...9: return randomGrant(.entry)
        case 10...16: return randomGrant(.exit)
        case 17...21: return Interlock.button(door, pressed: true)
        case 22...31: return Interlock.button(door, pressed: false)
        case 32...50: return .sensor(door == .outer ? .outerContact : .innerContact, active: true)
        case 51...69: return .sensor(door == .outer ? .outerContact : .innerContact, active: false)
        case 70...77:
            return .sensor(door == .outer ? .outerLockState : .innerLockState, active: .random(using: &random))
        case 78...80: return .sensor(.tamper, active: .random(using: &random))
        case 81: return .sensor([.contact, .lockState, .ready].randomElement(using: &random) ?? .contact, active: true)
        case 82...83:
            return .sensorLost(LaneSensor.allCases.randomElement(using: &random) ?? .contact)
        case 84: return .fire(active: true)
        case 85...86: return .fire(active: false)
        case 87...89: return .fireReset
        case 90: return .mode(LaneMode.allCases.randomElement(using: &random) ?? .controlled)
        case 91...92: return .mode(.controlled)
        default: return .timer
        }
    }

    private mutating func tell(_ input: LaneInput) {
        guard account.failure == nil else { return }
        // The kernel stamps an edge earlier than it is read.
        let isEarly = Int.random(in: 0..<20, using: &random) == 0
        let actions = account.tell(input, at: isEarly ? now.advanced(by: .milliseconds(-30)) : now)
        if keepsHistory { history.append("\(now.nanoseconds / 1_000_000) \(input) -> \(actions)") }
    }

    /// Everybody lets go of everything, and the doors are shut: nothing may stay released or wait.
    private mutating func calmDown() {
        let ends: [LaneInput] = [
            .exitButton(pressed: false), .airlockButton(pressed: false), .fire(active: false), .fireReset,
            .sensor(.outerContact, active: false), .sensor(.innerContact, active: false),
            .sensor(.outerLockState, active: true), .sensor(.innerLockState, active: true),
        ]
        for input in ends { tell(input) }
        if world != nil { world = InterlockWorld(hasLeavers: true) }
        let end = now.advanced(by: .seconds(900))
        while let deadline = account.machine.nextDeadline, deadline <= end, account.failure == nil {
            now = deadline
            tell(.timer)
        }
        // A sensor may still say that a lock does not follow, and nothing is asked of it.
        account.checkCalm()
    }

    /// Stops the lane: what was open is given back, and what holds an output still does.
    private mutating func finish() {
        guard account.failure == nil else { return }
        tell(.stop)
        account.checkAbandoned()
        for _ in 1...40 where account.failure == nil {
            letTimePass()
            tell(randomInput())
        }
        calmDown()
        account.checkStopped()
    }
}
