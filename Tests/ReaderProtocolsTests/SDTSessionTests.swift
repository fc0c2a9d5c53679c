import GateModel
import ReaderProtocols
import TestSupport
import Testing

/// A session with a clock of its own; keeps what comes out.
private struct Bench {
    var session = SDTSession()
    var now = ms(1000)
    var wakeAt: MonotonicTime?
    var sent: [SDTCommand] = []
    var documents: [SDTDocument] = []
    var unreadable = 0
    var health: [(state: ReaderState, reason: String?)] = []

    init() { carryOut(session.start(at: now)) }

    var asked: SDTCommand? { sent.last }

    mutating func carryOut(_ actions: [SDTSession.Action]) {
        var flushed = false
        for action in actions {
            switch action {
            case .send(let bytes):
                #expect(flushed, "a question is asked on a flushed line")
                guard let command = SDTCommand.allCases.first(where: { $0.bytes == bytes }) else {
                    Issue.record("unknown request \(bytes)")
                    continue
                }
                sent.append(command)
            case .flushInput: flushed = true
            case .wake(let time):
                #expect(time >= now)
                wakeAt = time
            case .document(let document): documents.append(document)
            case .unreadable: unreadable += 1
            case .health(let state, let reason): health.append((state, reason))
            }
        }
    }

    /// The reader answers 50 ms after the question.
    mutating func answer(_ frame: [UInt8]) {
        now = now.advanced(by: .milliseconds(50))
        var decoder = SDTFrameDecoder()
        for reply in decoder.feed(frame) { carryOut(session.reply(reply, at: now)) }
    }

    mutating func answer(sw3: UInt8) { answer(frame(sw3: sw3)) }

    /// Nothing happens until the timer is due.
    mutating func wait() {
        guard let wakeAt else { return }
        now = wakeAt
        carryOut(session.timerFired(at: now))
    }

    /// From FIND to the document.
    mutating func readCard(_ text: [UInt8] = TextBlocks.resident) {
        while asked != .find { wait() }
        answer(sw3: 0x9F)
        answer(sw3: 0x90)
        answer(readFrame(text))
    }
}

struct SDTSessionTests {
    @Test func `without a card it asks FIND every 400 ms`() {
        var bench = Bench()
        #expect(bench.sent == [.find])
        for _ in 0..<5 {
            let before = bench.now
            bench.answer(sw3: 0x80)
            bench.wait()
            #expect(bench.now.since(before) == .milliseconds(450))
        }
        #expect(bench.sent == [SDTCommand](repeating: .find, count: 6))
        #expect(bench.health.map(\.state) == [.ready])
        #expect(bench.documents.isEmpty)
        #expect(bench.unreadable == 0)
    }

    @Test func `a card is found, selected and read, and then watched`() {
        var bench = Bench()
        bench.readCard()
        bench.wait()
        #expect(bench.sent == [.find, .select, .readTextAndPhoto, .readNewestAddress])
        #expect(bench.documents.map(\.number.text) == ["000000190001010017"])
        #expect(bench.unreadable == 0)
    }

    @Test func `a card that stays is one presentation, however long`() {
        var bench = Bench()
        bench.readCard()
        let before = bench.now
        while bench.now.since(before) < .seconds(60) {
            switch bench.asked {
            case .readNewestAddress: bench.answer(sw3: 0x91)
            case .find: bench.answer(sw3: 0x9F)
            case .select: bench.answer(sw3: 0x90)
            default: bench.answer(readFrame(TextBlocks.resident))
            }
            bench.wait()
        }
        #expect(bench.documents.count == 1)
        // Readers that answer for a card that left must not make it blind for the next.
        #expect(bench.sent.filter { $0 == .find }.count > 3)
    }

    @Test func `after the card left, FIND is asked at once`() {
        var bench = Bench()
        bench.readCard()
        bench.wait()
        bench.answer(sw3: 0x41)
        #expect(bench.asked == .find)
        #expect(bench.unreadable == 0)
    }

    @Test func `the same document within 3 s is the same presentation, and later a new one`() {
        var bench = Bench()
        bench.readCard()
        bench.wait()
        bench.answer(sw3: 0x41)
        bench.readCard()
        #expect(bench.documents.count == 1)

        bench.wait()
        bench.answer(sw3: 0x41)
        let before = bench.now
        while bench.now.since(before) < .seconds(3) {
            bench.answer(sw3: 0x80)
            bench.wait()
        }
        bench.readCard()
        #expect(bench.documents.count == 2)
    }

    @Test func `whoever is asked to present the card again need not wait`() {
        var bench = Bench()
        bench.readCard()
        bench.session.expectAgain()
        bench.wait()
        // Taking it away is no failure, all the same.
        bench.answer(sw3: 0x41)
        bench.answer(sw3: 0x9F)
        bench.answer(sw3: 0x81)
        #expect(bench.unreadable == 0)
        bench.wait()
        bench.readCard()
        #expect(bench.documents.count == 2)
    }

    @Test func `another document is another presentation at once`() {
        var bench = Bench()
        bench.readCard()
        bench.wait()
        bench.answer(sw3: 0x41)
        bench.readCard(TextBlocks.foreign2023)
        #expect(bench.documents.map(\.type) == [.resident, .foreign2023])
    }

    @Test func `the session keeps no number`() {
        var bench = Bench()
        bench.readCard()
        var text = ""
        dump(bench.session, to: &text)
        #expect(!text.contains("000000190001010017"))
    }

    @Test func `a card that cannot be read is told, but not more often than every 2 s`() {
        var bench = Bench()
        let before = bench.now
        var told: [MonotonicTime] = []
        while bench.now.since(before) < .seconds(10) {
            bench.answer(sw3: 0x9F)
            bench.answer(sw3: 0x90)
            let count = bench.unreadable
            bench.answer(sw3: 0x41)
            if bench.unreadable > count { told.append(bench.now) }
            bench.wait()
        }
        #expect(told.count >= 4)
        for (one, next) in zip(told, told.dropFirst()) { #expect(next.since(one) >= .seconds(2)) }
        #expect(bench.health.map(\.state) == [.ready])
    }

    @Test(arguments: [0x81, 0x31, 0x32] as [UInt8])
    func `a card that cannot be selected is unreadable`(sw3: UInt8) {
        var bench = Bench()
        bench.answer(sw3: 0x9F)
        bench.answer(sw3: sw3)
        #expect(bench.unreadable == 1)
        bench.wait()
        #expect(bench.asked == .find)
    }

    @Test func `a read without a document that the gate understands is unreadable`() {
        let strange = TextBlocks.resident.replacing(at: 248, with: utf16("Q"))
        for reply in [readFrame(strange), frame(sw3: 0x90)] {
            var bench = Bench()
            bench.answer(sw3: 0x9F)
            bench.answer(sw3: 0x90)
            bench.answer(reply)
            #expect(bench.unreadable == 1)
            #expect(bench.documents.isEmpty)
        }
    }

    @Test func `a failure while a card that was read is taken away is not told`() {
        var bench = Bench()
        bench.readCard()
        bench.wait()
        bench.answer(sw3: 0x41)
        bench.answer(sw3: 0x9F)
        bench.answer(sw3: 0x81)
        #expect(bench.unreadable == 0)
    }

    @Test func `three questions without an answer reset the module, and it keeps trying`() {
        var bench = Bench()
        bench.answer(sw3: 0x80)
        bench.wait()
        for _ in 0..<3 { bench.wait() }
        #expect(bench.sent.suffix(4) == [.find, .find, .find, .resetSAM])
        #expect(bench.health.map(\.state) == [.ready, .degraded])
        #expect(bench.health.last?.reason == "no answer to FIND for 3 s; check the cable and the baud rate")
        for _ in 0..<20 { bench.wait() }
        #expect(bench.sent.filter { $0 == .resetSAM }.count >= 5)
        #expect(bench.health.count == 2, "said once")

        while bench.asked != .find { bench.wait() }
        bench.answer(sw3: 0x80)
        #expect(bench.health.map(\.state) == [.ready, .degraded, .ready])
    }

    @Test func `an answer to RESET alone does not make the reader ready`() {
        var bench = Bench()
        for _ in 0..<3 { bench.wait() }
        bench.answer(sw3: 0x90)
        bench.wait()
        #expect(bench.asked == .find)
        #expect(bench.health.map(\.state) == [.degraded])
    }

    @Test func `a single missing answer is nothing to speak of`() {
        var bench = Bench()
        for _ in 0..<10 {
            bench.wait()
            bench.wait()
            bench.answer(sw3: 0x80)
            bench.wait()
        }
        #expect(!bench.sent.contains(.resetSAM))
        #expect(bench.health.map(\.state) == [.ready])
    }

    @Test func `READ may take 3 s, the other commands 1 s`() {
        var bench = Bench()
        #expect(bench.wakeAt == bench.now.advanced(by: .seconds(1)))
        bench.answer(sw3: 0x9F)
        #expect(bench.wakeAt == bench.now.advanced(by: .seconds(1)))
        bench.answer(sw3: 0x90)
        #expect(bench.wakeAt == bench.now.advanced(by: .seconds(3)))
        bench.wait()
        #expect(bench.unreadable == 1)
        #expect(bench.asked == .find)
    }

    @Test func `a document that comes after its time is not acted upon`() {
        var bench = Bench()
        bench.answer(sw3: 0x9F)
        bench.answer(sw3: 0x90)
        bench.now = bench.now.advanced(by: .seconds(5))
        bench.answer(readFrame(TextBlocks.resident))
        #expect(bench.documents.isEmpty)
        #expect(bench.asked == .find)
        bench.answer(readFrame(TextBlocks.resident))
        #expect(bench.documents.isEmpty)
    }

    @Test func `a late answer to FIND does not pass for one to SELECT`() {
        var bench = Bench()
        bench.wait()
        bench.answer(sw3: 0x9F)
        bench.answer(sw3: 0x80)
        #expect(bench.asked == .select)
        #expect(bench.unreadable == 0)
        bench.answer(sw3: 0x90)
        #expect(bench.asked == .readTextAndPhoto)
    }

    @Test func `a broken security module is told in words`() {
        var bench = Bench()
        for _ in 0..<3 {
            bench.answer(sw3: 0x66)
            bench.wait()
        }
        #expect(bench.health.map(\.state) == [.degraded])
        #expect(
            bench.health.last?.reason
                == "the answer to FIND is 00 00 66: the security module is not authorised; restart the reader or replace it"
        )
    }

    @Test func `nothing happens before the start, early timers and stray replies are ignored`() throws {
        var session = SDTSession()
        var decoder = SDTFrameDecoder()
        let reply = try #require(decoder.feed(frame(sw3: 0x9F)).first)
        #expect(session.timerFired(at: ms(5)).isEmpty)
        #expect(session.reply(reply, at: ms(5)).isEmpty)
        _ = session.start(at: ms(1000))
        #expect(session.timerFired(at: ms(1100)) == [.wake(at: ms(2000))])
        let noCard = try #require(decoder.feed(frame(sw3: 0x80)).first)
        _ = session.reply(noCard, at: ms(1200))
        #expect(session.reply(reply, at: ms(1300)).isEmpty)
    }

    @Test func `after the device was opened again it begins anew, but the same card is no new presentation`() {
        var bench = Bench()
        bench.readCard()
        bench.carryOut(bench.session.start(at: bench.now))
        #expect(bench.asked == .find)
        bench.readCard()
        #expect(bench.documents.count == 1)
        #expect(bench.health.map(\.state) == [.ready, .ready])
    }

    @Test func `whatever the reader answers, a session always has a question or a timer`() throws {
        var random = SeededGenerator(seed: 4)
        // Mostly answers that lead on to a document, and each other one now and then.
        let usual = [
            frame(sw3: 0x9F), frame(sw3: 0x90), readFrame(TextBlocks.resident), readFrame(TextBlocks.foreign2017),
        ]
        let frames = (0...255).map { frame(sw3: UInt8($0)) } + (0..<100).flatMap { _ in usual }
        var bench = Bench()
        for _ in 0..<20_000 {
            if Bool.random(using: &random) {
                bench.wait()
            } else {
                bench.answer(try #require(frames.randomElement(using: &random)))
            }
            let wakeAt = try #require(bench.wakeAt)
            #expect(wakeAt <= bench.now.advanced(by: .seconds(3)))
        }
        #expect(bench.documents.count > 10)
    }
}
