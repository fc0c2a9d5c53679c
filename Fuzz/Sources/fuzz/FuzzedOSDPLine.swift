import GateModel
import OSDP

/// A panel, readers that keep to the standard, and a line between them on which anything may happen.
///
/// An input is a row of incidents of one byte each, some with bytes of their own. After each, the panel goes on until
/// it has sent its next command, or time has passed.
struct FuzzedOSDPLine {
    private var bus: OSDPBus
    private let securities: [OSDPSecurity]
    private var readers: [SimulatedReader]
    private var now = FuzzInput.start
    private var wake: MonotonicTime?
    /// What the panel has sent and nobody has answered.
    private var command: [UInt8]?
    /// What the readers were made to report.
    private var reported: [OSDPReply] = []

    /// What befalls the next answer.
    private enum Fate {
        case arrives
        case isLost
        case isDamaged(at: UInt8, by: UInt8)
        case isCut(at: UInt8)
        case isReplaced(by: [UInt8])
    }

    init?(securities: [OSDPSecurity], choice: UInt8) {
        self.securities = securities
        readers = []
        var settings: [OSDPDeviceSettings] = []
        for (index, security) in securities.enumerated() {
            let address = UInt8(index)
            let check: OSDPCheck = choice & 2 == 0 ? .crc : .checksum
            guard let device = try? OSDPDeviceSettings(address: address, security: security, check: check) else {
                return nil
            }
            settings.append(device)
            var reader = SimulatedReader(address: address)
            switch security {
            case .clear: break
            case .secure(let key): reader.key = choice & 8 == 0 ? key : nil
            case .install: reader.takesFactoryKey = choice & 8 == 0
            }
            reader.insistsOnSession = choice & 4 != 0
            readers.append(reader)
        }
        // The same in every run.
        guard let bus = try? OSDPBus(devices: settings, random: { 0x0123_4567_89AB_CDEF }) else { return nil }
        self.bus = bus
    }

    mutating func play(_ script: [UInt8]) {
        var script = ByteReader(script)
        note(bus.start(at: now))
        while !script.isAtEnd { happen(&script) }
        // Whatever happened: the panel goes on, and at its own pace.
        for _ in 0..<24 { goOn(.arrives) }
    }

    private mutating func happen(_ script: inout ByteReader) {
        let incident = script.byte()
        let index = Int(incident >> 4) % readers.count
        switch incident & 0x0F {
        case 0: for _ in 0..<12 { goOn(.arrives) }
        case 1: goOn(.isLost)
        case 2: goOn(.isDamaged(at: script.byte(), by: script.byte()))
        case 3: goOn(.isCut(at: script.byte()))
        case 4: goOn(.isReplaced(by: script.counted()))
        case 5: goOn(.isReplaced(by: forgery(&script)))
        case 6: report(&script, by: index)
        case 7: readers[index].reboot()
        case 8: readers[index].isDead.toggle()
        case 9: readers[index].busy = Int(script.byte() & 0x1F)
        case 10: readers[index].unknown = readers[index].unknown.symmetricDifference([script.byte()])
        case 11: enqueue(&script, to: index)
        case 12: now = now.advanced(by: FuzzInput.pause(script.byte()))
        case 13: readers[index].offersFactoryKey.toggle()
        case 14: note(bus.start(at: now))
        default: goOn(.arrives)
        }
    }

    // MARK: Incidents

    /// A reply in clear text to what was just asked, with the right address, number and check value.
    private func forgery(_ script: inout ByteReader) -> [UInt8] {
        let shape = script.byte()
        let code = script.byte()
        guard let reply = OSDPReply(code: code, data: script.counted().span), let asked = asked else { return [] }
        let types: [OSDPSecurityBlock?] = [
            nil, nil, OSDPSecurityBlock(type: 0x12, value: 0), OSDPSecurityBlock(type: 0x12, value: 1),
            OSDPSecurityBlock(type: 0x14, value: 1), OSDPSecurityBlock(type: 0x14, value: 0xFF),
            OSDPSecurityBlock(type: 0x16), OSDPSecurityBlock(type: 0x18),
        ]
        return reply.frame(
            address: asked.address, sequence: shape & 0x20 == 0 ? asked.sequence : shape >> 6,
            check: shape & 0x10 == 0 ? asked.check : .checksum, block: types[Int(shape & 7)])
    }

    private var asked: OSDPFrame? {
        var decoder = OSDPFrameDecoder(.commands)
        return command.flatMap { decoder.feed($0, at: now).first }
    }

    private mutating func report(_ script: inout ByteReader, by index: Int) {
        let code = script.byte()
        guard let reply = OSDPReply(code: code, data: script.counted().span), readers[index].events.count < 8 else {
            return
        }
        readers[index].events.append(reply)
        reported.append(reply)
    }

    private mutating func enqueue(_ script: inout ByteReader, to index: Int) {
        let code = script.byte()
        guard let command = OSDPCommand(code: code, data: script.counted().span) else { return }
        var actions: [OSDPAction] = []
        // It may well be refused.
        try? bus.enqueue(command, to: bus.devices[index].address, at: now) { actions.append($0) }
        note(actions, mayBeLate: true)
    }

    // MARK: The line

    /// Answers the command that was sent last, or lets time pass until the panel wants to go on.
    private mutating func goOn(_ fate: Fate) {
        guard let bytes = command else {
            guard let wake else { return expect(false, "the panel always waits for something") }
            now = max(now, wake)
            return note(bus.timerFired(at: now))
        }
        command = nil
        var answers: [[UInt8]] = []
        for index in readers.indices {
            if let answer = readers[index].receive(bytes, at: now) { answers.append(answer) }
        }
        now = now.advanced(by: .milliseconds(5))
        var heard = answers.flatMap(\.self)
        switch fate {
        case .arrives: break
        case .isLost: heard = []
        case .isDamaged(let place, let change):
            if !heard.isEmpty { heard[Int(place) % heard.count] ^= change }
        case .isCut(let place): heard = Array(heard.prefix(Int(place)))
        case .isReplaced(let others): heard = others
        }
        if heard.isEmpty {
            now = max(now, wake ?? now)
            note(bus.timerFired(at: now))
        } else {
            note(bus.received(heard, at: now))
        }
    }

    /// - Parameter mayBeLate: whether the panel's timer may be overdue, so that it is to be called at once.
    private mutating func note(_ actions: [OSDPAction], mayBeLate: Bool = false) {
        for action in actions {
            switch action {
            case .send(let bytes):
                checkIsAllowed(bytes)
                command = bytes
            case .flushInput: break
            case .wake(let time):
                expect(time > now || mayBeLate, "the panel waits for a time to come")
                wake = time
            case .event(let address, let event): check(event, of: address)
            }
        }
    }

    // MARK: Promises

    /// To a reader that is configured as secure only the set-up is sent in clear text.
    private func checkIsAllowed(_ bytes: [UInt8]) {
        var decoder = OSDPFrameDecoder(.commands)
        let frames = decoder.feed(bytes, at: now)
        expect(frames.count == 1, "what is sent is one good frame")
        for frame in frames where security(of: frame.address) != .clear {
            let setUp: Set<UInt8> = [0x61, 0x62, 0x76, 0x77]
            expect(
                frame.block?.hasMAC == true || setUp.contains(frame.code), "nothing is sent to a secure reader in clear"
            )
            if case .secure = security(of: frame.address) {
                expect(frame.code != 0x75, "no key is sent outside install mode")
                expect(frame.block?.value != 0, "SCBK-D is not used outside install mode")
            }
        }
    }

    /// What a secure reader reports is its own.
    private func check(_ event: OSDPEvent, of address: UInt8) {
        switch event {
        case .card(let card):
            expect(security(of: address) == .clear || reported.contains(.card(card)), "no forged card is believed")
        case .keypad(let keys):
            expect(security(of: address) == .clear || reported.contains(.keypad(keys)), "no forged key is believed")
        // What a reader says to COMSET still comes from the address that it had.
        default: break
        }
    }

    /// COMSET may have given a reader another address.
    private func security(of address: UInt8) -> OSDPSecurity? {
        let index = bus.devices.firstIndex { $0.address == address }
        expect(index != nil, "nothing is sent to, and nothing comes from, an address that no reader has")
        return index.map { securities[$0] }
    }
}
