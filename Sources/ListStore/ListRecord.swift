public import TrustedFiles

/// Which verified files are in force, as the gate writes it down: what was signed for at the time that they were fetched.
///
/// The publisher names a delta only for a while; what a gate has applied stays in force by this record.
public struct ListRecord: Hashable, Sendable, Codable {
    /// The book that the list begins with; `nil` where there is none, or no mandate for it (principle 7).
    public var base: NamedFile?
    /// What is applied to it, in this order.
    public var deltas: [NamedFile]
    public var mandate: NamedFile?
    /// Whose files these are; see ``SignedFileStore/authority``.
    public var authority: String?

    public init(base: NamedFile? = nil, deltas: [NamedFile] = [], mandate: NamedFile? = nil) {
        self.base = base
        self.deltas = deltas
        self.mandate = mandate
    }

    var files: [NamedFile] { [base, mandate].compactMap(\.self) + deltas }
}
