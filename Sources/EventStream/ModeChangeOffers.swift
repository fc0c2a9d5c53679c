/// `GET /v1/gates/{gate}/mode-changes`: the changes of mode that were lately issued for this gate.
public struct ModeChangeOffers: Hashable, Sendable, Codable {
    /// The most that one answer holds.
    public static let largestCount = 100

    /// Signed envelopes as JSON texts, the oldest first. The payload of each is a `ModeChange`.
    public var envelopes: [String]

    public init(envelopes: [String]) { self.envelopes = envelopes }
}
