import GateModel
import ReaderProtocols
import Testing

/// The lines are the specimens of ICAO 9303, whose issuing state Utopia does not exist.
@Suite struct MRZLineJoinerTests {
    private static let passport = [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ]
    private static let card = [
        "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ]

    private func scan(_ text: String) -> ScannedText { ScannedText(text: text, aim: nil) }

    @Test(arguments: [passport, card])
    func `the lines of a zone become one scan`(lines: [String]) {
        var joiner = MRZLineJoiner()
        for (index, line) in lines.dropLast().enumerated() {
            #expect(joiner.take(scan(line), at: ms(UInt64(index) * 100)).isEmpty)
            #expect(joiner.nextDeadline == ms(UInt64(index) * 100 + 700))
        }
        #expect(joiner.take(scan(lines.last ?? ""), at: ms(300)) == [scan(lines.joined(separator: "\n"))])
        #expect(joiner.nextDeadline == nil)
    }

    @Test func `other scans pass through, also between the lines of a zone`() {
        var joiner = MRZLineJoiner()
        #expect(joiner.take(scan("000000190001010017"), at: ms(0)) == [scan("000000190001010017")])
        #expect(joiner.take(scan(Self.passport[0]), at: ms(0)).isEmpty)
        #expect(joiner.take(scan("AB"), at: ms(10)) == [scan(Self.passport[0]), scan("AB")])
        #expect(joiner.take(scan(Self.passport[1]), at: ms(20)) == [scan(Self.passport[1])], "it begins no zone")
    }

    @Test func `a zone that does not go on is handed over as it came`() {
        var joiner = MRZLineJoiner()
        #expect(joiner.take(scan(Self.passport[0]), at: ms(0)).isEmpty)
        #expect(joiner.timerFired(at: ms(699)).isEmpty)
        #expect(joiner.timerFired(at: ms(700)) == [scan(Self.passport[0])])
        #expect(joiner.take(scan(Self.card[0]), at: ms(1000)).isEmpty)
        #expect(joiner.take(scan(Self.passport[0]), at: ms(1010)) == [scan(Self.card[0])], "another length")
        #expect(joiner.take(scan(Self.passport[1]), at: ms(1800)).count == 2, "too late: each for itself")
    }
}
