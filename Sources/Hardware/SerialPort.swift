import CLinuxShims
import Glibc

/// Opens serial lines.
public enum SerialPort {
    /// The bit rates a line can have.
    public static let rates = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600]

    /// Opens a serial device or pseudo-terminal: raw, 8N1, no flow control, non-blocking. What it had received before
    /// is dropped (principle 17).
    ///
    /// Nobody else can open it through this function at the same time.
    ///
    /// - Parameter rate: bits per second, one of ``rates``.
    public static func open(path: String, rate: Int) throws(SerialError) -> OwnedDescriptor {
        guard let speed = speed(rate) else { throw .unsupportedRate(rate) }
        let port: OwnedDescriptor
        do throws(Errno) {
            port = try OwnedDescriptor(opening: path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
        } catch {
            throw SerialError(error, path: path)
        }
        do throws(Errno) {
            try port.withRawDescriptor { (raw) throws(Errno) in
                // A lock ends with its process, however that ends, and counts for root too.
                guard flock(raw, LOCK_EX | LOCK_NB) == 0 else { throw .last }
                guard CLinuxShims_make_raw(raw, speed) == 0 else { throw .last }
                // Keeps out programs that know no locks. Not on a pseudo-terminal: whoever made it keeps it open, and
                // the mark would outlive this process.
                if !CLinuxShims_is_pseudoterminal(raw) {
                    guard CLinuxShims_make_exclusive(raw) == 0 else { throw .last }
                }
                guard tcflush(raw, TCIOFLUSH) == 0 else { throw .last }
            }
        } catch {
            throw SerialError(error, path: path)
        }
        return port
    }

    private static func speed(_ rate: Int) -> speed_t? {
        let speed: Int32? =
            switch rate {
            case 1200: B1200
            case 2400: B2400
            case 4800: B4800
            case 9600: B9600
            case 19200: B19200
            case 38400: B38400
            case 57600: B57600
            case 115200: B115200
            case 230400: B230400
            case 460800: B460800
            case 921600: B921600
            default: nil
            }
        return speed.map { speed_t($0) }
    }
}

extension SerialError {
    init(_ error: Errno, path: String) {
        self =
            switch error.code {
            // ENXIO, ENODEV and EIO: the path is there and its device is gone.
            case ENOENT, ENXIO, ENODEV, EIO, ENOTDIR: .noSuchDevice(path: path)
            case EACCES, EPERM: .permissionDenied(path: path)
            case EBUSY, EWOULDBLOCK: .busy(path: path)
            case ENOTTY, EISDIR, EINVAL: .notATerminal(path: path)
            default: .failed(path: path, error)
            }
    }
}
