import GateModel
import OSDP
import Testing

/// The panel against an independent reader: libosdp, in real time, at a pseudo-terminal.
///
/// The limits within which something has to come are wide, for busy machines; what the documentation promises is measured
/// from when the reader says it is there, and asserted.
@Suite(.serialized)
struct OSDPPeerTests {
    static let keyText = "0102030405060708090A0B0C0D0E0F10"
    static let otherKeyText = "F102030405060708090A0B0C0D0E0F10"
    static let promised = Duration.seconds(1)

    /// Wiegand 26, facility 123, card 45678.
    static let card = OSDPEvent.card(
        OSDPCardRead(reader: 0, format: 1, bitCount: 26, bits: [0xBD, 0xD9, 0x37, 0x40]))

    private func settings(_ address: UInt8 = 1, install: Bool = false) throws -> OSDPDeviceSettings {
        let key = try #require(OSDPKey(Array(1...16)))
        return try OSDPDeviceSettings(address: address, security: install ? .install(key) : .secure(key))
    }

    /// Waits for the first poll after the set-up too, so that what comes next is not held to be of an earlier time.
    private func waitUntilPolled(_ line: PeerLine, _ index: Int = 0) throws {
        let isOnline = line.run(within: .seconds(30)) { line.bus.devices[index].isOnline }
        try #require(isOnline, "\(line.events)")
        let polls = line.commands(to: index).count { $0.code == 0x60 }
        line.run(within: .seconds(10)) { line.commands(to: index).count { $0.code == 0x60 } > polls + 2 }
    }

    /// A session that is up, with its reader.
    private func secureLine() throws -> PeerLine {
        let line = try PeerLine([settings()])
        line.start()
        try line.switchOn(0, "--key", Self.keyText, "--insist")
        try waitUntilPolled(line)
        return line
    }

    private func expectCardCrosses(_ line: PeerLine, _ comment: Comment? = nil) {
        let before = line.events.count { $0.event == Self.card }
        line.tell("card 26 BDD93740")
        let hasCome = line.run(within: .seconds(10)) { line.events.count { $0.event == Self.card } > before }
        #expect(hasCome, comment)
        line.run(for: .milliseconds(300))
        #expect(line.events.count { $0.event == Self.card } == before + 1, "once")
    }

    private func expectNoClearText(_ line: PeerLine) {
        let setUp: Set<UInt8> = [0x61, 0x62, 0x76, 0x77]
        let others = line.commands().filter { ($0.block ?? 0) < 0x15 && !setUp.contains($0.code) }
        #expect(others.isEmpty)
    }

    /// From when the reader said it was there until it was on line.
    private func setUpTime(_ line: PeerLine, _ index: Int = 0) throws -> Duration {
        let ready = try #require(line.readyAt[index])
        return try #require(line.onlineAt(index)).since(ready)
    }

    @Test func `in clear text cards, keys, tamper and commands cross`() throws {
        let line = try PeerLine([OSDPDeviceSettings(address: 5, security: .clear)])
        line.start()
        line.run(for: .milliseconds(500))
        try line.switchOn()
        try waitUntilPolled(line)
        #expect(try setUpTime(line) < Self.promised)
        #expect(line.contains(.online(secure: false)))
        expectCardCrosses(line)
        try expectTheRestCrosses(line)
    }

    @Test func `a secure session is up within 1 s of the reader appearing, and everything crosses in it`() throws {
        let line = try PeerLine([settings()])
        line.start()
        // The panel has given up hope by then: it asks less often.
        line.run(for: .seconds(3))
        try line.switchOn(0, "--key", Self.keyText, "--insist")
        try waitUntilPolled(line)
        let time = try setUpTime(line)
        #expect(time < Self.promised, "\(time)")
        #expect(line.contains(.online(secure: true)))
        #expect(line.lines().contains("session 1"))
        expectCardCrosses(line)
        try expectTheRestCrosses(line)
        expectNoClearText(line)
        #expect(line.bus.devices[0].counters.sessions == 1)
        #expect(line.bus.devices[0].counters.wrongMACs == 0)
    }

    private func expectTheRestCrosses(_ line: PeerLine) throws {
        line.tell("keys 31320D")
        line.tell("tamper 1")
        let tamper = OSDPEvent.localStatus(OSDPLocalStatus(tamper: true, powerFailure: false))
        let keypad = OSDPEvent.keypad(OSDPKeypad(reader: 0, keys: [0x31, 0x32, 0x0D]))
        let haveCome = line.run(within: .seconds(10)) { line.contains(keypad) && line.contains(tamper) }
        #expect(haveCome)
        try line.enqueue(.led([OSDPLED(temporary: .set(.steady(.green), time: 20))]))
        try line.enqueue(.buzzer(OSDPBuzzer(onTime: 2, offTime: 1, count: 2)))
        try line.enqueue(.text(OSDPText("PLEASE WAIT", mode: .temporary, seconds: 5)))
        try line.enqueue(.output([OSDPOutput(output: 1, action: .onForTime, time: 30)]))
        let expected = [
            "command LED control_code=2 led_number=0 off_color=0 off_count=0 on_color=2 on_count=1 reader=0",
            "command BUZ control_code=2 off_count=1 on_count=2 reader=0 rep_count=2",
            "command TEXT control_code=3 data=PLEASE WAIT offset_col=1 offset_row=1 reader=0 temp_time=5",
            "command OUT control_code=5 output_no=1 timer_count=30",
        ]
        line.run(within: .seconds(10)) { line.lines().contains { $0.hasPrefix("command OUT") } }
        for prefix in expected {
            #expect(line.lines().contains { $0.hasPrefix(prefix) }, "\(prefix) among \(line.lines())")
        }
        #expect(!line.events.contains { if case .commandFailed = $0.event { true } else { false } })
    }

    @Test func `a reader with another key never comes on line, although it would speak clear text`() throws {
        let line = try PeerLine([settings()])
        line.start()
        try line.switchOn(0, "--key", Self.otherKeyText)
        let isTold = line.run(within: .seconds(30)) { line.contains(.offline(.wrongKey)) }
        #expect(isTold, "\(line.events)")
        line.tell("card 26 BDD93740")
        line.run(for: .seconds(7))
        #expect(line.onlineAt() == nil)
        #expect(!line.contains(Self.card))
        #expect(!line.lines().contains("session 1"))
        #expect(line.commands().count { $0.code == 0x76 } >= 3, "it goes on trying")
        expectNoClearText(line)
    }

    @Test func `a factory reader is refused outside install mode`() throws {
        let line = try PeerLine([settings()])
        line.start()
        try line.switchOn()
        line.run(within: .seconds(30)) { line.readyAt[0] != nil }
        line.run(for: .seconds(5))
        #expect(line.onlineAt() == nil)
        #expect(line.contains(.offline(.wrongKey)) || line.contains(.offline(.factoryDefaultKeyRefused)))
        #expect(line.commands().allSatisfy { $0.code != 0x75 })
        expectNoClearText(line)
    }

    @Test func `install mode gives a factory reader its key, and then it is a reader like any other`() throws {
        let line = try PeerLine([settings(install: true)])
        line.start()
        try line.switchOn()
        try waitUntilPolled(line)
        #expect(line.contains(.keyInstalled))
        #expect(line.contains(.online(secure: true)))
        #expect(line.lines().contains { $0.hasPrefix("command KEYSET") })
        expectCardCrosses(line)
        // Off and on, with the key that it was given.
        line.switchOff()
        try line.switchOn(0, "--key", Self.keyText, "--insist")
        line.run(within: .seconds(30)) { line.lines().contains("session 1") && line.bus.devices[0].isOnline }
        expectCardCrosses(line)
        // A factory reader in its place is not given the key any more.
        line.switchOff()
        try line.switchOn()
        let isRefused = line.run(within: .seconds(30)) { line.contains(.offline(.wrongKey)) }
        #expect(isRefused)
        #expect(line.commands().count { $0.code == 0x75 } == 1)
        expectNoClearText(line)
    }

    @Test func `lost and damaged frames are recovered from`() throws {
        for isSecure in [false, true] {
            let line: PeerLine
            if isSecure {
                line = try secureLine()
            } else {
                line = try PeerLine([OSDPDeviceSettings(address: 1, security: .clear)])
                line.start()
                try line.switchOn()
                try waitUntilPolled(line)
            }
            var count = 0
            // Every ninth chunk is damaged or lost, commands and replies in turn.
            line.fault = {
                count += 1
                guard count.isMultiple(of: 9) else { return .none }
                return count.isMultiple(of: 2) ? .lost : .damaged
            }
            line.run(for: .seconds(6))
            #expect(line.faults >= 4)
            let counters = line.bus.devices[0].counters
            #expect(counters.repeats > 0)
            #expect(line.bus.counters.badChecks > 0)
            line.fault = { .none }
            let isBack = line.run(within: .seconds(10)) { line.bus.devices[0].isOnline }
            #expect(isBack)
            line.run(for: .seconds(1))
            #expect(line.bus.devices[0].isSecure == isSecure)
            expectCardCrosses(line)
            if isSecure { expectNoClearText(line) }
            #expect(!line.events.contains { $0.event == .offline(.noAnswer) })
        }
    }

    @Test func `a reader that restarts in mid-session has a new one within 1 s`() throws {
        let line = try secureLine()
        for _ in 0..<2 {
            let sessions = line.bus.devices[0].counters.sessions
            line.switchOff()
            line.run(for: .milliseconds(700))
            try line.switchOn(0, "--key", Self.keyText, "--insist")
            let isUp = line.run(within: .seconds(30)) {
                line.bus.devices[0].counters.sessions > sessions && line.bus.devices[0].isSecure
            }
            #expect(isUp)
            let ready = try #require(line.readyAt[0])
            #expect(line.now.since(ready) < Self.promised, "\(line.now.since(ready))")
            line.run(for: .milliseconds(500))
            expectCardCrosses(line)
        }
        expectNoClearText(line)
    }

    @Test func `a dead reader does not slow its neighbour, and is found within 2 s when it comes back`() throws {
        let line = try PeerLine([settings(1), settings(2)])
        line.start()
        for index in [0, 1] { try line.switchOn(index, "--key", Self.keyText, "--insist") }
        for index in [0, 1] { try waitUntilPolled(line, index) }

        line.switchOff(1)
        let dead = line.now
        let isTold = line.run(within: .seconds(15)) { line.contains(.offline(.noAnswer), from: 2) }
        #expect(isTold)
        #expect(line.now.since(dead) < .seconds(10))
        let times = line.commands(to: 0).map(\.at).filter { $0 > dead }
        let longest = zip(times, times.dropFirst()).map { $1.since($0) }.max() ?? .seconds(100)
        // 300 ms by the poll budget; a busy machine schedules late.
        #expect(longest < .milliseconds(500), "\(longest)")
        #expect(!line.events.contains { $0.address == 1 && $0.event == .offline(.noAnswer) })
        expectCardCrosses(line)

        try line.switchOn(1, "--key", Self.keyText, "--insist")
        let isBack = line.run(within: .seconds(30)) { line.bus.devices[1].isSecure && line.bus.devices[1].isOnline }
        #expect(isBack)
        let time = try setUpTime(line, 1)
        #expect(time < .seconds(2), "\(time)")
    }
}
