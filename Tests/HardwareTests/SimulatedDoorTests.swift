import Hardware
import HardwareMocks
import Testing

/// A door with a strike at line 0, a contact at 1 and a button at 2; the lock is driven by pulling its line.
@TestLoop
private final class Bench {
    let chip = SimulatedChipServer(path: "unused", eventLoop: TestLoop.eventLoop, clock: SystemClock())
    let scheduler = ManualScheduler()
    let door: SimulatedDoor
    var events: [SimulatedDoor.Event] = []

    init(releasedByCurrent: Bool = true) {
        let wiring = SimulatedDoor.Wiring(
            lock: WiredLine(offset: 0), releasedByCurrent: releasedByCurrent, contact: WiredLine(offset: 1),
            exitButton: WiredLine(offset: 2, activeLow: true))
        door = SimulatedDoor(wiring: wiring, chip: chip, scheduler: scheduler)
        door.onEvent = { [unowned self] in events.append($0) }
        chip.onEdge = { [unowned self] in door.lineChanged($0) }
    }
}

@TestLoop
struct SimulatedDoorTests {
    @Test func `someone goes through a released door and the closer shuts it`() {
        let bench = Bench()
        bench.chip.pull(0, true)
        bench.door.walk()
        #expect(!bench.chip.level(1))
        bench.scheduler.advance(by: .milliseconds(300))
        #expect(bench.chip.level(1))
        bench.chip.pull(0, false)
        bench.scheduler.advance(by: .milliseconds(1500))
        #expect(!bench.chip.level(1))
        #expect(bench.events == [.opened, .closed])
    }

    @Test func `someone waits before a locked door until it is released`() {
        let bench = Bench()
        bench.door.walk()
        bench.scheduler.advance(by: .seconds(4))
        #expect(bench.events.isEmpty)
        bench.chip.pull(0, true)
        bench.scheduler.advance(by: .seconds(10))
        #expect(bench.events == [.opened, .closed])
    }

    @Test func `someone gives up before a door that stays locked`() {
        let bench = Bench()
        bench.door.walk()
        bench.scheduler.advance(by: .seconds(5))
        #expect(bench.events == [.stayedLocked])
        bench.chip.pull(0, true)
        bench.scheduler.advance(by: .seconds(10))
        #expect(bench.events == [.stayedLocked])
    }

    @Test func `a magnet without current holds nothing`() {
        let bench = Bench(releasedByCurrent: false)
        #expect(bench.door.isReleased)
        bench.chip.pull(0, true)
        #expect(!bench.door.isReleased)
    }

    @Test func `a held door stays open as long as it is held`() {
        let bench = Bench()
        bench.chip.pull(0, true)
        bench.door.walk(holding: .seconds(60))
        bench.scheduler.advance(by: .seconds(59))
        #expect(bench.door.isOpen)
        bench.scheduler.advance(by: .seconds(2))
        #expect(!bench.door.isOpen)
    }

    @Test func `a second person keeps the door open`() {
        let bench = Bench()
        bench.chip.pull(0, true)
        bench.door.walk()
        bench.scheduler.advance(by: .seconds(1))
        bench.door.walk()
        bench.scheduler.advance(by: .milliseconds(1700))
        #expect(bench.events == [.opened])
        bench.scheduler.advance(by: .milliseconds(100))
        #expect(bench.events == [.opened, .closed])
    }

    @Test func `a locked door can be forced`() {
        let bench = Bench()
        bench.door.force()
        #expect(bench.chip.level(1))
    }

    @Test func `a button is active while it is pressed`() {
        let bench = Bench()
        #expect(bench.chip.level(2))
        #expect(bench.door.press(for: .seconds(1)))
        #expect(!bench.chip.level(2))
        bench.scheduler.advance(by: .seconds(1))
        #expect(bench.chip.level(2))
    }
}
