public import GateModel

/// A column of the policy table, by its name in the policy file.
public enum PolicyColumn: String, Hashable, Sendable, CaseIterable {
    /// Any lane, on the way out.
    case exit
    /// Entry at a community gate.
    case communityGate = "community-gate"
    /// Entry at a checkpoint.
    case checkpoint
}

/// One row of the policy table.
public struct PolicyRow: Hashable, Sendable {
    public var policyCase: PolicyCase
    public var exit: PolicyCell
    public var communityEntry: PolicyCell
    public var checkpointEntry: PolicyCell

    public init(policyCase: PolicyCase, exit: PolicyCell, communityEntry: PolicyCell, checkpointEntry: PolicyCell) {
        self.policyCase = policyCase
        self.exit = exit
        self.communityEntry = communityEntry
        self.checkpointEntry = checkpointEntry
    }

    public subscript(column: PolicyColumn) -> PolicyCell {
        switch column {
        case .exit: exit
        case .communityGate: communityEntry
        case .checkpoint: checkpointEntry
        }
    }
}

/// What the gate does with what is presented. Rows are tried top down; the first that fits decides.
///
/// There is no table that breaks a principle: the initialiser refuses it.
public struct PolicyTable: Hashable, Sendable {
    /// The rows of every table, top down. One order for all, so that no row can stand in the shadow of another.
    public static let order: [PolicyCase] = [
        .noMandate, .unreadable, .fever, .isolation, .exposureHigh, .exposureLow, .noList, .clearOnExpiredList,
        .clearOnStaleList, .clear,
    ]

    /// All rows but the last.
    private let conditional: [PolicyRow]
    /// The row `clear`: whatever no other row fits.
    private let last: PolicyRow

    public var rows: [PolicyRow] { conditional + [last] }

    /// - Parameter rows: one row for each case of ``order``, in that order.
    public init(rows: [PolicyRow]) throws(PolicyError) {
        guard let last = rows.last else { throw .wrongRow(position: 1, found: nil, expected: .noMandate) }
        for (index, expected) in Self.order.enumerated() {
            let found = index < rows.count ? rows[index].policyCase : nil
            guard found == expected else { throw .wrongRow(position: index + 1, found: found, expected: expected) }
        }
        guard rows.count == Self.order.count else { throw .extraRow(rows[Self.order.count].policyCase) }
        for row in rows {
            for column in PolicyColumn.allCases { try Self.check(row, column) }
        }
        self.init(conditional: rows.dropLast(), last: last)
    }

    private init(conditional: [PolicyRow], last: PolicyRow) {
        self.conditional = conditional
        self.last = last
    }

    /// The default policy of a gate.
    public static let standard = PolicyTable(
        conditional: [
            row(.noMandate, .admit, .admit, .admit),
            row(.unreadable, .retry, .retryThenRefer(after: 3), .retryThenRefer(after: 3)),
            row(.fever, .admit, .refer, .refer),
            row(.isolation, .admitAndReport, .admitAndReport, .referAndReport),
            row(.exposureHigh, .admit, .admitAndAdvise, .referAndReport),
            row(.exposureLow, .admit, .admit, .admitAndAdvise),
            row(.noList, .admit, .admit, .refer),
            row(.clearOnExpiredList, .admit, .admit, .refer),
            row(.clearOnStaleList, .admit, .admit, .admit),
        ],
        last: row(.clear, .admit, .admit, .admit))

    private static func row(
        _ policyCase: PolicyCase, _ exit: PolicyCell, _ community: PolicyCell, _ checkpoint: PolicyCell
    ) -> PolicyRow {
        PolicyRow(policyCase: policyCase, exit: exit, communityEntry: community, checkpointEntry: checkpoint)
    }

    public func decide(_ input: PolicyInput) -> Decision {
        let row = conditional.first { input.fits($0.policyCase) } ?? last
        let cell = row[input.column]
        return Decision(
            outcome: cell.outcome(unreadableAttempts: input.unreadableAttempts), policyCase: row.policyCase,
            reports: cell.reports, advises: cell.advises, list: input.list)
    }

    /// Refuses a cell that would break a principle.
    private static func check(_ row: PolicyRow, _ column: PolicyColumn) throws(PolicyError) {
        let policyCase = row.policyCase
        let cell = row[column]
        // Principle 7: no mandate, no check.
        guard policyCase != .noMandate || cell == .admit else { throw .checksWithoutMandate(column, cell) }
        // Principle 1: an exit is never refused, and an isolated person who leaves is reported.
        if column == .exit {
            let admits = cell == .admit || cell == .admitAndReport
            guard admits || policyCase == .unreadable && cell == .retry else {
                throw .exitNotAdmitted(policyCase, cell)
            }
            guard policyCase != .isolation || cell.reports else { throw .isolationExitNotReported(cell) }
        }
        // Principle 9: only an order can be reported.
        let hasOrder = [.isolation, .exposureHigh, .exposureLow].contains(policyCase)
        guard hasOrder || !cell.reports else { throw .reportsWithoutOrder(policyCase, column, cell) }
        // Asking again for what was read would never end.
        guard policyCase == .unreadable || cell.outcome(unreadableAttempts: 0) != .retry else {
            throw .retriesReadable(policyCase, column, cell)
        }
        if let number = cell.referAfter, !PolicyCell.referAfterRange.contains(number) {
            throw .referAfterOutOfRange(policyCase, column, number)
        }
    }
}
