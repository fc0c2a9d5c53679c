/// Which way a person goes through an access point.
public enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
    case entry, exit
}

/// What a lane guards; it chooses the column of the policy table.
public enum Site: String, Hashable, Sendable, Codable, CaseIterable {
    case communityGate = "community-gate"
    case checkpoint
}

/// One side of a lane: its readers and its direction.
public struct AccessPoint: Hashable, Sendable, Codable {
    public var id: AccessPointID
    public var lane: LaneID
    public var direction: Direction
    public var site: Site

    public init(id: AccessPointID, lane: LaneID, direction: Direction, site: Site) {
        self.id = id
        self.lane = lane
        self.direction = direction
        self.site = site
    }
}
