/// The kinds of chip document, as the card itself states them (byte 248 of its text block).
public enum DocumentType: Hashable, Sendable, CaseIterable {
    /// Resident identity card (a space).
    case resident
    /// Residence permit for residents of Hong Kong, Macao and Taiwan (`J`).
    case hongKongMacaoTaiwan
    /// Foreign permanent resident card, layout of 2017 (`I`).
    case foreign2017
    /// Foreign permanent resident card issued from 2023-12-01 (`Y`).
    case foreign2023
}

/// The days on which a document is valid, first and last included.
public struct DocumentValidity: Hashable, Sendable {
    public var from: CalendarDate
    /// `nil` for a document without an end (长期).
    public var until: CalendarDate?

    public init(from: CalendarDate, until: CalendarDate?) {
        self.from = from
        self.until = until
    }

    public func isValid(on day: CalendarDate) -> Bool {
        guard day >= from else { return false }
        guard let until else { return true }
        return day <= until
    }
}
