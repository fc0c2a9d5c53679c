import Commissioning
import Control
import Dispatch
import FoundationEssentials

/// What is said to the technician: a short line at a time, or a JSON object on a line.
struct CommissionConversation {
    let json: Bool
    /// `nil`: a person answers.
    let answers: CommissionAnswers?

    /// A line for programs.
    private struct Line: Encodable {
        var event: String
        var id: String?
        var text: String?
        var choices: [String]?
        var result: StepResult?
        var markdown: String?
        var signed: String?
        var keyid: String?
    }

    static func askForName(json: Bool) -> String {
        CommissionConversation(json: json, answers: nil).say(
            Line(event: "ask", id: "operator", text: "Who are you?"), "Who are you?")
        return readLine() ?? ""
    }

    /// What is typed, line by line.
    static func typed() -> AsyncStream<String> {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        // A read of the terminal waits: not on a thread that others need.
        DispatchQueue(label: "terminal").async {
            while let text = readLine() { line.yield(text) }
            line.finish()
        }
        return lines
    }

    func say(_ output: CommissioningOutput) {
        switch output {
        case .begin(let step, let title, let number, let count):
            say(Line(event: "begin", id: step, text: title), "\n[\(number)/\(count)] \(title)  (\(step))")
        case .tell(let id, let text): say(Line(event: "tell", id: id, text: text), "  -> \(text)")
        case .ask(let id, let text, let choices, let standard):
            let words = choices.map { $0 == standard ? "[\($0)]" : $0 }.joined(separator: " / ")
            say(Line(event: "ask", id: id, text: text, choices: choices), "  ?  \(text)  \(words)")
        case .awaiting(let what): say(Line(event: "awaiting", text: what), "  .. \(what)")
        case .finished(let result): say(Line(event: "result", id: result.step, result: result), Self.words(result))
        case .unclear(let text): say(Line(event: "unclear", text: text), "  !  \(text)")
        case .suspended(let text): say(Line(event: "suspended", text: text), "\n\(text)")
        case .act, .complete: break
        }
    }

    func wrote(_ report: CommissioningReport, _ files: CommissionFiles.Written) {
        let counts =
            "\(report.count(.passed)) passed, \(report.count(.failed)) failed, \(report.count(.skipped)) skipped, "
            + "\(report.missing.count) not done"
        say(
            Line(
                event: "report", text: counts, markdown: files.markdown, signed: files.signed, keyid: files.keyid),
            """

            \(counts)
            report  \(files.markdown)
            signed  \(files.signed), key \(files.keyid)
            """)
    }

    private func say(_ line: Line, _ words: String) {
        // A line that cannot be written is no reason to leave a lane as it is.
        try? Output.print(line, json: json) { words }
    }

    private static func words(_ result: StepResult) -> String {
        let measures = result.measures.map { measure in
            "       \(measure.what): \(measure.words)" + (measure.required.map { " (\($0))" } ?? "")
        }
        let verdict =
            switch result.outcome {
            case .passed: "  ✓  done"
            case .failed: "  ✗  \(result.reason ?? "failed")"
            case .skipped: "  -  skipped: \(result.reason ?? "")"
            }
        return ([verdict] + measures).joined(separator: "\n")
    }
}
