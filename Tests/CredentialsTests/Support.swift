import Credentials
import GateModel

let today = CalendarDate(WallTime(secondsSince1970: 1_750_000_000))
let placeholders = DocumentNumber.Rules(acceptPlaceholders: true)

/// The number, or why there is none.
func parse(
    _ text: String, on day: CalendarDate? = today, rules: DocumentNumber.Rules = placeholders
) -> Result<DocumentNumber, UnreadableReason> {
    Result { () throws(UnreadableReason) in try DocumentNumber(text, today: day, rules: rules) }
}

extension Result where Failure == UnreadableReason {
    var reason: UnreadableReason? {
        if case .failure(let reason) = self { reason } else { nil }
    }
}

/// 17 digits and the check character of the table in GB 11643.
func checked(_ digits: String) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    let sum = zip(digits.utf8, weights).reduce(0) { $0 + (Int($1.0) - 48) * $1.1 }
    return digits + String(Array("10X98765432")[sum % 11])
}
