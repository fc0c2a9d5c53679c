import FoundationEssentials
public import GateModel

extension WallTime {
    /// What the system's clock says.
    public static func now() -> WallTime {
        WallTime(secondsSince1970: Int64(Date.now.timeIntervalSince1970.rounded(.down)))
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`.
    public var text: String { Date(timeIntervalSince1970: Double(secondsSince1970)).formatted(.iso8601) }
}
