import GateModel

/// What readers show and sound, where it differs from the standard.
extension SettingsParser {
    func feedback(_ reader: StrictReader) -> FeedbackTable? {
        guard let map = reader.mapping(FeedbackSignal.allCases.map(\.rawValue)) else { return nil }
        func pattern(_ signal: FeedbackSignal) -> FeedbackPattern {
            let standard = FeedbackTable.standard[signal]
            return map.optional(signal.rawValue, standard) { self.pattern($0, standard: standard) }
        }
        let table = FeedbackTable(
            admit: pattern(.admit), refer: pattern(.refer), retry: pattern(.retry), next: pattern(.next),
            fault: pattern(.fault))
        for (index, signal) in FeedbackSignal.allCases.enumerated() {
            for other in FeedbackSignal.allCases[..<index] where table[signal].feelsLike(table[other]) {
                reader.problem(
                    "\(other.rawValue) and \(signal.rawValue) differ by colour or text alone; give them another rhythm or other beeps"
                )
            }
        }
        return table
    }

    private func pattern(_ reader: StrictReader, standard: FeedbackPattern) -> FeedbackPattern? {
        guard let map = reader.mapping(["colour", "on", "off", "for", "beeps", "beep", "text"]) else { return nil }
        let times = Duration.zero...Duration.seconds(20)
        return FeedbackPattern(
            colour: map.optional("colour", standard.colour) { $0.word(FeedbackPattern.Colour.self) },
            on: map.optional("on", standard.on) { $0.duration(.milliseconds(100) ... .seconds(20)) },
            off: map.optional("off", standard.off) { $0.duration(times) },
            lasts: map.optional("for", standard.lasts) { $0.duration(times) },
            beeps: map.optional("beeps", standard.beeps) { $0.integer(0...9) },
            beep: map.optional("beep", standard.beep) { $0.duration(times) },
            text: map.optional("text", standard.text) { text($0) })
    }

    private func text(_ reader: StrictReader) -> String? {
        guard let text = reader.string() else { return nil }
        guard text.utf8.count <= 32, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            reader.problem("expected at most 32 characters of printable ASCII")
            return nil
        }
        return text
    }
}

extension FeedbackPattern {
    /// Whether somebody who sees no colours and reads no text could take one for the other.
    func feelsLike(_ other: FeedbackPattern) -> Bool {
        on == other.on && off == other.off && beeps == other.beeps && beep == other.beep
    }
}
