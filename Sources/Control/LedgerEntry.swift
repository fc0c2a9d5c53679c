/// An event as `GET /v1/events` shows it.
public struct LedgerEntry: Sendable, Codable {
    public var sequence: UInt64
    /// The event's JSON text, verbatim, as it was hashed.
    public var body: String
    public var hash: String
    public var confirmed: Bool

    public init(sequence: UInt64, body: String, hash: String, confirmed: Bool) {
        self.sequence = sequence
        self.body = body
        self.hash = hash
        self.confirmed = confirmed
    }
}
