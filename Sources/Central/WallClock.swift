import FoundationEssentials
public import GateModel

extension WallTime {
    /// What the system's clock says.
    public static func now() -> WallTime {
        WallTime(secondsSince1970: Int64(Date.now.timeIntervalSince1970.rounded(.down)))
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`.
    public var text: String {
        let ofDay = ((secondsSince1970 % 86_400) + 86_400) % 86_400
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(CalendarDate(self))T\(two(ofDay / 3_600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))Z"
    }
}
