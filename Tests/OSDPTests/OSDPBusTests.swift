import GateModel
import OSDP
import TestSupport
import Testing

struct OSDPBusTests {
    /// Readers 0 ..< count.
    private func line(_ count: UInt8, rate: Int = 9600, dead: Set<UInt8> = []) throws -> SimulatedLine {
        var line = try SimulatedLine(
            (0..<count).map { try .secure($0) },
            (0..<count).map { address in
                var reader = SimulatedReader(address: address, key: try key(1))
                reader.isDead = dead.contains(address)
                return reader
            }, rate: rate)
        line.start()
        return line
    }

    /// The longest time between two commands to a reader from `start` on.
    private func longestInterval(_ line: SimulatedLine, _ address: UInt8, from start: MonotonicTime) -> Duration {
        let times = line.commands(to: address).map(\.at).filter { $0 >= start }
        return zip(times, times.dropFirst()).map { $1.since($0) }.max() ?? .seconds(1_000)
    }

    @Test func `only one command is on the line at a time, with two characters of silence between`() throws {
        var line = try line(4)
        line.run(for: .seconds(5))
        #expect(line.bus.devices.allSatisfy { $0.isSecure })
        #expect(line.bus.devices.allSatisfy { $0.counters.unanswered == 0 })
        for (earlier, later) in zip(line.sent, line.sent.dropFirst()) {
            let needed = line.bus.settings.time(forBytes: earlier.bytes.count + 2) + line.thinking
            #expect(later.at.since(earlier.at) > needed)
        }
        #expect(line.bus.strayFrames == 0)
    }

    @Test func `a live reader beside a dead one is polled at least every 300 ms`() throws {
        for rate in [9600, 115_200] {
            var line = try line(2, rate: rate, dead: [1])
            line.run(for: .seconds(2))
            let start = line.now
            line.run(for: .seconds(60))
            let longest = longestInterval(line, 0, from: start)
            #expect(longest < .milliseconds(300), "\(longest) at \(rate)")
            let polls = line.commands(to: 0).count { $0.at >= start }
            // Three quarters of the time it is polled every 50 ms.
            #expect(polls > 60 * 20 * 7 / 10, "\(polls)")
            #expect(line.contains(.offline(.noAnswer), from: 1))
            #expect(line.device.counters.unanswered == 0)
        }
    }

    @Test(arguments: [UInt8(2), 4, 6])
    func `two live readers beside several dead ones are polled at least every 350 ms`(dead: UInt8) throws {
        var line = try line(2 + dead, dead: Set(2..<2 + dead))
        line.run(for: .seconds(3))
        let start = line.now
        line.run(for: .seconds(60))
        for address in [UInt8(0), 1] {
            let longest = longestInterval(line, address, from: start)
            #expect(longest < .milliseconds(350), "\(longest) for \(address)")
        }
    }

    @Test func `a reader that comes back beside six dead ones is found within 2 s, whenever it comes`() throws {
        for delay in 0..<10 {
            var line = try line(8, dead: Set(1..<8))
            line.run(for: .seconds(30) + .milliseconds(delay * 173))
            line.readers[5].isDead = false
            let back = line.now
            line.run(for: .seconds(5))
            let online = try #require(line.onlineAt(5))
            #expect(online.since(back) < .milliseconds(2_500), "\(online.since(back))")
            let found = try #require(
                line.events.first { $0.address == 5 && $0.at >= back && $0.event != .offline(.noAnswer) })
            #expect(found.at.since(back) < .seconds(2), "\(found.at.since(back))")
        }
    }

    @Test func `a secure session is up within 1 s of the reader appearing, whenever it appears`() throws {
        for rate in [9600, 115_200] {
            for delay in 0..<20 {
                var line = try line(1, rate: rate, dead: [0])
                line.thinking = .milliseconds(20)
                line.run(for: .seconds(12) + .milliseconds(delay * 37))
                line.readers[0].isDead = false
                let appeared = line.now
                line.run(for: .seconds(2))
                let online = try #require(line.onlineAt())
                #expect(online.since(appeared) < .seconds(1), "\(online.since(appeared))")
            }
        }
    }

    @Test func `a reply from an address that was not asked is ignored`() throws {
        var line = try line(2, dead: [1])
        line.run(for: .seconds(5))
        let strays = line.bus.strayFrames
        let isOtherAsked = line.run(until: { $0.commands(to: 1).last?.at == $0.sent.last?.at }, for: .seconds(5))
        #expect(isOtherAsked)
        line.receive(OSDPReply.card(cardRead).frame(address: 0, sequence: 1))
        #expect(line.bus.strayFrames == strays + 1)
        #expect(!line.contains(.card(cardRead)))
    }

    @Test func `every number but the awaited one is ignored`() throws {
        var line = try SimulatedLine([.clear()], [SimulatedReader()])
        line.start()
        line.run(for: .seconds(1))
        line.readers[0].isDead = true
        line.run(for: .milliseconds(55))
        let awaited = try #require(line.commands().last?.sequence)
        for number in 0..<4 where number != Int(awaited) {
            line.receive(OSDPReply.card(cardRead).frame(address: 0, sequence: UInt8(number)))
        }
        #expect(!line.contains(.card(cardRead)))
        #expect(line.device.counters.strayReplies == 3)
        line.receive(OSDPReply.card(cardRead).frame(address: 0, sequence: awaited))
        #expect(line.contains(.card(cardRead)))
    }

    @Test func `the panel hears its own commands and is not confused`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.start()
        for _ in 0..<50 {
            let count = line.sent.count
            guard line.run(until: { $0.sent.count > count }, for: .seconds(1)), let last = line.sent.last else { break }
            line.receive(last.bytes)
        }
        #expect(line.device.isSecure)
        #expect(line.bus.counters.echoes >= 49)
        #expect(line.device.counters.unanswered == 0)
    }

    @Test func `an endless stream of anything does not hold the line for ever`() throws {
        var line = try line(2, dead: [1])
        line.run(for: .seconds(2))
        var random = SeededGenerator(seed: 7)
        let end = line.now.advanced(by: .seconds(20))
        let before = line.sent.count
        while line.now < end {
            // Headers that promise much.
            line.receive([0x53, 0x80, 0xA0, 0x05] + random.bytes(20))
            line.run(for: .milliseconds(10))
        }
        // 1440 bytes take 1.5 s at 9600.
        #expect(line.sent.count - before > 10)
        line.run(for: .seconds(5))
        #expect(line.device.isSecure)
    }

    @Test func `random bytes at random times never crash, and the line recovers`() throws {
        for seed in 1...10 {
            var random = SeededGenerator(seed: UInt64(seed))
            var line = try line(2)
            for _ in 0..<500 {
                var piece = random.bytes(Int.random(in: 0...60, using: &random))
                if random.happens(50), let reply = replyVectors.randomElement(using: &random) {
                    piece = reply.reply.frame(
                        address: UInt8.random(in: 0...2, using: &random),
                        sequence: UInt8.random(in: 0...3, using: &random))
                }
                line.receive(piece)
                line.run(for: .milliseconds(Int.random(in: 0...80, using: &random)))
            }
            line.run(for: .seconds(5))
            #expect(line.bus.devices.allSatisfy { $0.isSecure }, "seed \(seed)")
            let told = line.events.map(\.event).filter { $0 == .card(cardRead) }
            #expect(told.isEmpty, "seed \(seed)")
        }
    }

    @Test func `after a new start everything begins anew`() throws {
        var line = try line(2)
        line.run(for: .seconds(1))
        let before = line.events.count
        line.start()
        line.run(for: .seconds(1))
        #expect(line.events.dropFirst(before).count { $0.event == .online(secure: true) } == 2)
    }

    @Test func `at the configuration address a reader may answer with its own`() throws {
        var line = try SimulatedLine(
            [OSDPDeviceSettings(address: 0x7F, security: .secure(key(1)))], [SimulatedReader(address: 4, key: key(1))])
        line.start()
        line.run(for: .seconds(1))
        #expect(line.device.isSecure)
        #expect(line.contains(.online(secure: true), from: 0x7F))
    }

    @Test func `addresses that contradict each other are refused`() throws {
        let settings = [try OSDPDeviceSettings.clear(1), try .clear(1)]
        #expect(throws: OSDPSettingsError.addressTwice(1)) { try OSDPBus(devices: settings) }
        let shared = [try OSDPDeviceSettings.clear(1), try .clear(0x7F)]
        #expect(throws: OSDPSettingsError.configurationAddressShared) { try OSDPBus(devices: shared) }
    }

    @Test func `without readers, or before the start, nothing is sent`() throws {
        var empty = try OSDPBus(devices: [])
        #expect(empty.start(at: ms(0)).isEmpty)
        var line = try SimulatedLine([.clear()], [SimulatedReader()])
        line.receive(replyVectors[0].bytes)
        line.run(for: .seconds(1))
        #expect(line.sent.isEmpty)
    }
}
