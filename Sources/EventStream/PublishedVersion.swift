/// `GET /v1/changes?after=VERSION&wait=SECONDS`: the version of what is published, as soon as it is another than `after`, or
/// when the time is over.
///
/// A hint to look at the signed files, and nothing to be relied upon.
public struct PublishedVersion: Hashable, Sendable, Codable {
    /// That of the snapshot metadata; 0 if nothing is published.
    public var version: UInt64

    public init(version: UInt64) { self.version = version }
}
