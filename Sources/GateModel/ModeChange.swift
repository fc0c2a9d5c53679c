/// A named person's order that a lane works in another mode for a time, whatever its hours say (principle 13).
///
/// From the central service it travels signed, as JSON with the names of the properties; times in seconds since 1970.
public struct ModeChange: Hashable, Sendable, Codable {
    /// Of the signed envelope that it travels in.
    public static let payloadType = "application/vnd.gatehouse.mode-change.v1+json"
    /// The longest change; what is to last longer belongs into the lane's hours.
    public static let longestSeconds: Int64 = 24 * 3600
    /// How old a change may be when it reaches its gate. Later it would move a door that nobody thinks of any more,
    /// because a link came back (principle 4).
    public static let latestArrivalSeconds: Int64 = 300

    /// 16 hexadecimal digits, by which the same change is known again.
    public let id: String
    /// Which deployment and which gate it is for.
    public let deployment: String
    public let gate: String
    public let lane: LaneID
    public let mode: LaneMode
    public let `operator`: String
    public let reason: String
    public let issued: WallTime
    /// When it is over.
    public let until: WallTime

    public init(
        id: String = Self.randomID(), deployment: String, gate: String, lane: LaneID, mode: LaneMode,
        operator: String, reason: String, issued: WallTime, until: WallTime
    ) throws(ModeChangeError) {
        guard id.utf8.count == 16, id.allSatisfy(\.isHexDigit) else { throw .badID }
        if let fault = NamedAct.fault(operator: `operator`, reason: reason) { throw .unnamed(fault) }
        guard ConfiguredName.isOne(lane.rawValue) else { throw .badLane }
        guard (1...Self.longestSeconds).contains(until.seconds(since: issued)) else { throw .tooLongOrShort }
        self.id = id
        self.deployment = deployment
        self.gate = gate
        self.lane = lane
        self.mode = mode
        self.operator = `operator`
        self.reason = reason
        self.issued = issued
        self.until = until
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            id: container.decode(String.self, forKey: .id),
            deployment: container.decode(String.self, forKey: .deployment),
            gate: container.decode(String.self, forKey: .gate),
            lane: container.decode(LaneID.self, forKey: .lane),
            mode: container.decode(LaneMode.self, forKey: .mode),
            operator: container.decode(String.self, forKey: .operator),
            reason: container.decode(String.self, forKey: .reason),
            issued: container.decode(WallTime.self, forKey: .issued),
            until: container.decode(WallTime.self, forKey: .until))
    }

    public static func randomID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Whether it comes to its gate in time, by the gate's clock.
    public func arrivesInTime(at now: WallTime) -> Bool {
        abs(now.seconds(since: issued)) <= Self.latestArrivalSeconds && now < until
    }
}

/// Why something is not a change of mode.
public enum ModeChangeError: Error, Hashable, Sendable, CustomStringConvertible {
    case badID
    case badLane
    case unnamed(String)
    case tooLongOrShort

    public var description: String {
        switch self {
        case .badID: "the id of a change of mode has 16 hexadecimal digits"
        case .badLane: "a lane has a name of at most \(ConfiguredName.longest) letters, digits, '-', '_' and '.'"
        case .unnamed(let fault): fault
        case .tooLongOrShort:
            "a mode lasts from a second to a day; what is to last longer belongs into the lane's hours"
        }
    }
}
