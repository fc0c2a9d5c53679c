import GateModel

extension Measure.Figure {
    /// GB 50396-2007 names it.
    var limit: Duration {
        switch self {
        case .readToActuation: .seconds(2)
        case .eventToCentre: .seconds(5)
        }
    }

    var words: String {
        switch self {
        case .readToActuation: "read to actuation"
        case .eventToCentre: "event to management centre"
        }
    }
}

/// A figure of a standard beside the worst that was measured.
struct Comparison: Sendable {
    var standard: String
    var what: String
    var required: String
    var measured: String
    var verdict: Measure.Verdict?

    /// IEC 60839-11-1 has no figures in here: none of them is quoted from memory.
    static func all(_ results: [StepResult]) -> [Comparison] {
        let measures = results.flatMap(\.measures)
        return Measure.Figure.allCases.map { figure in
            let worst = measures.filter { $0.figure == figure }.compactMap(\.microseconds).max()
            let measure = Measure.time(figure.words, worst, atMost: figure.limit)
            return Comparison(
                standard: "GB 50396-2007", what: figure.words, required: measure.required ?? "",
                measured: measure.words, verdict: measure.verdict)
        }
    }
}
