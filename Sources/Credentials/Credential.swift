public import GateModel

/// Whatever names a person, checked and in its one form. An order can be filed on each.
public enum Credential: Hashable, Sendable, CustomStringConvertible {
    case document(DocumentNumber)
    case travelDocument(TravelDocument)
    case card(CardNumber)

    /// The text from whose UTF-8 bytes the subject token is made. The kinds have none in common: only the texts of
    /// travel documents and cards hold a `/`.
    public var canonical: String {
        switch self {
        case .document(let number): number.canonical
        case .travelDocument(let document): document.canonical
        case .card(let card): card.canonical
        }
    }

    /// Reads what was typed, scanned, or written in an order list: a document number, a machine-readable zone, or the
    /// canonical text of a travel document or card.
    ///
    /// - Parameter today: for births in the future and travel documents that have expired; `nil` while the wall clock
    ///   is not known or does not matter, and they are not looked for.
    /// - Throws: as ``DocumentNumber/init(_:today:rules:)``, ``TravelDocument/init(mrz:today:rules:)``,
    ///   ``TravelDocument/init(canonical:rules:)`` and ``CardNumber/init(canonical:)``.
    public init(
        _ text: String, today: CalendarDate?, rules: DocumentNumber.Rules = DocumentNumber.Rules()
    ) throws(UnreadableReason) {
        if CanonicalText.hasPrefix(text, TravelDocument.prefix) {
            self = .travelDocument(try TravelDocument(canonical: text, rules: rules))
        } else if CanonicalText.hasPrefix(text, CardNumber.prefix) {
            self = .card(try CardNumber(canonical: text))
        } else if let zone = MachineReadableZone(text) {
            self = .travelDocument(try TravelDocument(zone, today: today, rules: rules))
        } else {
            self = .document(try DocumentNumber(text, today: today, rules: rules))
        }
    }

    /// Leaves the number out, so that it does not get into a log.
    public var description: String {
        switch self {
        case .document(let number): number.description
        case .travelDocument(let document): document.description
        case .card(let card): card.description
        }
    }
}
