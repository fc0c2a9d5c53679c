public import TrustedFiles

/// Where a TUF repository is, and how much time and room it gets.
public struct RepositorySettings: Sendable {
    /// With or without a slash at the end.
    public var metadataURL: String
    /// With or without a slash at the end. Without it no target can be fetched.
    public var targetsURL: String?
    public var limits = RepositoryLimits()
    /// For the whole of an answer, from asking to the last byte. A target gets more, by its length.
    public var answerTime = Duration.seconds(30)
    /// How long may pass between two pieces of an answer.
    public var silence = Duration.seconds(10)
    /// Bytes a second at which a target has to come at least, on average.
    public var slowestRate: Int64 = 8 << 10
    /// Bytes a second at which targets come at most. `nil` for no such limit.
    public var bandwidth: Int64?

    public init(metadataURL: String, targetsURL: String? = nil) {
        self.metadataURL = metadataURL
        self.targetsURL = targetsURL
    }

    /// No answer gets more than a week, however long a repository says that a file is.
    private static let longest = Duration.seconds(7 * 86_400)

    /// The time for a whole answer of `length` bytes.
    func time(for length: Int64) -> Duration {
        // With a cap on bandwidth it takes as long as the cap says, and half as long again.
        let rate = max(1, min(slowestRate, (bandwidth ?? .max) / 3 * 2))
        return min(answerTime + .seconds(length / rate), Self.longest)
    }

    static func url(_ base: String, _ path: String) -> String { base.hasSuffix("/") ? base + path : "\(base)/\(path)" }
}
