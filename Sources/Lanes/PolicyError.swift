public import GateModel

/// Why a policy table was refused: the text of a cell is unknown, or the table would break a principle.
public enum PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownCell(String)
    /// `position` counts from 1; `found` is `nil` where the table has ended already.
    case wrongRow(position: Int, found: PolicyCase?, expected: PolicyCase)
    /// A row after the last one.
    case extraRow(PolicyCase)
    case checksWithoutMandate(PolicyColumn, PolicyCell)
    case exitNotAdmitted(PolicyCase, PolicyCell)
    case isolationExitNotReported(PolicyCell)
    case reportsWithoutOrder(PolicyCase, PolicyColumn, PolicyCell)
    case retriesReadable(PolicyCase, PolicyColumn, PolicyCell)
    case referAfterOutOfRange(PolicyCase, PolicyColumn, Int)

    public var description: String {
        switch self {
        case .unknownCell(let text):
            return
                "'\(text)' is no outcome. Write one of: admit | admit, advise | admit, report | refer | refer, report "
                + "| retry | retry, refer after N (\(Self.referAfterRange))."
        case .wrongRow(let position, let found, let expected):
            let fault = found.map { "is '\($0.rawValue)'" } ?? "is missing"
            return "Row \(position) of the policy table \(fault), and it must be '\(expected.rawValue)'. \(Self.order)"
        case .extraRow(let found):
            return "The policy table goes on with '\(found.rawValue)' after its last row. \(Self.order)"
        case .checksWithoutMandate(let column, let cell):
            return "Row 'no-mandate' says '\(cell)' for \(column.rawValue). Without a mandate nobody is checked: "
                + "write 'admit'."
        case .exitNotAdmitted(let policyCase, let cell):
            let retry = policyCase == .unreadable ? ", or 'retry', because the exit button is free" : ""
            return "Row '\(policyCase.rawValue)' says '\(cell)' for exit. An exit is never refused: "
                + "write 'admit' or 'admit, report' where an order is behind the row\(retry)."
        case .isolationExitNotReported(let cell):
            return "Row 'isolation' says '\(cell)' for exit. An isolated person who leaves is reported and never held: "
                + "write 'admit, report'."
        case .reportsWithoutOrder(let policyCase, let column, let cell):
            return
                "Row '\(policyCase.rawValue)' says '\(cell)' for \(column.rawValue). Only isolation and exposure have "
                + "an order to report; everybody else leaves no identity: leave out 'report'."
        case .retriesReadable(let policyCase, let column, let cell):
            return
                "Row '\(policyCase.rawValue)' says '\(cell)' for \(column.rawValue). Asking again helps only with what "
                + "cannot be read: write 'retry' in row 'unreadable' alone."
        case .referAfterOutOfRange(let policyCase, let column, let number):
            return "Row '\(policyCase.rawValue)' refers after \(number) for \(column.rawValue). "
                + "Give a whole number in the range \(Self.referAfterRange)."
        }
    }

    private static var order: String {
        "The table has these rows in this order: \(PolicyTable.order.map(\.rawValue).joined(separator: ", "))."
    }

    private static var referAfterRange: String {
        "\(PolicyCell.referAfterRange.lowerBound) to \(PolicyCell.referAfterRange.upperBound)"
    }
}
