import GateModel
import Lanes
import TestSupport

/// Two doors and the people who want to go through, as plain as can be.
///
/// A door that is shut opens only while its lock is released. People go one way, shut the door behind them most of the
/// time, and lose patience: between the doors everybody goes for the airlock button in the end.
struct InterlockWorld {
    private enum Place { case outside, between, inside }

    private struct Person {
        let grant: Grant?
        let goesIn: Bool
        var place: Place
        /// Which door they hold open just now.
        var holds: InterlockDoor?
        var losesPatience: MonotonicTime
        var presses = 0
        var hasTurnedBack = false

        /// The door before them.
        var next: InterlockDoor? {
            switch place {
            case .outside: goesIn && !hasTurnedBack ? .outer : nil
            case .between: goesIn && !hasTurnedBack ? .inner : .outer
            case .inside: goesIn ? nil : .inner
            }
        }
    }

    /// Whether people leave, and not only come.
    let hasLeavers: Bool
    private var people: [Person] = []
    private var open: Set<InterlockDoor> = []
    private var finger: InterlockDoor?
    /// Who has come out after a single press inside.
    private(set) var outWithOnePress = 0
    private(set) var went = 0

    init(hasLeavers: Bool) { self.hasLeavers = hasLeavers }

    /// What somebody does next.
    mutating func act(
        _ released: Set<InterlockDoor>, number: inout UInt64, at now: MonotonicTime, _ random: inout SeededGenerator
    ) -> LaneInput? {
        if let finger, Int.random(in: 0..<2, using: &random) == 0 {
            self.finger = nil
            return Interlock.button(finger, pressed: false)
        }
        if people.count < 5, Int.random(in: 0..<6, using: &random) == 0 {
            return come(&number, at: now, &random)
        }
        // A door that was left open is shut by somebody.
        let held = people.compactMap(\.holds)
        if let left = open.first(where: { !held.contains($0) }), Int.random(in: 0..<12, using: &random) == 0 {
            return shut(left)
        }
        guard let index = people.indices.randomElement(using: &random) else { return nil }
        return act(index, released, at: now, &random)
    }

    private mutating func come(
        _ number: inout UInt64, at now: MonotonicTime, _ random: inout SeededGenerator
    ) -> LaneInput? {
        let goesIn = !hasLeavers || Bool.random(using: &random)
        let patience = now.advanced(by: .milliseconds(Int.random(in: 5_000...60_000, using: &random)))
        if !goesIn && Bool.random(using: &random) {
            people.append(Person(grant: nil, goesIn: false, place: .inside, losesPatience: patience, presses: 1))
            return press(.inner)
        }
        number += 1
        let grant = Grant(crossing: CrossingID(rawValue: number), direction: goesIn ? .entry : .exit)
        people.append(
            Person(grant: grant, goesIn: goesIn, place: goesIn ? .outside : .inside, losesPatience: patience))
        return .grant(grant)
    }

    private mutating func press(_ door: InterlockDoor) -> LaneInput? {
        guard finger == nil else { return nil }
        finger = door
        return Interlock.button(door, pressed: true)
    }

    private mutating func shut(_ door: InterlockDoor) -> LaneInput {
        open.remove(door)
        return Self.contact(door, open: false)
    }

    private static func contact(_ door: InterlockDoor, open: Bool) -> LaneInput {
        .sensor(door == .outer ? .outerContact : .innerContact, active: open)
    }

    private mutating func act(
        _ index: Int, _ released: Set<InterlockDoor>, at now: MonotonicTime, _ random: inout SeededGenerator
    ) -> LaneInput? {
        if let door = people[index].holds {
            people[index].holds = nil
            let isCareless = Int.random(in: 0..<8, using: &random) == 0
            leaveIfThrough(index)
            return isCareless || people.contains { $0.holds == door } ? nil : shut(door)
        }
        guard let door = people[index].next else {
            people.remove(at: index)
            return nil
        }
        guard open.contains(door) || released.contains(door) else {
            guard people[index].losesPatience < now else { return nil }
            return loseHeart(index, at: now)
        }
        walk(index)
        let wasOpen = !open.insert(door).inserted
        if wasOpen {
            leaveIfThrough(index)
            return nil
        }
        people[index].holds = door
        return Self.contact(door, open: true)
    }

    private mutating func walk(_ index: Int) {
        let person = people[index]
        people[index].place =
            switch person.place {
            case .outside, .inside: .between
            case .between: person.goesIn && !person.hasTurnedBack ? .inside : .outside
            }
        went += 1
        if people[index].place == .outside, !person.goesIn, person.presses == 1 { outWithOnePress += 1 }
    }

    private mutating func leaveIfThrough(_ index: Int) {
        if people[index].next == nil { people.remove(at: index) }
    }

    /// Nothing has opened for too long.
    private mutating func loseHeart(_ index: Int, at now: MonotonicTime) -> LaneInput? {
        // Where nobody leaves, nobody is let back either.
        guard people[index].place != .outside, hasLeavers else {
            people.remove(at: index)
            return nil
        }
        guard finger == nil else { return nil }
        people[index].losesPatience = now.advanced(by: .seconds(10))
        people[index].presses += 1
        guard people[index].place == .between else { return press(.inner) }
        people[index].hasTurnedBack = people[index].goesIn
        return press(.outer)
    }
}
