/// How much a repository may ask of a client: it is not trusted before its files are checked.
public struct RepositoryLimits: Hashable, Sendable {
    /// 5.3.3: how many new root files are taken in one update. The next update goes on from there.
    public var rootRotations = 256
    /// Bytes of a root file.
    public var root = 512_000
    /// Bytes of the timestamp.
    public var timestamp = 16_384
    /// Bytes of a snapshot whose length the timestamp does not tell.
    public var snapshot = 2_000_000
    /// Bytes of a targets file whose length the snapshot does not tell.
    public var targets = 5_000_000
    /// Bytes of any metadata file, also if its length is told: it is held in memory.
    public var largest = 64 << 20
    /// 5.6.7.1: how many delegated roles are asked for one target.
    public var delegations = 32

    public init() {}
}

/// A metadata file to be fetched.
public struct MetadataRequest: Hashable, Sendable {
    /// Relative to the metadata URL, quoted for it.
    public let path: String
    /// The most bytes that may come. More of them mean that the file is refused.
    public let limit: Int
    /// Whether nothing is wrong if the repository has no such file.
    public let mayBeMissing: Bool
}
