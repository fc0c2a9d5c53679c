/// Fields that Gatehouse's publisher signs beside those of the specification. Other clients keep them and look no further.
extension TimestampMetadata {
    /// When the timestamp was signed, in seconds since 1970.
    public static let issuedField = "issued"

    /// When it was signed, in seconds since 1970: what a gate counts the age of its list from. `nil` if it does not tell.
    public var issued: Int64? {
        if case .integer(let seconds)? = header.unrecognized[Self.issuedField] { seconds } else { nil }
    }
}

extension TargetsMetadata {
    /// In the role that signs for whole lists: how many orders may be added to its last one by the role of small changes.
    public static let allowanceField = "allowance"

    /// How many orders may be added with one signature; 0 if it does not tell.
    public var allowance: Int {
        if case .integer(let count)? = header.unrecognized[Self.allowanceField] { Int(clamping: count) } else { 0 }
    }
}
