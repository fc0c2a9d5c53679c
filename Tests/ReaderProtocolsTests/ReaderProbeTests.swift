import GateModel
import ReaderProtocols
import TestSupport
import Testing

/// A port with one device on it, and a technician who reads along.
private struct Port {
    /// At a rate, what a device sends in answer to bytes; what it sends by itself after the port was opened.
    var answer: (_ rate: Int, _ bytes: [UInt8]) -> [UInt8] = { _, _ in [] }
    var unasked: (_ rate: Int, _ isInvited: Bool) -> [UInt8] = { _, _ in [] }
    var refusedRates: Set<Int> = []

    var sent: [(rate: Int, bytes: [UInt8])] = []
    var opened: [Int] = []
    var told: [String] = []
    var finding: ProbeFinding?
    var explanation: String?
    var duration = Duration.zero

    /// Until it is finished. What the device sends arrives 20 ms later, in two pieces.
    mutating func probe() {
        var probe = ReaderProbe()
        var now = ms(1000)
        var wakeAt = now
        var rate = 0
        var arriving: [UInt8] = []
        var actions = probe.start(at: now)
        for _ in 0..<10_000 {
            var isFinished = false
            var isRefused = false
            for action in actions where !isRefused {
                switch action {
                case .open(let newRate):
                    rate = newRate
                    opened.append(rate)
                    isRefused = refusedRates.contains(rate)
                    arriving = isRefused ? [] : unasked(rate, !told.isEmpty)
                case .send(let bytes):
                    sent.append((rate, bytes))
                    arriving += answer(rate, bytes)
                case .wake(let time):
                    #expect(time >= now)
                    wakeAt = time
                case .tell(let sentence): told.append(sentence)
                case .found(let found): finding = found
                case .finished(let sentence):
                    isFinished = true
                    explanation = sentence
                }
            }
            duration = now.since(ms(1000))
            if isFinished { return }
            if isRefused {
                actions = probe.openFailed(at: now)
            } else if arriving.isEmpty {
                now = wakeAt
                actions = probe.timerFired(at: now)
            } else {
                now = now.advanced(by: .milliseconds(20))
                let piece = Array(arriving.prefix((arriving.count + 1) / 2))
                arriving.removeFirst(piece.count)
                actions = probe.received(piece.span, at: now)
            }
        }
        Issue.record("the probe does not end")
    }
}

/// A device that answers `question` with `reply` at `rate`.
private func device(_ question: [UInt8], at rate: Int, _ reply: [UInt8]) -> Port {
    Port(answer: { $0 == rate && $1 == question ? reply : [] })
}

struct ReaderProbeTests {
    // Every byte that may be sent, and nothing else.
    static let sdtStatus = bytes("AA AA AA 96 69 00 03 11 FF ED")
    static let zoneReadBaud = bytes("7E 00 07 01 00 2A 02 D8 0F")
    static let newlandQuery = bytes("7E 01 30 30 30 30 23 44 45 56 51 52 59 2A 3B 03")
    static let honeywellQuery = bytes("16 4D 0D 43 42 52 45 4E 41 3F 21")
    static let ssiWakeUp = bytes("00")
    static let ssiRevision = bytes("04 A3 04 00 FF 55")
    static let ssiACK = bytes("04 D0 04 00 FF 28")
    static let osdpPoll = bytes("FF 53 7F 08 00 04 60 94 D2")
    static let irReading = bytes("A5 15 BA")
    static let registerReading = bytes("A4 03 07 07 B5")

    @Test(arguments: [115_200, 57_600, 38_400, 19_200, 9600])
    func `an ID-card reader is found at each of its rates`(rate: Int) {
        var port = device(Self.sdtStatus, at: rate, frame(sw3: 0x90))
        port.probe()
        #expect(port.finding?.kind == .sdt)
        #expect(port.finding?.rate == rate)
        #expect(port.finding?.configuration == "kind: sdt, rate: \(rate)")
        #expect(
            port.finding?.description
                == "An ID-card reader (SDT) answered with status 00 00 90 at \(rate) baud. "
                + "Configure it with: kind: sdt, rate: \(rate).")
        #expect(port.explanation == nil)
    }

    @Test func `an ID-card reader that is out of order says so`() {
        var port = device(Self.sdtStatus, at: 115_200, frame(sw3: 0x66))
        port.probe()
        #expect(port.finding?.kind == .sdt)
        #expect(port.finding?.evidence.contains("the security module is not authorised") == true)
    }

    @Test(arguments: [9600, 115_200], [true, false])
    func `scanners that answer are found with their make`(rate: Int, isZone: Bool) {
        // A zone scanner answers with its baud rate, a newer one does not know the question.
        let zone = isZone ? bytes("02 00 00 01 00 33 31") : bytes("02 00 03 01 00 6A 61")
        let makes: [(question: [UInt8], reply: [UInt8], make: ScannerMake)] = [
            (Self.zoneReadBaud, zone, .zone),
            (Self.newlandQuery, bytes("02 01 30 30 30 30 23 44 45 56 51 52 59 2A 06 3B 03"), .newland),
            (Self.honeywellQuery, Array("CBRENA1".utf8) + [0x06, 0x21], .honeywell),
            (Self.honeywellQuery, Array("cbrena?".utf8) + [0x05, 0x21], .honeywell),
        ]
        for (question, reply, make) in makes {
            var port = device(question, at: rate, reply)
            port.probe()
            #expect(port.finding?.kind == .qrSerial)
            #expect(port.finding?.rate == rate)
            #expect(port.finding?.make == make)
            #expect(port.finding?.configuration == "kind: qr-serial, rate: \(rate), make: \(make.rawValue)")
        }
    }

    @Test func `an SSI scanner is woken, asked, and not left waiting`() {
        // Revision, or a scan that waited in it.
        for reply in [bytes("05 A4 00 00 41 FF 16"), bytes("06 F3 00 00 1C 41 FE AA")] {
            var port = device(Self.ssiRevision, at: 9600, reply)
            port.probe()
            #expect(port.finding?.make == .ssi)
            #expect(port.finding?.kind == .qrSerial)
            #expect(port.sent.map(\.bytes).contains(Self.ssiWakeUp))
            #expect((port.sent.last?.bytes == Self.ssiACK) == (reply[1] == 0xF3))
        }
    }

    @Test(arguments: [9600, 38_400, 115_200])
    func `an OSDP reader is found, with its address if it tells`(rate: Int) {
        let replies = [
            ("53 80 08 00 05 40 68 9F", "Its address is 0."), ("53 80 08 00 04 79 23 0B", "Its address is 0."),
            ("53 85 07 00 00 40 E1", "Its address is 5."), ("53 FF 07 00 00 40 67", "It did not tell its own address"),
        ]
        for (hex, sentence) in replies {
            var port = device(Self.osdpPoll, at: rate, bytes(hex))
            port.probe()
            #expect(port.finding?.kind == .osdp && port.finding?.rate == rate, "\(hex)")
            #expect(port.finding?.evidence.contains(sentence) == true)
        }
    }

    @Test(arguments: [9600, 115_200])
    func `thermometers are found, asked or not`(rate: Int) {
        let readings: [(question: [UInt8], reading: [UInt8], kind: ProbeFinding.Kind)] = [
            (Self.irReading, bytes("5A 5A 45 04 0E 44 09 6A C2"), .mcu90614),
            (Self.irReading, bytes("5A 5A 45 04 0E 44 FE C0 0D"), .mcu90614),
            (Self.registerReading, bytes("A4 03 07 07 61 0D 5C 09 6A 0E 47 47"), .gy614v),
        ]
        for (question, reading, kind) in readings {
            let words = "kind: \(kind.rawValue), rate: \(rate) under thermometer of the access point"
            var asked = device(question, at: rate, reading)
            asked.probe()
            #expect(asked.finding?.configuration == words)
            var talking = Port(unasked: { opened, _ in opened == rate ? Array(reading.dropFirst(4)) + reading : [] })
            talking.probe()
            #expect(talking.finding?.configuration == words)
            #expect(talking.sent.allSatisfy { $0.rate != rate }, "what talks by itself is not asked")
        }
    }

    @Test func `a card reader that cannot be asked is heard, and the card number is not told`() {
        // 02, five bytes as hexadecimal digits, their exclusive-or, 03.
        let frame = [0x02] + Array("0000001234".utf8) + Array("26".utf8) + [0x03]
        var port = Port(unasked: { $0 == 9600 && $1 ? frame : [] })
        port.probe()
        #expect(port.told.count == 1)
        #expect(port.told.first?.contains("hold a code or a card in front of the reader") == true)
        #expect(port.finding?.configuration == "kind: serial-rfid, rate: 9600")
        #expect(!"\(port.finding as Any)".contains("1234"))
    }

    @Test(arguments: [
        ("\r", ", suffix: cr"), ("\r\n", ", suffix: crlf"), ("\n", ", suffix: lf"), ("\t", ", suffix: tab"),
        ("\u{3}", ", suffix: etx"), ("", ""),
    ])
    func `a scanner of plain text is heard with its suffix, and the text is not told`(end: String, words: String) {
        for prefix in ["", "]Q1", "\u{2}"] {
            var port = Port(unasked: { $0 == 115_200 && $1 ? Array((prefix + "PLACEHOLDER" + end).utf8) : [] })
            port.probe()
            #expect(port.finding?.configuration == "kind: qr-serial, rate: 115200" + words)
            #expect(port.finding?.make == nil)
            #expect(port.finding?.evidence.contains("with an AIM identifier") == (prefix == "]Q1"))
            #expect(!"\(port.finding as Any)".contains("PLACEHOLDER"))
        }
    }

    @Test(arguments: [3, 4, 255, 256, 257, 4000])
    func `text of any length is text, if it is neither too short nor longer than what is held`(count: Int) {
        let text = [UInt8](repeating: 0x41, count: count)
        var port = Port(unasked: { $0 == 9600 && $1 ? text : [] })
        port.probe()
        #expect((port.finding != nil) == (4...256).contains(count))
    }

    @Test func `a line that only echoes is no device`() {
        var port = Port(answer: { $1 })
        port.probe()
        #expect(port.finding == nil)
        #expect(port.explanation?.hasPrefix("Something was heard at 9600, 115200, 38400, 57600, 19200 baud") == true)
        #expect(port.explanation?.contains("echoes") == true)
    }

    @Test func `words like Honeywell's without a status are no answer`() {
        var port = device(Self.honeywellQuery, at: 9600, Array("CBRENA1\r".utf8))
        port.probe()
        #expect(port.finding == nil)
        var unasked = Port(unasked: { _, _ in Array("CBRENA1\u{6}!".utf8) })
        unasked.probe()
        #expect(unasked.finding == nil)
    }

    @Test func `text in answer to a question is that of a console, not of a scanner`() {
        var port = Port(answer: { _, _ in Array("login: ".utf8) })
        port.probe()
        #expect(port.finding == nil)
    }

    @Test(arguments: [
        "AA AA AA 96 69 00 04 00 00 90 94", "02 00 00 01 00 33 31", "05 A4 00 00 41 FF 16", "53 80 08 00 05 40 68 9F",
        "53 85 07 00 00 40 E1", "5A 5A 45 04 0E 44 09 6A C2", "A4 03 07 07 61 0D 5C 09 6A 0E 47 47",
    ])
    func `an answer with any bit wrong is no device`(hex: String) {
        let good = bytes(hex)
        for index in good.indices {
            for bit in 0..<8 {
                var damaged = good
                damaged[index] ^= 1 << bit
                var probe = ReaderProbe()
                _ = probe.start(at: ms(0))
                let actions = probe.received(damaged.span, at: ms(10))
                #expect(actions == [.wake(at: ms(110))], "bit \(bit) of byte \(index)")
            }
        }
        var probe = ReaderProbe()
        _ = probe.start(at: ms(0))
        #expect(probe.received(good.span, at: ms(10)).count == 2)
    }

    @Test func `a silent port is explained, in less than a minute`() {
        var port = Port()
        port.probe()
        #expect(port.finding == nil)
        #expect(port.explanation?.hasPrefix("Nothing was heard on this port at any rate.") == true)
        for word in ["power", "cable", "RS-485", "USB keyboard"] { #expect(port.explanation?.contains(word) == true) }
        #expect(port.opened == [9600, 115_200, 38_400, 57_600, 19_200, 9600, 115_200, 38_400, 57_600, 19_200])
        #expect(port.duration < .seconds(60))
    }

    @Test func `it asks, and never changes a setting`() {
        let allowed = [
            Self.sdtStatus, Self.zoneReadBaud, Self.newlandQuery, Self.honeywellQuery, Self.ssiWakeUp, Self.ssiRevision,
            Self.osdpPoll, Self.irReading, Self.registerReading,
        ]
        var port = Port()
        port.probe()
        for (_, bytes) in port.sent { #expect(allowed.contains(bytes), "\(bytes)") }
        #expect(Set(port.sent.map(\.bytes)) == Set(allowed))

        let changes = [
            "AA AA AA 96 69 00 03 60", "AA AA AA 96 69 00 04 61", "7E 00 08", "7E 00 09", "A5 45", "A5 AE", "A5 AF",
            "A5 51", "A5 52", "A4 06", "04 C6", "07 C6",
        ].map { bytes($0) }
        let wire = port.sent.flatMap(\.bytes)
        for change in changes {
            #expect(!wire.indices.contains { wire[$0...].starts(with: change) }, "\(change)")
        }
    }

    @Test func `each rate is asked what is likely there`() {
        var port = Port()
        port.probe()
        func rates(_ question: [UInt8]) -> [Int] { port.sent.filter { $0.bytes == question }.map(\.rate) }
        #expect(rates(Self.sdtStatus) == [9600, 115_200, 38_400, 57_600, 19_200])
        #expect(rates(Self.osdpPoll) == [9600, 115_200, 38_400])
        #expect(rates(Self.ssiRevision) == [9600])
        for question in [
            Self.zoneReadBaud, Self.newlandQuery, Self.honeywellQuery, Self.irReading, Self.registerReading,
        ] { #expect(rates(question) == [9600, 115_200]) }
    }

    @Test func `a rate that the port does not have is left out`() {
        var port = Port(refusedRates: [9600, 38_400])
        port.probe()
        #expect(port.sent.allSatisfy { ![9600, 38_400].contains($0.rate) })
        #expect(port.sent.contains { $0.rate == 19_200 })
        #expect(port.told.count == 1)
        #expect(port.explanation != nil)
        var deaf = Port(refusedRates: [9600, 115_200, 38_400, 57_600, 19_200])
        deaf.probe()
        #expect(deaf.sent.isEmpty)
        #expect(deaf.told.isEmpty)
        #expect(deaf.explanation?.hasPrefix("The port could not be opened at any rate.") == true)
        #expect(deaf.duration == .zero)
        var last = Port(refusedRates: [19_200])
        last.probe()
        #expect(last.told.count == 1)
    }

    @Test func `what arrives while the time for it runs out is heard to its end`() {
        var probe = ReaderProbe()
        #expect(probe.start(at: ms(0)).last == .wake(at: ms(300)))
        #expect(probe.received(Array("PLACE".utf8).span, at: ms(290)) == [.wake(at: ms(300))])
        #expect(probe.timerFired(at: ms(300)) == [.wake(at: ms(390))])
        #expect(probe.received(Array("HOLDER\r".utf8).span, at: ms(380)) == [.wake(at: ms(480))])
        let actions = probe.timerFired(at: ms(480))
        guard case .found(let finding) = actions.first else {
            Issue.record("not found: \(actions)")
            return
        }
        #expect(finding.configuration == "kind: qr-serial, rate: 9600, suffix: cr")
    }

    @Test func `an endless stream does not stop it`() {
        var probe = ReaderProbe()
        var now = ms(0)
        var actions = probe.start(at: now)
        while !actions.contains(where: { if case .finished = $0 { true } else { false } }), now < ms(120_000) {
            now = now.advanced(by: .milliseconds(10))
            actions = probe.received([0x55].span, at: now)
        }
        #expect(now < ms(90_000))
    }

    @Test func `after the end, and before the start, nothing happens`() {
        var probe = ReaderProbe()
        #expect(probe.timerFired(at: ms(0)).isEmpty)
        #expect(probe.received(frame(sw3: 0x90).span, at: ms(0)).isEmpty)
        #expect(probe.openFailed(at: ms(0)).isEmpty)
        _ = probe.start(at: ms(0))
        #expect(probe.timerFired(at: ms(10)) == [.wake(at: ms(300))])
        guard case .found = probe.received(frame(sw3: 0x90).span, at: ms(20)).first else {
            Issue.record("not found")
            return
        }
        #expect(probe.received(frame(sw3: 0x90).span, at: ms(30)).isEmpty)
    }

    @Test func `whatever is heard, it ends, and noise is no device`() {
        var random = SeededGenerator(seed: 31)
        for _ in 0..<30 {
            var noise = random
            var port = Port(
                answer: { _, _ in noise.bytes(Int.random(in: 0...300, using: &noise)) },
                unasked: { _, _ in noise.bytes(Int.random(in: 0...600, using: &noise)) })
            port.probe()
            #expect(port.finding == nil)
            #expect(port.explanation?.hasPrefix("Something was heard") == true)
            _ = random.next()
        }
    }

    @Test func `nothing that was heard stays behind`() throws {
        var probe = ReaderProbe()
        _ = probe.start(at: ms(0))
        _ = probe.received(Array("00001900010100".utf8).span, at: ms(10))
        _ = probe.received([UInt8](repeating: 0x31, count: 1000).span, at: ms(20))
        _ = probe.timerFired(at: ms(120))
        let ear = try #require(Mirror(reflecting: probe).children.first { $0.label == "ear" }?.value)
        let buffers = Mirror(reflecting: ear).children.compactMap { $0.value as? [UInt8] }
        #expect(buffers == [[UInt8](repeating: 0, count: 256)])
    }
}
