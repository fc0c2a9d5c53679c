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
            .document(
                try DocumentNumber(
                    chip: document.number.text, type: document.type, validity: document.validity, today: today,
                    rules: rules)
            )
        }
    }

    /// - Parameter today: as for a chip document.
    func outcome(of text: String, today: CalendarDate?) -> Presentation {
        outcome { () throws(UnreadableReason) in try Credential(text, today: today, rules: rules) }
    }

    func outcome(of card: CardRead) -> Presentation {
        outcome { () throws(UnreadableReason) in .card(try CardNumber(bits: card.bits, value: card.value)) }
    }

    private func outcome(_ credential: () throws(UnreadableReason) -> Credential) -> Presentation {
        do throws(UnreadableReason) {
            return .subject(key.subjectToken(of: try credential()))
        } catch {
            return .unreadable(error)
        }
    }
}
