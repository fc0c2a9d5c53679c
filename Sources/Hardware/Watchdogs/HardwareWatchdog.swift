import CLinuxShims
public import GateModel
import Glibc

/// The machine's own watchdog (Linux watchdog API): without food for its timeout it resets the machine.
///
/// Whoever closes the device without a word leaves it running: so does a daemon that is killed.
public final class HardwareWatchdog: Watchdog {
    private let path: String
    private let timeout: Duration
    private let clock: any TimeSource
    private var device: OwnedDescriptor?
    private var triedAt: MonotonicTime?
    public private(set) var fault: String?

    /// Between two attempts to open a device that could not be opened.
    private static let patience = Duration.seconds(10)
    /// The magic close: what is written last so that closing the device stops it.
    private static let farewell = UInt8(ascii: "V")

    /// - Parameters:
    ///   - path: such as `/dev/watchdog`.
    ///   - timeout: how long the machine may go without food, in whole seconds; the driver may round it.
    public init(path: String, timeout: Duration, clock: any TimeSource) {
        self.path = path
        self.timeout = timeout
        self.clock = clock
    }

    public func feed() {
        open()
        guard device != nil else { return }
        write(0)
    }

    public func stop() {
        guard device != nil else { return }
        write(Self.farewell)
        device = nil
    }

    private func open() {
        let now = clock.monotonic
        guard device == nil, triedAt.map({ now.since($0) >= Self.patience }) ?? true else { return }
        triedAt = now
        do throws(Errno) {
            let opened = try OwnedDescriptor(opening: path, flags: O_WRONLY)
            // Opening it has started it, with the driver's own timeout.
            let seconds = CInt(clamping: max(1, timeout.components.seconds))
            let isSet = opened.withRawDescriptor { CLinuxShims_watchdog_set_timeout($0, seconds) == 0 }
            fault = isSet ? nil : "\(path) does not take a timeout of \(seconds) s: it is no watchdog, or has its own"
            device = consume opened
        } catch {
            fault =
                "\(path) cannot be opened: \(error); load its driver, and stop whatever else feeds it "
                + "(systemd's RuntimeWatchdogSec)"
        }
    }

    private func write(_ byte: UInt8) {
        do throws(Errno) {
            try device?.write([byte])
        } catch {
            fault = "\(path) cannot be fed: \(error)"
            device = nil
        }
    }
}
