public import GateModel

/// What a scanned code or a typed line presents: a document number as plain text.
public struct ScannedCredential: Hashable, Sendable {
    public let number: DocumentNumber

    /// - Parameters: as for ``DocumentNumber/init(_:today:rules:)``.
    public init(
        _ text: String, today: CalendarDate?, rules: DocumentNumber.Rules = DocumentNumber.Rules()
    ) throws(UnreadableReason) {
        number = try DocumentNumber(text, today: today, rules: rules)
    }
}
