import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct HIDPOSDecoderTests {
    typealias Settings = HIDPOSDecoder.Settings

    private static let vectorA = [
        """
        02 38 5D 51 31 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 2D
        51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 73 00 01
        """,
        """
        02 04 5D 51 31 2D 51 52 2D 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 73 00 00
        """,
    ].map { bytes($0) }
    private static let vectorB = [
        """
        02 38 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D
        50 4C 41 43 45 48 4F 4C 44 45 52 2D 51 52 2D 50 4C 41 43 45 48 4F 4C 44 45 52 00 00 00 00 00 01
        """,
        """
        02 04 2D 51 52 2D 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        """,
    ].map { bytes($0) }
    private static let vectorText = String(repeating: "PLACEHOLDER-QR-", count: 4)

    private enum Layout: CaseIterable {
        case a, aPlus1, b

        var start: Int {
            switch self {
            case .a: 5
            case .aPlus1: 6
            case .b: 2
            }
        }

        /// The reports of a scan.
        func reports(_ text: some Collection<UInt8>, aim: String = "Q1") -> [[UInt8]] {
            var rest = Array(text)[...]
            var reports: [[UInt8]] = []
            repeat {
                let part = rest.prefix(56)
                rest = rest.dropFirst(56)
                var report = [UInt8](repeating: 0, count: 64)
                report[0] = 2
                report[1] = UInt8(part.count)
                if self != .b { report.replaceSubrange(start - 3..<start, with: [0x5D] + Array(aim.utf8)) }
                report.replaceSubrange(start..<start + part.count, with: part)
                report[63] = rest.isEmpty ? 0 : 1
                reports.append(report)
            } while !rest.isEmpty
            return reports
        }
    }

    private static func decoder(
        _ layout: Layout, described: Bool = false, settings: Settings = Settings()
    ) -> HIDPOSDecoder {
        let descriptor: [UInt8] =
            switch layout {
            case .a where described: HIDDescriptors.layoutA
            case .b where described: HIDDescriptors.layoutB
            default: []
            }
        return HIDPOSDecoder(
            descriptor: HIDReportDescriptor(descriptor), vendorID: layout == .b ? 0x1EAB : 0x0C2E, settings: settings)
    }

    private static func scan(_ text: String, _ aim: String? = "Q1") -> ScanOutput {
        .text(ScannedText(text: text, aim: aim.flatMap { AIMIdentifier($0) }))
    }

    @Test(arguments: [true, false])
    func `the makers' examples are read, with a descriptor and without`(described: Bool) {
        var a = Self.decoder(.a, described: described)
        #expect(Self.vectorA.map { a.feed($0, at: ms(0)) } == [nil, Self.scan(Self.vectorText)])
        var b = Self.decoder(.b, described: described)
        #expect(Self.vectorB.map { b.feed($0, at: ms(0)) } == [nil, Self.scan(Self.vectorText, nil)])
        #expect(a.counters.scans == 1)
        #expect(a.reportCounters.used == 2)
        #expect(a.nextDeadline == nil)
    }

    @Test func `the example with a later data field is read`() {
        var decoder = Self.decoder(.aPlus1)
        let reports = Layout.aPlus1.reports(Self.vectorText.utf8)
        #expect(reports.map { decoder.feed($0, at: ms(0)) } == [nil, Self.scan(Self.vectorText)])
    }

    @Test func `scans of any length are read in every layout`() {
        var random = SeededGenerator(seed: 22)
        for layout in Layout.allCases {
            var decoder = Self.decoder(layout, described: Bool.random(using: &random))
            for length in [1, 55, 56, 57, 112, 113, 500, 4096] {
                // A bracket at the beginning of a report must not be taken for an AIM identifier.
                let text = (0..<length).map {
                    $0 % 56 == 0 && $0 > 0 ? 0x5D : UInt8.random(in: 0x30...0x5A, using: &random)
                }
                let outputs = layout.reports(text).compactMap { decoder.feed($0, at: ms(0)) }
                #expect(outputs == [Self.scan(String(decoding: text, as: UTF8.self), layout == .b ? nil : "Q1")])
            }
            #expect(decoder.counters.scans == 8)
        }
    }

    @Test func `a scanner of layout B may put the AIM identifier into the data`() {
        var decoder = Self.decoder(.b)
        let outputs = Layout.b.reports("]Q1ABC".utf8).compactMap { decoder.feed($0, at: ms(0)) }
        #expect(outputs == [Self.scan("ABC")])
    }

    @Test func `the AIM identifier of the report is held against the policy`() throws {
        let accepted: Set = [try #require(AIMIdentifier("Q1"))]
        var decoder = Self.decoder(.a, settings: Settings(aim: .required(accepted)))
        var outputs: [ScanOutput?] = []
        for aim in ["Q1", "E0", "Q1", "X0"] {
            outputs += Layout.a.reports("AB".utf8, aim: aim).map { decoder.feed($0, at: ms(0)) }
        }
        #expect(outputs == [Self.scan("AB"), nil, Self.scan("AB"), nil])
        #expect(decoder.counters.otherSymbologies == 2)
        var any = Self.decoder(.a, settings: Settings(aim: .none))
        #expect(Layout.a.reports("AB".utf8).compactMap { any.feed($0, at: ms(0)) } == [Self.scan("AB", nil)])
    }

    @Test func `a text that begins like an AIM identifier keeps its beginning behind a real one`() {
        var decoder = Self.decoder(.a)
        #expect(Layout.a.reports("]E0AB".utf8).compactMap { decoder.feed($0, at: ms(0)) } == [Self.scan("]E0AB")])
    }

    @Test func `a report that is late ends what has begun`() {
        var decoder = Self.decoder(.a, described: true)
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.feed(Self.vectorA[0], at: ms(0)) == nil)
        #expect(decoder.nextDeadline == ms(300))
        #expect(decoder.feed(Self.vectorA[0], at: ms(299)) == nil)
        #expect(decoder.nextDeadline == ms(599))
        decoder.timerFired(at: ms(598))
        #expect(decoder.nextDeadline == ms(599))
        decoder.timerFired(at: ms(599))
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.counters.broken == 1)
        #expect(decoder.feed(Self.vectorA[0], at: ms(1000)) == nil)
        // Without a timer too.
        #expect(Layout.a.reports("AB".utf8).map { decoder.feed($0, at: ms(1300)) } == [Self.scan("AB")])
        #expect(decoder.counters.broken == 2)
        #expect(decoder.counters.scans == 1)
    }

    @Test func `what is left of a scan with a broken report is no scan`() {
        let text = [UInt8](repeating: 0x41, count: 56 * 4)
        let reports = Layout.a.reports(text)
        for broken in 0..<3 {
            for isShort in [true, false] {
                var decoder = Self.decoder(.a, described: true)
                var damaged = reports
                if isShort { damaged[broken].removeLast() } else { damaged[broken][1] = 57 }
                #expect(damaged.allSatisfy { decoder.feed($0, at: ms(0)) == nil })
                #expect(decoder.counters.broken == (broken == 0 ? 0 : 1))
                #expect(decoder.reportCounters.short == (isShort ? 1 : 0))
                #expect(decoder.reportCounters.absurdCounts == (isShort ? 0 : 1))
                #expect(Layout.a.reports("AB".utf8).map { decoder.feed($0, at: ms(0)) } == [Self.scan("AB")])
            }
        }
    }

    @Test func `a broken last report costs no other scan, if its end can be read or the gap is over`() {
        var decoder = Self.decoder(.a, described: true)
        #expect(decoder.feed(Self.vectorA[0], at: ms(0)) == nil)
        #expect(decoder.feed(Self.vectorA[1].replacing(at: 1, with: [0xFF]), at: ms(0)) == nil)
        #expect(Layout.a.reports("AB".utf8).map { decoder.feed($0, at: ms(0)) } == [Self.scan("AB")])
        #expect(decoder.feed(Array(Self.vectorA[1].prefix(20)), at: ms(100)) == nil)
        #expect(decoder.nextDeadline == ms(400))
        #expect(Layout.a.reports("AB".utf8).map { decoder.feed($0, at: ms(400)) } == [Self.scan("AB")])
    }

    @Test func `reports of another kind are counted and harm no scan`() {
        for described in [true, false] {
            var decoder = Self.decoder(.a, described: described)
            #expect(decoder.feed(Self.vectorA[0], at: ms(0)) == nil)
            #expect(decoder.feed([], at: ms(0)) == nil)
            #expect(decoder.feed([4, 1], at: ms(0)) == nil)
            #expect(decoder.feed(Self.vectorA[1].replacing(at: 0, with: [1]), at: ms(0)) == nil)
            #expect(decoder.feed(Self.vectorA[1], at: ms(0)) == Self.scan(Self.vectorText))
            #expect(decoder.reportCounters.unknown == 3)
        }
        var decoder = Self.decoder(.a)
        for report in [[2], [2, 0], [2, 0, 0x51], [2, 0, 0, 0x5E], Self.vectorB[0]] {
            #expect(decoder.feed(report, at: ms(0)) == nil)
        }
        #expect(decoder.reportCounters.unknown == 5)
    }

    @Test func `the answer to a trigger command is no scan`() {
        var decoder = Self.decoder(.b, described: true)
        let reply = Layout.b.reports(bytes("02 00 00 01 00 33 31"))
        #expect(reply.map { decoder.feed($0, at: ms(0)) } == [nil])
        #expect(decoder.reportCounters.replies == 1)
        #expect(decoder.counters.scans == 0)
        #expect(decoder.counters.unreadable == 0)
    }

    @Test func `without a count the data ends where the padding begins`() {
        let descriptor = HIDReportDescriptor(bytes("05 8C 09 02 A1 01 85 02 75 08 95 08 09 FE 81 02 C0"))
        var decoder = HIDPOSDecoder(descriptor: descriptor, vendorID: 0)
        #expect(decoder.feed(bytes("02 41 42 43 00 00 00 00 00"), at: ms(0)) == Self.scan("ABC", nil))
        #expect(decoder.feed(bytes("02 41 42 43 44 45 46 47 48"), at: ms(0)) == Self.scan("ABCDEFGH", nil))
        #expect(decoder.feed(bytes("02 41 00 43 00 00 00 00 00"), at: ms(0)) == .unreadable)
        #expect(decoder.feed(bytes("02 00 00 00 00 00 00 00 00"), at: ms(0)) == nil)
    }

    @Test func `fields that do not begin with a byte are read`() {
        // No report number; 3 bits reserved, 1 bit continued, then 4 bytes.
        let descriptor = HIDReportDescriptor(
            bytes("05 8C 09 02 A1 01 75 01 95 03 81 03 95 01 09 FF 81 02 75 08 95 04 09 FE 81 02 C0"))
        var decoder = HIDPOSDecoder(descriptor: descriptor, vendorID: 0)
        #expect(decoder.feed(bytes("18 24 34 44 04"), at: ms(0)) == nil)
        #expect(decoder.feed(bytes("57 64 04 00 00"), at: ms(0)) == Self.scan("ABCDEF", nil))
    }

    @Test func `a range of usages that begins on one page and ends on another is none`() {
        // Usage minimum 5 on page 8C, maximum 1 on page 8D: once the last page is given to both, the range runs backwards.
        let descriptor = HIDReportDescriptor(
            bytes("05 8C 09 02 A1 01 75 08 95 02 1A 05 00 05 8D 2A 01 00 81 02 05 8C 95 04 09 FE 81 02 C0"))
        var decoder = HIDPOSDecoder(descriptor: descriptor, vendorID: 0)
        #expect(decoder.feed(bytes("00 00 41 42 00 00"), at: ms(0)) == Self.scan("AB", nil))
    }

    @Test func `a suffix that is meant for another interface is taken off`() {
        var decoder = Self.decoder(.a)
        #expect(Layout.a.reports("AB\r\n".utf8).compactMap { decoder.feed($0, at: ms(0)) } == [Self.scan("AB")])
        #expect(Layout.a.reports("A\rB\r".utf8).compactMap { decoder.feed($0, at: ms(0)) } == [.unreadable])
    }

    @Test func `a scan that is too long is dropped to its end`() {
        var decoder = Self.decoder(.a, settings: Settings(maximumLength: 100))
        let text = [UInt8](repeating: 0x41, count: 300)
        #expect(Layout.a.reports(text).compactMap { decoder.feed($0, at: ms(0)) } == [])
        #expect(decoder.counters.overlong == 1)
        #expect(Layout.a.reports(text.prefix(100)).compactMap { decoder.feed($0, at: ms(0)) }.count == 1)
        #expect(Settings(maximumLength: 0).maximumLength == 1)
        #expect(Settings(maximumLength: .max).maximumLength == 4096)
    }

    @Test func `an endless scan is dropped`() {
        var decoder = Self.decoder(.a)
        for round in 0..<1000 { #expect(decoder.feed(Self.vectorA[0], at: ms(UInt64(round))) == nil) }
        #expect(decoder.counters.overlong == 1)
        decoder.timerFired(at: ms(2000))
        #expect(decoder.nextDeadline == nil)
    }

    @Test func `nothing of a scan stays behind`() throws {
        var decoder = Self.decoder(.a, settings: Settings(maximumLength: 70))
        for round in 0..<3 {
            _ = decoder.feed(Self.vectorA[0], at: ms(0))
            switch round {
            case 0: _ = decoder.feed(Self.vectorA[1], at: ms(0))
            case 1: decoder.timerFired(at: ms(1000))
            default: _ = decoder.feed(Self.vectorA[0], at: ms(0))
            }
            let assembler = try #require(Mirror(reflecting: decoder).children.first { $0.label == "assembler" }?.value)
            let buffers = Mirror(reflecting: assembler).children.compactMap { $0.value as? [UInt8] }
            #expect(buffers == [[UInt8](repeating: 0, count: 70)])
        }
    }

    @Test(arguments: [nil, HIDDescriptors.layoutA, HIDDescriptors.layoutB])
    func `random reports never crash and scans never grow`(descriptor: [UInt8]?) {
        var random = SeededGenerator(seed: 23)
        var decoder = HIDPOSDecoder(
            descriptor: HIDReportDescriptor(descriptor ?? []), vendorID: 0, settings: Settings(maximumLength: 200))
        var now = ms(0)
        for _ in 0..<5000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...320, using: &random)))
            let text = (0..<Int.random(in: 0...130, using: &random)).map { _ in
                UInt8.random(in: 0x20...0x7F, using: &random)
            }
            let layout = Layout.allCases.randomElement(using: &random) ?? .a
            for var report in layout.reports(text) {
                switch Int.random(in: 0..<20, using: &random) {
                case 0: report.removeLast(Int.random(in: 0...64, using: &random))
                case 1: report[Int.random(in: 0..<64, using: &random)] = UInt8(truncatingIfNeeded: random.next())
                case 2: report = random.bytes(Int.random(in: 0...300, using: &random))
                case 3: report[1] = UInt8(truncatingIfNeeded: random.next())
                default: break
                }
                decoder.feed(report.span, at: now) { kind, bytes in
                    if case .text = kind { #expect((1...200).contains(bytes.count)) }
                }
                if let deadline = decoder.nextDeadline {
                    #expect(deadline > now && deadline <= now.advanced(by: .milliseconds(300)))
                }
            }
        }
        #expect(decoder.counters.scans > 100)
        #expect(decoder.counters.broken > 10)
        #expect(decoder.reportCounters.unknown > 10)
        #expect(decoder.reportCounters.short > 10)
        #expect(decoder.reportCounters.absurdCounts > 10)
    }
}
