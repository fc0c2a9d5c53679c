import GateModel
import Hardware
import TestSupport
import Testing

struct ChipMessageTests {
    @Test func `every message is read back as it was written`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let offset = UInt32.random(in: 0..<ChipMessage.lineCount, using: &random)
            let level = Bool.random(using: &random)
            let time = MonotonicTime(nanoseconds: .random(in: 0 ... .max, using: &random))
            let messages: [ChipMessage] = [
                .output(offset, level, name: "main lock"), .input(offset, name: "x"), .set(offset, level),
                .release(offset),
                .watch, .pull(offset, level), .level(offset, level, time), .edge(offset, level, time),
                .error("line 3 is held as main lock"),
            ]
            for message in messages { #expect(ChipMessage(String(message.line.dropLast())) == message) }
        }
    }

    @Test(arguments: [
        "", " ", "set", "set 1", "set 1 2", "set -1 0", "set 1024 0", "set 1 0 ", "set 99999999999999999999 1",
        "watch 1",
        "level 1 1", "level 1 1 x", "level 1 1 99999999999999999999999", "input 1", "jump 1 1",
    ])
    func `anything else is no message`(line: String) {
        #expect(ChipMessage(line) == nil)
    }

    @Test func `a name cannot smuggle in a second message`() {
        #expect(ChipMessage.input(1, name: "a\nset 0 1").line == "input 1 a set 0 1\n")
    }

    @Test func `lines are the same however their bytes are cut`() {
        var random = SeededGenerator(seed: 2)
        let text = Array("set 0 1\n\nlevel 3 0 17\nwatch\nrest".utf8)
        for _ in 0..<200 {
            var splitter = LineSplitter()
            var lines: [String] = []
            var rest = text[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &random)
                lines += splitter.feed(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(lines == ["set 0 1", "", "level 3 0 17", "watch"])
        }
    }

    @Test func `a line that is too long is left out and the next one is read`() {
        var splitter = LineSplitter()
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        #expect(splitter.feed(long) == [])
        #expect(splitter.feed(Array("\nwatch\n".utf8)) == ["watch"])
    }
}
