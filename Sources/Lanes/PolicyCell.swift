public import GateModel

/// What one cell of the policy table says. The text form is the one of the policy file; see ``init(parsing:)``.
public enum PolicyCell: Hashable, Sendable, CustomStringConvertible {
    case admit
    /// Admit, and show health advice.
    case admitAndAdvise
    case admitAndReport
    case refer
    case referAndReport
    /// Ask again, however often. Only right where there is another way through: an exit has its button.
    case retry
    /// Ask again; the given number of unreadable presentations in a row is referred.
    case retryThenRefer(after: Int)

    /// How many unreadable presentations a cell may wait for before it refers.
    public static let referAfterRange = 1...99

    /// Reads `admit`, `admit, advise`, `admit, report`, `refer`, `refer, report`, `retry` or `retry, refer after N`,
    /// written exactly so.
    public init(parsing text: String) throws(PolicyError) {
        let plain: [PolicyCell] = [.admit, .admitAndAdvise, .admitAndReport, .refer, .referAndReport, .retry]
        if let cell = plain.first(where: { $0.description == text }) {
            self = cell
            return
        }
        guard text.hasPrefix(Self.referAfterPrefix), let number = Int(text.dropFirst(Self.referAfterPrefix.count)),
            Self.referAfterRange.contains(number), Self.retryThenRefer(after: number).description == text
        else { throw .unknownCell(text) }
        self = .retryThenRefer(after: number)
    }

    private static let referAfterPrefix = "retry, refer after "

    public var description: String {
        switch self {
        case .admit: "admit"
        case .admitAndAdvise: "admit, advise"
        case .admitAndReport: "admit, report"
        case .refer: "refer"
        case .referAndReport: "refer, report"
        case .retry: "retry"
        case .retryThenRefer(let number): "\(Self.referAfterPrefix)\(number)"
        }
    }

    /// What the cell does with the first presentation in a row.
    public var outcome: Outcome { outcome(unreadableAttempts: 1) }

    /// Whether the event carries the identity.
    public var reports: Bool { self == .admitAndReport || self == .referAndReport }

    /// Whether the person is shown health advice while being admitted.
    public var advises: Bool { self == .admitAndAdvise }

    /// From how many unreadable presentations in a row on the cell refers; `nil` if it never turns from retry to refer.
    public var referAfter: Int? {
        if case .retryThenRefer(let number) = self { number } else { nil }
    }

    /// - Parameter unreadableAttempts: unreadable presentations in a row, this one included.
    func outcome(unreadableAttempts: Int) -> Outcome {
        switch self {
        case .admit, .admitAndAdvise: .admit
        case .admitAndReport: .admitAndReport
        case .refer, .referAndReport: .refer
        case .retry: .retry
        case .retryThenRefer(let number): unreadableAttempts >= number ? .refer : .retry
        }
    }
}
