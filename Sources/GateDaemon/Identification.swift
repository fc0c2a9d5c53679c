import Credentials
import GateModel
import ReaderProtocols

/// Reduces what was read to a subject token. Past this step a person exists only as that token.
struct Identification: Sendable {
    let key: DeploymentKey
    let rules: DocumentNumber.Rules

    /// - Parameter today: `nil` at an exit: leaving consults no wall clock (principle 1), and a card that has run out
    ///   still names its holder.
    func outcome(of document: SDTDocument, today: CalendarDate?) -> Presentation {
        outcome { () throws(UnreadableReason) in
            try DocumentNumber(
                chip: document.number, type: document.type, validity: document.validity, today: today, rules: rules)
        }
    }

    func outcome(of text: String, today: CalendarDate?) -> Presentation {
        outcome { () throws(UnreadableReason) in try ScannedCredential(text, today: today, rules: rules).number }
    }

    private func outcome(_ number: () throws(UnreadableReason) -> DocumentNumber) -> Presentation {
        do throws(UnreadableReason) {
            return .subject(key.subjectToken(of: try number()))
        } catch {
            return .unreadable(error)
        }
    }
}
