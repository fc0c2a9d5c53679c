import GateModel
import OSDP
import TestSupport
import Testing

struct OSDPDeviceTests {
    private func clearLine() throws -> SimulatedLine {
        var line = try SimulatedLine([.clear()], [SimulatedReader()])
        line.start()
        line.run(for: .seconds(1))
        return line
    }

    private func secureLine() throws -> SimulatedLine {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.start()
        line.run(for: .seconds(1))
        return line
    }

    @Test func `in clear text it asks ID with sequence 0, CAP, LSTAT, ISTAT and then polls every 50 ms`() throws {
        let line = try clearLine()
        let commands = line.commands()
        #expect(commands.prefix(6).map(\.code) == [0x61, 0x62, 0x64, 0x65, 0x60, 0x60])
        #expect(commands.prefix(8).map(\.sequence) == [0, 1, 2, 3, 1, 2, 3, 1])
        #expect(commands[5].at.since(commands[4].at) == .milliseconds(50))
        guard case .identification = line.events(of: 0).first, case .capabilities = line.events(of: 0)[1] else {
            Issue.record("\(line.events)")
            return
        }
        #expect(
            Array(line.events(of: 0)[2...]) == [
                .online(secure: false), .localStatus(OSDPLocalStatus(tamper: false, powerFailure: false)),
                .inputs([false, true]),
            ])
        #expect(line.device.isOnline)
        #expect(!line.device.isSecure)
        #expect(line.device.counters.unanswered == 0)
    }

    @Test func `with a checksum it works as well`() throws {
        var line = try SimulatedLine(
            [OSDPDeviceSettings(address: 0, security: .clear, check: .checksum)], [SimulatedReader()])
        line.start()
        line.run(for: .seconds(1))
        #expect(line.device.isOnline)
        #expect(line.sent.allSatisfy { $0.bytes[5] & 0x04 == 0 })
    }

    @Test func `in a secure session only ID, CAP, CHLNG and SCRYPT are in clear text`() throws {
        let line = try secureLine()
        let commands = line.commands()
        #expect(commands.prefix(5).map(\.code) == [0x61, 0x62, 0x76, 0x77, 0x64])
        #expect(commands.prefix(4).map(\.block) == [nil, nil, 0x11, 0x13])
        #expect(commands.dropFirst(4).allSatisfy { $0.block == 0x15 || $0.block == 0x17 })
        #expect(commands.count > 15)
        #expect(line.contains(.online(secure: true)))
        #expect(line.device.isSecure)
        let online = try #require(line.onlineAt())
        #expect(online.since(ms(1_000)) < .milliseconds(400))
    }

    @Test(arguments: [false, true])
    func `a card and keys cross, each once`(isSecure: Bool) throws {
        var line = isSecure ? try secureLine() : try clearLine()
        let keypad = OSDPKeypad(reader: 0, keys: [0x31, 0x0D])
        line.readers[0].events = [.card(cardRead), .keypad(keypad), .card(cardRead)]
        line.run(for: .seconds(1))
        let reads = line.events(of: 0).filter { $0 == .card(cardRead) || $0 == .keypad(keypad) }
        #expect(reads == [.card(cardRead), .keypad(keypad), .card(cardRead)])
    }

    @Test func `states are told when they change`() throws {
        var line = try clearLine()
        let tamper = OSDPLocalStatus(tamper: true, powerFailure: false)
        let before = line.events.count
        line.readers[0].events = [
            .localStatus(tamper), .localStatus(tamper), .inputs([false, true]), .inputs([true, true]),
            .readers([.normal]), .readers([.normal]), .outputs([true]),
        ]
        line.run(for: .seconds(1))
        #expect(
            line.events.dropFirst(before).map(\.event) == [
                .localStatus(tamper), .inputs([true, true]), .readers([.normal]), .outputs([true]),
            ])
    }

    // MARK: Lost and damaged frames

    @Test func `a lost command or reply is repeated with the same bytes, and nothing is done twice`() throws {
        for isReply in [false, true] {
            for isSecure in [false, true] {
                var line = isSecure ? try secureLine() : try clearLine()
                let before = line.sent.count
                var isLost = false
                line.fault = { if $0 == isReply, !isLost { isLost = true; return .lost } else { return .none } }
                try line.enqueue(.output([OSDPOutput(output: 0, action: .onForTime, time: 30)]))
                line.readers[0].events = [.card(cardRead)]
                line.run(for: .seconds(1))
                #expect(line.sent[before].bytes == line.sent[before + 1].bytes)
                #expect(line.device.counters.repeats == 1)
                #expect(line.device.counters.restarts == 0)
                #expect(line.readers[0].repeats == (isReply ? 1 : 0))
                #expect(line.readers[0].done.count { $0.command.code == 0x68 } == 1)
                #expect(line.events(of: 0).count { $0 == .card(cardRead) } == 1)
            }
        }
    }

    @Test(arguments: [false, true], [1, 2, 3, 4])
    func `faults of every kind neither lose nor double anything`(isSecure: Bool, seed: UInt64) throws {
        var line = isSecure ? try secureLine() : try clearLine()
        var random = SeededGenerator(seed: seed)
        var failed = 0
        var replyFault = SimulatedLine.Fault.none
        line.fault = { isReply in
            if isReply {
                defer { replyFault = .none }
                return replyFault
            }
            // Never so many exchanges in a row that the session would be given up.
            guard failed < 3, random.happens(40) else {
                failed = 0
                if random.happens(20) { replyFault = .doubled }
                return .none
            }
            failed += 1
            let fault: SimulatedLine.Fault = random.happens(50) ? .lost : .damaged
            guard random.happens(50) else { return fault }
            replyFault = fault
            return .none
        }
        for round in 0..<40 {
            line.readers[0].events.append(
                .card(OSDPCardRead(reader: 0, format: 1, bitCount: 16, bits: [1, UInt8(round)])))
            try line.enqueue(.output([OSDPOutput(output: UInt8(round), action: .onForTime, time: 1)]))
            line.run(for: .seconds(2))
        }
        line.run(for: .seconds(2))
        let outputs = line.readers[0].done.compactMap { done -> UInt8? in
            if case .output(let outputs) = done.command { outputs[0].output } else { nil }
        }
        #expect(outputs == Array(0..<40))
        let cards = line.events(of: 0).compactMap { event -> UInt8? in
            if case .card(let card) = event { card.bits[1] } else { nil }
        }
        #expect(cards == Array(0..<40))
        #expect(line.device.counters.repeats > 20)
        #expect(line.device.counters.restarts == 0)
        #expect(line.device.isSecure == isSecure)
    }

    @Test func `a reader that is busy is asked again with the same bytes`() throws {
        var line = try secureLine()
        line.readers[0].busy = 3
        let before = line.sent.count
        line.run(for: .seconds(1))
        let bytes = line.sent[before...].prefix(4).map(\.bytes)
        #expect(bytes.allSatisfy { $0 == bytes[0] })
        #expect(line.device.counters.busy == 3)
        #expect(line.device.isSecure)
        #expect(line.device.counters.restarts == 0)
    }

    @Test func `a reader that is busy for 8 s is off line`() throws {
        var line = try secureLine()
        line.readers[0].busy = .max
        line.run(for: .seconds(7))
        #expect(line.device.isOnline)
        line.run(for: .milliseconds(1_500))
        #expect(line.contains(.offline(.busy)))
    }

    // MARK: Off line and back

    @Test func `after 8 s of silence it is off line, and a reader that comes back is found within 2 s`() throws {
        for isSecure in [false, true] {
            var line = isSecure ? try secureLine() : try clearLine()
            line.readers[0].isDead = true
            let silentSince = line.now
            let isTold = line.run(until: { $0.contains(.offline(.noAnswer)) }, for: .seconds(10))
            #expect(isTold)
            let offline = line.now.since(silentSince)
            #expect(offline >= .milliseconds(7_900) && offline < .milliseconds(8_600), "\(offline)")
            line.run(for: .seconds(20))
            line.readers[0].isDead = false
            let back = line.now
            line.run(for: .seconds(2))
            let online = try #require(line.onlineAt())
            #expect(online.since(back) < .seconds(1), "\(online.since(back))")
            #expect(line.events(of: 0).count { $0 == .online(secure: isSecure) } == 2)
            #expect(line.events(of: 0).count { $0 == .offline(.noAnswer) } == 1)
        }
    }

    @Test func `a reader that restarts is set up anew without being off line`() throws {
        for isSecure in [false, true] {
            var line = isSecure ? try secureLine() : try clearLine()
            line.readers[0].reboot()
            line.run(for: .seconds(1))
            #expect(line.device.counters.restarts == 1)
            #expect(line.device.isSecure == isSecure)
            #expect(line.events(of: 0).allSatisfy { if case .offline = $0 { false } else { true } })
            line.readers[0].events = [.card(cardRead)]
            line.run(for: .seconds(1))
            #expect(line.contains(.card(cardRead)))
        }
    }

    @Test func `what a reader kept while it was off line is dropped`() throws {
        var line = try clearLine()
        line.readers[0].isDead = true
        line.run(for: .seconds(5))
        line.readers[0].isDead = false
        line.readers[0].events = [.card(cardRead), .keypad(OSDPKeypad(reader: 0, keys: [0x31])), .ack]
        line.run(for: .seconds(2))
        #expect(!line.contains(.card(cardRead)))
        #expect(line.device.counters.staleReads == 2)
        line.readers[0].events = [.card(cardRead)]
        line.run(for: .seconds(1))
        #expect(line.contains(.card(cardRead)))
    }

    @Test func `a reader that never runs out of old cards is believed after 3 s`() throws {
        var line = try SimulatedLine([.clear()], [SimulatedReader()])
        line.readers[0].events = [OSDPReply](repeating: .card(cardRead), count: 200)
        line.start()
        line.run(for: .milliseconds(2_900))
        #expect(!line.contains(.card(cardRead)))
        line.run(for: .seconds(1))
        #expect(line.contains(.card(cardRead)))
    }

    // MARK: Commands

    @Test func `commands are carried out in order, and polling goes on between them`() throws {
        var line = try secureLine()
        let commands: [OSDPCommand] = [
            .led([OSDPLED(permanent: .steady(.green))]), .buzzer(OSDPBuzzer(onTime: 1)),
            .text(OSDPText("WAIT")), .output([OSDPOutput(output: 0, action: .onForTime, time: 20)]),
        ]
        let before = line.readers[0].done.count
        for command in commands { try line.enqueue(command) }
        line.run(for: .seconds(1))
        let done = line.readers[0].done.dropFirst(before)
        #expect(done.map(\.command).filter { $0 != .poll } == commands)
        #expect(done.allSatisfy { $0.isSecured })
        let first = done.firstIndex { $0.command == commands[0] } ?? 0
        #expect(done[first + 1].command == .poll)
    }

    @Test func `a command that the reader refuses is reported, and nothing else happens`() throws {
        var line = try secureLine()
        line.readers[0].unknown = [0x6B]
        try line.enqueue(.text(OSDPText("WAIT")))
        line.run(for: .seconds(1))
        #expect(line.contains(.commandFailed("TEXT", .refused(.unknownCommand))))
        #expect(line.device.isSecure)
        #expect(line.device.counters.restarts == 0)
    }

    @Test func `no more than 16 commands wait, and they are not kept for a reader that goes off line`() throws {
        var line = try clearLine()
        line.readers[0].isDead = true
        line.run(for: .milliseconds(200))
        for _ in 0..<OSDPDevice.queueLimit { try line.enqueue(.buzzer(OSDPBuzzer(onTime: 1))) }
        #expect(throws: OSDPQueueError.full) { try line.enqueue(.buzzer(OSDPBuzzer(onTime: 1))) }
        line.run(for: .seconds(10))
        #expect(line.events(of: 0).count { $0 == .commandFailed("BUZ", .notSent) } == OSDPDevice.queueLimit)
        #expect(throws: OSDPQueueError.offline) { try line.enqueue(.buzzer(OSDPBuzzer(onTime: 1))) }
        line.readers[0].isDead = false
        line.run(for: .seconds(3))
        #expect(line.device.isOnline)
        #expect(line.readers[0].done.allSatisfy { $0.command.code != 0x6A })
    }

    @Test func `a command that was under way when the reader fell silent is reported as unknown, and not sent again`()
        throws
    {
        var line = try clearLine()
        // It carries the command out and cannot say so.
        line.fault = { $0 ? .lost : .none }
        try line.enqueue(.output([OSDPOutput(output: 0, action: .onForTime, time: 20)]))
        line.run(for: .seconds(3))
        #expect(line.contains(.commandFailed("OUT", .unknown)))
        let sent = line.commands().count { $0.code == 0x68 }
        #expect(sent == OSDPDevice.triesBeforeRestart)
        line.fault = { _ in .none }
        line.run(for: .seconds(5))
        #expect(line.device.isOnline)
        #expect(line.commands().count { $0.code == 0x68 } == sent)
    }

    @Test func `a command longer than the reader takes is refused`() throws {
        var line = try clearLine()
        line.readers[0].capabilities = OSDPCapabilities(entries: [])
        line.readers[0].reboot()
        line.run(for: .seconds(1))
        #expect(throws: OSDPQueueError.tooLong(limit: 128)) {
            try line.enqueue(.text(OSDPText(String(repeating: "x", count: 115))))
        }
        try line.enqueue(.text(OSDPText(String(repeating: "x", count: 114))))
        line.run(for: .seconds(1))
        #expect(line.sent.map(\.bytes.count).max() == 129)
    }

    @Test func `the set-up's own commands cannot be enqueued`() throws {
        var line = try secureLine()
        let secret = try key(1)
        for command in [.poll, .keySet(secret), .challenge([]), .panelCryptogram([])] as [OSDPCommand] {
            #expect(throws: OSDPQueueError.reserved(command.name)) { try line.enqueue(command) }
        }
        #expect(throws: OSDPQueueError.noSuchReader(address: 4)) { try line.enqueue(.localStatus, to: 4) }
    }

    @Test func `after COMSET the reader is asked at its new address`() throws {
        var line = try secureLine()
        let new = OSDPCommunication(address: 9, rate: 9600)
        #expect(throws: OSDPQueueError.addressTaken(0x7F)) {
            try line.enqueue(.communication(OSDPCommunication(address: 0x7F, rate: 9600)))
        }
        try line.enqueue(.communication(new))
        line.run(for: .seconds(1))
        #expect(line.contains(.communication(new)))
        #expect(line.device.address == 9)
        #expect(line.device.isSecure)
        line.readers[0].events = [.card(cardRead)]
        line.run(for: .seconds(1))
        #expect(line.contains(.card(cardRead), from: 9))
    }

    @Test func `two readers are never sent to one address, and no address is believed that was not asked for`() throws {
        var line = try SimulatedLine(
            [OSDPDeviceSettings(address: 0, security: .clear), OSDPDeviceSettings(address: 1, security: .clear)],
            [SimulatedReader(address: 0), SimulatedReader(address: 1)])
        line.start()
        line.run(for: .seconds(1))
        let new = OSDPCommunication(address: 9, rate: 9600)
        try line.enqueue(.communication(new), to: 0)
        #expect(throws: OSDPQueueError.addressTaken(9)) { try line.enqueue(.communication(new), to: 1) }
        #expect(throws: OSDPQueueError.full) {
            try line.enqueue(.communication(OSDPCommunication(address: 8, rate: 9600)), to: 0)
        }
        line.run(for: .seconds(1))
        #expect(line.bus.devices.map(\.address) == [9, 1])
        // A reader that names another address than it was given keeps, for us, the one it had.
        line.readers[1].comAddress = 9
        try line.enqueue(.communication(OSDPCommunication(address: 5, rate: 9600)), to: 1)
        line.run(for: .seconds(1))
        #expect(line.bus.devices.map(\.address) == [9, 1])
    }

    @Test func `a COM that nobody asked for changes nothing`() throws {
        var line = try clearLine()
        line.readers[0].events = [.communication(OSDPCommunication(address: 9, rate: 9600))]
        line.run(for: .seconds(1))
        #expect(line.device.address == 0)
        #expect(line.device.isOnline)
        #expect(line.device.counters.restarts == 0)
    }

    @Test func `a reader that refuses CAP is used all the same`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.readers[0].unknown = [0x62, 0x64]
        line.start()
        line.run(for: .seconds(1))
        #expect(line.device.isSecure)
        #expect(line.device.counters.naks == 2)
    }
}
