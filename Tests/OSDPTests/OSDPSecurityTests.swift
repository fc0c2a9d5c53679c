import GateModel
import OSDP
import TestSupport
import Testing

/// A reader that is configured as secure is never spoken to in any other way.
struct OSDPSecurityTests {
    /// Nothing but the set-up's own commands may ever be in clear text.
    private func expectNoClearText(_ line: SimulatedLine, _ comment: Comment? = nil) {
        let setUp: Set<UInt8> = [0x61, 0x62, 0x76, 0x77]
        let others = line.commands().filter { ($0.block ?? 0) < 0x15 && !setUp.contains($0.code) }
        #expect(others.isEmpty, comment)
    }

    private func isReported(_ line: SimulatedLine) -> Bool {
        line.events(of: 0).contains { event in
            switch event {
            case .online, .card, .keypad, .localStatus, .inputs, .outputs, .readers, .keyInstalled: true
            default: false
            }
        }
    }

    @Test func `a reader with another key is off line at once, asked again every 2 s, and never in clear text`() throws
    {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(2))])
        line.readers[0].events = [.card(cardRead)]
        line.start()
        line.run(for: .milliseconds(500))
        #expect(line.contains(.offline(.wrongKey)))
        line.run(for: .seconds(20))
        #expect(line.events(of: 0).count { $0 == .offline(.wrongKey) } == 1)
        #expect(!isReported(line))
        expectNoClearText(line)
        #expect(line.commands().count { $0.code == 0x76 } == 10)
        #expect(line.commands().allSatisfy { $0.code != 0x77 }, "the panel proves nothing to a reader without the key")
        // Mended, it is found within 2 s.
        line.readers[0].key = try key(1)
        line.readers[0].events = []
        line.run(for: .milliseconds(2_500))
        #expect(line.device.isSecure)
    }

    @Test func `a reader that offers the factory key is refused outside install mode`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader()])
        line.readers[0].offersFactoryKey = true
        line.start()
        line.run(for: .seconds(5))
        #expect(line.contains(.offline(.factoryDefaultKeyRefused)))
        #expect(!isReported(line))
        expectNoClearText(line)
        #expect(line.commands().allSatisfy { $0.code != 0x77 && $0.code != 0x75 })
    }

    @Test func `the factory key cannot be configured as a reader's own`() {
        for security in [OSDPSecurity.secure(.factoryDefault), .install(.factoryDefault)] {
            #expect(throws: OSDPSettingsError.factoryDefaultKey(address: 3)) {
                try OSDPDeviceSettings(address: 3, security: security)
            }
        }
        #expect(throws: OSDPSettingsError.addressOutOfRange(0x80)) {
            try OSDPDeviceSettings(address: 0x80, security: .clear)
        }
    }

    @Test func `a reader that says it has no secure channel is not used`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.readers[0].capabilities = OSDPCapabilities(entries: [.init(function: 9, compliance: 0, count: 0)])
        line.readers[0].unknown = [0x76]
        line.readers[0].events = [.card(cardRead)]
        line.start()
        line.run(for: .seconds(10))
        #expect(line.contains(.offline(.secureChannelUnsupported)))
        #expect(!isReported(line))
        expectNoClearText(line)
    }

    @Test func `what a reader says of its capabilities does not matter`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.readers[0].capabilities = OSDPCapabilities(entries: [.init(function: 9, compliance: 0, count: 0)])
        line.start()
        line.run(for: .seconds(1))
        #expect(line.device.isSecure)
        var clear = try SimulatedLine([.clear()], [SimulatedReader(key: key(1))])
        clear.start()
        clear.run(for: .seconds(1))
        #expect(clear.device.isOnline)
        #expect(clear.commands().allSatisfy { $0.block == nil })
    }

    @Test func `a reader in clear text that insists on a session is reported as such`() throws {
        var line = try SimulatedLine([.clear()], [SimulatedReader(key: key(1))])
        line.readers[0].insistsOnSession = true
        line.start()
        line.run(for: .seconds(5))
        #expect(line.contains(.offline(.secureChannelRequired)))
        #expect(!isReported(line))
    }

    @Test func `nothing forged in clear text is believed, before a session or in one`() throws {
        let forgeries =
            replyVectors.map(\.reply) + [
                .busy, .initialMAC([UInt8](repeating: 0, count: 16)),
                .challengeAnswer(
                    OSDPChallengeAnswer(
                        clientID: [UInt8](repeating: 0, count: 8), random: [UInt8](repeating: 0, count: 8),
                        cryptogram: [UInt8](repeating: 0, count: 16))),
                .other(code: 0x90),
            ]
        for forged in forgeries {
            var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
            line.readers[0].forged = forged
            line.start()
            line.run(for: .seconds(10))
            #expect(!isReported(line), "\(forged)")
            #expect(
                line.events(of: 0).contains { if case .offline = $0 { true } else { false } }, "\(forged)")
            expectNoClearText(line, "\(forged)")

            line.readers[0].forged = nil
            line.run(for: .seconds(4))
            #expect(line.device.isSecure, "\(forged)")
            let before = line.events.count
            line.readers[0].forged = forged
            line.run(for: .seconds(12))
            let told = line.events.dropFirst(before).map(\.event).filter { event in
                switch event {
                case .offline, .identification, .capabilities: false
                default: true
                }
            }
            #expect(told.isEmpty, "\(forged): \(told)")
            #expect(!line.device.isOnline, "\(forged)")
            expectNoClearText(line, "\(forged)")
        }
    }

    @Test func `a reply with a wrong MAC ends the session, which is set up anew`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.start()
        line.run(for: .seconds(1))
        let before = line.sent.count
        let isAsked = line.run(until: { $0.sent.count > before }, for: .seconds(1))
        #expect(isAsked)
        // A reply of another session, with the awaited number and a right CRC.
        let number = try #require(line.commands().last?.sequence)
        var other = try OSDPSecureChannel(
            keys: OSDPSessionKeys(key: key(5), panelRandom: [UInt8](repeating: 0, count: 8)),
            initialMAC: [UInt8](repeating: 0, count: 16))
        line.receive(try other.seal(.card(cardRead), address: 0, sequence: number))
        line.run(for: .seconds(1))
        #expect(line.device.counters.wrongMACs == 1)
        #expect(line.device.counters.sessions == 2)
        #expect(line.device.isSecure)
        #expect(!line.contains(.card(cardRead)))
        #expect(line.events(of: 0).allSatisfy { if case .offline = $0 { false } else { true } })
    }

    @Test func `a reader that forgets its session gets a new one`() throws {
        var line = try SimulatedLine([.secure()], [SimulatedReader(key: key(1))])
        line.start()
        for round in 1...5 {
            line.run(for: .seconds(1))
            #expect(line.device.counters.sessions == UInt64(round))
            line.readers[0].reboot()
        }
    }

    // MARK: Install mode

    @Test func `install mode gives a factory reader its key and goes on with it`() throws {
        var line = try SimulatedLine([.install()], [SimulatedReader()])
        line.readers[0].takesFactoryKey = true
        line.readers[0].events = [.card(cardRead)]
        line.start()
        line.run(for: .seconds(2))
        #expect(
            line.commands().prefix(9).map(\.code) == [0x61, 0x62, 0x76, 0x77, 0x75, 0x61, 0x62, 0x76, 0x77])
        #expect(line.commands()[4].block == 0x17)
        #expect(try line.readers[0].key == key(1))
        #expect(line.contains(.keyInstalled))
        #expect(line.contains(.online(secure: true)))
        #expect(line.device.counters.sessions == 2)
        expectNoClearText(line)
        // From now on it is a reader like any other: the factory key is of no use any more.
        line.readers[0].key = nil
        line.readers[0].takesFactoryKey = true
        line.readers[0].reboot()
        line.run(for: .seconds(5))
        #expect(line.contains(.offline(.wrongKey)))
        #expect(line.commands().count { $0.code == 0x75 } == 1)
    }

    @Test func `install mode ends well with a reader that has its key already`() throws {
        var line = try SimulatedLine([.install()], [SimulatedReader(key: key(1))])
        line.start()
        line.run(for: .seconds(1))
        #expect(line.contains(.keyInstalled))
        #expect(line.device.isSecure)
        #expect(line.commands().allSatisfy { $0.code != 0x75 })
    }

    @Test func `install mode tells when the reader has an unknown key`() throws {
        var line = try SimulatedLine([.install()], [SimulatedReader(key: key(2))])
        line.start()
        line.run(for: .seconds(5))
        #expect(line.contains(.offline(.installationRefused)))
        #expect(!isReported(line))
        expectNoClearText(line)
    }

    @Test func `a lost answer to KEYSET does not lose the reader`() throws {
        var line = try SimulatedLine([.install()], [SimulatedReader()])
        line.readers[0].takesFactoryKey = true
        var replies = 0
        line.fault = { isReply in
            replies += isReply ? 1 : 0
            // The fifth answer is that to KEYSET.
            return isReply && replies == 5 ? .lost : .none
        }
        line.start()
        line.run(for: .seconds(3))
        #expect(line.contains(.keyInstalled))
        #expect(line.device.isSecure)
    }

    @Test func `a reader that will not take its key is reported`() throws {
        var line = try SimulatedLine([.install()], [SimulatedReader()])
        line.readers[0].takesFactoryKey = true
        line.readers[0].unknown = [0x75]
        // It goes on taking the factory key.
        line.start()
        line.run(for: .milliseconds(800))
        #expect(line.contains(.offline(.keyNotAccepted(.unknownCommand))))
        #expect(!isReported(line))
    }
}
