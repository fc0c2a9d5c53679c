import CLinuxShims
public import GateModel
import Glibc

/// The clock and calendar on the wall of the gate.
public enum LocalClock {
    /// Where the C library finds time zones by name.
    public static let zones = "/usr/share/zoneinfo"

    /// From now on this process has this time zone. To be called before there are other threads.
    ///
    /// - Parameter zone: a name below ``zones``, such as `Asia/Shanghai`.
    public static func use(zone: String) {
        _ = unsafe setenv("TZ", ":\(zone)", 1)
        tzset()
    }

    public static func time(_ wall: WallTime) -> LocalTime {
        var (weekday, minute): (CInt, CInt) = (0, 0)
        unsafe CLinuxShims_local_time(wall.secondsSince1970, &weekday, &minute)
        // The C library's week begins on Sunday.
        return LocalTime(weekday: .init(rawValue: (Int(weekday) + 6) % 7) ?? .monday, minute: Int(minute))
    }
}
