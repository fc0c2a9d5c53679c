import Commissioning
import Control
import GateModel

/// A gate, a technician and a clock for the walk, without any of them.
///
/// The gate does at once what it is asked to, and the technician what they are told, unless a step is in `refuses`.
struct ScriptedGate {
    static let door = LaneID(rawValue: "front-door")
    static let turnstile = LaneID(rawValue: "turnstile")

    static let plan = GatePlan(
        gate: "north-gate",
        lanes: [
            LanePlan(
                lane: door, kind: "door", mover: "lock", barring: .watchedDoor(heldOpenAfter: .seconds(30)),
                hasExitButton: true, isReleasedByCurrent: true, releaseTime: .seconds(5),
                debounce: .milliseconds(20),
                readers: [
                    ReaderPlan(
                        reader: ReaderID(rawValue: "card-in"), accessPoint: AccessPointID(rawValue: "front-in"),
                        direction: .entry)
                ]),
            LanePlan(
                lane: turnstile, kind: "turnstile", mover: "turnstile", barring: .countedPassage,
                hasExitButton: false, isReleasedByCurrent: false, releaseTime: .seconds(7),
                debounce: .milliseconds(20), readers: []),
        ], hasFireInput: true)

    static let steps = [
        "front-door.release", "front-door.exit-button", "front-door.credential.card-in", "front-door.forced-open",
        "front-door.held-open", "front-door.bounce", "turnstile.release", "turnstile.passage-without-leave",
        "turnstile.bounce", "event-to-centre", "fire", "front-door.kill", "turnstile.kill", "power-loss",
    ]

    static func session(began: Int64 = 1_800_000_000) -> CommissioningSession {
        CommissioningSession(
            gate: "north-gate", operatorName: "tester", began: WallTime(secondsSince1970: began),
            configurationDigest: "ab12")
    }

    var walk: Commissioning
    /// Statements and questions of whose steps nothing comes.
    var refuses: Set<String> = []
    var answers: [String: String] = [:]
    /// The reader's time until the output was driven.
    var reaction: Int64? = 12_300
    var uploads = true
    var statusSoFar = ScriptedGate.atRest
    private(set) var results: [StepResult] = []
    private(set) var acts: [CommissioningAct] = []
    private(set) var ids: [String] = []
    private(set) var unclear: [String] = []
    private(set) var ending: CommissioningOutput?
    private var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private var wall: Int64 = 1_800_000_000

    init(
        _ session: CommissioningSession = ScriptedGate.session(), plan: GatePlan = ScriptedGate.plan,
        only: LaneID? = nil, run: String = "first"
    ) {
        walk = Commissioning(plan: plan, session: session, only: only, run: run)
    }

    static var atRest: StatusReport {
        StatusReport(
            gate: "north-gate", softwareVersion: "1.2.3",
            at: TimeStamp(
                monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000), wall: WallTime(secondsSince1970: 1),
                synchronised: true), upSeconds: 970, mandate: MandateStatus(valid: true, reference: nil, until: nil),
            list: ListStatus(version: 1, orders: 1, ageSeconds: 1, freshness: .fresh, lastRefusal: nil),
            lanes: [door, turnstile].map {
                LaneStatus(
                    lane: $0, site: .communityGate, lock: "locked", contact: $0 == door ? "closed" : "unknown",
                    alarm: "normal", fire: "none", mode: "controlled", tamper: "unknown", fault: nil,
                    bounces: $0 == door ? ["contact": 3100, "exit-button": 400] : [:])
            },
            readers: [
                ReaderStatus(
                    reader: ReaderID(rawValue: "card-in"), accessPoint: AccessPointID(rawValue: "front-in"),
                    kind: "sdt", device: "", state: .ready, reason: nil)
            ],
            ledger: LedgerStatus(epoch: "", lastSequence: 40, unsent: 0, waiting: 0, fault: nil),
            uplink: UplinkStatus(url: "", reachable: true, lastSuccessSecondsAgo: 1, lastError: nil),
            acceptsPlaceholders: false, processID: 100)
    }

    var time: TimeStamp {
        TimeStamp(monotonic: now, wall: WallTime(secondsSince1970: wall), synchronised: true)
    }

    mutating func pass(_ duration: Duration) {
        now = now.advanced(by: duration)
        wall += duration.components.seconds
    }

    /// Goes on until the walk ends, or waits for what does not come.
    mutating func run() {
        var outputs = walk.begin(at: time)
        outputs += walk.handle(.watching(true), at: time)
        var idle = 0
        while ending == nil, idle < 20 {
            while !outputs.isEmpty { outputs += react(to: outputs.removeFirst()) }
            idle += 1
            outputs = poll()
            if !outputs.isEmpty { idle = 0 }
            if outputs.isEmpty {
                // Nothing comes any more.
                pass(.seconds(30))
                outputs = walk.handle(.timer, at: time)
            }
        }
    }

    mutating func poll() -> [CommissioningOutput] { walk.handle(.status(statusSoFar, asked: now), at: time) }

    mutating func setLane(_ id: LaneID, _ change: (inout LaneStatus) -> Void) {
        for index in statusSoFar.lanes.indices where statusSoFar.lanes[index].lane == id {
            change(&statusSoFar.lanes[index])
        }
    }

    mutating func line(
        _ what: WatchLine.What, _ lane: LaneID, _ change: (inout WatchLine) -> Void = { _ in }
    ) -> [CommissioningOutput] {
        var line = WatchLine(at: time.wall, what: what)
        line.lane = lane
        change(&line)
        return walk.handle(.line(line), at: time)
    }

    /// A status with a change of a lane, and one with the lane as it was.
    private mutating func shows(_ lane: LaneID, _ change: (inout LaneStatus) -> Void) -> [CommissioningOutput] {
        let before = statusSoFar
        setLane(lane, change)
        let outputs = poll()
        statusSoFar.lanes = before.lanes
        return outputs + poll()
    }

    // MARK: What the gate and the technician do

    private mutating func react(to output: CommissioningOutput) -> [CommissioningOutput] {
        switch output {
        case .begin, .awaiting: return []
        case .tell(let id, _):
            ids.append(id)
            return refuses.contains(id) ? [] : told(id)
        case .ask(let id, _, let choices, let standard):
            ids.append(id)
            if refuses.contains(id) { return walk.handle(.skip("not here"), at: time) }
            let answer = answers[id] ?? standard ?? choices[0]
            // Once is enough: whoever repeats for ever never ends.
            if answer == "repeat" { answers[id] = nil }
            return walk.handle(.answer(answer), at: time)
        case .act(let act):
            acts.append(act)
            return did(act)
        case .finished(let result):
            results.append(result)
            return []
        case .unclear(let text):
            unclear.append(text)
            return []
        case .suspended, .complete:
            ending = output
            return []
        }
    }

    private mutating func did(_ act: CommissioningAct) -> [CommissioningOutput] {
        pass(.milliseconds(8))
        switch act {
        case .release(let lane):
            if refuses.contains("act") {
                return walk.handle(.actRefused("the disk is full"), at: time)
            }
            statusSoFar.ledger.lastSequence += 1
            statusSoFar.ledger.unsent = uploads ? 0 : 1
            let released = line(.released, lane)
            let done = walk.handle(.actDone, at: time)
            pass(.milliseconds(700))
            // Somebody who was told to keep the door open does so.
            guard ids.last == "front-door.held-open", !refuses.contains("front-door.held-open") else {
                return released + done
            }
            let opened = line(.passed, lane)
            setLane(lane) { $0.contact = "open" }
            pass(.milliseconds(30_020))
            setLane(lane) { $0.alarm = "held-open" }
            return released + done + opened + line(.lane, lane) { $0.change = "held-open" }
        case .resetFire(let lanes):
            for lane in lanes {
                setLane(lane) { ($0.fire, $0.lock) = ("none", "locked") }
            }
            return walk.handle(.actDone, at: time)
        case .kill:
            let done = walk.handle(.actDone, at: time)
            return done + walk.handle(.silence, at: time)
        }
    }

    private mutating func told(_ id: String) -> [CommissioningOutput] {
        let reaction = reaction
        // What the gate does by itself takes no person's time.
        if !id.hasSuffix("release"), id != "event-to-centre" { pass(.seconds(2)) }
        switch id {
        case "front-door.exit-button":
            let pressed = line(.exitButton, Self.door) { $0.reactionMicroseconds = reaction }
            return pressed + shows(Self.door) { ($0.contact, $0.lock) = ("open", "released") }
        case "front-door.credential.card-in":
            statusSoFar.readers[0].reads += 1
            let point = AccessPointID(rawValue: "front-in")
            let outcome = Outcome(rawValue: answers["outcome"] ?? "admit")
            let decided = line(.decided, Self.door) {
                ($0.accessPoint, $0.outcome, $0.policyCase) = (point, outcome, .clear)
            }
            return decided
                + line(.released, Self.door) { ($0.accessPoint, $0.reactionMicroseconds) = (point, reaction) }
        case "front-door.forced-open":
            setLane(Self.door) { ($0.contact, $0.alarm) = ("open", "forced-open") }
            let opened = line(.lane, Self.door) { $0.change = "forced-open" }
            guard !refuses.contains("front-door.forced-open.close") else { return opened }
            setLane(Self.door) { ($0.contact, $0.alarm) = ("closed", "normal") }
            return opened + line(.lane, Self.door) { $0.change = "forced-open-ended" }
        case "front-door.held-open.close":
            setLane(Self.door) { ($0.contact, $0.alarm) = ("closed", "normal") }
            return line(.lane, Self.door) { $0.change = "held-open-ended" }
        case "turnstile.passage-without-leave":
            return line(.lane, Self.turnstile) { $0.change = "passage-without-grant" }
        case "fire.on":
            var outputs: [CommissioningOutput] = []
            for lane in [Self.door, Self.turnstile] {
                setLane(lane) { ($0.fire, $0.lock) = ("active", "released") }
                outputs += line(.lane, lane) { ($0.change, $0.reactionMicroseconds) = ("fire", 900) }
            }
            return outputs + poll()
        case "fire.off":
            for lane in [Self.door, Self.turnstile] {
                setLane(lane) { $0.fire = "latched" }
            }
            return poll()
        case "front-door.kill.restart", "turnstile.kill.restart":
            statusSoFar.processID = (statusSoFar.processID ?? 0) + 1
            statusSoFar.upSeconds = 0
            return poll()
        default: return []
        }
    }
}
