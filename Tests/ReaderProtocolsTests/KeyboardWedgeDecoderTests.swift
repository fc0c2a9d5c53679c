import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct KeyboardWedgeDecoderTests {
    typealias Settings = KeyboardWedgeDecoder.Settings

    static func line(_ text: String, _ aim: String? = nil) -> ScanOutput {
        .text(ScannedText(text: text, aim: aim.flatMap { AIMIdentifier($0) }))
    }

    private func outputs(_ stream: [UInt8]) -> [ScanOutput] {
        var decoder = KeyboardWedgeDecoder()
        return decoder.feed(stream, at: ms(0))
    }

    private static let printable = String(decoding: Array(0x20...0x7E), as: UTF8.self)
    private static let enter = Keystrokes.press(Keystrokes.enter)

    @Test func `the boot reports of the fact sheet give their text`() throws {
        // As the kernel turns reports into keys: HID usage to key code, modifiers first.
        let reports = [
            "02 00 04 00 00 00 00 00", "00 00 00 00 00 00 00 00", "00 00 05 00 00 00 00 00", "00 00 00 00 00 00 00 00",
            "00 00 1E 00 00 00 00 00", "00 00 00 00 00 00 00 00", "00 00 28 00 00 00 00 00", "00 00 00 00 00 00 00 00",
        ].map { bytes($0) }
        let codes: [UInt8: UInt16] = [0x04: 30, 0x05: 48, 0x1E: 2, 0x28: 28]
        var stream: [UInt8] = []
        var before = [UInt8](repeating: 0, count: 8)
        for report in reports {
            if report[0] != before[0] { stream += Keystrokes.key(Keystrokes.leftShift, report[0] == 2 ? 1 : 0) }
            for (usage, value) in [(before[2], 0 as Int32), (report[2], 1)] where usage != 0 {
                stream += Keystrokes.key(try #require(codes[usage]), value)
            }
            before = report
        }
        #expect(outputs(stream) == [Self.line("Ab1")])
    }

    @Test func `every printable character is read, whatever the cuts between records`() {
        var random = SeededGenerator(seed: 32)
        let texts = [Self.printable, "000000190001010017", "A", "a b ~!"]
        let stream = texts.flatMap { Keystrokes.type($0) + Self.enter }
        #expect(outputs(stream) == texts.map { Self.line($0) })
        for _ in 0..<20 {
            var decoder = KeyboardWedgeDecoder()
            var outputs: [ScanOutput] = []
            var start = 0
            while start < stream.count {
                let end = min(stream.count, start + 24 * Int.random(in: 1...64, using: &random))
                outputs += decoder.feed(Array(stream[start..<end]), at: ms(0))
                start = end
            }
            #expect(outputs == texts.map { Self.line($0) })
            #expect(decoder.counters.scans == UInt64(texts.count))
            #expect(decoder.eventCounters.events == UInt64(stream.count / 24))
            #expect(decoder.nextDeadline == nil)
        }
    }

    @Test(arguments: [Keystrokes.enter, Keystrokes.keypadEnter, Keystrokes.tab])
    func `each of the keys that end a scan does`(key: UInt16) {
        let end = Keystrokes.press(key)
        #expect(outputs(end + Keystrokes.type("AB") + end + end + Keystrokes.type("CD") + end).count == 2)
    }

    @Test func `an idle gap ends a scan`() {
        var decoder = KeyboardWedgeDecoder()
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.feed(Keystrokes.type("AB", at: 1000), at: ms(1010)).isEmpty)
        #expect(decoder.nextDeadline == ms(1100))
        #expect(decoder.timerFired(at: ms(1099)) == nil)
        #expect(decoder.timerFired(at: ms(1100)) == Self.line("AB"))
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.timerFired(at: ms(2000)) == nil)
        var slow = KeyboardWedgeDecoder(settings: Settings(idleGap: .milliseconds(500)))
        #expect(slow.feed(Keystrokes.type("AB", at: 1000), at: ms(1000)).isEmpty)
        #expect(slow.nextDeadline == ms(1500))
    }

    @Test func `scans that are read late are told apart by their time stamps`() {
        var decoder = KeyboardWedgeDecoder()
        let stream = Keystrokes.type("AB", at: 1000) + Keystrokes.type("CD", at: 1100) + Self.enter
        #expect(decoder.feed(stream, at: ms(2000)) == [Self.line("AB"), Self.line("CD")])
    }

    @Test func `a time stamp of another clock does not count`() {
        for stamp: UInt64 in [0, 1_700_000_000_000, 100_001] {
            var decoder = KeyboardWedgeDecoder()
            #expect(decoder.feed(Keystrokes.type("AB", at: stamp), at: ms(100_000)).isEmpty)
            #expect(decoder.nextDeadline == ms(100_100))
        }
    }

    @Test func `locks, function keys and what is no key do not count`() {
        let between =
            [58, 69, 70, 59, 68, 87, 88, 125, 1, 14, 103, 111, 183, 240, 767].flatMap { Keystrokes.press($0) }
            + Keystrokes.record(2, 30, 1) + Keystrokes.record(4, 30, 1) + Keystrokes.record(0x11, 1, 1)
            + Keystrokes.record(0, 1, 0)
        #expect(outputs(Keystrokes.type("aB") + between + Keystrokes.type("cD") + Self.enter) == [Self.line("aBcD")])
    }

    @Test func `a key that is held repeats nothing`() {
        let held = Keystrokes.key(30, 1) + Keystrokes.key(30, 2) + Keystrokes.key(30, 2) + Keystrokes.key(30, 0)
        #expect(outputs(held + Self.enter) == [Self.line("a")])
        #expect(outputs(Keystrokes.key(30, 1) + Keystrokes.key(30, 3) + Keystrokes.key(30, -1) + Self.enter).count == 1)
    }

    @Test func `either Shift works, and one is enough`() {
        let a = Keystrokes.press(30)
        for shift in [Keystrokes.leftShift, Keystrokes.rightShift] {
            #expect(outputs(Keystrokes.holding(shift, a) + a + Self.enter) == [Self.line("Aa")])
        }
        let both =
            Keystrokes.holding(
                Keystrokes.leftShift, Keystrokes.holding(Keystrokes.rightShift, a) + a) + a
        #expect(outputs(both + Self.enter) == [Self.line("AAa")])
    }

    @Test func `keypad keys give their characters without Num Lock`() {
        let digits = Keystrokes.keypad.flatMap { Keystrokes.press($0) }
        let others = [55, 74, 78, 83, 98].flatMap { Keystrokes.press($0) }
        #expect(outputs(digits + others + Self.enter) == [Self.line("0123456789*-+./")])
    }

    @Test func `Alt with a code on the keypad gives that byte`() {
        let typed = Self.printable.utf8.flatMap { Keystrokes.alt("0\($0)") }
        #expect(outputs(typed + Self.enter) == [Self.line(Self.printable)])
        #expect(
            outputs(Keystrokes.alt("65") + Keystrokes.type("b") + Keystrokes.alt("0067") + Self.enter) == [
                Self.line("AbC")
            ])
        // With Num Lock around it.
        #expect(outputs(Keystrokes.holding(69, Keystrokes.alt("065")) + Self.enter) == [Self.line("A")])
        #expect(
            outputs(Keystrokes.holding(Keystrokes.leftAlt, []) + Keystrokes.type("A") + Self.enter) == [Self.line("A")])
        #expect(outputs(Keystrokes.type("A") + Keystrokes.alt("013")) == [Self.line("A")])
    }

    @Test(arguments: ["0233", "0128", "029", "0", "256", "321", "99999999999999999999999999", "0127"])
    func `other codes than those of printable ASCII make the scan unreadable`(code: String) {
        let scan = Keystrokes.type("A") + Keystrokes.alt(code) + Keystrokes.type("B") + Self.enter
        #expect(outputs(scan + Keystrokes.type("C") + Self.enter) == [.unreadable, Self.line("C")])
    }

    @Test func `a code without its end makes the scan unreadable`() {
        let begun =
            Keystrokes.type("A") + Keystrokes.key(Keystrokes.leftAlt, 1) + Keystrokes.press(Keystrokes.keypad[6])
        #expect(outputs(begun + Self.enter) == [.unreadable])
        var decoder = KeyboardWedgeDecoder()
        #expect(decoder.feed(begun, at: ms(0)).isEmpty)
        #expect(decoder.timerFired(at: ms(100)) == .unreadable)
        #expect(decoder.nextDeadline == nil)
    }

    @Test func `a key with Alt or Ctrl that stands for nothing makes the scan unreadable`() {
        let one = Keystrokes.press(2)
        for modifier in [Keystrokes.leftAlt, Keystrokes.leftCtrl] {
            #expect(outputs(Keystrokes.type("A") + Keystrokes.holding(modifier, one) + Self.enter) == [.unreadable])
        }
        let keypad = Keystrokes.holding(Keystrokes.leftCtrl, Keystrokes.press(Keystrokes.keypad[1]))
        #expect(outputs(Keystrokes.type("A") + keypad + Self.enter) == [.unreadable])
    }

    @Test func `control characters are no text, and those that end a line end a scan`() {
        func control(_ text: String) -> [UInt8] { Keystrokes.holding(Keystrokes.leftCtrl, Keystrokes.type(text)) }
        for text in ["a", "z", "]", "[", "\\", "^", "_", "@", "A"] {
            #expect(outputs(Keystrokes.type("A") + control(text) + Keystrokes.type("B") + Self.enter) == [.unreadable])
        }
        for text in ["m", "M", "i", "j", "mj"] {
            let scans = Keystrokes.type("A") + control(text) + Keystrokes.type("B") + control(text)
            #expect(outputs(scans) == [Self.line("A"), Self.line("B")])
        }
    }

    @Test func `lost events cost the whole scan and no more`() {
        let begun = Keystrokes.type("ABC")
        let rest = Keystrokes.press(32) + Keystrokes.record(0, 0, 0) + Keystrokes.type("EF")
        var decoder = KeyboardWedgeDecoder()
        let stream = begun + Keystrokes.dropped + rest + Self.enter + Keystrokes.type("Gh") + Self.enter
        #expect(decoder.feed(stream, at: ms(0)) == [Self.line("Gh")])
        #expect(decoder.eventCounters.overruns == 1)
        #expect(decoder.counters.broken == 1)
        // The beginning of a scan is lost just as well.
        #expect(
            outputs(Keystrokes.dropped + rest + Self.enter + Keystrokes.type("Gh") + Self.enter) == [Self.line("Gh")])
    }

    @Test func `an Enter that is in the lost packet ends nothing`() {
        let packet = Keystrokes.record(1, Keystrokes.enter, 1) + Keystrokes.record(0, 0, 0)
        #expect(outputs(Keystrokes.type("A") + Keystrokes.dropped + packet + Keystrokes.type("B") + Self.enter).isEmpty)
    }

    @Test func `a lost scan ends with an idle gap too, and lost modifiers are not held`() {
        var decoder = KeyboardWedgeDecoder()
        let begun =
            Keystrokes.type("A") + Keystrokes.key(Keystrokes.leftShift, 1) + Keystrokes.key(Keystrokes.leftCtrl, 1)
        #expect(decoder.feed(begun + Keystrokes.dropped + Keystrokes.record(0, 0, 0), at: ms(0)).isEmpty)
        #expect(decoder.nextDeadline == ms(100))
        #expect(decoder.timerFired(at: ms(100)) == nil)
        #expect(decoder.nextDeadline == nil)
        #expect(decoder.feed(Keystrokes.press(30) + Self.enter, at: ms(200)) == [Self.line("a")])
    }

    @Test func `a scan that is too long is dropped to its end`() {
        var decoder = KeyboardWedgeDecoder(settings: Settings(maximumLength: 10))
        let stream = ["0123456789", "0123456789A", "B"].flatMap { Keystrokes.type($0) + Self.enter }
        #expect(decoder.feed(stream, at: ms(0)) == [Self.line("0123456789"), Self.line("B")])
        #expect(decoder.counters.overlong == 1)
        #expect(Settings(maximumLength: 0).maximumLength == 1)
        #expect(Settings(maximumLength: .max).maximumLength == 4096)
    }

    @Test func `the AIM identifier is held against the policy`() throws {
        let accepted: Set = [try #require(AIMIdentifier("Q1"))]
        var decoder = KeyboardWedgeDecoder(settings: Settings(aim: .required(accepted)))
        let stream = ["]Q1AB", "]E0AB", "AB"].flatMap { Keystrokes.type($0) + Self.enter }
        #expect(decoder.feed(stream, at: ms(0)) == [Self.line("AB", "Q1")])
        #expect(decoder.counters.otherSymbologies == 2)
    }

    @Test func `a record that is cut off is counted`() {
        var decoder = KeyboardWedgeDecoder()
        #expect(decoder.feed(Keystrokes.type("A") + [1, 2, 3], at: ms(0)).isEmpty)
        #expect(decoder.feed(Self.enter, at: ms(0)) == [Self.line("A")])
        #expect(decoder.eventCounters.cutRecords == 1)
    }

    @Test func `nothing of a scan stays behind`() throws {
        var decoder = KeyboardWedgeDecoder(settings: Settings(maximumLength: 20))
        for end in [Self.enter, Keystrokes.dropped, Keystrokes.type("00000000000000000000")] {
            _ = decoder.feed(Keystrokes.type("000000190001010017") + end, at: ms(0))
            let assembler = try #require(Mirror(reflecting: decoder).children.first { $0.label == "assembler" }?.value)
            let buffers = Mirror(reflecting: assembler).children.compactMap { $0.value as? [UInt8] }
            #expect(buffers == [[UInt8](repeating: 0, count: 20)])
        }
    }

    @Test func `random events never crash and scans never grow`() {
        var random = SeededGenerator(seed: 33)
        var decoder = KeyboardWedgeDecoder(settings: Settings(maximumLength: 50))
        var now = ms(0)
        for _ in 0..<800 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...130, using: &random)))
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                switch Int.random(in: 0..<60, using: &random) {
                case 0: stream += Keystrokes.dropped
                case 1: stream += Keystrokes.alt(String(Int.random(in: 0...300, using: &random)))
                case 2: stream += Keystrokes.press(Keystrokes.enter)
                case 3: stream += random.bytes(24)
                case 4: stream += Keystrokes.key(UInt16.random(in: 0...200, using: &random), 0)
                case 5: stream += Keystrokes.holding(Keystrokes.leftShift, Keystrokes.press(30))
                default: stream += Keystrokes.press(UInt16.random(in: 2...11, using: &random))
                }
            }
            if Int.random(in: 0..<50, using: &random) == 0 { stream.removeLast(min(stream.count, 5)) }
            decoder.feed(stream.span, at: now) { kind, text in
                if case .text = kind { #expect((1...50).contains(text.count)) }
            }
            if let deadline = decoder.nextDeadline { #expect(deadline <= now.advanced(by: .milliseconds(100))) }
        }
        #expect(decoder.counters.scans > 10)
        #expect(decoder.counters.unreadable > 10)
        #expect(decoder.counters.broken > 10)
        #expect(decoder.counters.overlong > 10)
        #expect(decoder.eventCounters.cutRecords > 10)
    }
}
