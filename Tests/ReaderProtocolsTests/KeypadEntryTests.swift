import GateModel
import ReaderProtocols
import TestSupport
import Testing

struct KeypadEntryTests {
    static func keys(_ text: String) -> [KeypadKey] {
        text.compactMap { character in
            switch character {
            case "*": .star
            case "#": .hash
            default: character.wholeNumberValue.flatMap { KeypadKey(rawValue: UInt8($0)) }
            }
        }
    }

    static func type(_ text: String, into entry: inout KeypadEntry, at now: MonotonicTime) -> [ScanOutput] {
        keys(text).compactMap { entry.press($0, at: now) }
    }

    static func text(_ text: String) -> ScanOutput { .text(ScannedText(text: text, aim: nil)) }

    @Test func `digits are collected until the hash key`() {
        var entry = KeypadEntry()
        #expect(
            Self.type("000000190001010017#1#", into: &entry, at: ms(0)) == [
                Self.text("000000190001010017"), Self.text("1"),
            ])
        #expect(Self.type("###", into: &entry, at: ms(0)).isEmpty)
        #expect(entry.counters.entries == 2)
        #expect(entry.nextDeadline == nil)
    }

    @Test func `the star key clears`() {
        var entry = KeypadEntry()
        #expect(Self.type("12*34#", into: &entry, at: ms(0)) == [Self.text("34")])
        #expect(Self.type("12**#", into: &entry, at: ms(0)).isEmpty)
        #expect(entry.counters.cleared == 2)
    }

    @Test func `star and hash may be swapped`() {
        var entry = KeypadEntry(settings: .init(swapsStarAndHash: true))
        #expect(Self.type("12#34*", into: &entry, at: ms(0)) == [Self.text("34")])
    }

    @Test func `a pause discards what was typed, even if the timer is late`() {
        var entry = KeypadEntry()
        #expect(Self.type("12", into: &entry, at: ms(0)).isEmpty)
        #expect(Self.type("3", into: &entry, at: ms(2499)).isEmpty)
        #expect(entry.nextDeadline == ms(4999))
        entry.timerFired(at: ms(4998))
        #expect(entry.nextDeadline == ms(4999))
        entry.timerFired(at: ms(4999))
        #expect(entry.nextDeadline == nil)
        #expect(Self.type("4#", into: &entry, at: ms(5000)) == [Self.text("4")])
        #expect(Self.type("56", into: &entry, at: ms(6000)).isEmpty)
        #expect(Self.type("7#", into: &entry, at: ms(8500)) == [Self.text("7")])
        #expect(entry.counters.timedOut == 2)
    }

    @Test func `more than 20 digits are unreadable, and the next entry is not`() {
        let twenty = String(repeating: "1", count: 20)
        var entry = KeypadEntry()
        #expect(Self.type(twenty + "#", into: &entry, at: ms(0)) == [Self.text(twenty)])
        #expect(Self.type(twenty + "234#5#", into: &entry, at: ms(0)) == [.unreadable, Self.text("5")])
        #expect(Self.type(twenty + "2*6#", into: &entry, at: ms(0)) == [Self.text("6")])
        #expect(Self.type(twenty + "2", into: &entry, at: ms(0)).isEmpty)
        #expect(entry.nextDeadline == ms(2500))
        entry.timerFired(at: ms(2500))
        #expect(Self.type("7#", into: &entry, at: ms(2501)) == [Self.text("7")])
        #expect(entry.counters.overlong == 3)
    }

    @Test func `the keys of an OSDP reader are understood`() {
        #expect(bytes("31 32 0D").map { KeypadKey(osdp: $0) } == [.digit1, .digit2, .hash])
        #expect(KeypadKey(osdp: 0x7F) == .star)
        #expect((UInt8.min...UInt8.max).compactMap { KeypadKey(osdp: $0) }.count == 12)
    }

    @Test func `nothing of an entry stays behind, and an entry does not print itself`() throws {
        for ending in ["#", "*", "1111111111"] {
            var entry = KeypadEntry()
            let outputs = Self.type("1234567890123456" + ending, into: &entry, at: ms(0))
            let buffer = Mirror(reflecting: entry).children.compactMap { $0.value as? [UInt8] }
            #expect(buffer == [[UInt8](repeating: 0, count: KeypadEntry.longest)])
            #expect(!"\(outputs)".contains("123"))
        }
    }

    @Test func `random keys never crash and entries never grow`() {
        var random = SeededGenerator(seed: 9)
        var entry = KeypadEntry()
        var now = ms(0)
        for _ in 0..<20_000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...600, using: &random)))
            if Int.random(in: 0..<50, using: &random) == 0 { now = now.advanced(by: .seconds(3)) }
            let digit = Int.random(in: 0..<20, using: &random) > 0
            let raw = UInt8(digit ? Int.random(in: 0...9, using: &random) : Int.random(in: 10...11, using: &random))
            guard let key = KeypadKey(rawValue: raw) else { continue }
            entry.press(key, at: now) { kind, digits in
                #expect(kind == .unreadable || (1...KeypadEntry.longest).contains(digits.count))
            }
        }
        #expect(entry.counters.entries > 0)
        #expect(entry.counters.overlong > 0)
        #expect(entry.counters.timedOut > 0)
    }
}
