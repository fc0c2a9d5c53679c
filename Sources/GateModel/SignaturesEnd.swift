/// Until when gates take what is signed, unless the role that is named signs anew.
public struct SignaturesEnd: Hashable, Sendable, Codable {
    /// The first role of the publisher whose signature ends.
    public var role: String
    public var at: WallTime

    public init(role: String, at: WallTime) {
        self.role = role
        self.at = at
    }
}
