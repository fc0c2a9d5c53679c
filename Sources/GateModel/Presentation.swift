/// The kinds of thing a person may present. Says nothing about who the person is.
public enum CredentialKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A chip document read by an ID-card reader.
    case idCard = "id-card"
    /// A code read by a scanner.
    case qrCode = "qr-code"
    /// Typed in by an attendant.
    case typed
    /// A fob or card read by a Wiegand, OSDP or RFID reader.
    case cardNumber = "card"
    /// The machine-readable zone of a passport or the like, read by a scanner.
    case travelDocument = "travel-document"
}

/// Why something presented could not be used.
public enum UnreadableReason: String, Hashable, Sendable, Codable, CaseIterable, Error {
    /// The reader saw a card or code and could not read it.
    case readFailed = "read-failed"
    /// Not a document number of any kind the gate knows.
    case notADocument = "not-a-document"
    case wrongCheckDigit = "wrong-check-digit"
    /// The arithmetic is right but no such document can exist (an impossible date or region).
    case impossibleDocument = "impossible-document"
    /// The type of card and its number do not belong together.
    case contradiction
    case expiredDocument = "expired-document"
    /// The access point wants a temperature and has none.
    case noTemperature = "no-temperature"
    /// A signed release that this gate does not honour.
    case releaseRefused = "release-refused"

    /// What an attendant or technician is told.
    public var explanation: String {
        switch self {
        case .readFailed: "the reader could not read it; hold it still and try again"
        case .notADocument: "this is not a document number that the gate knows"
        case .wrongCheckDigit: "the check digit is wrong; a digit was misread or mistyped"
        case .impossibleDocument: "no document with this region or date can exist"
        case .contradiction: "the card's type and its number do not belong together"
        case .expiredDocument: "the document is not valid on this date"
        case .noTemperature: "there is no temperature yet; stand still before the thermometer and present it again"
        case .releaseRefused: "this release is not honoured here"
        }
    }
}

/// What was presented at an access point, after the identity is reduced to a token.
public enum Presentation: Hashable, Sendable {
    case subject(SubjectToken)
    case unreadable(UnreadableReason)

    public var subject: SubjectToken? {
        if case .subject(let token) = self { token } else { nil }
    }

    /// What a technician is told: whether it could be used, and nothing about whom it names.
    public var words: String {
        switch self {
        case .subject: "a credential, in order"
        case .unreadable(let reason): "cannot be used: \(reason.explanation)"
        }
    }
}
