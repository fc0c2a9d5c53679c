import ReaderProtocols
import TestSupport
import Testing

struct EvdevEventsTests {
    private func parse(_ bytes: [UInt8]) -> (events: [EvdevEvent], rest: Int) {
        var events: [EvdevEvent] = []
        let rest = EvdevEvents.parse(bytes.span) { events.append($0) }
        return (events, rest)
    }

    @Test func `the fields of a record are read`() {
        let record = bytes(
            """
            02 01 00 00 00 00 00 00  # 258 s
            40 42 0F 00 00 00 00 00  # 1,000,000 µs
            01 00 1E 00              # EV_KEY, KEY_A
            01 00 00 00              # pressed
            """)
        let (events, rest) = parse(record)
        #expect(events == [EvdevEvent(time: ms(259_000), type: 1, code: 30, value: 1)])
        #expect(rest == 0)
    }

    @Test func `values may be negative and codes large`() {
        let (events, _) = parse([UInt8](repeating: 0, count: 16) + bytes("FFFF FEFF FFFFFFFF"))
        #expect(events == [EvdevEvent(time: ms(0), type: 0xFFFF, code: 0xFFFE, value: -1)])
    }

    @Test func `a record that is cut off is dropped and told`() {
        let stream = Keystrokes.type("AB")
        let whole = parse(stream).events
        for length in stream.indices {
            let (events, rest) = parse(Array(stream[..<length]))
            #expect(events == Array(whole.prefix(length / 24)))
            #expect(rest == length % 24)
        }
    }

    @Test func `any time stamp can be read`() {
        var random = SeededGenerator(seed: 31)
        for bytes in [[UInt8](repeating: 0xFF, count: 24), [UInt8](repeating: 0x7F, count: 24)] {
            #expect(parse(bytes).events.count == 1)
        }
        for _ in 0..<1000 { #expect(parse(random.bytes(48)).events.count == 2) }
    }

    @Test func `an event does not print the key`() {
        #expect("\(EvdevEvent(time: ms(0), type: 1, code: 1234, value: 1))" == "EvdevEvent(type 1, key withheld)")
    }
}
