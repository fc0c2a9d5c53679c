import CLinuxShims
public import GateModel
import Glibc

/// The clocks of this machine.
public struct SystemClock: TimeSource {
    public init() {}

    public func now() -> TimeStamp {
        TimeStamp(
            monotonic: monotonic,
            wall: WallTime(secondsSince1970: Int64(Self.read(CLOCK_REALTIME).tv_sec)),
            synchronised: CLinuxShims_clock_is_synchronised()
        )
    }

    /// `CLOCK_MONOTONIC`, the clock that GPIO edges are stamped with.
    public var monotonic: MonotonicTime {
        let time = Self.read(CLOCK_MONOTONIC)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Names this run of the kernel (`/proc/sys/kernel/random/boot_id`); monotonic times of another one mean nothing.
    /// `nil` if the kernel does not tell.
    public static func bootID() -> String? {
        guard let file = try? OwnedDescriptor(opening: "/proc/sys/kernel/random/boot_id", flags: O_RDONLY),
            let bytes = try? file.read(upTo: 64)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
        return text.isEmpty ? nil : String(text)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // Cannot fail: the clock exists and the pointer is good.
        _ = unsafe clock_gettime(clock, &time)
        return time
    }
}
