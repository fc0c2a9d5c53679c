import Control
import GateModel
import NIOCore
import ReaderProtocols
import Settings
import Testing

@testable import GateDaemon

/// The talks with readers that have a device of their own: bytes and time in, actions out.
@Suite struct DialogueTests {
    private func scanner(_ make: ScannerSettings.Make) throws -> ScannerSettings {
        let settings = try GateSettings.withOneReader("kind: qr-serial, device: /dev/none, make: \(make.rawValue)")
        guard case .qrSerial(_, let scanner)? = settings.readers.first?.kind else { throw CancellationError() }
        return scanner
    }

    private func sent(_ actions: [DialogueAction]) -> [UInt8] {
        actions.reduce(into: []) { sent, action in
            if case .send(let bytes) = action { sent += bytes }
        }
    }

    private func scans(_ actions: [DialogueAction]) -> [String] {
        actions.compactMap { if case .event(.scan(let scan)) = $0 { scan.text } else { nil } }
    }

    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func `signals sound on scanners that can, with as many beeps as the table says`() throws {
        var honeywell = ScannerDialogue(try scanner(.honeywell), feedback: .standard)
        for signal in FeedbackSignal.allCases {
            let beeps = FeedbackTable.standard[signal].beeps
            #expect(
                sent(honeywell.show(signal, at: now))
                    == Array(repeating: [0x16, 0x07, 0x0D], count: beeps).flatMap(\.self))
        }
        var generic = ScannerDialogue(try scanner(.generic), feedback: .standard)
        #expect(sent(generic.show(.admit, at: now)).isEmpty)
    }

    @Test func `a line that echoes each beep is not beeped at for ever`() throws {
        var dialogue = ScannerDialogue(try scanner(.honeywell), feedback: .standard)
        #expect(!sent(dialogue.show(.retry, at: now)).isEmpty)
        #expect(sent(dialogue.show(.retry, at: now.advanced(by: .milliseconds(999)))).isEmpty)
        #expect(!sent(dialogue.show(.admit, at: now.advanced(by: .milliseconds(999)))).isEmpty)
        #expect(!sent(dialogue.show(.retry, at: now.advanced(by: .seconds(1)))).isEmpty)
    }

    @Test func `the answer to a command is no scan`() throws {
        var dialogue = ScannerDialogue(try scanner(.zone), feedback: .standard)
        let reply: [UInt8] = [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31]
        let actions = dialogue.received(ByteBuffer(bytes: reply + Array("]Q1AB\r".utf8)), at: now)
        #expect(scans(actions) == ["AB"])
    }

    @Test func `a packet is presented and acknowledged in the same turn`() throws {
        var dialogue = SSIDialogue(try scanner(.zebraSSI), feedback: .standard)
        let packet: [UInt8] = [0x07, 0xF3, 0x00, 0x00, 0x1C, 0x41, 0x42]
        let check = ~packet.reduce(UInt16(0)) { $0 &+ UInt16($1) } &+ 1
        let bytes = packet + [UInt8(check >> 8), UInt8(check & 0xFF)]
        let actions = dialogue.received(ByteBuffer(bytes: bytes), at: now)
        #expect(scans(actions) == ["AB"])
        #expect(sent(actions) == [0x04, 0xD0, 0x04, 0x00, 0xFF, 0x28])
    }

    private func answers(_ actions: [DialogueAction]) -> [String] {
        actions.compactMap { if case .answer(let said) = $0 { said.answer } else { nil } }
    }

    @Test func `a lasting setting is saved when the scanner has taken it, and not before`() throws {
        var dialogue = ScannerDialogue(try scanner(.zone), feedback: .standard)
        let done = ByteBuffer(bytes: [0x02, 0x00, 0x00, 0x01, 0x00, 0x33, 0x31])
        let first = try #require(try dialogue.command(ReaderCommand(setting: "0000=81", lasting: true), at: now))
        #expect(sent(first).starts(with: [0x7E, 0x00, 0x08, 0x01, 0x00, 0x00, 0x81]))
        let second = dialogue.received(done, at: now)
        #expect(sent(second) == [0x7E, 0x00, 0x09, 0x01, 0x00, 0x00, 0x00, 0xDE, 0xC8])
        #expect(answers(second).isEmpty)
        #expect(answers(dialogue.received(done, at: now)) == ["the scanner did what it was told"])
        // What is refused is not saved.
        _ = try dialogue.command(ReaderCommand(setting: "0000=81", lasting: true), at: now)
        let refused = dialogue.received(ByteBuffer(bytes: [0x02, 0x00, 0x03, 0x01, 0x00, 0x6A, 0x61]), at: now)
        #expect(sent(refused).isEmpty)
        #expect(answers(refused).first?.contains("does not know the command") == true)
    }

    @Test func `an SSI scanner is woken before it is told something`() throws {
        var dialogue = SSIDialogue(try scanner(.zebraSSI), feedback: .standard)
        let woken = try #require(try dialogue.command(ReaderCommand(setting: "8A=08", lasting: true), at: now))
        #expect(sent(woken) == [0x00])
        guard case .wake(let time)? = woken.last else { throw CancellationError() }
        #expect(time == now.advanced(by: .milliseconds(50)))
        #expect(sent(dialogue.timerFired(at: time)) == [0x07, 0xC6, 0x04, 0x08, 0x00, 0x8A, 0x08, 0xFE, 0x95])
        let answer = dialogue.received(ByteBuffer(bytes: [0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C]), at: time)
        #expect(answers(answer) == ["the scanner did what it was told"])
    }

    @Test func `what a make cannot do, or a setting is not, is refused in words`() throws {
        var dialogue = ScannerDialogue(try scanner(.generic), feedback: .standard)
        #expect(throws: ControlFailure.self) { try dialogue.command(ReaderCommand(act: .trigger), at: now) }
        dialogue = ScannerDialogue(try scanner(.zkteco), feedback: .standard)
        do {
            _ = try dialogue.command(ReaderCommand(act: .beep), at: now)
            Issue.record("a beep that no document describes")
        } catch { #expect("\(error)".contains("it takes trigger, stop")) }
        #expect(try dialogue.command(ReaderCommand(act: .trigger), at: now).map(sent) == [0x54])
    }

    @Test func `the lines of a passport are one presentation`() throws {
        var dialogue = ScannerDialogue(try scanner(.generic), feedback: .standard)
        let lines = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\rL898902C36UTO7408122F1204159ZE184226B<<<<<10\r"
        let actions = dialogue.received(ByteBuffer(string: lines), at: now)
        #expect(scans(actions) == [lines.dropLast().split(separator: "\r").joined(separator: "\n")])
    }

    @Test func `a tag is a card, and a damaged one cannot be read`() {
        var dialogue = RFIDDialogue()
        let good = dialogue.received(ByteBuffer(bytes: [0x02] + Array("0102ABCDEF8A".utf8) + [0x03]), at: now)
        let cards = good.compactMap { if case .event(.card(let card)) = $0 { card } else { nil } }
        #expect(cards == [CardRead(bits: 40, value: 0x0102ABCDEF)])
        let bad = dialogue.received(ByteBuffer(bytes: [0x02] + Array("0102ABCDEF8B".utf8) + [0x03]), at: now)
        #expect(bad.contains { if case .event(.unreadable(.cardNumber)) = $0 { true } else { false } })
    }

    @Test func `what is noted for a technician holds nothing of what was scanned`() throws {
        var dialogue = ScannerDialogue(try scanner(.generic), feedback: .standard)
        let actions = dialogue.received(ByteBuffer(string: "]Q1000000190001010017\r"), at: now)
        let notes = actions.compactMap { if case .note(let text) = $0 { text } else { nil } }
        #expect(notes == ["a code ]Q1 of 18 characters"])
    }
}
